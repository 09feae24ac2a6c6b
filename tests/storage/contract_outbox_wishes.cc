// What a user wants, and what is still so, when something is to be sent.
#include "tests/storage/notices_fixture.h"
#include "tests/storage/rewards_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;
using enum OutgoingChannel;

constexpr OutgoingRules kHooks{.web_hook = true, .delay = 10s};
constexpr OutgoingRules kHooksAndMail{.web_hook = true, .email = true, .delay = 10s};

PreferencesChange quiet(std::uint16_t from_hour, std::uint16_t to_hour) {
  PreferencesChange change;
  change.quiet.emplace(QuietHours{.from = static_cast<std::uint16_t>(from_hour * 60),
                                  .to = static_cast<std::uint16_t>(to_hour * 60)});
  return change;
}

TEST_CASE_TEMPLATE("quiet hours that were set later hold back what waits already", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kHooks));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  notices.tell(owner, {member});  // 2024-04-24T23:06Z
  REQUIRE(notices.change(member, quiet(23, 7)).ok());
  const auto held = notices.claim(web_hook, store.now() + 1min);
  CHECK(held.deliveries.empty());
  CHECK(held.moot == 0);
  CHECK(held.held == 1);
  const WallTime end = time_of("2024-04-25T07:00:00Z");
  CHECK(notices.look(web_hook).next_due == end);
  const auto claimed = notices.claim(web_hook, end);
  REQUIRE(claimed.deliveries.size() == 1);
  CHECK(claimed.deliveries[0].attempt == 1);  // to be held back was none
}

TEST_CASE_TEMPLATE("a digest that quiet hours hold back takes more along", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kHooks));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  PreferencesChange hourly;
  hourly.web_hook = NoticeMode::digest;
  hourly.digest = DigestTimes{.every = DigestEvery::hour};
  REQUIRE(notices.change(member, hourly).ok());
  notices.tell(owner, {member});
  REQUIRE(notices.change(member, quiet(23, 7)).ok());
  CHECK(notices.claim(web_hook, time_of("2024-04-25T00:00:00Z")).held == 1);
  notices.tell(owner, {member});
  CHECK(notices.look(web_hook).waiting == 1);
  const auto claimed = notices.claim(web_hook, time_of("2024-04-25T07:00:00Z"));
  REQUIRE(claimed.deliveries.size() == 1);
  CHECK(claimed.deliveries[0].attempt == 1);
  CHECK(claimed.deliveries[0].notices.size() == 2);
}

TEST_CASE_TEMPLATE("what a user does not want any more is not sent", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kHooks));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto at_once = store.add_user("at_once");
  const auto daily = store.add_user("daily");
  const auto typed = store.add_user("typed");
  PreferencesChange digest;
  digest.web_hook = NoticeMode::digest;
  REQUIRE(notices.change(daily, digest).ok());
  notices.tell(owner, {at_once, daily, typed});
  PreferencesChange off;
  off.web_hook = NoticeMode::off;
  REQUIRE(notices.change(at_once, off).ok());
  PreferencesChange type_off;
  type_off.types.push_back(
      {.type = "chat.joined",
       .choice = NoticeChoice{.type = "chat.joined", .web_hook = NoticeMode::off}});
  REQUIRE(notices.change(daily, type_off).ok());
  REQUIRE(notices.change(typed, type_off).ok());
  const auto claimed = notices.claim(web_hook, store.now() + 48h);
  CHECK(claimed.deliveries.empty());
  CHECK(claimed.moot == 3);
  CHECK(notices.look(web_hook).waiting == 0);
}

TEST_CASE_TEMPLATE("a crowd's digest leaves out what a socket gave, a chosen one does not", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kHooks));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  const auto daily = store.add_user("daily");
  PreferencesChange digest;
  digest.web_hook = NoticeMode::digest;
  REQUIRE(notices.change(daily, digest).ok());
  for (int i = 0; i < 12; ++i) notices.tell(owner, {member});
  notices.tell(owner, {daily});
  for (const UserRecord& user : {member, daily}) {
    const NotificationList list = *notices.list(user);
    for (const auto& item : list.items) notices.seen(user, item.id);
  }
  const auto claimed = notices.claim(web_hook, store.now() + 48h);
  CHECK(claimed.moot == 1);
  REQUIRE(claimed.deliveries.size() == 1);
  CHECK(claimed.deliveries[0].user == daily.id);
}

