#include "tests/conformance/json_rows.h"

namespace kith::test {
namespace {

using namespace std::string_literals;
using enum Verdict;

std::string with(const std::string& value) {
  return R"({"type":"ping","id":"a","is_typing":true,"x":)" + value + "}";
}

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

std::string nested_objects(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += R"({"a":)";
  return text + "1" + std::string(depth, '}');
}

std::string many_keys(std::size_t count) {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  }
  return text + "}";
}

void add_numbers(std::vector<JsonRow>& rows) {
  for (const char* good :
       {"0", "-0", "-1", "1.0", "1e2", "1E+2", "1.5e-7", "0.1", "1e308", "1e-400",
        "9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "18446744073709551615"}) {
    rows.push_back({std::string("number-") + good, with(good), accepted});
  }
  for (const char* bad : {"NaN",
                          "Infinity",
                          "-Infinity",
                          "nan",
                          "inf",
                          "01",
                          "-01",
                          "+1",
                          ".5",
                          "1.",
                          "1.e5",
                          "1e",
                          "1e+",
                          "0x10",
                          "0b1",
                          "0o7",
                          "1_000",
                          "1,5",
                          "- 1",
                          "--1",
                          "1e400",
                          "-1e400",
                          "18446744073709551616",
                          "-9223372036854775809",
                          "1f",
                          "\xD9\xA1"}) {
    rows.push_back({std::string("number-bad-") + bad, with(bad)});
  }
  rows.push_back({"number-of-10000-digits", with(std::string(10'000, '9'))});
  rows.push_back({"number-of-10000-zeros", with("1" + std::string(10'000, '0'))});
}

void add_strings(std::vector<JsonRow>& rows) {
  const auto string = [](const std::string& text) { return with("\"" + text + "\""); };
  const std::vector<JsonRow> good = {
      {"string-escapes", string(R"(\"\\\/\b\f\n\r\t\u0041)"), accepted},
      {"string-surrogate-pair", string(R"(\ud83d\ude00)"), accepted},
      {"string-U+FFFF", string(R"(\uffff)"), accepted},
      {"string-delete", string("\x7F"), accepted},
      {"string-U+2028", string("\xE2\x80\xA8"), accepted},
      {"string-of-60000", string(std::string(60'000, 'x')), accepted},
      {"string-null-escape", string(R"(a\u0000b)"), answered},
      {"string-null-escape-in-key", with(R"({"a\u0000":1})"), answered},
      {"string-null-escape-deep", with(R"([[{"a":["\u0000"]}]])"), answered},
  };
  rows.insert(rows.end(), good.begin(), good.end());
  const std::vector<JsonRow> bad = {
      {"string-null", string("a\0b"s)},
      {"string-tab", string("a\tb")},
      {"string-control", string("a\x01z")},
      {"string-escape-x", string(R"(\x41)")},
      {"string-escape-0", string(R"(\0)")},
      {"string-escape-quote", string(R"(\')")},
      {"string-escape-short", string(R"(\u12)")},
      {"string-escape-no-hex", string(R"(\u12g4)")},
      {"string-escape-in-braces", string(R"(\u{41})")},
      {"string-high-surrogate", string(R"(\ud800)")},
      {"string-low-surrogate", string(R"(\udc00)")},
      {"string-two-high-surrogates", string(R"(\ud800\ud800)")},
      {"string-surrogates-turned", string(R"(\ude00\ud83d)")},
      {"string-high-surrogate-and-letter", string(R"(\ud83da)")},
      {"string-not-closed", R"({"type":"ping","id":"a","x":"abc})"},
      {"string-in-single-quotes", with("'a'")},
      {"string-escape-at-the-end", with("\"\\\"")},
      {"string-no-quotes", with("abc")},
  };
  rows.insert(rows.end(), bad.begin(), bad.end());
}

void add_structure(std::vector<JsonRow>& rows) {
  const std::string whole = with("1");
  const std::vector<JsonRow> more = {
      {"depth-14", with(nested(13, '[', ']')), accepted},
      {"depth-of-objects-14", with(nested_objects(13)), accepted},
      {"depth-17", with(nested(17, '[', ']'))},
      {"depth-16", with(nested(15, '[', ']').insert(15, "1")), accepted},
      {"depth-17-with-something", with(nested(16, '[', ']').insert(16, "1"))},
      {"depth-1000", with(nested(1000, '[', ']'))},
      {"depth-30000", with(nested(30'000, '[', ']'))},
      {"depth-of-objects-17", with(nested_objects(17))},
      {"depth-not-closed", with(std::string(5000, '['))},
      {"keys-5000", with(many_keys(5000)), accepted},
      {"key-of-60000",
       R"({"type":"ping","id":"a","is_typing":true,")" + std::string(60'000, 'k') + "\":1}",
       accepted},
      {"key-empty", with(R"({"":1})"), accepted},
      {"keys-of-prototypes",
       with(R"({"__proto__":{"admin":true},"constructor":{"prototype":1},"toString":0})"),
       accepted},
      {"key-escaped", R"({"\u0074ype":"ping","id":"a","is_typing":true})", accepted},
      {"key-twice", R"({"type":"ping","id":"a","is_typing":true,"x":1,"x":1})", answered},
      {"key-twice-escaped", R"({"type":"ping","id":"a","is_typing":true,"\u0078":1,"x":1})",
       answered},
      {"key-twice-deep", with(R"([{"y":{"z":1,"z":2}}])"), answered},
      {"key-twice-among-many", with(many_keys(99).insert(1, "\"98\":1,")), answered},
      {"key-twice-type", R"({"type":"ping","id":"a","is_typing":true,"type":"x"})", answered},
      {"key-number", R"({"type":"ping",1:2})"},
      {"key-without-quotes", R"({type:"ping"})"},
      {"key-without-value", R"({"type":"ping","x"})"},
      {"comma-at-the-end", R"({"type":"ping","id":"a",})"},
      {"comma-at-the-end-of-array", with("[1,]")},
      {"comma-missing", R"({"type":"ping" "id":"a"})"},
      {"comma-alone", with("[,]")},
      {"colon-missing", R"({"type" "ping"})"},
      {"brace-missing", R"({"type":"ping","id":"a")"},
      {"brace-of-another-kind", R"({"type":"ping","id":"a"])"},
      {"array-not-closed", with("[1,2")},
      {"comment", with("1/* one */")},
      {"comment-line", whole + "//"},
      {"literal-cut", with("tru")},
      {"literal-upper-case", with("True")},
      {"literal-longer", with("nulll")},
      {"byte-order-mark", "\xEF\xBB\xBF" + whole},
      {"two-documents", whole + whole},
      {"two-documents-with-space", whole + " " + whole},
      {"garbage-behind", whole + "x"},
      {"null-behind", whole + "\0"s},
      {"form-feed", "\x0C" + whole},
      {"no-break-space", "\xC2\xA0" + whole},
      {"spaces-around", "  " + whole + "\t ", accepted},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

}  // namespace

std::vector<JsonRow> json_rows() {
  std::vector<JsonRow> rows;
  add_numbers(rows);
  add_strings(rows);
  add_structure(rows);
  return rows;
}

std::vector<std::string> wrong_chat_ids() {
  const std::string digits = "01J0000000000000000000000";  // one is missing
  return {"-1",
          "0",
          "1",
          "9223372036854775808",
          "null",
          "undefined",
          "me",
          "chat_",
          "chat",
          "chat_" + digits,
          "chat_" + digits + "00",
          "chat_" + digits + "I",
          "chat_" + digits + "L",
          "chat_" + digits + "O",
          "chat_" + digits + "U",
          "chat_" + digits + "a",
          "chat_" + digits + "-",
          "chat_" + digits + "=",
          "CHAT_" + digits + "0",
          "Chat_" + digits + "0",
          "usr_" + digits + "0",
          "msg_" + digits + "0",
          "club_" + digits + "0",
          digits + "0",
          "chat_" + std::string(26, 'Z'),
          "chat_" + std::string(26, '0'),
          "chat__" + digits,
          "chat_" + std::string(2000, '0'),
          "018f3b4e-1c2d-7e3f-8a9b-0c1d2e3f4a5b",
          "__proto__",
          "constructor",
          "1'--",
          "*"};
}

bool is_well_formed_id(std::string_view prefix, std::string_view id) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  return id.starts_with(prefix) && id.size() == prefix.size() + 26 &&
         id.find_first_not_of(kDigits, prefix.size()) == id.npos;
}

std::vector<std::string> wrong_integers() {
  return {"-1",    "0",  "1.0", "1.5", "1e0", "\"1\"", "true",
          "false", "[]", "[1]", "{}",  "-0",  "\"\"",  "-9223372036854775808",
          "1e300"};
}

std::vector<TextRow> text_rows() {
  std::string emojis;
  for (int i = 0; i < 3000; ++i) emojis += "\xF0\x9F\x98\x80";
  std::string zalgo = "z";
  for (int i = 0; i < 500; ++i) zalgo += "\xCC\x8D";
  std::vector<TextRow> rows = {
      {"escapes", R"(\"\\\/\b\f\n\r\t\u0041)", "\"\\/\b\f\n\r\tA"},
      {"surrogate-pair", R"(\ud83d\ude00)", "\xF0\x9F\x98\x80"},
      {"noncharacter-escape", R"(\ufffe\uffff)", "\xEF\xBF\xBE\xEF\xBF\xBF"},
      {"delete-escape", R"(\u007f\u0080)", "\x7F\xC2\x80"},
      {"line-separators", R"(\u2028\u2029)", "\xE2\x80\xA8\xE2\x80\xA9"},
      {"byte-order-mark-inside", "\xEF\xBB\xBFx\xEF\xBB\xBF", "\xEF\xBB\xBFx\xEF\xBB\xBF"},
      {"crlf", R"(a\r\nX-Evil: b)", "a\r\nX-Evil: b"},
      {"terminal", R"(\u001b[2J\u001b]0;x\u0007)", "\x1B[2J\x1B]0;x\x07"},
      {"json-in-json", R"({\"type\":\"ping\"}\n)", "{\"type\":\"ping\"}\n"},
  };
  const TextRow plain[] = {
      {"markup", "", "<script>alert(1)</script>&amp;"},
      {"sql", "", "'; DROP TABLE message; --"},
      {"wildcards", "", "%_*?[a-z]$1${x}{{7*7}}"},
      {"formula", "", "=1+1|cmd"},
      {"bidi-override", "",
       "\xE2\x80\xAE"
       "abc\xE2\x80\xAC\xE2\x81\xA6x\xE2\x81\xA9"},
      {"zero-width", "", "a\xE2\x80\x8B\xE2\x80\x8C\xE2\x80\x8D\xE2\x81\xA0z"},
      {"decomposed", "", "e\xCC\x81 is not \xC3\xA9"},
      {"right-to-left", "",
       "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7"},
      {"joined-emoji", "", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB\xF0\x9F\x8F\xBD"},
      {"spaces", "", "   "},
      {"zalgo", "", zalgo},
      {"emojis-3000", "", emojis},
      {"ascii-60000", "", std::string(60'000, 'a')},
  };
  for (const TextRow& row : plain) rows.push_back({row.id, row.text, row.text});
  return rows;
}

}  // namespace kith::test
