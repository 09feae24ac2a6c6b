// The documents as such: nothing is left out, every name is there once, every reference leads
// somewhere. What the server answers is held to them by tests/support/contract.h.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "gateway/openapi/body_check.h"
#include "gateway/openapi/documents.h"
#include "gateway/openapi/socket_messages.h"
#include "gateway/rest/routes.h"
#include "protocol/event.h"

namespace kith::api {
namespace {

namespace dom = simdjson::dom;

std::string name_of(const Route& route) {
  return std::string(to_string(route.method)) + ' ' + std::string(route.pattern);
}

dom::element parsed(dom::parser& parser, const std::string& json) {
  dom::element document;
  REQUIRE(parser.parse(json).get(document) == simdjson::SUCCESS);
  return document;
}

// Calls `each(name, value)` for every member of every object.
template <typename Each>
void walk(dom::element value, const Each& each) {
  if (value.is_array()) {
    for (const dom::element entry : dom::array(value)) walk(entry, each);
  }
  if (!value.is_object()) return;
  for (const auto member : dom::object(value)) {
    each(member.key, member.value);
    walk(member.value, each);
  }
}

std::size_t check_references(dom::element document) {
  std::size_t count = 0;
  walk(document, [&](std::string_view name, dom::element value) {
    if (name != "$ref") return;
    ++count;
    const std::string_view target(value);
    CAPTURE(target);
    REQUIRE(target.starts_with("#/"));
    CHECK(document.at_pointer(target.substr(1)).error() == simdjson::SUCCESS);
  });
  return count;
}

TEST_CASE("every route has its operation, and every operation its route") {
  for (const Route& route : kRoutes) {
    if (find_operation(route.method, route.pattern) == nullptr) {
      FAIL_CHECK("no operation for " << name_of(route)
                                     << ": add one to a file of gateway/openapi (operation.h)");
    }
  }
  for (const Operation& operation : operations()) {
    const auto served = std::ranges::count_if(kRoutes, [&](const Route& route) {
      return route.method == operation.method && route.pattern == operation.pattern;
    });
    if (served != 1) FAIL_CHECK("no route for the operation " << operation.id);
  }
}

TEST_CASE("an operation says what its route needs") {
  std::set<std::string_view> ids;
  for (const Route& route : kRoutes) {
    const Operation* operation = find_operation(route.method, route.pattern);
    if (operation == nullptr) continue;
    CAPTURE(name_of(route));
    CHECK_MESSAGE(ids.insert(operation->id).second, "the operationId is there twice");
    CHECK_FALSE(operation->summary.empty());
    CHECK_FALSE(operation->tag.empty());
    CHECK((route.body == RouteBody::json) == operation->body.has_value());
    const bool answered = !operation->answers.empty() || !operation->refusals.empty();
    CHECK_MESSAGE(answered, "it answers nothing");
    for (const std::string_view name : path_parameters(route.pattern)) {
      CHECK_MESSAGE(path_parameter(name) != nullptr,
                    "what is {" << name << "}? Add it to path_schemas in operation.cc");
    }
    std::set<std::string_view> parameters;
    for (const Parameter& parameter : operation->query) {
      CHECK(parameters.insert(parameter.name).second);
    }
    const bool paged = parameters.contains("cursor");
    if (paged) CHECK(parameters.contains("limit"));
  }
}

TEST_CASE("every field of every body has a type and a bound") {
  const auto check = [](const auto& self, const Schema& schema, const std::string& at) -> void {
    CAPTURE(at);
    using Kind = Schema::Kind;
    const bool bounded =
        schema.max || !schema.values.empty() || schema.id || !schema.format.empty();
    if (schema.kind == Kind::text || schema.kind == Kind::integer) CHECK(bounded);
    if (schema.kind == Kind::list) CHECK(schema.max.has_value());
    if (schema.kind == Kind::anything) CHECK_FALSE(schema.description.empty());
    for (const Member& member : schema.members) self(self, member.schema, at + '.' + member.name);
    if (schema.kind == Kind::list) self(self, schema.parts.front(), at + "[]");
  };
  for (const Operation& operation : operations()) {
    if (operation.body) check(check, *operation.body, std::string(operation.id));
  }
}

TEST_CASE("openapi.json is OpenAPI 3.1, and its references lead somewhere") {
  dom::parser parser;
  const dom::element document = parsed(parser, openapi_document().json);
  CHECK(std::string_view(document["openapi"]) == "3.1.0");
  CHECK(check_references(document) > 100);
  std::size_t count = 0;
  for (const auto path : dom::object(document["paths"])) {
    for (const auto operation : dom::object(path.value)) {
      ++count;
      CAPTURE(path.key);
      CAPTURE(operation.key);
      std::set<std::string> placeholders;
      for (const std::string_view name : path_parameters(path.key)) placeholders.emplace(name);
      for (const dom::element parameter : dom::array(operation.value["parameters"])) {
        if (std::string_view(parameter["in"]) != "path") continue;
        CHECK(placeholders.erase(std::string(std::string_view(parameter["name"]))) == 1);
      }
      CHECK(placeholders.empty());
      CHECK(dom::object(operation.value["responses"]).size() > 0);
    }
  }
  CHECK(count == operations().size());
}

TEST_CASE("asyncapi.json describes every frame and event") {
  dom::parser parser;
  const dom::element document = parsed(parser, asyncapi_document().json);
  CHECK(std::string_view(document["asyncapi"]) == "3.0.0");
  CHECK(check_references(document) > 100);
  const dom::element messages = document["components"]["messages"];
  const auto described = [&](const std::string& name) {
    return messages.at_key(name).error() == simdjson::SUCCESS;
  };
  for (const std::string_view type : kFrameTypes) {
    CHECK_MESSAGE(described("client." + std::string(type)),
                  "add " << type << " to gateway/openapi/socket_client_frames.cc");
  }
  CHECK(client_frames().size() == kFrameTypes.size());
  std::size_t events = 0;
  for (unsigned number = 0; number < 256; ++number) {
    const auto type = parse_event_type(static_cast<std::uint8_t>(number));
    if (!type) continue;
    ++events;
    CHECK_MESSAGE(described("event." + std::string(to_string(*type))),
                  "add " << to_string(*type) << " to gateway/openapi/socket_events.cc");
  }
  CHECK(durable_events().size() == events);
}

std::string faults_of(const Schema& schema, const std::string& json) {
  dom::parser parser;
  dom::object body;
  REQUIRE(parser.parse(json).get(body) == simdjson::SUCCESS);
  std::string out;
  check_body(schema, body, [&](std::string_view field, std::string_view message) {
    out += std::string(field) + ' ' + std::string(message) + ". ";
  });
  return out;
}

TEST_CASE("a body is held to its operation's schema, and what is wrong is named") {
  const Schema schema = object({{"name", text(2, 4)},
                                {"kind?", one_of({"a", "b", "c"})},
                                {"count?", integer(1, 9)},
                                {"flag?", boolean()},
                                {"who?", id(IdKind::user)},
                                {"at?", time()},
                                {"tags?", list(text(1, 3), 2)},
                                {"place?", object({{"city", text(1, 3)}, {"far?", number()}})}});
  CHECK(faults_of(schema, R"({"name":"née","unknown":[1]})").empty());
  CHECK(faults_of(schema, R"({"name":"abcd","kind":"b","count":9,"flag":false,"tags":["a","b"],)"
                          R"("who":"usr_01J00000000000000000000000","at":"2024-04-20T17:30:00Z",)"
                          R"("place":{"city":"X","far":1.5}})")
            .empty());
  CHECK(faults_of(schema, R"({"name":"ab","kind":null,"count":null,"tags":null,"place":null})")
            .empty());
  CHECK(faults_of(schema, R"({})") == "name is needed. ");
  CHECK(faults_of(schema, R"({"name":null})") == "name is needed. ");
  CHECK(faults_of(schema, R"({"name":"é"})") == "name must have 2 to 4 characters. ");
  CHECK(faults_of(schema, R"({"name":"abcde"})") == "name must have 2 to 4 characters. ");
  CHECK(faults_of(schema, R"({"name":7})") == "name must be a string. ");
  CHECK(faults_of(schema, R"({"name":"ab","kind":"d","count":10,"flag":0})") ==
        "kind must be a, b or c. count must be a whole number from 1 to 9. "
        "flag must be true or false. ");
  CHECK(faults_of(schema, R"({"name":"ab","count":1.0,"who":"usr_1","at":"soon"})") ==
        "count must be a whole number from 1 to 9. who is not an id of this kind. "
        "at is not an RFC 3339 time. ");
  CHECK(faults_of(schema, R"({"name":"ab","tags":["a","b","c"]})") ==
        "tags may have 2 entries at the most. ");
  CHECK(faults_of(schema, R"({"name":"ab","tags":["abcd"]})") ==
        "tags has an entry that must have 1 to 3 characters. ");
  CHECK(faults_of(schema, R"({"name":"ab","tags":[1]})") == "tags must be a list of strings. ");
  CHECK(faults_of(schema, R"({"name":"ab","place":{"far":"x"}})") ==
        "place.city is needed. place.far must be a number. ");
  CHECK(faults_of(schema, R"({"name":"ab","place":7})") == "place must be an object. ");
}

TEST_CASE("a name may come longer than it is, decomposed: its length is its handler's to judge") {
  const Schema schema = object({{"name", name_text(1, 2)}, {"tags?", list(name_text(1, 2), 1)}});
  CHECK(faults_of(schema, R"({"name":"e\u0301e\u0301","tags":["e\u0301e\u0301"]})").empty());
  CHECK(faults_of(schema, R"({"tags":["a","b"]})") ==
        "name is needed. tags may have 1 entries at the most. ");
  CHECK(faults_of(schema, R"({"name":7})") == "name must be a string. ");
}

}  // namespace
}  // namespace kith::api
