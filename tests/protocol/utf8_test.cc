#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "protocol/frame.h"

namespace kith {
namespace {

bool begins_utf8(std::string_view bytes) {
  Utf8Validator validator;
  return validator.feed(bytes);
}
bool is_utf8(std::string_view bytes) {
  Utf8Validator validator;
  return validator.feed(bytes) && validator.complete();
}

std::string encoded(char32_t c) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
          byte(0x80 | (c & 63))};
}

std::size_t number_of(std::string_view bytes) {
  std::size_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

// The definition itself: a text is good so far where it is the beginning of an encoded character.
TEST_CASE("every sequence of up to three bytes, and all of four behind a good three") {
  using Set = std::vector<bool>;  // of sequences, by their number
  const std::array<Set, 4> none = {Set{}, Set(1u << 8), Set(1u << 16), Set(1u << 24)};
  std::array<Set, 4> begins = none;
  std::array<Set, 4> whole = none;
  std::size_t characters = 0;
  std::size_t wrong = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string text = encoded(c);
    if (!is_utf8(text)) ++wrong;
    if (text.size() < 4) whole[text.size()][number_of(text)] = true;
    for (std::size_t size = 1; size < 4 && size <= text.size(); ++size) {
      begins[size][number_of(std::string_view(text).substr(0, size))] = true;
    }
    ++characters;
  }
  CHECK(characters == 1'112'064);
  std::size_t fours = 0;
  for (std::size_t first = 0; first < 256; ++first) {
    std::string bytes(1, static_cast<char>(first));
    if (begins_utf8(bytes) != begins[1][first] || is_utf8(bytes) != whole[1][first]) ++wrong;
    if (!begins[1][first] || whole[1][first]) continue;
    for (std::size_t second = 0; second < 256; ++second) {
      bytes.resize(1);
      bytes += static_cast<char>(second);
      const std::size_t two = first << 8 | second;
      if (begins_utf8(bytes) != begins[2][two] || is_utf8(bytes) != whole[2][two]) ++wrong;
      if (!begins[2][two] || whole[2][two]) continue;
      for (std::size_t third = 0; third < 256; ++third) {
        bytes.resize(2);
        bytes += static_cast<char>(third);
        const std::size_t three = two << 8 | third;
        if (begins_utf8(bytes) != begins[3][three] || is_utf8(bytes) != whole[3][three]) ++wrong;
        if (!begins[3][three] || whole[3][three]) continue;
        for (std::size_t fourth = 0; fourth < 256; ++fourth) {
          bytes.resize(3);
          bytes += static_cast<char>(fourth);
          if (is_utf8(bytes)) ++fours;
        }
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(fours == 0x100000);
}

TEST_CASE("the table of hard cases") {
  const struct {
    const char* text;
    bool good;
  } cases[] = {
      {"", true},
      {"Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4\xC3\xBC\xC3\xA0\xC3\xA1-UTF-8!!", true},
      {"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5", true},
      {"\x7F", true},
      {"\xC2\x80", true},
      {"\xDF\xBF", true},
      {"\xE0\xA0\x80", true},
      {"\xED\x9F\xBF", true},
      {"\xEE\x80\x80", true},
      {"\xEF\xBF\xBD", true},
      {"\xEF\xBF\xBE", true},
      {"\xEF\xBF\xBF", true},
      {"\xF0\x90\x80\x80", true},
      {"\xF4\x8F\xBF\xBF", true},
      {"\x80", false},
      {"\xBF", false},
      {"\x80\xBF\x80\xBF", false},
      {"\xC0 ", false},
      {"\xE0 ", false},
      {"\xF0 ", false},
      {"\xC0\x80", false},
      {"\xC0\xAF", false},
      {"\xC1\xBF", false},
      {"\xE0\x80\xAF", false},
      {"\xE0\x9F\xBF", false},
      {"\xF0\x80\x80\xAF", false},
      {"\xF0\x8F\xBF\xBF", false},
      {"\xF8\x88\x80\x80\x80", false},
      {"\xFC\x84\x80\x80\x80\x80", false},
      {"\xED\xA0\x80", false},
      {"\xED\xBF\xBF", false},
      {"\xED\xA0\x80\xED\xB0\x80", false},
      {"\xF4\x90\x80\x80", false},
      {"\xF5\x80\x80\x80", false},
      {"\xFE", false},
      {"\xFF", false},
      {"\xC2", false},
      {"\xE1\x80", false},
      {"\xF1\x80\x80", false},
      {"\xC2\xC2\x80", false},
      {"\xE1\x80\xE1", false},
      {"good until here \xCE\xBA\xE1\xBD\xB9\xCF\x83\xF4\x90\x80\x80 edited", false},
  };
  for (const auto& each : cases) {
    CAPTURE(number_of(each.text));
    CHECK(is_utf8(each.text) == each.good);
    // The same wherever in a word of eight bytes it stands, and however it is chopped.
    for (std::size_t before = 0; before < 9; ++before) {
      const std::string text = std::string(before, 'a') + each.text + std::string(9, 'b');
      const bool good = is_utf8(text);
      CHECK(good == each.good);
      Utf8Validator one_by_one;
      bool fed = true;
      for (const char byte : text) fed = fed && one_by_one.feed(std::string_view(&byte, 1));
      CHECK((fed && one_by_one.complete()) == good);
    }
  }
}

TEST_CASE("bad text fails at its first bad byte") {
  CHECK(begins_utf8("ok\xF4"));
  CHECK_FALSE(begins_utf8("ok\xF4\x90"));
  CHECK_FALSE(begins_utf8("ok\xED\xA0"));
  CHECK_FALSE(begins_utf8("ok\xE0\x9F"));
  CHECK_FALSE(begins_utf8("ok\xC0"));
}

TEST_CASE("a validator starts anew after reset") {
  Utf8Validator validator;
  CHECK(validator.feed("\xF0\x90"));
  CHECK_FALSE(validator.complete());
  validator.reset();
  CHECK(validator.complete());
  CHECK(validator.feed("\xC2\x80"));
}

}  // namespace kith
