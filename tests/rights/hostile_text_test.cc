// Text that would mean something to a database which it is not text to: it is refused or it is
// kept, byte for byte, and it is never a fault of ours. In a search it finds itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>

#include "gateway/openapi/documents.h"
#include "tests/rights/described_bodies.h"

namespace kith::test {
namespace {

constexpr std::array<std::string_view, 3> kHostileTexts = {"'; DROP TABLE users;--", R"(%_\)",
                                                           R"(" OR 1=1)"};

// Puts a text into every place of a body that takes one, each beside what else the body needs.
class Injector {
 public:
  Injector(World& world, const JsonSchemas& schemas) : world_(world), values_(schemas) {}

  // `wrap` makes the whole body of a value of this schema.
  using Wrap = std::function<std::string(const std::string& value)>;
  void inject(const Target& target, simdjson::dom::element given, const std::string& place,
              const Wrap& wrap) {
    const simdjson::dom::element schema = values_.resolved(given);
    const std::string type = type_of(schema);
    if (const auto parts = part(schema, "anyOf")) {
      for (const simdjson::dom::element one : simdjson::dom::array(*parts)) {
        inject(target, one, place, wrap);
      }
    } else if (type == "string" || type.empty()) {  // empty: it may be anything
      for (const std::string_view text : kHostileTexts) ask(target, place, wrap(json_string(text)));
    } else if (part(schema, "properties")) {
      for (const auto member : simdjson::dom::object(schema["properties"])) {
        const auto within = [&](const std::string& value) {
          return wrap(values_.with(schema, member.key, value));
        };
        inject(target, member.value, place + '.' + std::string(member.key), within);
      }
    } else if (const auto value = part(schema, "additionalProperties"); type == "object" && value) {
      for (const std::string_view text : kHostileTexts) {
        const std::string json = json_string(text);
        ask(target, place + " name", wrap('{' + json + ':' + values_.good(*value) + '}'));
      }
      inject(target, *value, place + ".*",
             [&](const std::string& inner) { return wrap("{\"chat.joined\":" + inner + '}'); });
    } else if (type == "array") {
      inject(target, schema["items"], place + "[]",
             [&](const std::string& inner) { return wrap('[' + inner + ']'); });
    }
  }

  std::size_t places() const { return asked_ / kHostileTexts.size(); }

 private:
  void ask(const Target& target, const std::string& place, const std::string& body) {
    ++asked_;
    const HttpResponse answer = world_.server().http().send(
        {.method = target.method, .path = target.path, .body = body, .token = target.token});
    CAPTURE(target.method + ' ' + target.pattern);
    CAPTURE(place);
    CAPTURE(body.substr(0, 200));
    CAPTURE(answer.body);
    // What this server is not set up for (mail, media, payments) says so behind the check.
    CHECK((answer.status < 500 || answer.json()["code"].text() == "unavailable"));
    CHECK(answer.status >= 200);
  }

