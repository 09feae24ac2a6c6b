// What a JSON value may be, said once: the documents tell it to readers as JSON Schema 2020-12
// (json_schema), and a request's body is held to it before its handler looks (body_check.h).
//
//   object({{"name", text(1, 100)}, {"bio?", text(0, 1000)}, {"tags?", list(text(1, 40), 20)}})
//
// A member whose name ends with ? may be left out. Lengths are in characters (code points).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.h"
#include "protocol/json_writer.h"

namespace kith::api {

struct Member;

struct Schema {
  enum class Kind : std::uint8_t {
    anything,
    object,  // `members`, and no others are promised
    map,     // of any names to values as `parts[0]` has them
    list,    // of what `parts[0]` has
    text,
    integer,
    number,
    boolean,
    reference,  // to the component `name`
    one_of,     // of `parts`
  };

  Kind kind = Kind::anything;
  std::string name{};
  std::string format{};
  std::string description{};
  std::optional<IdKind> id{};
  std::vector<std::string> values{};  // of a text: one of these
  std::optional<std::int64_t> min{};  // of the value, the characters or the entries
  std::optional<std::int64_t> max{};
  std::vector<Member> members;
  std::vector<Schema> parts;
  bool nullable = false;
  // The handler holds a request to it, not the table: it says of a part what the whole's error is.
  bool checked_by_handler = false;
  // Of a text: the bounds are those of its composed form, which JsonBody's names hold it to.
  bool is_name = false;

  // The same, with a word to its reader.
  Schema says(std::string text) const;
  Schema by_handler() const;
};

struct Member {
  Member(std::string_view with_mark, Schema schema);

  std::string name;
  bool needed = true;
  Schema schema;
};

Schema anything();
Schema text();  // of any length: of answers
Schema text(std::int64_t min, std::int64_t max);
Schema name_text(std::int64_t min, std::int64_t max);  // of requests: gateway/name_text.h
Schema one_of(std::vector<std::string> values);
Schema id(IdKind kind);
Schema time();  // RFC 3339
Schema integer();
Schema integer(std::int64_t min, std::int64_t max);
Schema number();
Schema boolean();
Schema list(Schema item, std::optional<std::int64_t> max = std::nullopt);
Schema object(std::vector<Member> members);
Schema map(Schema value);
Schema ref(std::string_view component);
Schema either(std::vector<Schema> parts);
Schema or_null(Schema schema);
// {"items": [...], "next_cursor": "..." or null}, and what else the list has.
Schema page(Schema item, std::vector<Member> besides = {});

// Of a request's body null counts as absent, so members that may be left out may be null too.
enum class Side : std::uint8_t { request, answer };
void json_schema(JsonWriter& json, const Schema& schema, Side side);

}  // namespace kith::api
