#include "tests/storage/rewards_fixture.h"

namespace kith {
namespace {

StorageOptions options_with(RewardRules rules, OutgoingRules outgoing) {
  StorageOptions options;
  options.outgoing = outgoing;
  options.rewards = std::make_shared<const RewardRules>(std::move(rules));
  return options;
}

}  // namespace

WallTime time_of(std::string_view text) {
  const auto time = parse_time(text);
  REQUIRE(time.has_value());
  return *time;
}

RewardRules test_rules() {
  using Criterion = BadgeRule::Criterion;
  RewardRules rules;
  rules.activities = {{.kind = "daily_checkin"},
                      {.kind = "train", .scores = {{.category = "skills", .points = 5}}},
                      {.kind = "points", .scores = {{.category = "", .points = {}}}},
                      {.kind = "message"},
                      {.kind = "seen", .source = ActivitySource::engine}};
  rules.streaks = {{.type = "daily_checkin", .kinds = {"daily_checkin"}},
                   {.type = "training",
                    .kinds = {"train", "daily_checkin"},
                    .period = PeriodUnit::week,
                    .grace = std::chrono::hours(6),
                    .freezes_at_start = 1,
                    .freezes_max = 2,
                    .freeze_every = 2,
                    .at_risk = std::chrono::hours(24)},
                   {.type = "chatting", .kinds = {"message"}}};
  rules.categories = {{.name = "overall", .weight = 3},
                      {.name = "skills", .weight = 1, .least = 0, .most = 100}};
  rules.badges = {{.code = "three", .name = "Three", .subject = "daily_checkin", .target = 3},
                  {.code = "fifty",
                   .name = "Fifty",
                   .criterion = Criterion::sum,
                   .subject = "points",
                   .target = 50},
                  {.code = "row",
                   .name = "In a Row",
                   .criterion = Criterion::streak,
                   .subject = "daily_checkin",
                   .target = 3},
                  {.code = "skilled",
                   .name = "Skilled",
                   .criterion = Criterion::score,
                   .subject = "skills",
                   .target = 10},
                  {.code = "first",
                   .name = "First",
                   .criterion = Criterion::rank,
                   .subject = "overall",
                   .target = 1,
                   .among = 3},
                  {.code = "that_day",
                   .name = "That Day",
                   .criterion = Criterion::date,
                   .subject = "daily_checkin",
                   .first = *parse_day("2024-04-25"),
                   .last = *parse_day("2024-04-25")}};
  rules.open_categories = true;
  rules.fingerprint = "test";
  REQUIRE(check_rules(rules).ok());
  return rules;
}

RewardFixture::RewardFixture(const std::string& url, RewardRules rules, OutgoingRules outgoing)
    : store_(url, options_with(std::move(rules), outgoing)) {}

Result<Recorded> RewardFixture::record(const UserRecord& user, const Deed& deed, WallTime now,
                                       ActivityOrigin origin) {
  Activity activity{.id = ActivityId{store_.new_message_id().uuid},
                    .kind = deed.kind,
                    .occurred_at = deed.at,
                    .value = deed.value,
                    .category = deed.category,
                    .idempotency_key = deed.key};
  const Actor actor{.user = user.id, .key = user.key, .now = now};
  return shard().await<Recorded>(
      [&](auto done) { ledger().record(actor, origin, std::move(activity), std::move(done)); });
}

Recorded RewardFixture::do_now(const UserRecord& user, const std::string& kind, WallTime now,
                               std::optional<std::int64_t> value, const std::string& category) {
  auto recorded = record(user,
                         {.kind = kind,
                          .at = now,
                          .key = numbered("key", ++keys_),
                          .value = value,
                          .category = category},
                         now);
  REQUIRE_MESSAGE(recorded.ok(), recorded.error().message);
  return std::move(*recorded);
}

std::vector<StreakState> RewardFixture::streaks(const UserRecord& user, WallTime now) {
  auto streaks = shard().await<std::vector<StreakState>>(
      [&](auto done) { ledger().streaks(user.id, now, std::move(done)); });
  REQUIRE(streaks.ok());
  return std::move(*streaks);
}

StreakState RewardFixture::streak(const UserRecord& user, const std::string& type, WallTime now) {
  for (StreakState& state : streaks(user, now)) {
    if (state.type == type) return std::move(state);
  }
  FAIL("no such streak");
  return {};
}

Scores RewardFixture::scores(const UserRecord& user, const ScoreQuery& query, WallTime now) {
  auto scores = shard().await<Scores>(
      [&](auto done) { ledger().scores(user.id, query, now, std::move(done)); });
  REQUIRE_MESSAGE(scores.ok(), scores.error().message);
  return std::move(*scores);
}

BadgeList RewardFixture::badges(const UserRecord& user) {
  auto badges =
      shard().await<BadgeList>([&](auto done) { ledger().badges(user.id, std::move(done)); });
  REQUIRE(badges.ok());
  return std::move(*badges);
}

Result<ZoneChange> RewardFixture::move(const UserRecord& user, const std::string& zone,
                                       WallTime now) {
  const Actor actor{.user = user.id, .key = user.key, .now = now};
  return shard().await<ZoneChange>(
      [&](auto done) { ledger().set_time_zone(actor, zone, std::move(done)); });
}

std::vector<DurableEvent> RewardFixture::all_of(Step step, WallTime now) {
  std::vector<DurableEvent> events;
  lag_ = {};
  for (bool more = true; more;) {
    auto done = shard().await<RewardUpkeep>(
        [&](auto answered) { (ledger().*step)(now, std::move(answered)); });
    REQUIRE_MESSAGE(done.ok(), done.error().message);
    for (DurableEvent& event : done->events) events.push_back(std::move(event));
    more = done->more;
    lag_ = std::max(lag_, done->lag);
  }
  return events;
}

std::vector<DurableEvent> RewardFixture::roll_over(WallTime now) {
  return all_of(&RewardLedger::roll_over, now);
}
std::vector<DurableEvent> RewardFixture::feed_messages(WallTime now) {
  return all_of(&RewardLedger::feed_messages, now);
}
std::vector<DurableEvent> RewardFixture::back_fill(WallTime now) {
  return all_of(&RewardLedger::back_fill, now);
}

}  // namespace kith
