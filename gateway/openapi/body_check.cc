#include "gateway/openapi/body_check.h"

#include <algorithm>

#include "protocol/text_rules.h"
#include "protocol/time_format.h"

namespace kith::api {
namespace {

namespace dom = simdjson::dom;

std::string joined_values(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) text += i + 1 == values.size() ? " or " : ", ";
    text += values[i];
  }
  return text;
}

std::string range_of(const Schema& schema) {
  return std::to_string(schema.min.value_or(0)) + " to " + std::to_string(schema.max.value_or(0));
}

bool within(const Schema& schema, std::int64_t value) {
  return (!schema.min || value >= *schema.min) && (!schema.max || value <= *schema.max);
}

// What is wrong with it; empty: nothing.
std::string fault_of_text(const Schema& schema, const dom::element& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return "must be a string";
  if (schema.is_name) return {};  // as it comes it may be longer than it is
  if (!within(schema, static_cast<std::int64_t>(count_characters(text)))) {
    return "must have " + range_of(schema) + " characters";
  }
  if (!schema.values.empty() && std::ranges::find(schema.values, text) == schema.values.end()) {
    return "must be " + joined_values(schema.values);
  }
  if (schema.id && !parse_id(*schema.id, text)) return "is not an id of this kind";
  if (schema.format == "date-time" && !parse_time(text)) return "is not an RFC 3339 time";
  return {};
}

std::string fault_of_scalar(const Schema& schema, const dom::element& value) {
  if (schema.kind == Schema::Kind::text) return fault_of_text(schema, value);
  if (schema.kind == Schema::Kind::boolean) {
    return value.is_bool() ? std::string() : "must be true or false";
  }
  if (schema.kind == Schema::Kind::number) {
    return value.is_number() ? std::string() : "must be a number";
  }
  std::int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS && within(schema, whole)) return {};
  if (!schema.max) return "must be a whole number from " + std::to_string(schema.min.value_or(0));
  return "must be a whole number from " + range_of(schema);
}

void check_value(const Schema& schema, const dom::element& value, const std::string& field,
                 const NoteField& note);

void check_list(const Schema& schema, const dom::element& value, const std::string& field,
                const NoteField& note) {
  dom::array entries;
  const Schema& item = schema.parts.front();
  const bool of_texts = item.kind == Schema::Kind::text;
  if (value.get(entries) != simdjson::SUCCESS) {
    return note(field, of_texts ? "must be a list of strings" : "must be a list");
  }
  std::int64_t count = 0;
  for (const dom::element entry : entries) {
    if (++count > schema.max.value_or(count)) {
      return note(field, "may have " + std::to_string(*schema.max) + " entries at the most");
    }
    if (of_texts && !entry.is_string()) return note(field, "must be a list of strings");
    const auto with_entry = [&](std::string_view, std::string_view message) {
      note(field, "has an entry that " + std::string(message));
    };
    check_value(item, entry, field, with_entry);
  }
  if (count < schema.min.value_or(0)) {
    note(field, "must have " + std::to_string(*schema.min) + " entries at least");
  }
}

void check_members(const Schema& schema, const dom::object& object, const std::string& prefix,
                   const NoteField& note) {
  for (const Member& member : schema.members) {
    const std::string field = prefix + member.name;
    dom::element value;
    if (object.at_key(member.name).get(value) != simdjson::SUCCESS || value.is_null()) {
      if (member.needed) note(field, "is needed");
      continue;
    }
    check_value(member.schema, value, field, note);
  }
}

void check_value(const Schema& schema, const dom::element& value, const std::string& field,
                 const NoteField& note) {
  if (schema.checked_by_handler) return;
  switch (schema.kind) {
    case Schema::Kind::anything:
    case Schema::Kind::reference:
    case Schema::Kind::one_of:
      return;
    case Schema::Kind::map: {
      if (!value.is_object()) note(field, "must be an object");
      return;
    }
    case Schema::Kind::list:
      return check_list(schema, value, field, note);
    case Schema::Kind::object: {
      dom::object object;
      if (value.get(object) != simdjson::SUCCESS) return note(field, "must be an object");
      return check_members(schema, object, field + '.', note);
    }
    default: {
      const std::string fault = fault_of_scalar(schema, value);
      if (!fault.empty()) note(field, fault);
    }
  }
}

}  // namespace

void check_body(const Schema& schema, const dom::object& body, const NoteField& note) {
  if (!schema.checked_by_handler) check_members(schema, body, "", note);
}

}  // namespace kith::api
