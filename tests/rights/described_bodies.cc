#include "tests/rights/described_bodies.h"

#include <doctest/doctest.h>

namespace kith::test {

namespace dom = simdjson::dom;

namespace {

std::string quoted_text(std::size_t characters) {
  return '"' + std::string(characters, 'a') + '"';
}

std::int64_t number_in(dom::element schema, const char* name, std::int64_t fallback) {
  const auto value = part(schema, name);
  return value ? std::int64_t(*value) : fallback;
}

bool is_for_services(dom::element operation) {
  const dom::array security = operation["security"];
  return security.size() == 1 && part(security.at(0), "service").has_value();
}

}  // namespace

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

dom::element Values::resolved(dom::element schema) const {
  const auto reference = part(schema, "$ref");
  return reference ? schemas_.at(std::string_view(*reference)) : schema;
}

std::string Values::good(dom::element given) const {
  const dom::element schema = resolved(given);
  const std::string type = type_of(schema);
  if (type == "integer") return std::to_string(number_in(schema, "minimum", 0));
  if (type == "number") return "1";
  if (type == "boolean") return "false";
  if (type == "array") return "[]";
  if (type == "object") return good_object(schema);
  return good_text(schema);
}

std::string Values::of_another_type(dom::element given) const {
  const std::string type = type_of(resolved(given));
  return type == "string" ? "7" : type == "boolean" ? "\"yes\"" : "\"x\"";
}

std::string Values::over(dom::element given) const {
  const dom::element schema = resolved(given);
  const std::string type = type_of(schema);
  if (part(schema, "enum")) return "\"none of these\"";
  if (part(schema, "pattern") || part(schema, "format")) return "\"x\"";
  if (type == "string" && part(schema, "maxLength")) {
    return quoted_text(static_cast<std::size_t>(number_in(schema, "maxLength", 0)) + 1);
  }
  if (type == "integer" && part(schema, "maximum")) {
    return std::to_string(number_in(schema, "maximum", 0) + 1);
  }
  if (type == "array" && part(schema, "maxItems")) {
    return entries(schema, static_cast<std::size_t>(number_in(schema, "maxItems", 0)) + 1);
  }
  return {};
}

std::string Values::at_the_bound(dom::element given) const {
  const dom::element schema = resolved(given);
  const std::string type = type_of(schema);
  const bool ruled = part(schema, "enum") || part(schema, "pattern") || part(schema, "format");
  if (ruled) return {};
  if (type == "string" && part(schema, "maxLength")) {
    return quoted_text(static_cast<std::size_t>(number_in(schema, "maxLength", 0)));
  }
  if (type == "integer" && part(schema, "maximum")) {
    return std::to_string(number_in(schema, "maximum", 0));
  }
  if (type == "array" && part(schema, "maxItems")) {
    return entries(schema, static_cast<std::size_t>(number_in(schema, "maxItems", 0)));
  }
  return {};
}

std::string Values::with(dom::element schema, std::string_view name,
                         const std::string& value) const {
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

std::string Values::good_text(dom::element schema) const {
  if (const auto values = part(schema, "enum")) {
    return '"' + std::string(std::string_view(dom::array(*values).at(0))) + '"';
  }
  if (const auto pattern = part(schema, "pattern")) {
    const std::string text(std::string_view(*pattern).substr(1));
    return '"' + text.substr(0, text.find('[')) + std::string(26, '0') + '"';
  }
  if (part(schema, "format")) return "\"2024-04-20T17:30:00Z\"";
  return quoted_text(static_cast<std::size_t>(number_in(schema, "minLength", 1)));
}

std::string Values::good_object(dom::element schema) const {
  return part(schema, "properties") ? with(schema, "", "") : "{}";
}

std::string Values::entries(dom::element schema, std::size_t count) const {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + good(schema["items"]);
  return out + ']';
}

Askers::Askers(World& world) : world_(world) {
  const HttpResponse made = world.server().post(
      "/service-accounts",
      R"({"name":"prober","scopes":["events:publish","users:write","users:disconnect"]})",
      world.as(Relation::admin));
  REQUIRE_MESSAGE(made.status == 201, made.body);
  service_token_ = made.json()["token"].text();
}

Target Askers::target_of(const Stage& stage, std::string_view method, std::string_view pattern,
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

}  // namespace kith::test
