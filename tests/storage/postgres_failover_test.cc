// The server dies and its synchronous standby takes over: what was acknowledged is there, and the
// store finds its way by itself (RELIABILITY F12).
#include "tests/storage/store_fixture.h"
#include "tests/support/postgres_server.h"

namespace kith {
namespace {

using test::PostgresServer;

TEST_CASE("a failover to a synchronous standby loses and doubles nothing") {
  PostgresServer primary;
  const std::string url = primary.new_database();
  const auto standby = PostgresServer::standby_of(primary);
  auto storage = open_storage({.url = primary.url_of_either(url, *standby)});
  REQUIRE_MESSAGE(storage.ok(), storage.error().message);
  StoreFixture ids(MemoryAdapter::kUrl);  // for its counters
  TestShard shard(**storage);
  NewUser user;
  user.id = ids.new_user_id();
  user.email = "ada@example.org";
  user.now = ids.now();
  const auto ada = shard.await<UserRecord>(
      [&](auto done) { shard.accounts().create_user(user, std::move(done)); });
  REQUIRE_MESSAGE(ada.ok(), ada.error().message);
  CreateChat create;
  create.id = ids.new_chat_id();
  REQUIRE(shard.create(ids.actor(*ada), create).ok());

  std::vector<MessageId> acked;
  const auto send = [&](const Append& append) {
    const auto sent = shard.append(append);
    if (sent) acked.push_back(sent->message);
    return sent.ok();
  };
  for (int i = 0; i < 20; ++i) REQUIRE(send(ids.message(*ada, create.id, "before")));
  primary.stop(PostgresServer::Stop::kill);
  const auto meanwhile = ids.message(*ada, create.id, "meanwhile");
  if (!send(meanwhile)) {
    standby->promote();
    const auto promoted = std::chrono::steady_clock::now();
    while (!send(meanwhile)) {
      REQUIRE(std::chrono::steady_clock::now() - promoted < std::chrono::seconds(60));
    }
  } else {
    standby->promote();
  }
  const auto after = ids.message(*ada, create.id, "after");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!send(after)) REQUIRE(std::chrono::steady_clock::now() < deadline);

  const auto page = shard.read({.channel = create.id, .reader = ada->key, .after = 1});
  REQUIRE_MESSAGE(page.ok(), page.error().message);
  REQUIRE(page->events.size() == acked.size());
  for (std::size_t i = 0; i < acked.size(); ++i) CHECK(page->events[i].message == acked[i]);
  (*storage)->close();
}

}  // namespace
}  // namespace kith
