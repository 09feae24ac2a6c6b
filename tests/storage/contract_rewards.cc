// Rewards: what an activity comes to, once, and what time does to it.
#include "storage/sql_session.h"
#include "tests/storage/rewards_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

std::vector<EventType> event_types(const std::vector<DurableEvent>& events) {
  std::vector<EventType> out;
  for (const DurableEvent& event : events) out.push_back(event.type);
  return out;
}

TEST_CASE_TEMPLATE("an activity and all that follows from it are one transaction", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  const Recorded recorded = fixture.do_now(user, "daily_checkin", now);
  CHECK_FALSE(recorded.duplicate);
  REQUIRE(recorded.streaks.size() == 2);
  CHECK(recorded.streaks[0].type == "daily_checkin");
  CHECK(recorded.streaks[0].current == 1);
  CHECK(recorded.streaks[0].longest == 1);
  CHECK(recorded.streaks[1].type == "training");
  CHECK(recorded.scores.empty());
  REQUIRE(recorded.badges.size() == 1);
  CHECK(recorded.badges[0].code == "that_day");
  CHECK(recorded.badges[0].earned_at == now);
  using enum EventType;
  CHECK(event_types(recorded.events) ==
        std::vector<EventType>{streak_updated, streak_updated, badge_earned, notification_new});
  const auto log = fixture.store().log_of(ChannelId(user.id));
  REQUIRE(log.size() == 4);
  for (std::size_t i = 0; i < log.size(); ++i) {
    CHECK(log[i].seq == i + 1);
    CHECK(log[i].type == recorded.events[i].type);
    CHECK(log[i].payload == recorded.events[i].payload);
  }
  std::string json;
  append_event_json(json, log[0]);
  CHECK(json == R"({"type":"streak.updated","channel":")" + user.id.text() +
                    R"(","seq":1,"streak_type":"daily_checkin","current_streak":1,)"
                    R"("longest_streak":1,"at_risk":false})");
  json.clear();
  append_event_json(json, log[2]);
  CHECK(json == R"({"type":"badge.earned","channel":")" + user.id.text() +
                    R"(","seq":3,"code":"that_day","name":"That Day",)"
                    R"("earned_at":"2024-04-25T10:00:00.000Z"})");
  // The same day again changes nothing that is to be told.
  CHECK(fixture.do_now(user, "daily_checkin", now + 1h).events.empty());
}

TEST_CASE_TEMPLATE("a repeat is the original, for ever; another content is a conflict", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const UserRecord other = fixture.store().add_user("bob");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  const RewardFixture::Deed deed{.kind = "points", .at = now, .key = "k", .value = 60};
  const auto first = fixture.record(user, deed, now);
  REQUIRE(first.ok());
  REQUIRE(first->badges.size() == 1);
  CHECK(first->badges[0].code == "fifty");
  for (const WallTime later : {now + 1s, now + 24h * 400}) {
    const auto again = fixture.record(user, deed, later);
    REQUIRE(again.ok());
    CHECK(again->duplicate);
    CHECK(again->activity == first->activity);
    CHECK(again->events.empty());
    REQUIRE(again->scores.size() == 1);
    CHECK(again->scores[0].score == 60);
    CHECK(again->scores[0].delta == 0);
    REQUIRE(again->badges.size() == 1);
    CHECK(again->badges[0].code == "fifty");
  }
  const auto changed = [&](auto change) {
    RewardFixture::Deed another = deed;
    change(another);
    return outcome(fixture.record(user, another, now));
  };
  CHECK(changed([](auto& it) { it.value = 61; }) == "conflict");
  CHECK(changed([](auto& it) { it.kind = "daily_checkin"; }) == "conflict");
  CHECK(changed([](auto& it) { it.at += 1ms; }) == "conflict");
  CHECK(changed([](auto& it) { it.category = "skills"; }) == "conflict");
  // Another's key, or of another origin, is another one.
  CHECK_FALSE(fixture.record(other, deed, now)->duplicate);
  CHECK_FALSE(fixture
                  .record(user, {.kind = "daily_checkin", .at = now, .key = "k"}, now,
                          ActivityOrigin::streak_call)
                  ->duplicate);
  CHECK(fixture.scores(user, {}, now).categories[0].score == 60);
}

