// No reward reads a whole table, however many rows others have in it.
#include "query_plans.h"
#include "rewards_fixture.h"
#include "storage/sql_activities.h"
#include "storage/sql_badges.h"
#include "storage/sql_calendar.h"
#include "storage/sql_reward_upkeep.h"
#include "storage/sql_scores.h"
#include "storage/sql_streaks.h"

namespace kith {

TEST_CASE("no reward goes through a whole table") {
  UsedFile used;
  const RewardRules rules = test_rules();
  const Actor actor = used.file.store().actor(used.member);
  Writer writer(used.file);
  auto& context = *writer.context;
  context.rewards = &rules;

  int keys = 0;
  for (const char* kind : {"daily_checkin", "train", "points", "daily_checkin"}) {
    REQUIRE(
        record_activity(context, actor, ActivityOrigin::client,
                        {.id = {},
                         .kind = kind,
                         .occurred_at = actor.now - std::chrono::hours(24 * keys),
                         .value = 60,
                         .category = {},
                         .idempotency_key = numbered("key", static_cast<std::uint64_t>(++keys))})
            .ok());
  }
  std::vector<DurableEvent> events;
  for (int time = 0; time < 2; ++time) {
    see_activity(context,
                 {.kind = "seen",
                  .user = {.key = actor.key, .id = actor.user},
                  .at = actor.now,
                  .key = "seen:1"},
                 events);
  }
  CHECK(events.empty());  // it feeds nothing
  {
    auto row = writer.db->query(
        "SELECT times FROM activity_totals WHERE user_id = $1 AND kind = 'seen'", actor.key);
    REQUIRE(row.next());
    CHECK(row.integer(0) == 1);
  }
  const UnfedMessages unfed = read_unfed_messages(*writer.db, rules.fed_at_once);
  CHECK(unfed.sent.size() == 2);
  REQUIRE(feed_messages(context, unfed, actor.now)->upkeep.events.size() == 2);
  CHECK(
      feed_messages(context, unfed, actor.now)->upkeep.events.empty());  // another was there first
  REQUIRE(set_time_zone(context, actor, "Europe/Berlin").ok());
  CHECK_FALSE(roll_over_streaks(context, actor.now + std::chrono::hours(24 * 30))->events.empty());
  while (back_fill_rewards(context, actor.now)->more) {
  }
  CHECK_FALSE(first_streak_due(*writer.db, actor.now).has_value());
  read_streaks(*writer.db, rules, actor.key, actor.now);
  read_badges(*writer.db, rules, actor.key);
  REQUIRE(read_scores(*writer.db, rules, actor.key, {.series = true}, actor.now).ok());
  writer.finish();
}

}  // namespace kith
