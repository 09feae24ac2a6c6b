#include "protocol/json_writer.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <limits>
#include <random>

namespace kith {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

// RFC 8259 section 7, one character at a time.
std::string escaped_slowly(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t') {
      out += '\\';
      out += c == '\b' ? 'b' : c == '\f' ? 'f' : c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
    } else if (byte < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", byte);
      out += code;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("commas stand between members and items, and nowhere else") {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object()
      .field("a", 1)
      .key("b")
      .begin_array()
      .integer(1)
      .string("x")
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .null()
      .end_array()
      .field("c", true)
      .key("d")
      .begin_object()
      .field("e", "f")
      .end_object()
      .key("g")
      .raw("[1,2]")
      .field("h", false)
      .end_object();
  CHECK(out == R"({"a":1,"b":[1,"x",{},[],null],"c":true,"d":{"e":"f"},"g":[1,2],"h":false})");
}

TEST_CASE("a writer appends to what stands there") {
  std::string out = "before ";
  JsonWriter(out).begin_array().end_array();
  CHECK(out == "before []");
}

TEST_CASE("ids and times are strings, each followed by a comma where needed") {
  const auto user = *UserId::parse("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV");
  const auto channel = *ChannelId::parse("board_01ARZ3NDEKTSV4RRFFQ69G5FAV");
  std::string out;
  JsonWriter writer(out);
  writer.begin_array().id(user).id(channel).id(user).time(WallTime{}).time(WallTime{}).end_array();
  CHECK(out == R"(["usr_01ARZ3NDEKTSV4RRFFQ69G5FAV","board_01ARZ3NDEKTSV4RRFFQ69G5FAV",)"
               R"("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV","1970-01-01T00:00:00.000Z",)"
               R"("1970-01-01T00:00:00.000Z"])");
  out.clear();
  JsonWriter fields(out);
  fields.begin_object().field("u", user).field("c", channel).field("t", WallTime{}).end_object();
  CHECK(out == R"({"u":"usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",)"
               R"("c":"board_01ARZ3NDEKTSV4RRFFQ69G5FAV","t":"1970-01-01T00:00:00.000Z"})");
}

TEST_CASE("numbers read back as what they were") {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array()
      .integer(std::numeric_limits<std::int64_t>::min())
      .integer(std::numeric_limits<std::int64_t>::max())
      .number(58.5)
      .number(0.1)
      .number(4)
      .number(-1e300)
      .number(-10670546278297769984.0)
      .number(9007199254740991.0)
      .end_array();
  CHECK(out ==
        "[-9223372036854775808,9223372036854775807,58.5,0.1,4,-1e+300,-1.067054627829777e+19,"
        "9007199254740991]");
  simdjson::dom::parser parser;
  CHECK(parser.parse(out).error() == simdjson::SUCCESS);
}

TEST_CASE("what must be escaped is, and nothing else") {
  CHECK(escaped("") == "");
  CHECK(escaped("plain") == "plain");
  CHECK(escaped("\"\\/") == "\\\"\\\\/");
  CHECK(escaped("\b\f\n\r\t") == "\\b\\f\\n\\r\\t");
  CHECK(escaped(std::string_view("\0\x01\x1F", 3)) == "\\u0000\\u0001\\u001f");
  CHECK(escaped("\x7F\xC3\xA9\xE2\x80\xA8\xF0\x9F\x91\x8D") ==
        "\x7F\xC3\xA9\xE2\x80\xA8\xF0\x9F\x91\x8D");
}

TEST_CASE("every byte at every place of a word is escaped as one by one") {
  for (int c = 0; c < 256; ++c) {
    for (std::size_t size = 1; size <= 17; ++size) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(c);
        REQUIRE(escaped(text) == escaped_slowly(text));
      }
    }
  }
}

TEST_CASE("random texts are escaped as one by one, and a parser reads them back") {
  std::mt19937_64 random(3);
  simdjson::dom::parser parser;
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (auto left = random() % 60; left > 0; --left) {
      text += static_cast<char>(random() % 8 == 0 ? random() % 0x80 : 'a' + random() % 26);
    }
    REQUIRE(escaped(text) == escaped_slowly(text));
    std::string json;
    JsonWriter(json).string(text);
    std::string_view back;
    REQUIRE(parser.parse(json).get(back) == simdjson::SUCCESS);
    REQUIRE(back == text);
  }
}

}  // namespace kith
