// Blocks between two users: what they keep apart, and what they leave as it was.
#include "engine/ports/moderation.h"
#include "engine/ports/profiles.h"

#include "tests/storage/club_store.h"

namespace kith {
namespace {

Result<Committed> set_block(StoreFixture& store, const UserRecord& who, const UserRecord& whom) {
  return store->await<Committed>([&](auto callback) {
    store->profiles().block(store.actor(who), whom.id, std::move(callback));
  });
}

TEST_CASE_TEMPLATE("nobody brings into a club's chat whom a block lies between", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto cam = store.add_user("cam");
  const TestClub club = add_club(store, ada);
  REQUIRE(set_block(store, bob, ada).ok());
  REQUIRE(set_block(store, ada, cam).ok());
  for (const UserRecord* other : {&bob, &cam}) {
    const auto added = store->add(store.actor(ada), club.chat, other->id);
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().code == ErrorCode::not_found);
    CHECK(added.error().field == "user_id");
    CHECK(outcome(store->attach(club.chat, other->key)) == "forbidden");
  }
  CHECK(get(store, ada, club)->member_count == 1);
}

// A direct chat of two, and one who keeps order on the server.
struct Pair {
  explicit Pair(StoreFixture& fixture) : store(fixture) {
    REQUIRE(store.storage().grant(keeper.id, SystemRole::moderator, store.now()).ok());
    CreateChat create{.type = ChatType::direct, .id = store.new_chat_id()};
    create.participants = {bob.id};
    const auto made = store->create(store.actor(ada), create);
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    chat = made->chat.id;
  }
  std::string_view says(const UserRecord& who) {
    return outcome(store->append(store.message(who, chat, "hello")));
  }
  Result<Committed> unblock(const UserRecord& who, const UserRecord& whom) {
    return store->await<Committed>([&](auto callback) {
      store->profiles().unblock(store.actor(who), whom.id, std::move(callback));
    });
  }
  // By way of a report of what they said.
  void mute(const UserRecord& reporter, MessageId message) {
    Moderation& moderation = *store->store().moderation();
    const auto told = store->report(store.actor(reporter), chat, message, store.new_report_id());
    REQUIRE_MESSAGE(told.ok(), told.error().message);
    const auto open = store->await<CaseList>(
        [&](auto done) { moderation.list(store.actor(keeper), {}, std::move(done)); });
    REQUIRE_MESSAGE(open.ok(), open.error().message);
    ResolveCase wanted;
    wanted.id = open->cases.at(0).id;
    wanted.resolution = CaseResolution::muted;
    const auto done = store->await<ChangedCase>([&](auto callback) {
      moderation.resolve(store.actor(keeper), wanted, std::move(callback));
    });
    REQUIRE_MESSAGE(done.ok(), done.error().message);
  }

  StoreFixture& store;
  UserRecord ada = store.add_user("ada");
  UserRecord bob = store.add_user("bob");
  UserRecord keeper = store.add_user("keeper");
  ChatId chat;
};

TEST_CASE_TEMPLATE("a moderator's mute in a direct chat outlasts a block", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Pair pair(store);
  const MessageId said = store.say(pair.bob, pair.chat, "rude").message;
  SUBCASE("that came behind it") {
    pair.mute(pair.ada, said);
    REQUIRE(set_block(store, pair.bob, pair.ada).ok());
  }
  SUBCASE("that stood already") {
    REQUIRE(set_block(store, pair.bob, pair.ada).ok());
    pair.mute(pair.ada, said);
  }
  CHECK(pair.says(pair.ada) == "forbidden");
  const auto ended = pair.unblock(pair.bob, pair.ada);
  REQUIRE(ended.ok());
  CHECK(pair.says(pair.bob) == "forbidden");
  CHECK(pair.says(pair.ada) == "ok");
  REQUIRE(ended->events.size() == 2);
  for (const DurableEvent& event : ended->events) {
    const bool muted = event.user == pair.bob.id;
    CHECK(event.action ==
          (muted ? command::ModerationAction::mute : command::ModerationAction::unmute));
    CHECK_FALSE(event.by.has_value());
    CHECK_FALSE(tells_block(event));
  }
}

TEST_CASE_TEMPLATE("a block tells both of it, in nobody's name", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Pair pair(store);
  const auto begun = set_block(store, pair.bob, pair.ada);
  REQUIRE(begun.ok());
  REQUIRE(begun->events.size() == 2);
  for (const DurableEvent& event : begun->events) {
    CHECK(tells_block(event));
    CHECK(event.seq > 0);
  }
}

TEST_CASE_TEMPLATE(
    "whoever follows a direct chat is known to be blocked in it, by either of the two", Adapter,
    SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Pair pair(store);
  const auto blocked = [&](const UserRecord& who) {
    const auto attached = store->attach(pair.chat, who.key);
    REQUIRE_MESSAGE(attached.ok(), attached.error().message);
    return attached->blocked;
  };
  // A mute alone is none.
  pair.mute(pair.ada, store.say(pair.bob, pair.chat, "rude").message);
  CHECK_FALSE(blocked(pair.bob));
  REQUIRE(set_block(store, pair.bob, pair.ada).ok());
  CHECK(blocked(pair.ada));
  CHECK(blocked(pair.bob));
  REQUIRE(pair.unblock(pair.bob, pair.ada).ok());
  CHECK_FALSE(blocked(pair.ada));
  CHECK_FALSE(blocked(pair.bob));
}

TEST_CASE_TEMPLATE("two who end their blocks at once may speak to each other again", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, 2);
  Pair pair(store);
  for (int round = 0; round < 20; ++round) {
    REQUIRE(set_block(store, pair.ada, pair.bob).ok());
    REQUIRE(set_block(store, pair.bob, pair.ada).ok());
    REQUIRE(pair.says(pair.ada) == "forbidden");
    int ended = 0;
    const auto end = [&](std::size_t shard, const UserRecord& who, const UserRecord& whom) {
      store.shard(shard).profiles().unblock(store.actor(who), whom.id,
                                            [&](Result<Committed> result) {
                                              CHECK(result.ok());
                                              ++ended;
                                            });
    };
    end(0, pair.ada, pair.bob);
    end(1, pair.bob, pair.ada);
    store.shard(0).queue().pump_until([&] { return ended > 0; });
    if (ended < 2) store.shard(1).queue().pump_until([&] { return ended == 2; });
    CHECK(pair.says(pair.ada) == "ok");
    CHECK(pair.says(pair.bob) == "ok");
  }
}

}  // namespace
}  // namespace kith
