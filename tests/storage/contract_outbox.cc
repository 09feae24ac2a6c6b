// What waits to be sent: when it is due, who gets it, what becomes of it.
#include <sodium.h>

#include <set>

#include "protocol/time_format.h"
#include "tests/storage/notices_fixture.h"

namespace kith {

TokenHash Notices::hash_of(const std::string& token) {
  TokenHash hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size());
  return hash;
}

namespace {

using namespace std::chrono_literals;
using enum OutgoingChannel;

constexpr OutgoingRules kBoth{.web_hook = true, .email = true, .delay = 10s};

TEST_CASE_TEMPLATE("nothing waits where no way out is configured", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto owner = store.add_user("owner");
  notices.tell(owner, {store.add_user("member")});
  CHECK(notices.look(web_hook).waiting == 0);
  CHECK(notices.look(email).waiting == 0);
}

TEST_CASE_TEMPLATE("what is due is given to one, and again with its id once the lease is over",
                   Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  notices.tell(owner, {member});
  const auto notice = notices.list(member)->items.front();
  const auto look = notices.look(web_hook);
  CHECK(look.waiting == 1);
  CHECK(look.next_due == notice.created_at + 10s);
  CHECK(notices.claim(web_hook, notice.created_at + 9'999ms).deliveries.empty());

  const WallTime due = notice.created_at + 10s;
  const auto first = notices.claim(web_hook, due);
  REQUIRE(first.deliveries.size() == 1);
  const Delivery& delivery = first.deliveries.front();
  CHECK(delivery.attempt == 1);
  CHECK(delivery.kind == OutgoingKind::notice);
  CHECK(delivery.user == member.id);
  REQUIRE(delivery.notices.size() == 1);
  CHECK(delivery.notices[0].id == notice.id);
  CHECK(delivery.notices[0].payload_json == notice.payload_json);
  CHECK(notices.claim(web_hook, due + 59s).deliveries.empty());

  store.reopen();
  Notices later(store);
  const auto second = later.claim(web_hook, due + 60s);
  REQUIRE(second.deliveries.size() == 1);
  CHECK(second.deliveries[0].id == delivery.id);
  CHECK(second.deliveries[0].attempt == 2);
  // Who comes too late says nothing about the attempt of another.
  later.settle(delivery, OutgoingOutcome::sent);
  CHECK(later.look(web_hook).waiting == 1);
  later.settle(second.deliveries[0], OutgoingOutcome::retry, due + 1h, "status 500");
  CHECK(later.claim(web_hook, due + 59min).deliveries.empty());
  const auto third = later.claim(web_hook, due + 1h);
  REQUIRE(third.deliveries.size() == 1);
  later.settle(third.deliveries[0], OutgoingOutcome::sent);
  CHECK(later.look(web_hook).waiting == 0);
  CHECK(later.look(web_hook).dead == 0);
}

TEST_CASE_TEMPLATE("what is dead is counted, and not given out again", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  notices.tell(owner, {store.add_user("member")});
  const auto claimed = notices.claim(web_hook, store.now() + 1h);
  REQUIRE(claimed.deliveries.size() == 1);
  notices.settle(claimed.deliveries[0], OutgoingOutcome::dead, store.now(), "gave up");
  CHECK(notices.look(web_hook).waiting == 0);
  CHECK(notices.look(web_hook).dead == 1);
  CHECK(notices.claim(web_hook, store.now() + 24h * 300).deliveries.empty());
}

TEST_CASE_TEMPLATE("dead letters are listed, and tried again when an admin says so", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  notices.sent_all(email);  // what signing up has them sent
  notices.tell(owner, {member});
  notices.request(OutgoingKind::reset_password, owner.email);
  const WallTime now = store.now() + 1h;
  const auto bury = [&](OutgoingChannel channel, WallTime when) {
    const auto claimed = notices.claim(channel, store.now() + 10min);
    REQUIRE(claimed.deliveries.size() == 1);
    notices.settle(claimed.deliveries[0], OutgoingOutcome::dead, when, "gave up");
    return claimed.deliveries[0].id;
  };
  const DeliveryId hook = bury(web_hook, now);
  const DeliveryId mail = bury(email, now + 1s);
  const auto both = notices.dead_letters({});
  REQUIRE(both.size() == 2);
  CHECK(both[0].id == mail);  // the newest
  CHECK_FALSE(both[0].user.has_value());
  CHECK(both[1].id == hook);
  CHECK(both[1].user == member.id);
  CHECK(both[1].attempts == 1);
  CHECK(both[1].reason == "gave up");
  CHECK(both[1].dead_at == now);
  CHECK(notices.dead_letters(email).size() == 1);
  CHECK(notices.retry_dead(owner, web_hook).count == 1);
  CHECK(notices.look(email).dead == 1);
  const auto again = notices.claim(web_hook, store.now() + 2h);
  REQUIRE(again.deliveries.size() == 1);
  CHECK(again.deliveries[0].id == hook);
  CHECK(again.deliveries[0].attempt == 2);
  CHECK(notices.retry_dead(owner, {}).count == 1);
  CHECK(notices.retry_dead(owner, {}).count == 0);
}

TEST_CASE_TEMPLATE("what has been read, or seen on a socket, is not sent", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  for (int i = 0; i < 4; ++i) notices.tell(owner, {member});
  const auto items = notices.list(member)->items;
  REQUIRE(notices.read_to(member, items[3].id).ok());
  REQUIRE(notices.read(member, items[1].id).ok());
  notices.seen(member, items[0].id);
  notices.seen(owner, items[2].id);  // not theirs
  const auto claimed = notices.claim(web_hook, store.now() + 1h);
  CHECK(claimed.moot == 2);
  REQUIRE(claimed.deliveries.size() == 1);
  CHECK(claimed.deliveries[0].notices[0].id == items[2].id);
}

TEST_CASE_TEMPLATE("of many who ask at once each gets others", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth), 3);
  Notices notices(store);
  const auto owner = store.add_user("owner");
  std::vector<UserRecord> members;
  for (std::size_t i = 0; i < 60; ++i) members.push_back(store.add_user(numbered("member", i)));
  notices.tell(owner, members);
  std::multiset<std::string> given;
  const WallTime now = store.now() + 1h;
  for (int round = 0; round < 5; ++round) {
    std::size_t answers = 0;
    for (std::size_t shard = 0; shard < 3; ++shard) {
      store.shard(shard).store().outbox()->claim(
          {.channel = web_hook, .now = now, .lease_until = now + 60s, .limit = 4},
          [&](Result<ClaimedDeliveries> claimed) {
            ++answers;
            REQUIRE(claimed.ok());
            CHECK(claimed->deliveries.size() <= 4);
            for (const auto& delivery : claimed->deliveries) given.insert(delivery.id.text());
          });
    }
    for (std::size_t shard = 0; shard < 3; ++shard) {
      store.shard(shard).queue().pump_until([&] { return answers > shard; });
    }
  }
  CHECK(given.size() == 60);
  CHECK(std::set<std::string>(given.begin(), given.end()).size() == 60);
}

WallTime at(std::string_view text) {
  return *parse_time(text);
}

PreferencesChange in_chicago() {
  PreferencesChange change;
  change.time_zone = "America/Chicago";  // five hours behind UTC in April
  return change;
}

TEST_CASE_TEMPLATE("a digest holds what came before it went, and is sent by the user's clock",
                   Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  PreferencesChange change = in_chicago();
  change.web_hook = NoticeMode::digest;
  REQUIRE(notices.change(member, change).ok());
  for (int i = 0; i < 3; ++i) notices.tell(owner, {member});  // 2024-04-24T23:06Z
  CHECK(notices.look(web_hook).waiting == 1);
  CHECK(notices.look(web_hook).next_due == at("2024-04-25T13:00:00Z"));
  const auto items = notices.list(member)->items;
  REQUIRE(notices.read(member, items[1].id).ok());
  const auto claimed = notices.claim(web_hook, at("2024-04-25T13:00:00Z"));
  REQUIRE(claimed.deliveries.size() == 1);
  const Delivery& digest = claimed.deliveries[0];
  CHECK(digest.kind == OutgoingKind::digest);
  REQUIRE(digest.notices.size() == 2);  // oldest first
  CHECK(digest.notices[0].id == items[2].id);
  CHECK(digest.notices[1].id == items[0].id);

  // What comes while it is being sent is the next one's.
  notices.tell(owner, {member});
  CHECK(notices.look(web_hook).waiting == 2);
  const auto again = notices.claim(web_hook, at("2024-04-25T13:02:00Z"));
  std::size_t with_two = 0;
  for (const auto& delivery : again.deliveries) {
    if (delivery.id == digest.id) {
      ++with_two;
      CHECK(delivery.notices.size() == 2);
    } else {
      CHECK(delivery.notices.size() == 1);
    }
  }
  CHECK(with_two == 1);
}

TEST_CASE_TEMPLATE("who only ever set a time zone gets the digest by its clock", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  notices.verify(owner);
  notices.verify(member);
  REQUIRE(store
              ->await<ZoneChange>([&](auto done) {
                store->rewards().set_time_zone(store.actor(member), "America/Chicago",
                                               std::move(done));
              })
              .ok());
  notices.tell(owner, {member});  // 2024-04-24T23:06Z
  CHECK(notices.preferences(member)->time_zone == "America/Chicago");
  CHECK(notices.look(email).next_due == at("2024-04-25T13:00:00Z"));
}

TEST_CASE_TEMPLATE("quiet hours hold things back until they end", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  PreferencesChange change = in_chicago();
  change.quiet.emplace(QuietHours{.from = 18 * 60, .to = 7 * 60 + 30});  // it is 18:06 there
  REQUIRE(notices.change(member, change).ok());
  for (int i = 0; i < 3; ++i) notices.tell(owner, {member});
  CHECK(notices.look(web_hook).waiting == 1);
  CHECK(notices.look(web_hook).next_due == at("2024-04-25T12:30:00Z"));
  const auto claimed = notices.claim(web_hook, at("2024-04-25T12:30:00Z"));
  REQUIRE(claimed.deliveries.size() == 1);
  CHECK(claimed.deliveries[0].notices.size() == 3);
}

TEST_CASE_TEMPLATE("a user for whom much waits gets the rest in one", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto member = store.add_user("member");
  for (int i = 0; i < 80; ++i) notices.tell(owner, {member});
  CHECK(notices.look(web_hook).waiting == 11);
  const auto claimed = notices.claim(web_hook, store.now() + 16min);
  REQUIRE(claimed.deliveries.size() == 11);
  std::size_t told = 0;
  for (const auto& delivery : claimed.deliveries) {
    told += delivery.notices.size() + delivery.more;
    if (delivery.kind == OutgoingKind::digest) CHECK(delivery.notices.size() == 50);
  }
  CHECK(told == 80);
}

TEST_CASE_TEMPLATE("mail goes to verified addresses, as the type's choice has it", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kBoth));
  Notices notices(store);
  const auto owner = store.add_user("owner");
  const auto unverified = store.add_user("unverified");
  const auto member = store.add_user("member");
  notices.verify(member);
  PreferencesChange change;
  change.types.push_back({.type = "chat.joined",
                          .choice = NoticeChoice{.type = "chat.joined", .email = NoticeMode::now}});
  REQUIRE(notices.change(member, change).ok());
  REQUIRE(notices.change(unverified, change).ok());
  notices.tell(owner, {member, unverified});
  std::size_t mails = 0;
  for (const auto& mail : notices.claim(email, store.now() + 20s).deliveries) {
    if (mail.kind != OutgoingKind::notice) continue;
    ++mails;
    CHECK(mail.user == member.id);
    CHECK(mail.email == member.email);
    CHECK(mail.display_name == "member");
  }
  CHECK(mails == 1);
}

}  // namespace
}  // namespace kith
