// Broadcasts: one row for all who follow, sent once, counted.
#include <array>

#include "tests/storage/club_store.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Told {
  BroadcastAudience audience = BroadcastAudience::all;
  ClubRole role = ClubRole::member;
  std::optional<EventId> event{};
  std::optional<WallTime> send_at{};
  std::optional<Idempotency> idempotency{};
};

Broadcasts& broadcasts_of(StoreFixture& store) {
  REQUIRE(store->broadcasts() != nullptr);
  return *store->broadcasts();
}

Result<ChangedBroadcast> tell(StoreFixture& store, const UserRecord& by, const TestClub& club,
                              Told told = {}) {
  const Actor actor = store.actor(by);
  CreateBroadcast create{.club = club.id,
                         .id = BroadcastId{store.new_chat_id().uuid},
                         .content_json = R"({"type":"text","text":"Meet at nine"})",
                         .audience = told.audience,
                         .role = told.role,
                         .event = told.event,
                         .send_at = told.send_at,
                         .idempotency = std::move(told.idempotency)};
  return store->await<ChangedBroadcast>([&](Callback<ChangedBroadcast> done) {
    broadcasts_of(store).create(actor, std::move(create), std::move(done));
  });
}
Result<BroadcastRecord> look(StoreFixture& store, const UserRecord& by, const TestClub& club,
                             const BroadcastId& id) {
  const Actor actor = store.actor(by);
  return store->await<BroadcastRecord>([&](Callback<BroadcastRecord> done) {
    broadcasts_of(store).get(actor, club.id, id, std::move(done));
  });
}
Result<SentBroadcasts> send_due(StoreFixture& store, TestShard& shard, WallTime now) {
  return shard.await<SentBroadcasts>([&](Callback<SentBroadcasts> done) {
    broadcasts_of(store);
    shard.broadcasts()->send_due(now, std::move(done));
  });
}
Result<ReadChannel> read_to(StoreFixture& store, const UserRecord& by, const TestClub& club,
                            Seq seq) {
  const Actor actor = store.actor(by);
  return store->await<ReadChannel>([&](Callback<ReadChannel> done) {
    broadcasts_of(store).mark_read(actor, club.id, seq, std::move(done));
  });
}

TEST_CASE_TEMPLATE("a broadcast to all is one row on the club's channel, however many members",
                   Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const TestClub club = add_club(store, ada);
  std::vector<UserRecord> members;
  for (int i = 0; i < 5; ++i) {
    members.push_back(store.add_user(numbered("member", static_cast<std::uint64_t>(i))));
    REQUIRE(join(store, members.back(), club).ok());
  }
  CHECK(outcome(tell(store, members[0], club)) == "forbidden");
  const auto told = tell(store, ada, club);
  REQUIRE(told.ok());
  REQUIRE(told->events.size() == 1);
  CHECK(told->events[0].channel == ChannelId(club.id));
  CHECK(told->events[0].type == EventType::club_broadcast);
  CHECK(told->broadcast.status == BroadcastStatus::sent);
  CHECK(told->broadcast.audience_count == 6);
  CHECK(told->events[0].payload == R"({"broadcast_id":")" + told->broadcast.id.text() +
                                       R"(","club_id":")" + club.id.text() + R"(","author_id":")" +
                                       ada.id.text() +
                                       R"(","content":{"type":"text","text":"Meet at nine"}})");
  CHECK(store.log_of(club.id).back().payload == told->events[0].payload);
}

TEST_CASE_TEMPLATE("delivered is a sum of sockets, seen one of positions that have passed it",
                   Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto eve = store.add_user("eve");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  const auto told = tell(store, ada, club);
  REQUIRE(told.ok());
  const Seq seq = told->events[0].seq;
  const auto note = [&](std::uint64_t sockets) {
    const auto noted = store->await<std::vector<BroadcastId>>([&](auto done) {
      broadcasts_of(store).note_delivered(
          {{.channel = club.id, .seq = seq, .sockets = sockets},
           {.channel = club.id, .seq = 1, .sockets = 100}},  // no broadcast
          std::move(done));
    });
    REQUIRE(noted.ok());
    CHECK(*noted == std::vector<BroadcastId>{told->broadcast.id});
    const auto progress = store->await<std::vector<BroadcastProgress>>(
        [&](auto done) { broadcasts_of(store).progress(*noted, std::move(done)); });
    REQUIRE(progress.ok());
    REQUIRE(progress->size() == 1);
    return progress->front();
  };
  CHECK(note(3).delivered == 3);
  CHECK(note(4).delivered == 7);
  CHECK(outcome(read_to(store, eve, club, 1)) == "not_found");
  CHECK(outcome(read_to(store, bob, club, seq + 1)) == "bad_request");
  CHECK(read_to(store, bob, club, seq - 1)->passed.empty());
  const auto passed = read_to(store, bob, club, seq);
  REQUIRE(passed.ok());
  CHECK(passed->moved);
  CHECK(passed->passed == std::vector<BroadcastId>{told->broadcast.id});
  CHECK_FALSE(read_to(store, bob, club, 1)->moved);
  const auto seen = look(store, ada, club, told->broadcast.id);
  REQUIRE(seen.ok());
  CHECK(seen->delivered == 7);
  CHECK(seen->seen == 1);
  CHECK(outcome(look(store, bob, club, told->broadcast.id)) == "forbidden");
}

