#include "gateway/name_text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <vector>

#include "gateway/name_characters.h"
#include "gateway/name_scripts.h"
#include "protocol/text_rules.h"

namespace kith {
namespace {

constexpr std::size_t kNormalizedBytesMax = 16384;
// One composed character is at most four characters when decomposed (UAX 15, section 9). Looked at
// before anything is normalised, since sorting a long pile of marks takes its length squared.
constexpr std::size_t kDecomposedMax = 4;
constexpr std::size_t kComposedGrowthMax = 3;  // of UTF-16, by normal form C
constexpr std::size_t kUtf8PerUtf16 = 3;       // bytes of a unit

constexpr std::string_view kUnseenFault = "must have characters that can be seen, and no others";
constexpr std::string_view kDirectionFault = "must not have marks of direction";
constexpr std::string_view kScriptsFault = "must not mix scripts within a word";
const std::string& marks_fault() {
  static const std::string text = "must not have marks without a letter, or more than " +
                                  std::to_string(kNameMarksMax) + " on one";
  return text;
}

Error icu_failed(UErrorCode status) {
  if (status == U_INVALID_CHAR_FOUND) return fail(ErrorCode::bad_request, "must be UTF-8");
  return fail(ErrorCode::internal, std::string("ICU: ") + u_errorName(status));
}

std::int32_t size_of(const auto& buffer) {
  return static_cast<std::int32_t>(buffer.size());
}

Result<std::u16string> composed(std::string_view text) {
  if (text.size() > kNormalizedBytesMax) return fail(ErrorCode::bad_request, "is too long");
  UErrorCode status = U_ZERO_ERROR;
  std::int32_t length = 0;
  std::u16string given(text.size(), u'\0');
  u_strFromUTF8(given.data(), size_of(given), &length, text.data(), size_of(text), &status);
  const UNormalizer2* nfc = unorm2_getNFCInstance(&status);
  if (U_FAILURE(status)) return icu_failed(status);
  given.resize(static_cast<std::size_t>(length));
  std::u16string out(kComposedGrowthMax * given.size(), u'\0');
  length = unorm2_normalize(nfc, given.data(), size_of(given), out.data(), size_of(out), &status);
  if (U_FAILURE(status)) return icu_failed(status);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

Result<std::string> to_utf8(const std::u16string& text) {
  UErrorCode status = U_ZERO_ERROR;
  std::int32_t length = 0;
  std::string out(kUtf8PerUtf16 * text.size(), '\0');
  u_strToUTF8(out.data(), size_of(out), &length, text.data(), size_of(text), &status);
  if (U_FAILURE(status)) return icu_failed(status);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

Result<std::vector<UChar32>> to_code_points(const std::u16string& text) {
  UErrorCode status = U_ZERO_ERROR;
  std::int32_t length = 0;
  std::vector<UChar32> out(text.size());
  u_strToUTF32(out.data(), size_of(out), &length, text.data(), size_of(text), &status);
  if (U_FAILURE(status)) return icu_failed(status);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// Walks over a name once, and knows what it has seen of the word and of the letter it is at.
class NameReader {
 public:
  // What is wrong with it; empty: nothing.
  Result<std::string_view> read(CodePoints text) {
    for (std::size_t at = 0; at < text.size() && fault_.empty();) {
      if (const std::size_t emoji = emoji_length(text.subspan(at)); emoji > 0) {
        take_sign();
        at += emoji;
      } else {
        take(text, at++);
      }
    }
    end_word();
    if (U_FAILURE(status_)) return icu_failed(status_);
    if (fault_.empty() && !has_visible_) fault_ = kUnseenFault;
    return fault_;
  }

 private:
  void take(CodePoints text, std::size_t at) {
    switch (kind_of_character(text[at])) {
      case CharacterKind::letter:
        has_visible_ = true;
        stand_on(true);
        return word_.add(text[at], status_);
      case CharacterKind::mark:
        if (++marks_ > kNameMarksMax) note(marks_fault());
        [[fallthrough]];
      case CharacterKind::spacing_mark:
        if (!has_base_) note(marks_fault());
        return word_.add(text[at], status_);
      case CharacterKind::joiner:
        if (!is_written_with_joiner(text, at)) note(kUnseenFault);
        return;
      case CharacterKind::sign:
        return take_sign();
      case CharacterKind::space:
        end_word();
        [[fallthrough]];
      case CharacterKind::thin_space:
        return stand_on(false);
      case CharacterKind::direction:
        return note(kDirectionFault);
      case CharacterKind::unseen:
        return note(kUnseenFault);
    }
  }

  void take_sign() {
    end_word();
    has_visible_ = true;
    stand_on(true);
  }
  void stand_on(bool has_base) {
    has_base_ = has_base;
    marks_ = 0;
  }
  void end_word() {
    if (word_.is_mixed()) note(kScriptsFault);
    word_ = ScriptsOfWord();
  }
  void note(std::string_view fault) {
    if (fault_.empty()) fault_ = fault;
  }

  ScriptsOfWord word_;
  std::size_t marks_ = 0;
  bool has_base_ = false;
  bool has_visible_ = false;
  UErrorCode status_ = U_ZERO_ERROR;
  std::string_view fault_;
};

Error wrong_length(NameLength length) {
  return fail(ErrorCode::bad_request, "must have " + std::to_string(length.min) + " to " +
                                          std::to_string(length.max) + " characters");
}

}  // namespace

Result<std::string> to_nfc(std::string_view text) {
  const auto normal = composed(text);
  if (!normal) return normal.error();
  return to_utf8(*normal);
}

Result<std::string> normal_name(std::string_view text, NameLength length) {
  if (count_characters(text) > kDecomposedMax * length.max) return wrong_length(length);
  const auto normal = composed(text);
  if (!normal) return normal.error();
  const auto characters = to_code_points(*normal);
  if (!characters) return characters.error();
  if (characters->size() < length.min || characters->size() > length.max) {
    return wrong_length(length);
  }
  if (characters->empty()) return std::string();
  const auto fault = NameReader().read(*characters);
  if (!fault) return fault.error();
  if (!fault->empty()) return fail(ErrorCode::bad_request, std::string(*fault));
  return to_utf8(*normal);
}

}  // namespace kith
