#include "gateway/name_characters.h"

#include <unicode/uchar.h>

namespace kith {
namespace {

constexpr UChar32 kZeroWidthNonJoiner = 0x200C;
constexpr UChar32 kZeroWidthJoiner = 0x200D;
constexpr UChar32 kKeycapMark = 0x20E3;
constexpr UChar32 kBlackFlag = 0x1F3F4;
constexpr UChar32 kCancelTag = 0xE007F;
constexpr UChar32 kBrailleBlank = 0x2800;  // a symbol to Unicode, and nothing to see
constexpr std::size_t kFlagTagsMin = 3;    // of a region, as "gbeng": its country and its own
constexpr std::size_t kFlagTagsMax = 6;
constexpr std::uint8_t kVirama = 9;  // its combining class

bool is_between(UChar32 character, UChar32 first, UChar32 last) {
  return character >= first && character <= last;
}

bool is_thin(UChar32 space) {
  return is_between(space, 0x2004, 0x200A) || space == 0x202F || space == 0x205F;
}

// What is there, or U+0000, which no name has.
UChar32 character_at(CodePoints text, std::size_t at) {
  return at < text.size() ? text[at] : 0;
}

bool is_variation_selector(UChar32 character) {
  return character == 0xFE0E || character == 0xFE0F;  // as text, as an emoji
}

bool is_regional_indicator(UChar32 character) {
  return is_between(character, 0x1F1E6, 0x1F1FF);
}

bool is_flag_tag(UChar32 character) {
  return is_between(character, 0xE0030, 0xE0039) || is_between(character, 0xE0061, 0xE007A);
}

// The tags behind a black flag that make it the flag of a region; 0: these are none.
std::size_t flag_tags_length(CodePoints text) {
  std::size_t tags = 0;
  while (is_flag_tag(character_at(text, tags))) ++tags;
  const bool is_region = tags >= kFlagTagsMin && tags <= kFlagTagsMax;
  return is_region && character_at(text, tags) == kCancelTag ? tags + 1 : 0;
}

// Digits, # and * have the property Emoji too, but are none without a keycap.
bool is_pictograph(UChar32 character) {
  return character >= 0x80 && !is_regional_indicator(character) &&
         (u_hasBinaryProperty(character, UCHAR_EMOJI) ||
          u_hasBinaryProperty(character, UCHAR_EXTENDED_PICTOGRAPHIC));
}

// A pictograph with its variation selector, skin tone and tags.
std::size_t emoji_element_length(CodePoints text) {
  if (!is_pictograph(character_at(text, 0))) return 0;
  std::size_t length = 1;
  if (is_variation_selector(character_at(text, length))) ++length;
  if (u_hasBinaryProperty(character_at(text, length), UCHAR_EMOJI_MODIFIER)) ++length;
  if (text[0] == kBlackFlag) length += flag_tags_length(text.subspan(length));
  return length;
}

bool is_virama(UChar32 character) {
  return u_getCombiningClass(character) == kVirama;
}

std::int32_t joining_type(UChar32 character) {
  return u_getIntPropertyValue(character, UCHAR_JOINING_TYPE);
}

// Whether the letters on both sides would join if nothing were between them.
bool is_between_joining_letters(CodePoints text, std::size_t at) {
  std::size_t before = at;
  while (before > 0 && joining_type(text[before - 1]) == U_JT_TRANSPARENT) --before;
  std::size_t after = at + 1;
  while (after < text.size() && joining_type(text[after]) == U_JT_TRANSPARENT) ++after;
  if (before == 0 || after == text.size()) return false;
  const std::int32_t left = joining_type(text[before - 1]);
  const std::int32_t right = joining_type(text[after]);
  return (left == U_JT_DUAL_JOINING || left == U_JT_LEFT_JOINING) &&
         (right == U_JT_DUAL_JOINING || right == U_JT_RIGHT_JOINING);
}

CharacterKind kind_of_category(UChar32 character) {
  switch (u_charType(character)) {
    case U_UPPERCASE_LETTER:
    case U_LOWERCASE_LETTER:
    case U_TITLECASE_LETTER:
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER:
    case U_DECIMAL_DIGIT_NUMBER:
    case U_LETTER_NUMBER:
    case U_OTHER_NUMBER:
      return CharacterKind::letter;
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
      return CharacterKind::mark;
    case U_COMBINING_SPACING_MARK:
      return CharacterKind::spacing_mark;
    case U_SPACE_SEPARATOR:
      return is_thin(character) ? CharacterKind::thin_space : CharacterKind::space;
    case U_FORMAT_CHAR:  // signs over a number, of Arabic and Syriac, can be seen
      return u_hasBinaryProperty(character, UCHAR_PREPENDED_CONCATENATION_MARK)
                 ? CharacterKind::sign
                 : CharacterKind::unseen;
    case U_UNASSIGNED:
    case U_CONTROL_CHAR:
    case U_PRIVATE_USE_CHAR:
    case U_SURROGATE:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
      return CharacterKind::unseen;
    default:
      return CharacterKind::sign;
  }
}

}  // namespace

CharacterKind kind_of_character(UChar32 character) {
  if (character == kZeroWidthJoiner || character == kZeroWidthNonJoiner) {
    return CharacterKind::joiner;
  }
  if (u_hasBinaryProperty(character, UCHAR_BIDI_CONTROL)) return CharacterKind::direction;
  if (u_hasBinaryProperty(character, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
      is_between(character, 0xFFF0, 0xFFFF)) {
    return CharacterKind::unseen;
  }
  if (character == kBrailleBlank) return CharacterKind::space;
  return kind_of_category(character);
}

std::size_t emoji_length(CodePoints text) {
  const UChar32 first = character_at(text, 0);
  if (is_between(first, '0', '9') || first == '#' || first == '*') {
    const std::size_t mark = is_variation_selector(character_at(text, 1)) ? 2 : 1;
    return character_at(text, mark) == kKeycapMark ? mark + 1 : 0;
  }
  if (is_regional_indicator(first)) {
    return is_regional_indicator(character_at(text, 1)) ? 2 : 0;
  }
  std::size_t length = emoji_element_length(text);
  while (length > 0 && character_at(text, length) == kZeroWidthJoiner) {
    const std::size_t next = emoji_element_length(text.subspan(length + 1));
    if (next == 0) break;
    length += 1 + next;
  }
  return length;
}

bool is_written_with_joiner(CodePoints text, std::size_t at) {
  if (at == 0) return false;
  // Behind the last letter ZWNJ is nothing to see; ZWJ makes it another one (Malayalam).
  if (is_virama(text[at - 1])) {
    return text[at] == kZeroWidthJoiner || u_isalpha(character_at(text, at + 1));
  }
  if (text[at] == kZeroWidthNonJoiner) return is_between_joining_letters(text, at);
  // Bengali keeps a ra whole above a ya with the joiner before the virama.
  return u_isalpha(text[at - 1]) && is_virama(character_at(text, at + 1));
}

}  // namespace kith