  World& world_;
  Values values_;
  std::size_t asked_ = 0;
};

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// The names of the clubs that are found.
std::vector<std::string> clubs_by(World& world, const std::string& parameter,
                                  std::string_view value) {
  const HttpResponse found = world.server().http().get(
      "/clubs?" + parameter + '=' + percent_encoded(value), world.as(Relation::owner).token);
  CAPTURE(value);
  CAPTURE(found.body);
  REQUIRE(found.status == 200);
  std::vector<std::string> names;
  const Json items = found.json()["items"];
  for (std::size_t i = 0; i < items.size(); ++i) names.push_back(items[i]["name"].text());
  return names;
}

std::string made_at(World& world, const std::string& path, const std::string& body) {
  const HttpResponse made = world.server().post(path, body, world.as(Relation::owner));
  CAPTURE(body);
  CAPTURE(made.body);
  REQUIRE(made.status == 201);
  return made.json()["id"].text();
}

TEST_CASE("no text in any field of any body is more than a text") {
  World world;
  Stage stage = set_stage(world);
  add_club(world, stage);
  add_event(world, stage);
  const JsonSchemas schemas(api::openapi_document().json);
  const Askers askers(world);
  Injector injector(world, schemas);
  const std::size_t bodies =
      each_body(schemas, askers, stage, [&](const Target& target, simdjson::dom::element schema) {
        injector.inject(target, schema, "", [](const std::string& body) { return body; });
      });
  MESSAGE(bodies, " bodies, ", injector.places(), " places for a text");
  CHECK(injector.places() > bodies);
  HttpClient http = world.server().http();
  for (const Relation who : {Relation::owner, Relation::admin, Relation::stranger}) {
    CHECK(http.get("/users/me", world.as(who).token).status == 200);
  }
}

TEST_CASE("what is accepted comes back byte for byte") {
  World world;
  HttpClient http = world.server().http();
  const User& owner = world.as(Relation::owner);
  for (const std::string_view text : kHostileTexts) {
    CAPTURE(text);
    const std::string json = json_string(text);
    const HttpResponse changed = http.patch(
        "/users/me", "{\"display_name\":" + json + ",\"bio\":" + json + '}', owner.token);
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    for (const std::string& path : {std::string("/users/me"), "/users/" + owner.id}) {
      const Json profile = http.get(path, owner.token).json();
      CHECK(profile["display_name"].text() == text);
      CHECK(profile["bio"].text() == text);
    }
    const std::string described = ",\"description\":" + json + ",\"city\":" + json;
    const std::string club = made_at(world, "/clubs", "{\"name\":" + json + described + '}');
    const Json as_club = http.get("/clubs/" + club, owner.token).json();
    CHECK(as_club["name"].text() == text);
    CHECK(as_club["description"].text() == text);
    CHECK(as_club["city"].text() == text);
    const std::string event =
        made_at(world, "/events",
                "{\"title\":" + json + described +
                    R"(,"start_time":"2100-01-01T10:00:00Z","end_time":"2100-01-01T12:00:00Z"})");
    const Json as_event = http.get("/events/" + event, owner.token).json();
    CHECK(as_event["title"].text() == text);
    CHECK(as_event["description"].text() == text);
    CHECK(as_event["city"].text() == text);
    const std::string chat =
        made_at(world, "/chats", R"({"type":"group","participant_ids":[],"name":)" + json + '}');
    CHECK(http.get("/chats/" + chat, owner.token).json()["name"].text() == text);
    const HttpResponse sent = http.post(
        "/chats/" + chat + "/messages",
        "{\"client_message_id\":" + json + R"(,"content":{"type":"text","text":)" + json + "}}",
        owner.token);
    REQUIRE_MESSAGE(sent.status == 202, sent.body);
    const Json said = http.get("/chats/" + chat + "/messages", owner.token).json()["messages"];
    REQUIRE(said.size() == 1);
    CHECK(said[0]["content"]["text"].text() == text);
  }
}

TEST_CASE("a search takes its words for words, and % and _ for nothing more") {
  World world;
  using Names = std::vector<std::string>;
  const auto make = [&](std::string_view name) {
    const std::string json = json_string(name);
    made_at(world, "/clubs",
            "{\"name\":" + json + ",\"city\":" + json + ",\"tags\":[" + json + "]}");
  };
  for (const std::string_view text : kHostileTexts) make(text);
  make("alphabeta");
  make("alpha%beta");
  // Nobody is found by a pattern: neither all of them, nor who begins so.
  for (const char* pattern : {"%", "_", "%%", "alpha%", "%beta", "alphabet_", "_lphabeta", "a%a"}) {
    const Names found = clubs_by(world, "q", pattern);
    CAPTURE(pattern);
    CHECK(std::ranges::find(found, "alphabeta") == found.end());
    for (const char* exact : {"city", "tag", "slug"})
      CHECK(clubs_by(world, exact, pattern).empty());
  }
  CHECK(clubs_by(world, "q", "alphabeta") == Names{"alphabeta"});
  CHECK(clubs_by(world, "q", "alpha%beta") == Names{"alpha%beta"});
  CHECK(clubs_by(world, "q", kHostileTexts[0]) == Names{std::string(kHostileTexts[0])});
  CHECK(clubs_by(world, "q", kHostileTexts[2]) == Names{std::string(kHostileTexts[2])});
  for (const std::string_view text : kHostileTexts) {
    CHECK(clubs_by(world, "city", text) == Names{std::string(text)});
    CHECK(clubs_by(world, "tag", text) == Names{std::string(text)});
    CHECK(clubs_by(world, "slug", text).empty());
  }
}

}  // namespace
}  // namespace kith::test