TEST_CASE_TEMPLATE("what cannot be taken is refused without a trace", Adapter, SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  const auto field = [&](const RewardFixture::Deed& deed) {
    const auto recorded = fixture.record(user, deed, now);
    REQUIRE_FALSE(recorded.ok());
    CHECK(recorded.error().code == ErrorCode::bad_request);
    return recorded.error().field;
  };
  CHECK(field({.kind = "flying", .at = now, .key = "a"}) == "kind");
  CHECK(field({.kind = "seen", .at = now, .key = "a"}) == "kind");  // for the server to see
  CHECK(field({.kind = "daily_checkin", .at = now + 121s, .key = "a"}) == "occurred_at");
  CHECK(field({.kind = "daily_checkin", .at = now - 24h * 30 - 1ms, .key = "a"}) == "occurred_at");
  CHECK(field({.kind = "points", .at = now, .key = "a"}) == "value");
  CHECK(field({.kind = "points", .at = now, .key = "a", .value = 1, .category = "No"}) ==
        "category");
  const auto call = fixture.record(user, {.kind = "points", .at = now, .key = "a", .value = 1}, now,
                                   ActivityOrigin::streak_call);
  CHECK(call.error().field == "kind");
  CHECK(fixture.store().log_of(ChannelId(user.id)).empty());
  CHECK(fixture.record(user, {.kind = "daily_checkin", .at = now + 120s, .key = "a"}, now).ok());
  // A clock that runs ahead does not reach tomorrow.
  const WallTime midnight = time_of("2024-04-26T00:00:00Z");
  REQUIRE(
      fixture
          .record(user, {.kind = "daily_checkin", .at = midnight + 30s, .key = "b"}, midnight - 30s)
          .ok());
  CHECK(fixture.streak(user, "daily_checkin", midnight).current == 1);
}

TEST_CASE_TEMPLATE("late activities mend a streak, in whatever order they come", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-05-20T10:00:00Z");
  const auto check_in = [&](int days_ago) {
    const auto recorded =
        fixture.record(user,
                       {.kind = "daily_checkin",
                        .at = now - 24h * days_ago,
                        .key = numbered("day", static_cast<std::uint64_t>(days_ago))},
                       now);
    REQUIRE(recorded.ok());
    return recorded->streak.value_or(StreakState{}).current;
  };
  CHECK(check_in(0) == 1);
  CHECK(check_in(2) == 1);
  CHECK(check_in(3) == 1);
  CHECK(check_in(1) == 4);
  CHECK(check_in(5) == 4);
  CHECK(check_in(4) == 6);
  CHECK(check_in(30) == 6);
  CHECK(fixture.streak(user, "daily_checkin", now).longest == 6);
}

TEST_CASE_TEMPLATE("a streak comes into danger, and ends, and is told once each", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  fixture.do_now(user, "daily_checkin", now);
  CHECK(fixture.roll_over(time_of("2024-04-26T19:59:59Z")).empty());
  const auto risk = fixture.roll_over(time_of("2024-04-26T20:00:00Z"));
  REQUIRE(risk.size() == 2);
  CHECK(risk[0].type == EventType::streak_updated);
  CHECK(risk[1].type == EventType::notification_new);
  CHECK(risk[1].payload.find(R"("type":"streak.at_risk")") != std::string::npos);
  CHECK(risk[0].payload.find(R"("current_streak":1,"longest_streak":1,"at_risk":true)") !=
        std::string::npos);
  CHECK(fixture.roll_over(time_of("2024-04-26T20:00:00Z")).empty());
  // Down for days, and back: the end is told, and nothing of what lay between.
  const auto end = fixture.roll_over(time_of("2024-04-29T12:00:00Z"));
  REQUIRE(end.size() == 1);
  CHECK(end[0].payload.find(R"("current_streak":0,"longest_streak":1,"at_risk":false)") !=
        std::string::npos);
  CHECK(fixture.lag() == 60h);  // since it ended
  CHECK(fixture.roll_over(time_of("2024-04-30T12:00:00Z")).empty());
  CHECK(fixture.lag() == 0h);
  CHECK(fixture.streak(user, "daily_checkin", time_of("2024-04-30T12:00:00Z")).current == 0);
}

TEST_CASE_TEMPLATE("two nodes that roll over at once tell each streak once", Adapter,
                   PostgresAdapter) {
  RewardFixture fixture(Adapter::kUrl);
  StorageOptions options;
  options.url = fixture.store().url();
  options.rewards = std::make_shared<const RewardRules>(test_rules());
  auto second = open_storage(options);
  REQUIRE(second.ok());
  TestShard other(**second);
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  std::vector<UserRecord> users;
  for (std::uint64_t i = 0; i < 150; ++i) {
    users.push_back(fixture.store().add_user(numbered("user", i)));
    fixture.do_now(users.back(), "daily_checkin", now);
  }
  const WallTime later = now + 24h * 60;  // the weeks are over too
  std::size_t told = 0;
  for (bool more = true; more;) {
    std::optional<Result<RewardUpkeep>> one, two;
    fixture.ledger().roll_over(later, [&](Result<RewardUpkeep> done) { one = std::move(done); });
    other.rewards().roll_over(later, [&](Result<RewardUpkeep> done) { two = std::move(done); });
    fixture.shard().queue().pump_until([&] { return one.has_value(); });
    other.queue().pump_until([&] { return two.has_value(); });
    if (!one->ok() || !two->ok()) continue;  // they waited for each other too long: again
    told += (*one)->events.size() + (*two)->events.size();
    more = (*one)->more || (*two)->more;
  }
  CHECK(told == 300);
  for (const UserRecord& user : users) {
    CHECK(fixture.store().log_of(ChannelId(user.id)).size() >= 4);
  }
}

