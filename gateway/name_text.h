// What the name of anything may look like (RELIABILITY 3.3): people, clubs, chats, events, places,
// cities, tags, interests, services. What is refused is what makes a name look like another one, or
// breaks the page that shows it. Bodies (messages, posts, bios) are stored byte for byte instead.
//
// A name is stored in Unicode's normal form C (UAX 15), so that one name has one spelling: what
// comes decomposed is taken, and composed. Its length is counted after that. Refused are
//
//   - what cannot be seen: controls, line separators, all that is default ignorable, unassigned,
//     private, no character or the mark of a lost one (U+FFF0-FFFF); but for
//       - variation selectors, joiners and tags within an emoji, as UTS 51 builds them;
//       - ZWJ and ZWNJ where a script is written with them: after a virama (ZWNJ only before a
//         letter; ZWJ before a virama too, in Bengali), and ZWNJ between letters that would join,
//         as Persian does (CONTEXTJ of RFC 5892, UAX 31 section 2.3);
//   - marks of direction (Bidi_Control): they turn round the text beside the name as well. Letters
//     that run from right to left are letters;
//   - marks piled on a letter (Zalgo), and marks with no letter to stand on: they would stand on
//     what the page has before the name. Spacing marks (of Indic scripts) are not piled, so not
//     counted;
//   - a word in two scripts, as UTS 39 has it (section 5.2, between "highly" and "moderately
//     restrictive"): "p\u0430ypal", of which one letter is Cyrillic, passes for another word.
//     Japanese, Korean and Chinese are scripts of several. They may have Latin beside them, and so
//     may those whose letters look like no Latin one (name_scripts.cc). The rule holds per word,
//     letters and digits between spaces and signs, and not for the whole name, because "Tribe
//     Москва" is an honest one, and nobody takes a word of foreign letters for one of their own
//     script. What it does not see: a word all of whose letters look like others
//     ("\u0441\u043e\u0441\u043e"), letters of one script that look alike, and letters of no
//     script (mathematical ones). Those need a look at the other names, not at one.
//
// U+200B is refused too, which some Khmer keyboards have between words: nobody sees it, and a name
// with it would be another one than without.
//
// Variation selectors of ideographs and of Mongolian are refused: they cannot be told from nothing
// in most fonts. Unassigned characters reserved for pictographs (Extended_Pictographic) are taken:
// phones have an emoji years before our tables do.
//
// Any thread. Nothing is kept between calls, and ICU's tables are its own: there is no handle to
// close.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace kith {

inline constexpr std::size_t kNameMarksMax = 4;  // on one letter, after composition

struct NameLength {  // in characters: code points
  std::size_t min = 0;
  std::size_t max = 0;
};

// The name as it is to be stored. `bad_request` where it is none; its message goes behind the
// field's name ("must not mix scripts within a word"). `internal` where ICU failed. An empty one is
// well where `min` is 0.
Result<std::string> normal_name(std::string_view text, NameLength length);

// In normal form C and no more: what a name is looked for by. At most 16 KiB; longer, and what is
// not UTF-8, is `bad_request`.
Result<std::string> to_nfc(std::string_view text);

}  // namespace kith
