// What a single place in a name is, by the tables of Unicode: for name_text.cc alone, which says
// what a name is made of.
#pragma once

#include <unicode/utypes.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace kith {

using CodePoints = std::span<const UChar32>;  // of valid text, in normal form C

enum class CharacterKind : std::uint8_t {
  letter,        // and a number: what words are made of
  mark,          // stands on what is before it
  spacing_mark,  // beside it, with a width of its own
  joiner,        // ZWJ or ZWNJ: seen only in what it does to its neighbours
  sign,          // of punctuation, or a symbol
  space,
  thin_space,  // too thin to tell one word from two
  direction,
  unseen,
};
CharacterKind kind_of_character(UChar32 character);

// How many characters the emoji takes that `text` begins with (UTS 51 section 1.4); 0: it begins
// with none.
std::size_t emoji_length(CodePoints text);

// Whether the joiner at `at` belongs to how its script is written.
bool is_written_with_joiner(CodePoints text, std::size_t at);

}  // namespace kith
