#include "protocol/json_check.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace kith {
namespace {

class Document {
 public:
  explicit Document(const std::string& json) {
    const auto error = parser_.parse(json).get(root_);
    REQUIRE(error == simdjson::SUCCESS);
  }
  simdjson::dom::element root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

bool repeats(const std::string& json) {
  return has_duplicate_keys(Document(json).root());
}
bool holds_null(const std::string& json) {
  return has_null_characters(Document(json).root());
}

// {"k0":0,...}, with the last key's name replaced where one is given.
std::string object_of(int members, const std::string& last = "") {
  std::string json = "{";
  for (int i = 0; i < members; ++i) {
    const bool replaced = i == members - 1 && !last.empty();
    json += fmt::format("{}\"{}\":0", i > 0 ? "," : "", replaced ? last : fmt::format("k{}", i));
  }
  return json + "}";
}

}  // namespace

TEST_CASE("a key that stands twice is seen at every depth") {
  CHECK(repeats(R"({"a":1,"a":1})"));
  CHECK(repeats(R"({"a":1,"b":2,"c":3,"b":4})"));
  CHECK(repeats(R"({"x":{"a":1,"a":2}})"));
  CHECK(repeats(R"([1,[{"y":[{"a":1,"a":2}]}]])"));
  CHECK(repeats(R"({"x":[{"a":1},{"b":1,"b":1}]})"));
  CHECK(repeats(R"({"":1,"":2})"));
  CHECK(repeats(R"({"type":1,"\u0074ype":2})"));  // the same name, written in two ways
}

TEST_CASE("keys that differ are no repeat") {
  for (const char* json :
       {"{}", "[]", "1", "\"a\"", R"({"a":1,"A":2,"a ":3,"":4})", R"({"a":{"a":{"a":1}}})",
        R"([{"a":1},{"a":1}])", R"({"a":"b","b":"a"})", R"({"\u00e9":1,"e\u0301":2})"}) {
    CAPTURE(json);
    CHECK_FALSE(repeats(json));
  }
}

TEST_CASE("objects of every size around the change of method") {
  for (int members = 1; members <= 40; ++members) {
    CAPTURE(members);
    CHECK_FALSE(repeats(object_of(members)));
    if (members > 1) CHECK(repeats(object_of(members, "k0")));
    if (members > 2) CHECK(repeats(object_of(members, fmt::format("k{}", members / 2))));
  }
  CHECK_FALSE(repeats(object_of(10'000)));
  CHECK(repeats(object_of(10'000, "k5000")));
}

TEST_CASE("U+0000 is seen in strings and keys at every depth") {
  for (const char* json : {R"("\u0000")", R"({"a":"x\u0000y"})", R"({"a\u0000":1})",
                           R"([[{"a":["\u0000"]}]])", R"({"a":{"\u0000":1}})"}) {
    CAPTURE(json);
    CHECK(holds_null(json));
    CHECK(may_have_null_characters(json));
  }
  for (const char* json : {R"("")", R"({"a":"\\u0000"})", R"({"a":"u0000"})", R"({"a":"\u0001"})",
                           R"([1,true,null])"}) {
    CAPTURE(json);
    CHECK_FALSE(holds_null(json));
  }
  CHECK_FALSE(may_have_null_characters(R"({"a":"u0000 \u0001"})"));
}

}  // namespace kith
