// What openapi.json says of a body is what its handler holds it to: for every field of every
// operation a value of another type, one out of its bounds, and none where it is needed, is refused
// with 422 and names the field; and what is just within its bounds is not refused for them.
#include <doctest/doctest.h>

#include <functional>

#include "gateway/openapi/documents.h"
#include "tests/rights/described_bodies.h"

namespace kith::test {
namespace {

namespace dom = simdjson::dom;

class Prober {
 public:
  Prober(World& world, const JsonSchemas& schemas) : world_(world), values_(schemas) {}

  // Each field of the schema; `wrap` makes the whole body of an object of this schema.
  using Wrap = std::function<std::string(const std::string& object)>;
  void probe(const Target& target, dom::element given, const std::string& prefix,
             const Wrap& wrap) {
    const dom::element schema = values_.resolved(given);
    if (!part(schema, "properties")) return;
    for (const auto member : dom::object(schema["properties"])) {
      const std::string field = prefix + std::string(member.key);
      const auto body = [&](const std::string& value) {
        return wrap(values_.with(schema, member.key, value));
      };
      expect_refused(target, field, body(values_.of_another_type(member.value)), "another type");
      const std::string over = values_.over(member.value);
      if (!over.empty()) expect_refused(target, field, body(over), "out of its bounds");
      const std::string most = values_.at_the_bound(member.value);
      if (!most.empty()) expect_within(target, field, body(most));
      for (const dom::element needed : dom::array(schema["required"])) {
        if (std::string_view(needed) == member.key) {
          expect_refused(target, field, body(""), "missing");
        }
      }
      probe(target, member.value, field + '.',
            [&](const std::string& inner) { return body(inner); });
    }
  }

  std::size_t asked() const { return asked_; }

 private:
  HttpResponse ask(const Target& target, const std::string& body) {
    ++asked_;
    return world_.server().http().send(
        {.method = target.method, .path = target.path, .body = body, .token = target.token});
  }

  // Of a part it may be the whole that is named: "quiet_hours" for its "from".
  static bool names(const Json& errors, std::string field) {
    for (;;) {
      for (std::size_t i = 0; i < errors.size(); ++i) {
        if (errors[i]["field"].text() == field) return true;
      }
      const auto dot = field.rfind('.');
      if (dot == std::string::npos) return false;
      field.resize(dot);
    }
  }

  void expect_refused(const Target& target, const std::string& field, const std::string& body,
                      const char* why) {
    const HttpResponse answer = ask(target, body);
    CAPTURE(target.method + ' ' + target.pattern);
    CAPTURE(field);
    CAPTURE(why);
    CAPTURE(body.substr(0, 200));
    CAPTURE(answer.body);
    CHECK(answer.status == 422);
    CHECK(names(answer.json()["errors"], field));
  }

  void expect_within(const Target& target, const std::string& field, const std::string& body) {
    const HttpResponse answer = ask(target, body);
    CAPTURE(target.method + ' ' + target.pattern);
    CAPTURE(field);
    CAPTURE(answer.body);
    // What this server is not set up for (mail, media, payments) says so behind the check.
    CHECK((answer.status < 500 || answer.json()["code"].text() == "unavailable"));
    const Json errors = answer.json()["errors"];
    for (std::size_t i = 0; i < errors.size(); ++i) {
      if (errors[i]["field"].text() != field) continue;
      const std::string message = errors[i]["message"].text();
      for (const char* bound : {" to ", "at the most", "too long", "too many"}) {
        CHECK(message.find(bound) == std::string::npos);
      }
    }
  }

  World& world_;
  Values values_;
  std::size_t asked_ = 0;
};

TEST_CASE("every field of every body is held to what openapi.json says of it") {
  World world;
  Stage stage = set_stage(world);
  add_club(world, stage);
  add_event(world, stage);
  const JsonSchemas schemas(api::openapi_document().json);
  const Askers askers(world);
  Prober prober(world, schemas);
  const std::size_t operations =
      each_body(schemas, askers, stage, [&](const Target& target, dom::element schema) {
        prober.probe(target, schema, "", [](const std::string& body) { return body; });
      });
  MESSAGE(operations, " bodies, ", prober.asked(), " requests");
  CHECK(prober.asked() > 5 * operations);
}

}  // namespace
}  // namespace kith::test
