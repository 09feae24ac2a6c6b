#include "protocol/text_rules.h"

#include <doctest/doctest.h>

#include <string>

namespace kith {
namespace {

std::string repeat(std::string_view text, int times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

}  // namespace

TEST_CASE("characters are code points") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("abc") == 3);
  CHECK(count_characters("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x91\x8D") == 3);
}

TEST_CASE("control characters of both blocks are seen, their neighbours are not") {
  for (const std::string_view text :
       {std::string_view("\0", 1), std::string_view("a\nb"), std::string_view("\x1F"),
        std::string_view("\x7F"), std::string_view("\xC2\x80"), std::string_view("\xC2\x9F")}) {
    CHECK(has_control_characters(text));
  }
  for (const char* text : {"", " ", "~", "\xC2\xA0", "\xC3\x80", "\xF0\x9F\x91\x8D"}) {
    CHECK_FALSE(has_control_characters(text));
  }
}

TEST_CASE("a client message id is 1 to 64 characters without controls") {
  CHECK(is_client_message_id("tmp-123"));
  CHECK(is_client_message_id("a"));
  CHECK(is_client_message_id(std::string(64, 'a')));
  CHECK(is_client_message_id(repeat("\xF0\x9F\x91\x8D", 64)));
  CHECK_FALSE(is_client_message_id(""));
  CHECK_FALSE(is_client_message_id(std::string(65, 'a')));
  CHECK_FALSE(is_client_message_id(repeat("\xF0\x9F\x91\x8D", 65)));
  CHECK_FALSE(is_client_message_id("a\tb"));
  CHECK_FALSE(is_client_message_id(std::string_view("a\0", 2)));
}

TEST_CASE("a reason is at most 500 characters") {
  CHECK(is_reason(""));
  CHECK(is_reason("two\nlines"));
  CHECK(is_reason(std::string(500, 'a')));
  CHECK(is_reason(repeat("\xE2\x82\xAC", 500)));
  CHECK_FALSE(is_reason(std::string(501, 'a')));
  CHECK_FALSE(is_reason(repeat("\xE2\x82\xAC", 501)));
  CHECK_FALSE(is_reason(std::string_view("\0", 1)));
}

TEST_CASE("one emoji, of every form, is an emoji") {
  for (const char* text : {
           "👍",
           "❤️",
           "❤",
           "☺️",
           "©️",
           "™",
           "ℹ️",
           "⌚",
           "Ⓜ️",
           "▶️",
           "☀️",
           "✂️",
           "⤴️",
           "⭐",
           "〰️",
           "㊗️",
           "🀄",
           "🃏",
           "🅰️",
           "🈁",
           "🌍",
           "🎉",
           "🏽",
           "👍🏽",
           "🤷🏿",
           "🫠",
           "🫶🏻",
           "🇩🇪",
           "🇺🇳",
           "1️⃣",
           "#️⃣",
           "*⃣",
           "👩‍💻",
           "👨‍👩‍👧‍👦",
           "🏳️‍🌈",
           "❤️‍🔥",
           "🧑🏽‍🚀",
           "\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xA5\xF3\xA0\x81\xAE"
           "\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF",  // flag of England
       }) {
    CAPTURE(text);
    CHECK(is_emoji(text));
  }
}

TEST_CASE("what is not exactly one emoji is none") {
  for (const char* text : {
           "",
           "a",
           "ok",
           ":)",
           ":thumbsup:",
           "1",
           "#",
           "*",
           "10",
           " ",
           "👍 ",
           " 👍",
           "👍a",
           "a👍",
           "👍👍",
           "🇩",
           "🇩🇪🇫🇷",
           "🇩👍",
           "1👍",
           "1️",
           "\xE2\x83\xA3",
           "é",
           "я",
           "漢",
           "!",
           "<b>",
           "\xE2\x80\x8D",   // a joiner
           "👍\xE2\x80\x8D",  // a joiner that joins nothing
           "\xE2\x80\x8D👍",
           "👩\xE2\x80\x8D\xE2\x80\x8D💻",
           "\xEF\xB8\x8F",      // a variation selector
           "\xF3\xA0\x81\xA7",  // a tag
           "\xE2\x80\xAE👍",     // right-to-left override
           "👍\xC2\xA0",
           "👍\xE2\x80\x8B",
           "👍\n",
           "\xC2\x85",
           "\xEF\xBF\xBE",
           "👩🏽‍❤️‍💋‍👨🏿",  // an emoji of 35 bytes
       }) {
    CAPTURE(text);
    CHECK_FALSE(is_emoji(text));
  }
  CHECK_FALSE(is_emoji(std::string_view("\0", 1)));
  CHECK_FALSE(is_emoji(std::string_view("👍\0", 5)));
}

TEST_CASE("an emoji of 32 bytes is the longest") {
  std::string flag = "🏴";
  while (flag.size() < 32) flag += "\xF3\xA0\x81\xA7";
  CHECK(is_emoji(flag));
  CHECK_FALSE(is_emoji(flag + "\xF3\xA0\x81\xBF"));
}

TEST_CASE("text that is cut short is not read past its end") {
  for (const std::string_view text :
       {std::string_view("👍").substr(0, 3), std::string_view("👍").substr(0, 1),
        std::string_view("❤").substr(0, 2)}) {
    CHECK_FALSE(is_emoji(text));
    CHECK_FALSE(has_control_characters(text));
  }
}

}  // namespace kith
