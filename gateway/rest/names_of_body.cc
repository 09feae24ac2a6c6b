// The names in a body. In a file of its own: who reads bodies alone (tests/fuzz) needs no tables of
// Unicode.
#include <limits>

#include "gateway/name_text.h"
#include "gateway/rest/json_body.h"

namespace kith {
namespace {

// What a name's length is, its own rule says.
constexpr JsonBody::Length kAnyLength{.min = 0, .max = std::numeric_limits<std::size_t>::max()};

}  // namespace

std::optional<std::string> JsonBody::read_name(std::string_view field, std::string_view text,
                                               Length length, std::string_view before_fault) {
  auto normal = normal_name(text, {.min = length.min, .max = length.max});
  if (normal) return std::move(*normal);
  if (normal.error().code == ErrorCode::bad_request) {
    note(field, std::string(before_fault) + normal.error().message);
  } else {
    failure_ = to_problem(normal.error());
  }
  return std::nullopt;
}

std::optional<std::string> JsonBody::as_name(std::string_view field, std::string_view text,
                                             Length length) {
  return read_name(field, text, length, "");
}

std::optional<std::string> JsonBody::optional_name(std::string_view field, Length length) {
  const auto given = optional_text(field, kAnyLength);
  return given ? as_name(field, *given, length) : std::nullopt;
}

std::string JsonBody::name(std::string_view field, Length length) {
  if (!has(field)) note(field, "is needed");
  return optional_name(field, length).value_or(std::string{});
}

std::optional<std::vector<std::string>> JsonBody::optional_names(std::string_view field,
                                                                 std::size_t count_max,
                                                                 Length length) {
  auto names = optional_texts(field, count_max, kAnyLength);
  if (!names) return std::nullopt;
  for (std::string& each : *names) {
    auto normal = read_name(field, each, length, "has an entry that ");
    if (!normal) return std::nullopt;
    each = *std::move(normal);
  }
  return names;
}

}  // namespace kith
