#include "gateway/name_scripts.h"

#include <unicode/uscript.h>

#include <array>

namespace kith {

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
  return of_all_.none() && !of_all_but_latin_.test(USCRIPT_JAPANESE) &&
         !of_all_but_latin_.test(USCRIPT_KOREAN) &&
         !of_all_but_latin_.test(USCRIPT_HAN_WITH_BOPOMOFO);
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
