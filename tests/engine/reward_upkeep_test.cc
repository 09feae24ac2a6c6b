// The upkeep of rewards: what is asked for, how often, and what comes of a step that fails.
#include <doctest/doctest.h>

#include <deque>

#include "engine/rewards/upkeep.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

class FakeLedger final : public RewardLedger {
 public:
  struct Asked {
    std::string what;
    WallTime now{};
    Callback<RewardUpkeep> done;
  };

  void record(Actor, ActivityOrigin, Activity, Callback<Recorded>) override { FAIL("asked"); }
  void streaks(UserId, WallTime, Callback<std::vector<StreakState>>) override { FAIL("asked"); }
  void scores(UserId, ScoreQuery, WallTime, Callback<Scores>) override { FAIL("asked"); }
  void badges(UserId, Callback<BadgeList>) override { FAIL("asked"); }
  void set_time_zone(Actor, std::string, Callback<ZoneChange>) override { FAIL("asked"); }
  void feed_messages(WallTime now, Callback<RewardUpkeep> done) override {
    asked.push_back({"messages", now, std::move(done)});
  }
  void roll_over(WallTime now, Callback<RewardUpkeep> done) override {
    asked.push_back({"roll over", now, std::move(done)});
  }
  void back_fill(WallTime now, Callback<RewardUpkeep> done) override {
    asked.push_back({"back fill", now, std::move(done)});
  }

  // The first that was asked of this kind is answered.
  void answer(std::string_view what, Result<RewardUpkeep> outcome) {
    for (auto at = asked.begin(); at != asked.end(); ++at) {
      if (at->what != what) continue;
      Callback<RewardUpkeep> done = std::move(at->done);
      asked.erase(at);
      done(std::move(outcome));
      return;
    }
    FAIL("not asked for " << what);
  }
  int count(std::string_view what) const {
    int out = 0;
    for (const Asked& one : asked) out += one.what == what ? 1 : 0;
    return out;
  }

  std::deque<Asked> asked;
};

RewardUpkeep with_event(bool more) {
  RewardUpkeep done{.more = more};
  done.events.emplace_back();
  return done;
}

struct Bench {
  explicit Bench(bool counts_messages = true)
      : loop(ledger, {.counts_messages = counts_messages},
             [this](RewardUpkeep done) { published += done.events.size(); }) {}
  void tick(std::chrono::milliseconds by) {
    steady += by;
    loop.tick(steady, WallTime(steady.time_since_epoch() / 1ms * 1ms));
  }

  FakeLedger ledger;
  std::size_t published = 0;
  SteadyTime steady{1h};
  RewardUpkeepLoop loop;
};

TEST_CASE("each step waits for its answer, and for its time") {
  Bench bench;
  bench.tick(0s);
  CHECK(bench.ledger.asked.size() == 3);
  bench.tick(60s);
  CHECK(bench.ledger.asked.size() == 3);
  bench.ledger.answer("messages", RewardUpkeep{});
  bench.tick(999ms);
  CHECK(bench.ledger.count("messages") == 0);
  bench.tick(1ms);
  CHECK(bench.ledger.count("messages") == 1);
  CHECK(bench.published == 0);
}

TEST_CASE("where there is more it goes on at once, and what was committed is told") {
  Bench bench;
  bench.tick(0s);
  bench.ledger.answer("roll over", with_event(true));
  CHECK(bench.ledger.count("roll over") == 1);
  CHECK(bench.published == 1);
  bench.ledger.answer("roll over", with_event(false));
  CHECK(bench.ledger.count("roll over") == 0);
  CHECK(bench.published == 2);
}

TEST_CASE("a profile is back-filled once; a step that fails is tried again") {
  Bench bench;
  bench.tick(0s);
  bench.ledger.answer("back fill", fail(ErrorCode::unavailable, "down"));
  bench.tick(1s);
  CHECK(bench.ledger.count("back fill") == 0);
  bench.tick(1s);
  CHECK(bench.ledger.count("back fill") == 1);
  bench.ledger.answer("back fill", RewardUpkeep{});
  bench.tick(1h);
  CHECK(bench.ledger.count("back fill") == 0);
}

TEST_CASE("how late the last steps were is told, until there is nothing to do") {
  Bench bench;
  bench.tick(0s);
  bench.ledger.answer("messages", RewardUpkeep{.lag = 3s});
  bench.ledger.answer("roll over", RewardUpkeep{.lag = 2min});
  CHECK(bench.loop.lag().messages == 3s);
  CHECK(bench.loop.lag().streaks == 2min);
  bench.tick(1s);
  bench.ledger.answer("messages", RewardUpkeep{});
  CHECK(bench.loop.lag().messages == 0s);
  CHECK(bench.loop.lag().streaks == 2min);
}

TEST_CASE("messages are left alone where no rule uses them") {
  Bench bench(false);
  bench.tick(0s);
  bench.tick(1h);
  CHECK(bench.ledger.count("messages") == 0);
  CHECK(bench.ledger.asked.size() == 2);
}

TEST_CASE("an answer that comes after the loop has gone is nobody's") {
  FakeLedger ledger;
  std::size_t published = 0;
  {
    RewardUpkeepLoop loop(ledger, {}, [&](RewardUpkeep) { ++published; });
    loop.tick(SteadyTime{1h}, WallTime{});
  }
  ledger.answer("roll over", with_event(true));
  CHECK(published == 0);
  CHECK(ledger.count("roll over") == 0);
}

}  // namespace
}  // namespace kith
