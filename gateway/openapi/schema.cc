#include "gateway/openapi/schema.h"

#include <utility>

namespace kith::api {
namespace {

Schema of_kind(Schema::Kind kind) {
  Schema made;
  made.kind = kind;
  return made;
}

Schema bounded(Schema schema, std::int64_t min, std::int64_t max) {
  schema.min = min;
  schema.max = max;
  return schema;
}

std::string_view type_of(Schema::Kind kind) {
  switch (kind) {
    case Schema::Kind::object:
    case Schema::Kind::map:
      return "object";
    case Schema::Kind::list:
      return "array";
    case Schema::Kind::text:
      return "string";
    case Schema::Kind::integer:
      return "integer";
    case Schema::Kind::number:
      return "number";
    case Schema::Kind::boolean:
      return "boolean";
    default:
      return {};
  }
}

void write_bounds(JsonWriter& json, const Schema& schema) {
  const auto bound = [&](std::string_view least, std::string_view most) {
    if (schema.min) json.field(least, *schema.min);
    if (schema.max) json.field(most, *schema.max);
  };
  if (schema.kind == Schema::Kind::text) bound("minLength", "maxLength");
  if (schema.kind == Schema::Kind::integer) bound("minimum", "maximum");
  if (schema.kind == Schema::Kind::list) bound("minItems", "maxItems");
}

void write_members(JsonWriter& json, const Schema& schema, Side side) {
  json.key("properties").begin_object();
  for (const Member& member : schema.members) {
    json.key(member.name);
    Schema shown = member.schema;
    shown.nullable |= side == Side::request && !member.needed;
    json_schema(json, shown, side);
  }
  json.end_object();
  json.key("required").begin_array();
  for (const Member& member : schema.members) {
    if (member.needed) json.string(member.name);
  }
  json.end_array();
}

void write_type(JsonWriter& json, const Schema& schema) {
  const auto type = type_of(schema.kind);
  if (type.empty()) return;
  json.key("type");
  if (!schema.nullable) {
    json.string(type);
    return;
  }
  json.begin_array().string(type).string("null").end_array();
}

void write_values(JsonWriter& json, const Schema& schema) {
  if (schema.values.empty()) return;
  json.key("enum").begin_array();
  for (const std::string& value : schema.values) json.string(value);
  if (schema.nullable) json.null();
  json.end_array();
}

void write_union(JsonWriter& json, const std::vector<Schema>& parts, bool nullable, Side side) {
  json.begin_object().key("anyOf").begin_array();
  for (const Schema& part : parts) json_schema(json, part, side);
  if (nullable) json.begin_object().field("type", "null").end_object();
  json.end_array().end_object();
}

}  // namespace

Schema Schema::says(std::string text) const {
  Schema made = *this;
  made.description = std::move(text);
  return made;
}

Schema Schema::by_handler() const {
  Schema made = *this;
  made.checked_by_handler = true;
  return made;
}

Member::Member(std::string_view with_mark, Schema the_schema)
    : name(with_mark), schema(std::move(the_schema)) {
  needed = !name.ends_with('?');
  if (!needed) name.pop_back();
}

Schema anything() {
  return Schema{};
}
Schema text() {
  return of_kind(Schema::Kind::text);
}
Schema text(std::int64_t min, std::int64_t max) {
  return bounded(text(), min, max);
}
Schema name_text(std::int64_t min, std::int64_t max) {
  Schema made = text(min, max).says(
      "a name: kept in Unicode's normal form C, in which it has its length; without marks of "
      "direction, characters that cannot be seen, and words in more than one script");
  made.is_name = true;
  return made;
}
Schema one_of(std::vector<std::string> values) {
  Schema made = text();
  made.values = std::move(values);
  return made;
}
Schema id(IdKind kind) {
  Schema made = text();
  made.id = kind;
  return made;
}
Schema time() {
  Schema made = text();
  made.format = "date-time";
  return made;
}
Schema integer() {
  return of_kind(Schema::Kind::integer);
}
Schema integer(std::int64_t min, std::int64_t max) {
  return bounded(integer(), min, max);
}
Schema number() {
  return of_kind(Schema::Kind::number);
}
Schema boolean() {
  return of_kind(Schema::Kind::boolean);
}
Schema list(Schema item, std::optional<std::int64_t> max) {
  Schema made = of_kind(Schema::Kind::list);
  made.parts.push_back(std::move(item));
  made.max = max;
  return made;
}
Schema object(std::vector<Member> members) {
  Schema made = of_kind(Schema::Kind::object);
  made.members = std::move(members);
  return made;
}
Schema map(Schema value) {
  Schema made = of_kind(Schema::Kind::map);
  made.parts.push_back(std::move(value));
  return made;
}
Schema ref(std::string_view component) {
  Schema made = of_kind(Schema::Kind::reference);
  made.name = component;
  return made;
}
Schema either(std::vector<Schema> parts) {
  Schema made = of_kind(Schema::Kind::one_of);
  made.parts = std::move(parts);
  return made;
}
Schema or_null(Schema schema) {
  schema.nullable = true;
  return schema;
}
Schema page(Schema item, std::vector<Member> besides) {
  std::vector<Member> members = {{"items", list(std::move(item))},
                                 {"next_cursor", or_null(text())}};
  for (Member& member : besides) members.push_back(std::move(member));
  return object(std::move(members));
}

void json_schema(JsonWriter& json, const Schema& schema, Side side) {
  if (schema.kind == Schema::Kind::one_of) {
    return write_union(json, schema.parts, schema.nullable, side);
  }
  if (schema.kind == Schema::Kind::reference && schema.nullable) {
    return write_union(json, std::vector<Schema>(1, api::ref(schema.name)), true, side);
  }
  json.begin_object();
  if (schema.kind == Schema::Kind::reference) {
    json.field("$ref", "#/components/schemas/" + schema.name);
  }
  write_type(json, schema);
  if (!schema.format.empty()) json.field("format", schema.format);
  if (schema.id) {
    json.field("pattern", '^' + std::string(id_prefix(*schema.id)) + "[0-9A-HJKMNP-TV-Z]{26}$");
  }
  write_values(json, schema);
  write_bounds(json, schema);
  if (schema.kind == Schema::Kind::object) write_members(json, schema, side);
  if (schema.kind == Schema::Kind::map) {
    json.key("additionalProperties");
    json_schema(json, schema.parts.front(), side);
  }
  if (schema.kind == Schema::Kind::list) {
    json.key("items");
    json_schema(json, schema.parts.front(), side);
  }
  if (!schema.description.empty()) json.field("description", schema.description);
  json.end_object();
}

}  // namespace kith::api
