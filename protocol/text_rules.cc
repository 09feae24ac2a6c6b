#include "protocol/text_rules.h"

#include <array>
#include <cstdint>

#include "protocol/limits.h"

namespace kith {
namespace {

constexpr std::size_t kClientMessageIdCharactersMax = limits::kClientMessageIdBytesMax;
constexpr std::size_t kReasonCharactersMax = limits::kReasonBytesMax;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Takes the first character off a text of valid UTF-8. Never reads past a text that is cut short.
char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (lead < 0x80) return lead;
  char32_t value = lead >= 0xF0 ? lead & 0x07u : lead >= 0xE0 ? lead & 0x0Fu : lead & 0x1Fu;
  while (!text.empty() && is_continuation(text.front())) {
    value = value << 6 | (static_cast<unsigned char>(text.front()) & 0x3Fu);
    text.remove_prefix(1);
  }
  return value;
}

struct Range {
  char32_t first;
  char32_t last;
};

// The blocks that hold characters with the Emoji property (emoji-data.txt), as ranges.
constexpr std::array<Range, 19> kSymbols = {{
    {0xA9, 0xA9},     {0xAE, 0xAE},       {0x203C, 0x203C},   {0x2049, 0x2049},   {0x2122, 0x2122},
    {0x2139, 0x2139}, {0x2190, 0x21FF},   {0x2300, 0x23FF},   {0x24C2, 0x24C2},   {0x25A0, 0x27BF},
    {0x2934, 0x2935}, {0x2B00, 0x2BFF},   {0x3030, 0x3030},   {0x303D, 0x303D},   {0x3297, 0x3297},
    {0x3299, 0x3299}, {0x1F000, 0x1F1E5}, {0x1F200, 0x1F3FA}, {0x1F400, 0x1FBFF},
}};

enum class Part { symbol, regional, keycap_base, keycap, joiner, modifier, other };

bool within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

Part part_of(char32_t c) {
  if (within(c, 0x1F1E6, 0x1F1FF)) return Part::regional;
  if (within(c, '0', '9') || c == '#' || c == '*') return Part::keycap_base;
  if (c == 0x20E3) return Part::keycap;
  if (c == 0x200D) return Part::joiner;
  // variation selectors 15 and 16, skin tones, tags (flags of England, Scotland, Wales)
  if (c == 0xFE0E || c == 0xFE0F) return Part::modifier;
  if (within(c, 0x1F3FB, 0x1F3FF) || within(c, 0xE0020, 0xE007F)) return Part::modifier;
  for (const Range& range : kSymbols) {
    if (within(c, range.first, range.last)) return Part::symbol;
  }
  return Part::other;
}

// [0-9#*] U+FE0F? U+20E3
bool is_rest_of_keycap(std::string_view rest) {
  return rest == "\xE2\x83\xA3" || rest == "\xEF\xB8\x8F\xE2\x83\xA3";
}

// Symbols, each with its modifiers, with a joiner between one and the next.
bool is_joined_symbols(std::string_view text) {
  bool symbol_comes = true;
  while (!text.empty()) {
    const Part part = part_of(take_character(text));
    if (symbol_comes) {
      if (part != Part::symbol) return false;
      symbol_comes = false;
    } else if (part == Part::joiner) {
      symbol_comes = true;
    } else if (part != Part::modifier) {
      return false;
    }
  }
  return !symbol_comes;
}

}  // namespace

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += is_continuation(c) ? 0 : 1;
  return count;
}

bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

bool is_client_message_id(std::string_view text) {
  if (text.empty() || text.size() > 4 * kClientMessageIdCharactersMax) return false;
  return count_characters(text) <= kClientMessageIdCharactersMax && !has_control_characters(text);
}

bool is_reason(std::string_view text) {
  if (text.size() > 4 * kReasonCharactersMax || text.find('\0') != text.npos) return false;
  return count_characters(text) <= kReasonCharactersMax;
}

bool is_emoji(std::string_view text) {
  if (text.empty() || text.size() > limits::kEmojiBytesMax) return false;
  std::string_view rest = text;
  const Part first = part_of(take_character(rest));
  if (first == Part::keycap_base) return is_rest_of_keycap(rest);
  if (first == Part::regional) {
    return !rest.empty() && part_of(take_character(rest)) == Part::regional && rest.empty();
  }
  // A skin tone by itself is an emoji; a selector or a tag by itself is not.
  if (first == Part::modifier) return rest.empty() && text.starts_with("\xF0\x9F\x8F");
  return is_joined_symbols(text);
}

}  // namespace kith
