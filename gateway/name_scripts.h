// In which scripts a word could be written (UTS 39 section 5.1), for name_text.cc.
#pragma once

#include <unicode/utypes.h>

#include <bitset>
#include <cstddef>

namespace kith {

class ScriptsOfWord {
 public:
  ScriptsOfWord();

  // What all scripts share (digits, most marks) counts for none of them. As ICU has it: nothing is
  // done where `status` is an error already, and what is known of the word then means nothing.
  void add(UChar32 character, UErrorCode& status);
  // No script has all of its letters, nor do Latin and one of those that may have it beside them.
  bool is_mixed() const;

 private:
  static constexpr std::size_t kScriptsMax = 512;  // Unicode 15 has some 200
  using Scripts = std::bitset<kScriptsMax>;
  static Scripts scripts_of(UChar32 character, UErrorCode& status);

  Scripts of_all_;            // each letter so far is of these
  Scripts of_all_but_latin_;  // and of these each that cannot be Latin
};

}  // namespace kith
