// What kith-bench rewards tells a server, and what it makes of the answers.
#include "bench/rewards_work.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

namespace kith::bench {
namespace {

Seed ten_users() {
  Seed seed;
  for (int i = 0; i < 10; ++i) {
    seed.users.push_back({.id = fmt::format("usr_{}", i), .token = fmt::format("token-{}", i)});
  }
  return seed;
}

struct Told {
  Seed seed = ten_users();
  RewardActivities activities{
      seed,
      {.category = "bench_1", .run = 0xabcd, .users = 10, .repeats_percent = 20, .today = 20'000}};
  // The first item that repeats an earlier one.
  std::uint64_t repeat = [this] {
    std::uint64_t item = 0;
    while (activities.activity_of(item) == item) ++item;
    return item;
  }();
  std::uint64_t original = activities.activity_of(repeat);

  void answer(std::uint64_t item, std::string body, HttpOutcome outcome = HttpOutcome::done) {
    activities.answered(item, activities.make(item).call,
                        {.status = outcome == HttpOutcome::done ? 200 : 0, .body = std::move(body)},
                        outcome);
  }
};

std::string acked(std::string_view id, bool duplicate) {
  return fmt::format(R"({{"activity_id":"{}","duplicate":{}}})", id, duplicate);
}

TEST_CASE("a repeat is the very request of an activity before it, so and so many of them") {
  Told told;
  std::size_t repeats = 0;
  for (std::uint64_t item = 0; item < 10'000; ++item) {
    const std::uint64_t activity = told.activities.activity_of(item);
    REQUIRE(activity <= item);
    CHECK(told.activities.activity_of(activity) == activity);
    repeats += activity == item ? 0 : 1;
  }
  CHECK(repeats > 1'900);
  CHECK(repeats < 2'100);
  const auto first = told.activities.make(told.original);
  const auto again = told.activities.make(told.repeat);
  CHECK(again.call.body == first.call.body);
  CHECK(again.call.token == first.call.token);
  CHECK(again.operation == static_cast<std::size_t>(RewardOperation::repeat));
  CHECK(first.operation != again.operation);
}

TEST_CASE("whichever of two comes first may be the new one; two new ones are a fault") {
  Told told;
  told.answer(told.repeat, acked("act_1", false));
  told.answer(told.original, acked("act_1", true));
  CHECK(told.activities.wrong_repeats().count == 0);
  CHECK(told.activities.repeats_acked() == 1);
  RewardLedger ledger(10);
  told.activities.enter(ledger);
  CHECK(ledger.known() == 1);
  told.answer(told.original, acked("act_1", false));
  CHECK(told.activities.wrong_repeats().count == 1);
  CHECK(told.activities.wrong_repeats().example.find("taken as new twice") != std::string::npos);
}

TEST_CASE("one key that is two activities is a fault, and so is an ack without an id") {
  Told told;
  told.answer(told.original, acked("act_1", false));
  told.answer(told.repeat, acked("act_2", true));
  CHECK(told.activities.wrong_repeats().count == 1);
  told.answer(told.original, "{}");
  told.answer(told.original, "not JSON");
  CHECK(told.activities.wrong_repeats().count == 3);
}

TEST_CASE(
    "an unknown outcome becomes known when the key is acked after all; a refusal counts none") {
  Told told;
  told.answer(told.original, "", HttpOutcome::unknown);
  RewardLedger before(10);
  told.activities.enter(before);
  CHECK(before.unknown() == 1);
  CHECK(before.known() == 0);
  told.answer(told.repeat, acked("act_1", true));
  RewardLedger after(10);
  told.activities.enter(after);
  CHECK(after.unknown() == 0);
  CHECK(after.known() == 1);
  Told refused;
  refused.answer(0, "", HttpOutcome::refused);
  RewardLedger none(10);
  refused.activities.enter(none);
  CHECK(none.known() + none.unknown() == 0);
}

TEST_CASE("what the server answers is found in it, and what is not there is none") {
  simdjson::dom::parser parser;
  const auto parse = [&](std::string body) {
    return parse_reply(parser, {.status = 200, .body = std::move(body)}).value();
  };
  const auto scores = parse(
      R"({"categories":[{"category":"overall","score":1},{"category":"bench_1","score":-4}]})");
  CHECK(score_in(scores, "bench_1") == -4);
  CHECK_FALSE(score_in(scores, "bench_2"));
  CHECK(board_score_in(parse(R"({"me":{"rank":null,"score":12}})")) == 12);
  CHECK_FALSE(board_score_in(parse(R"({"me":null})")));
  const StreakAnswer streak = check_ins_in(parse(
      R"({"streaks":[{"streak_type":"message","current_streak":9,"longest_streak":9,"freezes":0},)"
      R"({"streak_type":"daily_checkin","current_streak":2,"longest_streak":5,"freezes":1}]})"));
  CHECK(streak.seen.current == 2);
  CHECK(streak.seen.longest == 5);
  CHECK(streak.freezes == 1);
  CHECK(check_ins_in(parse("{}")).seen.longest == 0);
  CHECK_FALSE(parse_reply(parser, {.status = 200, .body = "<html>"}));
}

}  // namespace
}  // namespace kith::bench
