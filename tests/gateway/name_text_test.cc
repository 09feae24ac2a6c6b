// Names as people write them, and as nobody should be able to.
#include "gateway/name_text.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "protocol/text_rules.h"

namespace kith {
namespace {

constexpr NameLength kLength{.min = 1, .max = 80};

std::string many(std::string_view text, std::size_t times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

// The name as it is stored, or its error in brackets.
std::string named(std::string_view text, NameLength length = kLength) {
  const auto name = normal_name(text, length);
  return name ? *name : '[' + name.error().message + ']';
}

void check_refused(const std::vector<std::string>& names, std::string_view fault) {
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto refused = normal_name(name, kLength);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::bad_request);
    CHECK(refused.error().message == fault);
  }
}

constexpr std::string_view kUnseen = "must have characters that can be seen, and no others";
constexpr std::string_view kTurned = "must not have marks of direction";
constexpr std::string_view kMixed = "must not mix scripts within a word";
constexpr std::string_view kPiled = "must not have marks without a letter, or more than 4 on one";

}  // namespace

TEST_CASE("honest names of many scripts are names, as they are written") {
  for (const std::string_view name : {
           "Ada",
           "O'Brien-Smith",
           "Zo\u00EB 2",
           "Jean-Luc d\u2019Arc, Jr.",
           "\u0130stanbul",
           "Hawai\u02BBi",
           "Stra\u00DFe 7\u00BD",
           "AC/DC & Co. #1 (2024)",
           "Nguy\u1EC5n V\u0103n \u0110\u1EE9c",                            // Vietnamese
           "\u041C\u043E\u0441\u043A\u0432\u0430 2024",                     // Cyrillic
           "\u041C\u0430\u0440'\u044F\u043D\u0430",                         // with an apostrophe
           "\u0391\u03B8\u03AE\u03BD\u03B1",                                // Greek
           "\u0535\u0580\u0587\u0561\u0576",                                // Armenian
           "\u10D7\u10D1\u10D8\u10DA\u10D8\u10E1\u10D8",                    // Georgian
           "\u0645\u062D\u0645\u062F \u0639\u0644\u064A",                   // Arabic
           "\u0645\u064F\u062D\u064E\u0645\u064E\u0651\u062F",              // with its vowels
           "\u0646\u0627\u062F\u064A \u0664\u0662",                         // and its digits
           "\u05E9\u05DC\u05D5\u05DD \u05DB\u05D4\u05DF",                   // Hebrew
           "\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD",                    // with its points
           "\u0E01\u0E4A\u0E27\u0E22\u0E40\u0E15\u0E35\u0E4B\u0E22\u0E27",  // Thai with tones
           "\u0F66\u0F92\u0FB2\u0F7C\u0F63\u0F0B\u0F58",                    // Tibetan stacks
           "\u1019\u103C\u103D\u103E\u102F\u1037",                          // Burmese, four marks
           "\u1797\u17D2\u1793\u17C6\u1796\u17C1\u1789",                    // Khmer
           "\u0928\u092E\u0938\u094D\u0924\u0947",                          // Devanagari
           "\u0B95\u0BBE\u0BB0\u0BCD\u0BA4\u0BCD\u0BA4\u0BBF\u0B95\u0BCD",  // Tamil
           "\u12A0\u12F2\u1235 \u12A0\u1260\u1263",                         // Ethiopic
           "\u5317\u4EAC\u670B\u53CB",
           "\u674E\u5C0F\u9F99\u00B7Bruce",  // Chinese
           "K\uD31D",
           "\u6F22\uC790Club",  // Korean
           "\u6771\u4EAC\u30BF\u30EF\u30FC",
           "\u304A\u8336\u306E\u6C34Java\u30E6\u30FC\u30B6\u30FC\u4F1A",
           "\u4F50\u3005\u6728",
           "\uFF76\uFF70\uFF84\uFF9E",     // Japanese
           "\u3105\u3106\u6CE8\u97F3ABC",  // Bopomofo
           "\u0E23\u0E49\u0E32\u0E19ABC",
           "SSC\u09E8\u09E6\u09E8\u09E9",  // Latin glued to Thai, and to Bengali digits
       }) {
    CAPTURE(name);
    CHECK(named(name) == name);
  }
}

TEST_CASE("joiners are kept where a script is written with them") {
  for (const std::string_view name : {
           "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",  // Persian: two parts, one word
           "\u062E\u0627\u0646\u0647\u200C\u0647\u0627",
           "\u0628\u064E\u200C\u0628",                                 // over a vowel's mark
           "\u0915\u094D\u200D\u0937",                                 // Devanagari: a half letter
           "\u0915\u094D\u200C\u0937",                                 // and a whole one
           "\u0DC1\u0DCA\u200D\u0DBB\u0DD3 \u0DBD\u0D82\u0D9A\u0DCF",  // Sri Lanka
           "\u0D2E\u0D4B\u0D39\u0D28\u0D4D\u200D",                     // Malayalam: at the end
           "\u09B0\u200D\u09CD\u09AF\u09BE\u09AC",                     // Bengali: before the virama
       }) {
    CAPTURE(name);
    CHECK(named(name) == name);
  }
}

