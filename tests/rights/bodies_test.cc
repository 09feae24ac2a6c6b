// What openapi.json says of a body is what its handler holds it to: for every field of every
// operation a value of another type, one out of its bounds, and none where it is needed, is refused
// with 422 and names the field; and what is just within its bounds is not refused for them.
#include <doctest/doctest.h>

#include <functional>

#include "gateway/openapi/documents.h"
#include "tests/rights/world.h"
#include "tests/support/json_schema.h"

namespace kith::test {
namespace {

namespace dom = simdjson::dom;

std::optional<dom::element> part(dom::element object, std::string_view name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::string type_of(dom::element schema) {
  const auto type = part(schema, "type");
  if (!type) return {};
  if (type->is_string()) return std::string(std::string_view(*type));
  return std::string(std::string_view(dom::array(*type).at(0)));
}

std::string quoted_text(std::size_t characters) {
  return '"' + std::string(characters, 'a') + '"';
}

// JSON values for one schema.
class Values {
 public:
  explicit Values(const JsonSchemas& schemas) : schemas_(schemas) {}

  dom::element resolved(dom::element schema) const {
    const auto reference = part(schema, "$ref");
    return reference ? schemas_.at(std::string_view(*reference)) : schema;
  }

  std::string good(dom::element given) const {
    const dom::element schema = resolved(given);
    const std::string type = type_of(schema);
    if (type == "integer") return std::to_string(number(schema, "minimum", 0));
    if (type == "number") return "1";
    if (type == "boolean") return "false";
    if (type == "array") return "[]";
    if (type == "object") return good_object(schema);
    return good_text(schema);
  }

  // Of none of the types that it may have.
  std::string of_another_type(dom::element given) const {
    const std::string type = type_of(resolved(given));
    return type == "string" ? "7" : type == "boolean" ? "\"yes\"" : "\"x\"";
  }

  // Empty where it has no bound that can be passed.
  std::string over(dom::element given) const {
    const dom::element schema = resolved(given);
    const std::string type = type_of(schema);
    if (part(schema, "enum")) return "\"none of these\"";
    if (part(schema, "pattern") || part(schema, "format")) return "\"x\"";
    if (type == "string" && part(schema, "maxLength")) {
      return quoted_text(static_cast<std::size_t>(number(schema, "maxLength", 0)) + 1);
    }
    if (type == "integer" && part(schema, "maximum")) {
      return std::to_string(number(schema, "maximum", 0) + 1);
    }
    if (type == "array" && part(schema, "maxItems")) {
      return entries(schema, static_cast<std::size_t>(number(schema, "maxItems", 0)) + 1);
    }
    return {};
  }

  std::string at_the_bound(dom::element given) const {
    const dom::element schema = resolved(given);
    const std::string type = type_of(schema);
    const bool ruled = part(schema, "enum") || part(schema, "pattern") || part(schema, "format");
    if (ruled) return {};
    if (type == "string" && part(schema, "maxLength")) {
      return quoted_text(static_cast<std::size_t>(number(schema, "maxLength", 0)));
    }
    if (type == "integer" && part(schema, "maximum")) {
      return std::to_string(number(schema, "maximum", 0));
    }
    if (type == "array" && part(schema, "maxItems")) {
      return entries(schema, static_cast<std::size_t>(number(schema, "maxItems", 0)));
    }
    return {};
  }

  // The object's needed members, with `name` as `value` says, or without it where that is empty.
  std::string with(dom::element schema, std::string_view name, const std::string& value) const {
    std::string out = "{";
    const auto add = [&](std::string_view member, const std::string& json) {
      out += (out.size() > 1 ? "," : "") + std::string("\"") + std::string(member) + "\":" + json;
    };
    if (!value.empty()) add(name, value);
    for (const dom::element needed : dom::array(schema["required"])) {
      const std::string_view member(needed);
      if (member != name) add(member, good(schema["properties"][member]));
    }
    return out + '}';
  }

 private:
  static std::int64_t number(dom::element schema, const char* name, std::int64_t fallback) {
    const auto value = part(schema, name);
    return value ? std::int64_t(*value) : fallback;
  }

  std::string good_text(dom::element schema) const {
    if (const auto values = part(schema, "enum")) {
      return '"' + std::string(std::string_view(dom::array(*values).at(0))) + '"';
    }
    if (const auto pattern = part(schema, "pattern")) {
      const std::string text(std::string_view(*pattern).substr(1));
      return '"' + text.substr(0, text.find('[')) + std::string(26, '0') + '"';
    }
    if (part(schema, "format")) return "\"2024-04-20T17:30:00Z\"";
    return quoted_text(static_cast<std::size_t>(number(schema, "minLength", 1)));
  }

  std::string good_object(dom::element schema) const {
    return part(schema, "properties") ? with(schema, "", "") : "{}";
  }

  std::string entries(dom::element schema, std::size_t count) const {
    std::string out = "[";
    for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + good(schema["items"]);
    return out + ']';
  }

  const JsonSchemas& schemas_;
};

struct Target {
  std::string method;
  std::string path;
  std::string pattern;
  std::string token;
};

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

// For whom the route is: who else is refused is so before the body is looked at.
class Askers {
 public:
  explicit Askers(World& world) : world_(world) {
    const HttpResponse made = world.server().post(
        "/service-accounts",
        R"({"name":"prober","scopes":["events:publish","users:write","users:disconnect"]})",
        world.as(Relation::admin));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    service_token_ = made.json()["token"].text();
  }

  Target target_of(const Stage& stage, std::string_view method, std::string_view pattern,
                   dom::element operation) const {
    const bool of_admins = pattern == "/console/drain" || pattern.starts_with("/moderation/") ||
                           pattern.starts_with("/service-accounts") || pattern.ends_with("/role") ||
                           pattern.starts_with("/admin/");
    const Relation who = of_admins ? Relation::admin : Relation::owner;
    const bool ones_own = pattern.starts_with("/users/") || pattern.starts_with("/streaks/");
    std::string upper(method);
    for (char& c : upper) c = static_cast<char>(c - 32);
    std::string path = stage.fill(world_, who, ones_own ? Subject::own : Subject::theirs, pattern);
    path = replaced(std::move(path), "{case_id}", unknown_id("case_"));
    path = replaced(std::move(path), "{channel_id}", world_.as(who).id);
    return {.method = std::move(upper),
            .path = std::move(path),
            .pattern = std::string(pattern),
            .token = is_for_services(operation) ? service_token_ : world_.as(who).token};
  }

 private:
  static bool is_for_services(dom::element operation) {
    const dom::array security = operation["security"];
    return security.size() == 1 && part(security.at(0), "service").has_value();
  }

  World& world_;
  std::string service_token_;
};

TEST_CASE("every field of every body is held to what openapi.json says of it") {
  World world;
  Stage stage = set_stage(world);
  add_club(world, stage);
  add_event(world, stage);
  const JsonSchemas schemas(api::openapi_document().json);
  const Askers askers(world);
  Prober prober(world, schemas);
  std::size_t operations = 0;
  for (const auto path : dom::object(schemas.document()["paths"])) {
    for (const auto operation : dom::object(path.value)) {
      const auto request = part(operation.value, "requestBody");
      if (!request) continue;
      ++operations;
      const dom::element schema = (*request)["content"]["application/json"]["schema"];
      prober.probe(askers.target_of(stage, operation.key, path.key, operation.value), schema, "",
                   [](const std::string& body) { return body; });
    }
  }
  MESSAGE(operations, " bodies, ", prober.asked(), " requests");
  CHECK(prober.asked() > 5 * operations);
}

}  // namespace
}  // namespace kith::test
