// Rewards: scores, their series, badges, and what a changed profile makes of what was done before.
#include <algorithm>

#include "tests/storage/rewards_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

TEST_CASE_TEMPLATE("scores add up within their bounds, and are told with the composite", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  const auto first = fixture.do_now(user, "points", now, 10);
  REQUIRE(first.events.size() == 1);
  CHECK(first.events[0].payload ==
        R"({"category":"overall","score":10,"delta":10,"composite":7.5})");
  const auto capped = fixture.do_now(user, "points", now, 150, "skills");
  REQUIRE(capped.scores.size() == 1);
  CHECK(capped.scores[0].score == 100);
  CHECK(capped.scores[0].delta == 100);
  CHECK(capped.badges.size() == 2);  // the sum of 50, and skilled
  CHECK(fixture.do_now(user, "train", now).scores.empty());
  CHECK(fixture.do_now(user, "points", now, -5, "running").scores[0].score == -5);
  const Scores scores = fixture.scores(user, {}, now);
  CHECK(scores.composite_tenths == 325);
  REQUIRE(scores.categories.size() == 3);
  CHECK(scores.categories[0].category == "overall");
  CHECK(scores.categories[0].weight == 3);
  CHECK(scores.categories[1].category == "skills");
  CHECK(scores.categories[2].category == "running");
  CHECK(scores.categories[2].weight == 0);
  CHECK(scores.series.empty());
}

TEST_CASE_TEMPLATE("a series shows each step's end, with what came late in its place", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  fixture.do_now(user, "points", now - 24h * 2, 10);
  fixture.do_now(user, "points", now, 7);
  REQUIRE(fixture.record(user, {.kind = "points", .at = now - 24h, .key = "late", .value = 3}, now)
              .ok());
  const auto day = [](std::string_view text) { return ScoreQuery::Bound(*parse_day(text)); };
  const Scores days = fixture.scores(
      user, {.series = true, .from = day("2024-04-22"), .to = day("2024-04-26")}, now);
  REQUIRE(days.series.size() == 5);
  const std::int64_t expected[] = {0, 10, 13, 20, 20};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(format_day(days.series[i].start) == numbered("2024-04-2", 2 + i));
    CHECK(days.series[i].categories[0].score == expected[i]);
  }
  const Scores months = fixture.scores(
      user, {.series = true, .resolution = Resolution::month, .to = ScoreQuery::Bound(now)}, now);
  REQUIRE(months.series.size() == 30);
  CHECK(format_day(months.series.back().start) == "2024-04-01");
  CHECK(months.series.back().categories[0].score == 20);
  CHECK(months.series.front().categories[0].score == 0);
  const auto refused = fixture.shard().template await<Scores>([&](auto done) {
    fixture.ledger().scores(user.id, {.series = true, .from = day("2020-01-01")}, now,
                            std::move(done));
  });
  CHECK(refused.error().field == "from");
}

TEST_CASE_TEMPLATE("a user scores in fifty categories that the profile does not list, no more",
                   Adapter, SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const UserRecord other = fixture.store().add_user("bob");
  const WallTime now = time_of("2024-05-25T10:00:00Z");
  for (std::uint64_t i = 0; i < 50; ++i) {
    fixture.do_now(user, "points", now, 1, numbered("own", i));
  }
  const RewardFixture::Deed more{
      .kind = "points", .at = now, .key = "more", .value = 1, .category = "one_more"};
  const auto refused = fixture.record(user, more, now);
  REQUIRE(outcome(refused) == "bad_request");
  CHECK(refused.error().field == "category");
  CHECK(fixture.scores(user, {}, now).categories.size() == 52);  // the profile's two, too
  fixture.do_now(user, "points", now, 1, "own7");
  fixture.do_now(user, "points", now, 1, "skills");
  fixture.do_now(user, "points", now, 1);
  CHECK(fixture.record(other, more, now).ok());
}