TEST_CASE("emoji are names, with all that joins them") {
  for (const std::string_view name : {
           "\U0001F389",
           "Party \U0001F389",
           "\u2764\uFE0F Club",
           "\u263A\uFE0E",
           "\U0001F44D\U0001F3FD",                                                // a tone
           "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466 Millers",  // family
           "\U0001F9D1\U0001F3FD\u200D\U0001F680",
           "\U0001F3F3\uFE0F\u200D\U0001F308",  // pride
           "\u2764\uFE0F\u200D\U0001F525",
           "\U0001F1E9\U0001F1EA Berlin",                                             // flag
           "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",  // England
           "1\uFE0F\u20E3 Team",
           "*\uFE0F\u20E3",
           "100 % \u00A9 2024",
           "\U0001FADF\U0001FADF",  // of a later Unicode, maybe: reserved for pictographs
           "\U0001FC00",
       }) {
    CAPTURE(name);
    CHECK(named(name) == name);
  }
}

TEST_CASE("a name is composed, and its length is that of the composed one") {
  CHECK(named("Zoe\u0308") == "Zo\u00EB");
  CHECK(named("Nguye\u0302\u0303n") == "Nguy\u1EC5n");
  CHECK(named("Nguye\u0303\u0302n") != named("Nguye\u0302\u0303n"));  // another letter
  CHECK(named("q\u0307\u0323") == "q\u0323\u0307");                   // marks in their order
  CHECK(named("\u1112\u1161\u11AB\u1100\u116E\u11A8") == "\uD55C\uAD6D");
  CHECK(named("\u212B") == "\u00C5");  // the unit is the letter
  CHECK(named(many("e\u0302\u0303", 80)) == many("\u1EC5", 80));
  CHECK(named(many("e\u0302\u0303", 81)) == "[must have 1 to 80 characters]");
  CHECK(named(many("\u0958", 40)) == many("\u0915\u093C", 40));  // one that composed is two
  CHECK(named(many("\u0958", 41)) == "[must have 1 to 80 characters]");
  CHECK(named(many("\U0001F389", 80)).size() == 320);
  CHECK(named(std::string(81, 'a')) == "[must have 1 to 80 characters]");
  CHECK(named(std::string(1'000'000, 'a')) == "[must have 1 to 80 characters]");
  CHECK(named(many("\u0327\u0301", 100'000)) == "[must have 1 to 80 characters]");
  CHECK(named("") == "[must have 1 to 80 characters]");
  CHECK(named("", {.min = 0, .max = 80}).empty());
  CHECK(named("\xC3") == "[must be UTF-8]");
  CHECK(named("a\xED\xA0\x80") == "[must be UTF-8]");  // half a pair
}

TEST_CASE("what marks, signs and numbers make of a name is left to its owner") {
  for (const std::string_view name :
       {R"(%_\)", "'; DROP TABLE users;--", "<b>&amp;</b>", "!!!", "\u00BF\u2026?", "7", "\u2167",
        "a\u0301\u0323\u0302\u0307", "x\u0336y\u0336", "  padded  ", "a\u00A0b", "\u3000\u5317"}) {
    CAPTURE(name);
    CHECK(normal_name(name, kLength).ok());
  }
  // What the demo and the seeds make.
  for (const char* name : {"Ada", "Bob", "Tea kitchen", "User 100000", "Room 1", "Club 1",
                           "Bench 0a1b2c3d 7", "Barton Creek", "Austin", "bench"}) {
    CHECK(named(name) == name);
  }
}

TEST_CASE("marks of direction are refused") {
  std::vector<std::string> names;
  for (const char* mark : {"\u200E", "\u200F", "\u061C", "\u202A", "\u202B", "\u202C", "\u202D",
                           "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    names.push_back(std::string(mark) + "abc");
    names.push_back(std::string("a") + mark + "c");
    names.push_back(std::string("\u05E9\u05DC") + mark);
    names.push_back(mark);
  }
  check_refused(names, kTurned);
}

TEST_CASE("what cannot be seen is refused") {
  std::vector<std::string> names = {" ", "   ", "\u00A0", "\u3000", "\u2800", "\u2003 \u200A"};
  for (const char* unseen : {
           "\u200B",     "\u2060",     "\uFEFF",     "\u00AD",     "\u034F",
           "\u180E",     "\u2063",     "\u206A",     "\u115F",     "\u1160",
           "\u3164",     "\uFFA0",                    // fillers of Hangul are letters
           "\uFE0F",     "\uFE00",     "\U000E0100",  // selectors of nothing
           "\U000E0061", "\U000E0001", "\U000E007F",  // tags
           "\t",         "\n",         "\x7F",       "\xC2\x85",   "\u2028",
           "\u2029",     "\uFFF9",     "\uFFFC",     "\uFFFD",     "\uFFFE",
           "\uFFFF",     "\uFDD0",     "\U0001FFFE", "\U0010FFFF",  // no characters
           "\uE000",     "\U000F0000",                              // private
           "\u0378",     "\U00050000",                              // unassigned
       }) {
    for (const char* around : {"ab", "\u5317\u4EAC"}) {
      const std::string name = around;
      const std::size_t half = name.size() / 2;
      names.push_back(name.substr(0, half) + unseen + name.substr(half));
    }
    names.push_back(unseen);
  }
  check_refused(names, kUnseen);
}

TEST_CASE("joiners, selectors and tags that join and select nothing are refused") {
  check_refused({"a\u200Db",
                 "a\u200Cb",
                 "\u200Da",
                 "a\u200D",
                 "\u0430\u200C\u0430",
                 "1\uFE0F",
                 "a\uFE0F",
                 "\U0001F389\u200D",
                 "\U0001F389\u200Da",
                 "\u200D\U0001F389",
                 "\U0001F389\uFE0F\uFE0F",
                 "\U0001F468\u200D\u200D\U0001F469",
                 "\u0627\u200C\u0628",  // alef does not join
                 "\u0628\u200C",
                 "\u0628\u200C\u200C\u0628",
                 "\u0628\u200D\u0628",
                 "\u0915\u200D\u0937",  // no virama
                 "\U0001F3F4\U000E0067",
                 "\U0001F3F4\U000E0067\U000E0062\U000E007F",
                 "\U0001F389\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
                 "\U0001F3F4" + many("\U000E0061", 7) + "\U000E007F"},
                kUnseen);
}

TEST_CASE("marks piled on a letter, or on none, are refused") {
  check_refused(
      {"Z\u0335\u0321\u0324\u0337\u0348", "a" + many("\u0300", 20), "\u00EA" + many("\u0320", 5),
       "\U0001F389" + many("\u20DD", 5), "\u0E01" + many("\u0E49", 5), "\u0301", "\u0301a",
       "a \u0301", "\u20E3", "\u0903\u0915", "a\u3000\u3099"},
      kPiled);
}

TEST_CASE("a word is in one script, and a name may be in several") {
  for (const std::string_view name : {
           "Tribe \u041C\u043E\u0441\u043A\u0432\u0430",
           "\u041A\u043B\u0443\u0431-Club",
           "Caf\u00E9 \u03A9",
           "\u0391\u0392/AB",
           "\u05E9\u05DC\u05D5\u05DD Berlin",
           "\u0E23\u0E49\u0E32\u0E19 Tea",
           "\u041C\u0438\u0440\U0001F30Dworld",
           "\u00B5Torrent",
       }) {
    CAPTURE(name);
    CHECK(named(name) == name);
  }
  check_refused(
      {"p\u0430ypal", "P\u0410YPAL 2", "My p\u0430ypal", "\u041Aate", "\u03A9mega", "\u2126mega",
       "g\u03BF\u03BFgle", "pay2\u0440\u0430\u0443", "\u0430\u03B1", "\u0561b", "\u6F22\u0414",
       "\u0561a", "\u13A0a", "\u0E01\u0430", "\u0E01\u0915", "\u0E01\u0430a"},
      kMixed);
  // Thin spaces make no words; a mark of Cyrillic; no writing system has Korean and Japanese.
  check_refused({"p\u200A\u0430\u200Aypal", "p\u202F\u0430", "a\u0483", "\uD55C\u304B"}, kMixed);
}

TEST_CASE("whatever is taken for a name is taken again, unchanged") {
  constexpr std::array<std::string_view, 36> kParts = {
      "a",          "B",          " ",          "-",      "'",      "7",      "#",      "\u0430",
      "\u03B1",     "\u00E9",     "e",          "\u0301", "\u0323", "\u0308", "\u0327", "\u20E3",
      "\uFE0F",     "\u200D",     "\u200C",     "\u0915", "\u094D", "\u093C", "\u0958", "\u0628",
      "\u0627",     "\u064E",     "\u1112",     "\u1161", "\u11AB", "\u6771", "\u30FC", "\u2764",
      "\U0001F469", "\U0001F3FD", "\U0001F1E9", "\u212B"};
  std::mt19937 random(3);  // NOLINT: the same names each time
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto parts = 1 + random() % 8; parts > 0; --parts) {
      text += kParts[random() % kParts.size()];
    }
    CAPTURE(text);
    const auto name = normal_name(text, kLength);
    if (!name) continue;
    ++taken;
    const auto again = normal_name(*name, kLength);
    REQUIRE(again.ok());
    CHECK(*again == *name);
    const auto composed = to_nfc(text);
    REQUIRE(composed.ok());
    CHECK(*composed == *name);
    CHECK(count_characters(*name) <= count_characters(text) * 3);
  }
  CHECK(taken > 1000);
}

TEST_CASE("what names are looked for by is composed, and otherwise as it is") {
  const auto composed = [](std::string_view text) {
    const auto out = to_nfc(text);
    return out ? *out : out.error().message;
  };
  CHECK(composed("").empty());
  CHECK(composed("Re\u0301union") == "R\u00E9union");
  CHECK(composed("\u202Ex \u200B\n") == "\u202Ex \u200B\n");
  CHECK(composed("\xFF") == "must be UTF-8");
  CHECK(composed(std::string(16'385, 'a')) == "is too long");
}

}  // namespace kith
