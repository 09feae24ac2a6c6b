#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/history/ranges.h"
#include "tests/history/record.h"

namespace kith::test {
namespace {

TEST_CASE("every field of a record comes back from its line") {
  const Record record{.t = -5,
                      .kind = Kind::Final,
                      .client = "a \"name\"\n",
                      .conn = 3,
                      .user = "usr_1",
                      .channel = "chat_1",
                      .op = "send",
                      .op_id = "17",
                      .seq = 1ULL << 53U,
                      .event = "message.new",
                      .message_id = "msg_1",
                      .client_message_id = "tmp-1",
                      .digest = 0xFEDCBA9876543210,
                      .deleted = true,
                      .duplicate = true,
                      .recovered = true,
                      .presence = true,
                      .whole = true,
                      .expected = true,
                      .from = 0,
                      .to = 9,
                      .code = "conflict",
                      .what = "rss",
                      .change = "lost",
                      .value = -1,
                      .limit = 7,
                      .deadline = 8,
                      .well = 0,
                      .entries = {{.seq = 1,
                                   .message_id = "msg_1",
                                   .client_message_id = "x",
                                   .user = "usr_2",
                                   .digest = 12},
                                  {.seq = 2, .event = "message.delete", .deleted = true}}};
  const std::string line = to_json(record);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(from_json(line) == record);
}

TEST_CASE("what is empty is left out, and every kind has its name") {
  CHECK(to_json({.t = 1, .kind = Kind::Begin}) == R"({"t":1,"kind":"begin"})");
  for (int kind = 0; kind <= static_cast<int>(Kind::Heal); ++kind) {
    const Record record{.t = 2, .kind = static_cast<Kind>(kind)};
    CHECK(from_json(to_json(record)) == record);
  }
}

TEST_CASE("a line that is no record is refused, with the reason") {
  for (const std::string line :
       {"", "[]", "{", R"({"kind":"begin"})", R"({"t":1})", R"({"t":1,"kind":"began"})",
        R"({"t":1,"kind":"begin","seq":-1})", R"({"t":1,"kind":"begin","client":7})",
        R"({"t":1,"kind":"begin","digest":"12x"})", R"({"t":1,"kind":"final","entries":[7]})",
        R"({"t":1,"kind":"final","entries":7})"}) {
    INFO(line);
    CHECK_THROWS_AS((void)from_json(line), std::invalid_argument);
  }
}

TEST_CASE("ranges join where they touch, and find what is in them and what is not") {
  Ranges ranges;
  for (const Seq seq : {5U, 1U, 2U, 9U, 4U, 3U}) ranges.add(seq);
  CHECK(ranges.first_missing({1, 9}) == 6);
  CHECK(ranges.first_missing({1, 5}) == 0);
  CHECK(ranges.first_missing({9, 9}) == 0);
  CHECK(ranges.first_in({6, 20}) == 9);
  CHECK(ranges.first_in({10, 20}) == 0);
  CHECK(ranges.first_in({6, 8}) == 0);
  ranges.add({6, 8});
  CHECK(ranges.first_missing({1, 20}) == 10);
  ranges.add({7, 3});  // empty
  ranges.add({0, 30});
  CHECK(ranges.first_missing({0, 40}) == 31);
  CHECK(ranges.has(30));
  CHECK_FALSE(ranges.has(31));
}

}  // namespace
}  // namespace kith::test