TEST_CASE_TEMPLATE("badges are earned once, whatever comes later, and show how far one is", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  std::vector<UserRecord> users;
  for (std::uint64_t i = 0; i < 3; ++i) {
    users.push_back(fixture.store().add_user(numbered("user", i)));
  }
  const WallTime now = time_of("2024-05-25T10:00:00Z");
  CHECK(fixture.do_now(users[0], "points", now, 5).badges.empty());
  CHECK(fixture.do_now(users[1], "points", now, 9).badges.empty());  // two have a rank: too few
  CHECK(fixture.do_now(users[2], "points", now, 3).badges.empty());
  // Now there are three, and the second one leads: it is earned with their next score, not before.
  const BadgeList leader = fixture.badges(users[1]);
  CHECK(leader.earned.empty());
  const auto rank = std::ranges::find(leader.progress, "first", &BadgeProgress::code);
  REQUIRE(rank != leader.progress.end());
  CHECK(rank->current == 0);
  CHECK(rank->target == 1);
  const auto first = fixture.do_now(users[0], "points", now, 5);
  REQUIRE(first.badges.size() == 1);
  CHECK(first.badges[0].code == "first");
  CHECK(fixture.do_now(users[1], "points", now, 1).badges.size() == 1);  // shares the rank
  CHECK(fixture.do_now(users[0], "points", now, -9).badges.empty());
  CHECK(fixture.do_now(users[0], "points", now, 20).badges.empty());  // has it
  const BadgeList badges = fixture.badges(users[0]);
  REQUIRE(badges.earned.size() == 1);
  REQUIRE(badges.progress.size() == 5);
  CHECK(badges.progress[0].code == "three");
  CHECK(badges.progress[1].code == "fifty");
  CHECK(badges.progress[1].current == 21);
  CHECK(badges.progress[1].target == 50);
}

TEST_CASE_TEMPLATE("a changed profile is back-filled, once", Adapter, SQL_STORES) {
  RewardRules before = test_rules();
  before.badges.clear();
  before.fingerprint = "before";
  before.streaks.erase(before.streaks.begin() + 1);
  RewardFixture fixture(Adapter::kUrl, before);
  const WallTime now = time_of("2024-05-25T10:00:00Z");
  std::vector<UserRecord> users;
  for (std::uint64_t i = 0; i < 120; ++i) {
    users.push_back(fixture.store().add_user(numbered("user", i)));
    for (int day = 3; day > 0; --day) {
      fixture.do_now(users.back(), "daily_checkin", now - 24h * day);
      if (i >= 10) break;
    }
  }
  CHECK(fixture.back_fill(now).empty());
  StorageOptions options;
  options.url = fixture.store().url();
  options.rewards = std::make_shared<const RewardRules>(test_rules());
  const bool shared = options.url.starts_with("postgres");
  if (!shared) fixture.store().storage().close();
  auto changed = open_storage(options);
  REQUIRE_MESSAGE(changed.ok(), changed.error().message);
  TestShard shard(**changed);
  std::vector<DurableEvent> events;
  const auto step = [&] {
    auto done = shard.await<RewardUpkeep>(
        [&](auto answered) { shard.rewards().back_fill(now, std::move(answered)); });
    REQUIRE(done.ok());
    for (DurableEvent& event : done->events) events.push_back(std::move(event));
    return done->more;
  };
  while (step()) {
  }
  const auto count = [&](EventType type) {
    return std::ranges::count(events, type, &DurableEvent::type);
  };
  CHECK(count(EventType::badge_earned) == 20);     // three and row, of ten
  CHECK(count(EventType::streak_updated) == 120);  // the new streak
  events.clear();
  CHECK_FALSE(step());
  CHECK(events.empty());
  const auto badges = shard.await<BadgeList>(
      [&](auto done) { shard.rewards().badges(users[0].id, std::move(done)); });
  CHECK(badges->earned.size() == 2);
}

}  // namespace
}  // namespace kith
