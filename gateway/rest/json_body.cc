#include "gateway/rest/json_body.h"

#include <algorithm>

#include "protocol/json_check.h"
#include "protocol/limits.h"
#include "protocol/text_rules.h"

namespace kith {

namespace dom = simdjson::dom;

namespace {

dom::parser& thread_parser() {
  thread_local dom::parser parser;
  return parser;
}

}  // namespace

Checked<JsonBody> JsonBody::parse_unchecked(std::string_view body) {
  dom::parser& parser = thread_parser();
  if (parser.capacity() < body.size() || parser.max_depth() != limits::kSimdjsonDepthMax) {
    const std::size_t capacity = std::max<std::size_t>(body.size(), limits::kBodyBytesMax);
    if (parser.allocate(capacity, limits::kSimdjsonDepthMax) != simdjson::SUCCESS) {
      return problem(503, "there is no memory for this body");
    }
  }
  const simdjson::padded_string padded(body);
  dom::element root;
  if (parser.parse(padded).get(root) != simdjson::SUCCESS) {
    return problem(400, "the body is not valid JSON");
  }
  dom::object object;
  if (root.get(object) != simdjson::SUCCESS) return problem(400, "the body is not a JSON object");
  if (has_duplicate_keys(root)) return problem(400, "the body has a key twice");
  if (may_have_null_characters(body) && has_null_characters(root)) {
    return problem(400, "the body has U+0000 in a string");
  }
  return JsonBody(object);
}

bool JsonBody::has(std::string_view name) const {
  dom::element value;
  return object_.at_key(name).get(value) == simdjson::SUCCESS && !value.is_null();
}

std::optional<dom::element> JsonBody::member(std::string_view name) const {
  dom::element value;
  if (object_.at_key(name).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

bool JsonBody::is_null(std::string_view name) const {
  dom::element value;
  return object_.at_key(name).get(value) == simdjson::SUCCESS && value.is_null();
}

std::optional<dom::element> JsonBody::element(std::string_view name) {
  dom::element value;
  if (object_.at_key(name).get(value) == simdjson::SUCCESS && !value.is_null()) return value;
  note(name, "is needed");
  return std::nullopt;
}

std::string JsonBody::text(std::string_view name, Length length) {
  if (!has(name)) {
    note(name, "is needed");
    return {};
  }
  return optional_text(name, length).value_or(std::string{});
}

std::optional<std::string> JsonBody::optional_text(std::string_view name, Length length) {
  if (!has(name)) return std::nullopt;
  std::string_view value;
  if (object_.at_key(name).get(value) != simdjson::SUCCESS) {
    note(name, "must be a string");
    return std::nullopt;
  }
  const std::size_t count = count_characters(value);
  if (count < length.min || count > length.max) {
    note(name, "must have " + std::to_string(length.min) + " to " + std::to_string(length.max) +
                   " characters");
    return std::nullopt;
  }
  return std::string(value);
}

bool JsonBody::boolean(std::string_view name) {
  bool value = false;
  if (object_.at_key(name).get(value) != simdjson::SUCCESS) {
    note(name, "must be true or false");
  }
  return value;
}

std::optional<std::int64_t> JsonBody::optional_integer(std::string_view name, Range range) {
  if (!has(name)) return std::nullopt;
  std::int64_t value = 0;
  const bool whole = object_.at_key(name).get(value) == simdjson::SUCCESS;
  if (!whole || value < range.min || value > range.max) {
    note(name, "must be a whole number from " + std::to_string(range.min) + " to " +
                   std::to_string(range.max));
    return std::nullopt;
  }
  return value;
}

std::optional<std::vector<std::string>> JsonBody::optional_texts(std::string_view name,
                                                                 std::size_t count_max,
                                                                 Length length) {
  if (!has(name)) return std::nullopt;
  dom::array array;
  if (object_.at_key(name).get(array) != simdjson::SUCCESS) {
    note(name, "must be a list of strings");
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const dom::element entry : array) {
    std::string_view value;
    if (entry.get(value) != simdjson::SUCCESS) {
      note(name, "must be a list of strings");
      return std::nullopt;
    }
    const std::size_t count = count_characters(value);
    if (count < length.min || count > length.max) {
      note(name, "has an entry that is too short or too long");
      return std::nullopt;
    }
    texts.emplace_back(value);
  }
  if (texts.size() > count_max) {
    note(name, "may have " + std::to_string(count_max) + " entries at the most");
    return std::nullopt;
  }
  return texts;
}

void JsonBody::note(std::string_view field, std::string_view message) {
  for (const FieldError& error : errors_) {
    if (error.field == field) return;
  }
  errors_.push_back({std::string(field), std::string(message)});
}

void JsonBody::note(const Error& error) {
  note(error.field.empty() ? std::string_view("body") : std::string_view(error.field),
       error.message);
}

std::optional<Problem> JsonBody::refusal() const {
  if (failure_) return failure_;
  if (errors_.empty()) return std::nullopt;
  return Problem{.status = 422,
                 .code = ErrorCode::bad_request,
                 .detail = "a field is missing or not valid",
                 .errors = errors_};
}

}  // namespace kith