TEST_CASE_TEMPLATE("messages count once each, behind the log", Adapter, SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  StoreFixture& store = fixture.store();
  const UserRecord ada = store.add_user("ada");
  const UserRecord bob = store.add_user("bob");
  const ChatId chat = store.add_group({ada, bob});
  for (int i = 0; i < 3; ++i) store.say(ada, chat, "text");
  store.say(bob, chat, "text");
  const auto events = fixture.feed_messages(store.now());
  CHECK(events.size() == 2);  // a streak each
  CHECK(fixture.feed_messages(store.now()).empty());
  store.advance(24h);
  store.say(ada, chat, "text");
  store.advance(5s);
  REQUIRE(fixture.feed_messages(store.now()).size() == 1);
  CHECK(fixture.lag() >= 5s);
  CHECK(fixture.lag() < 6s);
  CHECK(fixture.streak(ada, "chatting", store.now()).current == 2);
  CHECK(fixture.streak(bob, "chatting", store.now()).current == 1);
}

TEST_CASE_TEMPLATE("messages of many count once each, whoever goes on with them", Adapter,
                   SQL_STORES) {
  RewardRules rules = test_rules();
  rules.badges.push_back(
      {.code = "talker", .name = "Talker", .subject = "message", .target = 1000});
  // With the smaller ones a piece ends between messages, or holds none: it begins with those who
  // join.
  SUBCASE("all of it at once") {}
  SUBCASE("in pieces") {
    rules.fed_at_once = 50;
  }
  SUBCASE("place by place") {
    rules.fed_at_once = 7;
  }
  RewardFixture fixture(Adapter::kUrl, std::move(rules));
  StoreFixture& store = fixture.store();
  std::vector<UserRecord> users;
  for (std::uint64_t i = 0; i < 120; ++i) users.push_back(store.add_user(numbered("user", i)));
  const ChatId chat = store.add_group(users);
  for (int i = 0; i < 3; ++i) {
    for (const UserRecord& user : users) store.say(user, chat, "text");
  }
  // By turns, and each has begun what the other goes on with: it must not go on where it was.
  TestShard other(store.storage());
  std::size_t told = 0;
  int idle = 0;
  for (int step = 0; idle < 2; ++step) {
    TestShard& shard = step % 2 == 0 ? fixture.shard() : other;
    const auto done = shard.await<RewardUpkeep>(
        [&](auto answered) { shard.rewards().feed_messages(store.now(), std::move(answered)); });
    REQUIRE_MESSAGE(done.ok(), done.error().message);
    told += done->events.size();
    idle = done->more || !done->events.empty() ? 0 : idle + 1;
  }
  CHECK(told == users.size());
  for (const UserRecord& user : users) {
    const auto progress = fixture.badges(user).progress;
    const auto talker = std::ranges::find(progress, "talker", &BadgeProgress::code);
    REQUIRE(talker != progress.end());
    CHECK(talker->current == 3);
  }
}

TEST_CASE_TEMPLATE("a time zone changes once in a while, and at once where nothing was done",
                   Adapter, SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  CHECK(fixture.move(user, "Mars/Olympus", now).error().field == "time_zone");
  CHECK(fixture.move(user, "Asia/Tokyo", now)->effective_at == now);
  CHECK(fixture.move(user, "Pacific/Auckland", now)->effective_at == now);
  fixture.do_now(user, "daily_checkin", now);  // 22:00 of the 25th there
  CHECK(fixture.streak(user, "daily_checkin", now).lapses == time_of("2024-04-26T12:00:00Z"));
  CHECK(outcome(fixture.move(user, "UTC", now + 1h)) == "rate_limited");
  CHECK(fixture.move(user, "Pacific/Auckland", now + 1h)->effective_at == now + 1h);
  const WallTime later = now + 24h * 7;
  fixture.do_now(user, "daily_checkin", later);
  const auto moved = fixture.move(user, "America/New_York", later);
  REQUIRE(moved.ok());
  // The day goes on until New York's midnight, and today's streak with it.
  CHECK(format_time(moved->effective_at) == "2024-05-03T04:00:00.000Z");
  CHECK(fixture.streak(user, "daily_checkin", later).lapses == time_of("2024-05-04T04:00:00Z"));
  CHECK(fixture.roll_over(time_of("2024-05-03T13:00:00Z")).empty());
}

}  // namespace
}  // namespace kith