// A streak of one day that is in danger from 20:00 on and ends at midnight.
struct Danger {
  explicit Danger(const char* url) : fixture(url, test_rules(), kHooksAndMail) {
    notices.verify(user);
    fixture.do_now(user, "daily_checkin", time_of("2024-04-26T10:00:00Z"));
  }
  void warn() { REQUIRE(fixture.roll_over(time_of("2024-04-27T20:00:00Z")).size() == 2); }

  RewardFixture fixture;
  Notices notices{fixture.store()};
  UserRecord user = fixture.store().add_user("ada");
};

TEST_CASE_TEMPLATE("that a streak ends soon is mailed before it has ended", Adapter, SQL_STORES) {
  Danger danger(Adapter::kUrl);  // mail goes as a digest in the morning
  danger.warn();
  for (const OutgoingChannel channel : {email, web_hook}) {
    const auto claimed = danger.notices.claim(channel, time_of("2024-04-27T20:00:10Z"));
    REQUIRE(claimed.deliveries.size() == 1);
    CHECK(claimed.deliveries[0].kind == OutgoingKind::notice);
    CHECK(claimed.deliveries[0].notices[0].type == "streak.at_risk");
  }
}

TEST_CASE_TEMPLATE("a digest that goes in time takes along that a streak ends soon", Adapter,
                   SQL_STORES) {
  Danger danger(Adapter::kUrl);
  PreferencesChange hourly;
  hourly.digest = DigestTimes{.every = DigestEvery::hour};
  REQUIRE(danger.notices.change(danger.user, hourly).ok());
  danger.warn();
  CHECK(danger.notices.look(email).next_due == time_of("2024-04-27T21:00:00Z"));
  SUBCASE("and has it") {
    const auto claimed = danger.notices.claim(email, time_of("2024-04-27T21:00:00Z"));
    REQUIRE(claimed.deliveries.size() == 1);
    CHECK(claimed.deliveries[0].notices[0].type == "streak.at_risk");
  }
  SUBCASE("and has it not once something was done") {
    danger.fixture.do_now(danger.user, "daily_checkin", time_of("2024-04-27T20:30:00Z"));
    CHECK(danger.notices.claim(email, time_of("2024-04-27T21:00:00Z")).moot == 1);
  }
}

TEST_CASE_TEMPLATE("quiet hours that outlast a streak say nothing of its end", Adapter,
                   SQL_STORES) {
  Danger danger(Adapter::kUrl);
  SUBCASE("they do") {
    REQUIRE(danger.notices.change(danger.user, quiet(19, 8)).ok());
    danger.warn();
    CHECK(danger.notices.look(email).waiting == 0);
    CHECK(danger.notices.look(web_hook).waiting == 0);
    CHECK(danger.notices.list(danger.user)->items.size() == 1);
  }
  SUBCASE("they do not") {
    REQUIRE(danger.notices.change(danger.user, quiet(19, 22)).ok());
    danger.warn();
    CHECK(danger.notices.look(email).next_due == time_of("2024-04-27T22:00:00Z"));
    CHECK(danger.notices.look(web_hook).next_due == time_of("2024-04-27T22:00:00Z"));
  }
}

TEST_CASE_TEMPLATE("a streak that is out of danger, or over, is not warned of", Adapter,
                   SQL_STORES) {
  Danger danger(Adapter::kUrl);
  danger.warn();
  SUBCASE("out of danger") {
    danger.fixture.do_now(danger.user, "daily_checkin", time_of("2024-04-27T20:00:05Z"));
    CHECK(danger.notices.claim(web_hook, time_of("2024-04-27T20:00:10Z")).moot == 1);
  }
  SUBCASE("over") {
    CHECK(danger.notices.claim(web_hook, time_of("2024-04-28T00:00:00Z")).moot == 1);
  }
}

}  // namespace
}  // namespace kith
