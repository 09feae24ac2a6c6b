// Cursors of lists of events: the numbers at which the last page ended, as base64url. They say
// nothing about rights: every page is looked up anew, so one that was made up harms nobody.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kith {

std::string encode_event_cursor(std::span<const std::int64_t> numbers);
bool decode_event_cursor(std::string_view text, std::span<std::int64_t> numbers);

template <std::size_t kCount>
std::string make_event_cursor(const std::array<std::int64_t, kCount>& numbers) {
  return encode_event_cursor(numbers);
}
// Nothing: not one of ours, or of a list of another kind.
template <std::size_t kCount>
std::optional<std::array<std::int64_t, kCount>> parse_event_cursor(std::string_view text) {
  std::array<std::int64_t, kCount> numbers{};
  if (!decode_event_cursor(text, numbers)) return std::nullopt;
  return numbers;
}

}  // namespace kith
