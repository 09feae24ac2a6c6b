// Fields of an object that may be absent, or of another kind: then "", 0 or false.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string_view>

namespace kith::bench {

inline std::string_view text_of(simdjson::dom::element object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

inline std::uint64_t number_of(simdjson::dom::element object, std::string_view key) {
  std::uint64_t number = 0;
  return object[key].get(number) == simdjson::SUCCESS ? number : 0;
}

// The same, of either sign.
inline std::int64_t signed_of(simdjson::dom::element object, std::string_view key) {
  std::int64_t number = 0;
  return object[key].get(number) == simdjson::SUCCESS ? number : 0;
}

inline bool flag_of(simdjson::dom::element object, std::string_view key) {
  bool flag = false;
  return object[key].get(flag) == simdjson::SUCCESS && flag;
}

}  // namespace kith::bench
