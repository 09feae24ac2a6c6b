// What the nodes on one Postgres do for it beside their work: forget old events, one of them at a
// time; and notice where its history is not the one that they know.
#include "storage/log_trimmer.h"
#include "storage/postgres_history.h"
#include "tests/storage/store_fixture.h"
#include "tests/support/postgres_server.h"

namespace kith {
namespace {

using namespace std::chrono_literals;
using test::PostgresServer;

// Events that are no messages, in several chats.
void react(StoreFixture& store, const UserRecord& ada, const std::vector<ChatId>& chats) {
  for (const ChatId chat : chats) {
    const auto said = store.say(ada, chat, "text");
    for (const char* emoji : {"+", "-", "*"}) {
      REQUIRE(store
                  ->react(store.actor(ada),
                          {.chat = chat, .message = said.message, .emoji = emoji, .add = true})
                  .ok());
    }
  }
}

TEST_CASE("old events go in whole sets, and a replay starts behind the hole they leave") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  std::vector<ChatId> chats;
  for (int i = 0; i < 5; ++i) chats.push_back(store.add_group({ada}));
  react(store, ada, chats);
  PostgresConnection db({.url = store.url()});
  LogTrimmer young({.keep = 1h, .keep_events = 2});
  CHECK(young.trim(db, store.now()) == 0);
  LogTrimmer trimmer({.keep = 1h, .keep_events = 2});
  std::int64_t rows = 0;
  for (std::int64_t last = 1; last > 0; rows += last) last = trimmer.trim(db, store.now() + 2h);
  REQUIRE_FALSE(db.failure().has_value());
  CHECK(rows >= static_cast<std::int64_t>(chats.size()));
  for (const ChatId chat : chats) {
    const auto page = store->read({.channel = chat, .reader = ada.key, .after = 0});
    REQUIRE(page.ok());
    CHECK(page->trimmed_to > 0);
    REQUIRE_FALSE(page->events.empty());
    CHECK(page->events.front().seq == page->trimmed_to + 1);
    CHECK(page->events.back().seq == page->head);
    CHECK(page->head - page->trimmed_to >= 2);  // near the head nothing goes
  }
}

TEST_CASE("of several nodes one forgets at a time") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  react(store, ada, {store.add_group({ada})});
  PostgresConnection other({.url = store.url()});
  other.begin_write();
  REQUIRE(other.claim_upkeep());
  PostgresConnection db({.url = store.url()});
  LogTrimmer trimmer({.keep = 1h, .keep_events = 1});
  CHECK(trimmer.trim(db, store.now() + 2h) == 0);
  CHECK_FALSE(db.failure().has_value());
  CHECK_FALSE(db.in_transaction());
  other.commit();
  CHECK(trimmer.trim(db, store.now() + 2h) > 0);
}

TEST_CASE("a history that goes on under another timeline is told from one that has gone back") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto said = store.say(ada, chat, "text");
  PostgresConnection db({.url = store.url()});
  REQUIRE(db.connect().ok());
  const std::string epoch = store.storage().epoch();
  KnownHistory known = read_history(db, epoch);
  REQUIRE(known.newest.has_value());
  CHECK(known.newest->message == said.message);
  CHECK(known.timeline == db.timeline());
  const auto verdict = [&](KnownHistory history) {
    PostgresHistory watched(std::move(history));
    REQUIRE(watched.check(db).ok());
    const auto gone = watched.look(db);
    CHECK_FALSE(db.failure().has_value());
    CHECK_FALSE(db.in_transaction());
    return gone.has_value();
  };
  const auto stored = [&] {
    return PostgresServer::ask(store.url(),
                               "SELECT convert_from(value, 'UTF8') FROM meta WHERE key = 'epoch'");
  };
  CHECK_FALSE(verdict(known));
  known.timeline = "00000000";
  CHECK_FALSE(verdict(known));  // the row stands
  CHECK(stored() == epoch);

  KnownHistory lost = known;
  lost.newest->position += 1000;  // committed, and gone
  CHECK(verdict(lost));
  const std::string renamed = stored();
  CHECK(renamed != epoch);
  // Who notices later finds it done: one failover, one new name.
  CHECK(verdict(lost));
  CHECK(verdict(known));
  CHECK(stored() == renamed);

  known.epoch = renamed;
  known.newest.reset();  // cannot tell: assumes the worst
  CHECK(verdict(known));
  CHECK(stored() != renamed);
}

TEST_CASE("a node whose database is given another epoch says that its history is gone") {
  StoreFixture store(PostgresAdapter::kUrl);
  std::atomic<int> told = 0;
  StorageOptions options;
  options.url = store.url();
  options.on_history_gone = [&](const std::string&) { ++told; };
  auto other = open_storage(options);
  REQUIRE_MESSAGE(other.ok(), other.error().message);
  CHECK((*other)->epoch() == store.storage().epoch());
  REQUIRE((*other)->renew_epoch().ok());
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (told == 0) REQUIRE(std::chrono::steady_clock::now() < deadline);
  (*other)->close();
  auto next = open_storage({.url = store.url()});
  REQUIRE(next.ok());
  CHECK((*next)->epoch() != (*other)->epoch());
}

}  // namespace
}  // namespace kith
