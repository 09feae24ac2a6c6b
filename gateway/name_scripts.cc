#include "gateway/name_scripts.h"

#include <unicode/uscript.h>

#include <algorithm>
#include <array>

namespace kith {
namespace {

// Written without spaces, or with Latin glued to their words: a shop's or a club's, a year's
// digits. None of their letters passes for a Latin one, as those of Cyrillic, Greek or Cherokee do.
constexpr std::array kMayHaveLatin = {
    USCRIPT_THAI,       USCRIPT_LAO,      USCRIPT_KHMER,    USCRIPT_MYANMAR,
    USCRIPT_DEVANAGARI, USCRIPT_BENGALI,  USCRIPT_GURMUKHI, USCRIPT_ORIYA,
    USCRIPT_GUJARATI,   USCRIPT_TAMIL,    USCRIPT_TELUGU,   USCRIPT_KANNADA,
    USCRIPT_MALAYALAM,  USCRIPT_SINHALA,  USCRIPT_ARABIC,   USCRIPT_HEBREW,
    USCRIPT_ETHIOPIC,   USCRIPT_JAPANESE, USCRIPT_KOREAN,   USCRIPT_HAN_WITH_BOPOMOFO};

}  // namespace

ScriptsOfWord::ScriptsOfWord() {
  of_all_.set();
  of_all_but_latin_.set();
}

void ScriptsOfWord::add(UChar32 character, UErrorCode& status) {
  const Scripts scripts = scripts_of(character, status);
  if (U_FAILURE(status) || scripts.test(USCRIPT_COMMON) || scripts.test(USCRIPT_INHERITED)) return;
  of_all_ &= scripts;
  if (!scripts.test(USCRIPT_LATIN)) of_all_but_latin_ &= scripts;
}

bool ScriptsOfWord::is_mixed() const {
  return of_all_.none() &&
         std::none_of(kMayHaveLatin.begin(), kMayHaveLatin.end(), [this](UScriptCode script) {
           return of_all_but_latin_.test(static_cast<std::size_t>(script));
         });
}

// Its script extensions, and the writing systems of several scripts that it is used in.
ScriptsOfWord::Scripts ScriptsOfWord::scripts_of(UChar32 character, UErrorCode& status) {
  std::array<UScriptCode, 64> codes{};  // the most that a character has is 24
  const std::int32_t count = uscript_getScriptExtensions(
      character, codes.data(), static_cast<std::int32_t>(codes.size()), &status);
  Scripts scripts;
  if (U_FAILURE(status)) return scripts;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto code = static_cast<std::size_t>(codes[static_cast<std::size_t>(i)]);
    if (code < kScriptsMax) scripts.set(code);
  }
  const bool is_han = scripts.test(USCRIPT_HAN);
  const bool is_kana = scripts.test(USCRIPT_HIRAGANA) || scripts.test(USCRIPT_KATAKANA);
  if (is_han || is_kana) scripts.set(USCRIPT_JAPANESE);
  if (is_han || scripts.test(USCRIPT_HANGUL)) scripts.set(USCRIPT_KOREAN);
  if (is_han || scripts.test(USCRIPT_BOPOMOFO)) scripts.set(USCRIPT_HAN_WITH_BOPOMOFO);
  return scripts;
}

}  // namespace kith