TEST_CASE_TEMPLATE("a scheduled broadcast goes out at its time, once, whoever asks", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl, {}, 2);
  const auto ada = store.add_user("ada");
  const TestClub club = add_club(store, ada);
  const WallTime at = store.now() + 1h;
  const auto told = tell(store, ada, club, {.send_at = at});
  REQUIRE(told.ok());
  CHECK(told->events.empty());
  CHECK(told->broadcast.status == BroadcastStatus::scheduled);
  CHECK(send_due(store, store.shard(0), at - 1ms)->events.empty());
  // Two shards ask at once: their jobs are one behind the other, or on two connections.
  std::array<std::optional<Result<SentBroadcasts>>, 2> answers;
  for (std::size_t shard = 0; shard < 2; ++shard) {
    store.shard(shard).broadcasts()->send_due(
        at, [&, shard](Result<SentBroadcasts> sent) { answers[shard].emplace(std::move(sent)); });
  }
  for (std::size_t shard = 0; shard < 2; ++shard) {
    // What the read has found is handed on in the shard's own turn: both take turns.
    store.shard(1 - shard).queue().pump();
    store.shard(shard).queue().pump_until([&] { return answers[shard].has_value(); });
  }
  std::size_t events = 0;
  for (const auto& answer : answers) {
    if (*answer) events += (*answer)->events.size();
  }
  // Where both were refused for each other's sake, it is still due.
  if (events == 0) events += send_due(store, store.shard(0), at)->events.size();
  CHECK(events == 1);
  store.reopen();
  CHECK(send_due(store, store.shard(1), at + 1h)->events.empty());
  CHECK(types_of(store.log_of(club.id)) == "club.member club.broadcast");
  CHECK(look(store, ada, club, told->broadcast.id)->sent_at == at);
}

TEST_CASE_TEMPLATE("what is cancelled is not sent, and what was sent is not cancelled", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  const WallTime at = store.now() + 1h;
  const auto cancel = [&](const UserRecord& by, const BroadcastId& id) {
    const Actor actor = store.actor(by);
    return store->await<ChangedBroadcast>([&](Callback<ChangedBroadcast> done) {
      broadcasts_of(store).cancel(actor, club.id, id, std::move(done));
    });
  };
  const auto told = tell(store, ada, club, {.send_at = at});
  REQUIRE(told.ok());
  CHECK(outcome(cancel(bob, told->broadcast.id)) == "forbidden");
  CHECK(cancel(ada, told->broadcast.id)->broadcast.status == BroadcastStatus::cancelled);
  CHECK(cancel(ada, told->broadcast.id).ok());
  CHECK(send_due(store, store.shard(), at)->events.empty());
  const auto sent = tell(store, ada, club);
  CHECK(outcome(cancel(ada, sent->broadcast.id)) == "conflict");
}

TEST_CASE_TEMPLATE("what an organizer has scheduled goes with their role", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  const auto role = [&](ClubRole to) {
    return change(store, ada,
                  {.club = club.id,
                   .user = bob.id,
                   .action = ChangeMember::Action::role,
                   .role = to,
                   .reason = {},
                   .until = {}});
  };
  REQUIRE(role(ClubRole::organizer).ok());
  const WallTime at = store.now() + 1h;
  const auto told = tell(store, bob, club, {.send_at = at});
  REQUIRE(told.ok());
  REQUIRE(role(ClubRole::member).ok());
  CHECK(send_due(store, store.shard(), at)->events.empty());
  CHECK(look(store, ada, club, told->broadcast.id)->status == BroadcastStatus::cancelled);
}

TEST_CASE_TEMPLATE("a role is told each on their own channel", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto eve = store.add_user("eve");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  REQUIRE(join(store, eve, club).ok());
  const auto told = tell(store, ada, club, {.audience = BroadcastAudience::role});
  REQUIRE(told.ok());
  CHECK(told->broadcast.audience_count == 2);
  REQUIRE(told->events.size() == 2);
  CHECK(told->events[0].channel == ChannelId(bob.id));
  CHECK(told->events[1].channel == ChannelId(eve.id));
  CHECK(audience_text(told->broadcast) == "role:member");
  const Told guests{.audience = BroadcastAudience::guests,
                    .event = EventId{store.new_chat_id().uuid}};
  const auto unknown = tell(store, ada, club, guests);
  CHECK(outcome(unknown) == "not_found");
  CHECK(unknown.error().field == "audience");
}

TEST_CASE_TEMPLATE("an Idempotency-Key tells once", Adapter, CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const TestClub club = add_club(store, ada);
  const Idempotency key{.path = "/clubs/x/broadcasts", .key = "k", .request_digest = "d"};
  const auto first = tell(store, ada, club, {.idempotency = key});
  const auto again = tell(store, ada, club, {.idempotency = key});
  REQUIRE(first.ok());
  REQUIRE(again.ok());
  CHECK_FALSE(again->created);
  CHECK(again->events.empty());
  CHECK(again->broadcast.id == first->broadcast.id);
}

}  // namespace
}  // namespace kith
