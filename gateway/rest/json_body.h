// A request's JSON body (PROTOCOL section 7; RELIABILITY 1.4, 3.3): simdjson's DOM, at most 16
// levels deep, one object. What is not JSON, a key that comes twice or U+0000 in a string is 400;
// fields that are missing or wrong gather in `errors` and are answered together, with 422.
//
// The parser is the thread's own and its memory is used again by the next body: a JsonBody and what
// it gives out must not live across a co_await. Read all fields first, then wait for things.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http_request_checks.h"
#include "gateway/problem.h"
#include "protocol/ids.h"

namespace kith {

struct RequestContext;

class JsonBody {
 public:
  // The request's body, held to what the route's operation says of it
  // (gateway/openapi/operation.h): what is missing or wrong is noted before the handler looks.
  static Checked<JsonBody> parse(const RequestContext& context);
  // Any JSON object that holds to the rules above, whatever its members are: parse() is made of it,
  // and no handler reads a body by it.
  static Checked<JsonBody> parse_unchecked(std::string_view body);

  // Lengths in characters: Unicode code points.
  struct Length {
    std::size_t min = 0;
    std::size_t max = 0;
  };

  // Needed fields: what is missing or wrong is noted, and the answer is empty.
  std::string text(std::string_view name, Length length);
  bool boolean(std::string_view name);
  template <IdKind kKind>
  Id<kKind> id(std::string_view name) {
    const auto given = optional_id<kKind>(name);
    if (!given && !has(name)) note(name, "is needed");
    return given.value_or(Id<kKind>{});
  }
  std::optional<simdjson::dom::element> element(std::string_view name);

  // Optional ones: null counts as absent.
  std::optional<std::string> optional_text(std::string_view name, Length length);
  template <IdKind kKind>
  std::optional<Id<kKind>> optional_id(std::string_view name) {
    if (!has(name)) return std::nullopt;
    const auto given = optional_text(name, {.min = 0, .max = 64});
    const auto parsed = given ? Id<kKind>::parse(*given) : std::nullopt;
    if (given && !parsed) note(name, "is not an id of this kind");
    return parsed;
  }
  std::optional<std::vector<std::string>> optional_texts(std::string_view name,
                                                         std::size_t count_max, Length length);
  struct Range {
    std::int64_t min = 0;
    std::int64_t max = 0;
  };
  std::optional<std::int64_t> optional_integer(std::string_view name, Range range);
  // Names (gateway/name_text.h), as they are to be stored: composed, and so long after that.
  std::string name(std::string_view field, Length length);
  std::optional<std::string> optional_name(std::string_view field, Length length);
  std::optional<std::vector<std::string>> optional_names(std::string_view field,
                                                         std::size_t count_max, Length length);
  // The same of a text that stands deeper; `field` is where.
  std::optional<std::string> as_name(std::string_view field, std::string_view text, Length length);
  bool has(std::string_view name) const;
  // As it stands, null too; nothing where there is none of that name.
  std::optional<simdjson::dom::element> member(std::string_view name) const;
  bool is_null(std::string_view name) const;  // it stands there, as null

  void note(std::string_view field, std::string_view message);
  void note(const Error& error);  // of a parser of fields
  // 422 with what was noted, or what failed on our side; nothing where all is well.
  std::optional<Problem> refusal() const;

 private:
  explicit JsonBody(simdjson::dom::object object) : object_(object) {}
  std::optional<std::string> read_name(std::string_view field, std::string_view text, Length length,
                                       std::string_view before_fault);

  simdjson::dom::object object_;
  std::vector<FieldError> errors_;
  std::optional<Problem> failure_;  // ours
};

}  // namespace kith
