// What a store that closes does with a Postgres that says nothing.
#include <algorithm>

#include "tests/storage/store_fixture.h"
#include "tests/support/postgres_proxy.h"
#include "tests/support/postgres_server.h"

namespace kith {
namespace {

using test::PostgresProxy;
using test::PostgresServer;

// Less than one statement may take, and much less than one that is tried again.
constexpr std::chrono::seconds kClosedWithin{4};

TEST_CASE("a server that says nothing does not hold up the store that closes: its node ends") {
  StoreFixture store(PostgresAdapter::kUrl);
  PostgresProxy proxy(PostgresServer::shared().socket_path());
  StorageOptions options;
  options.url =
      PostgresServer::shared().url_by_way_of(store.url(), proxy.host(), PostgresProxy::kPort);
  options.writer_threads = 1;
  options.reader_threads = 1;
  options.history_look_interval = std::chrono::hours(1);  // it asks, too
  auto opened = open_storage(options);
  REQUIRE_MESSAGE(opened.ok(), opened.error().message);
  TestShard shard(**opened);
  const auto ada = store.add_user("ada");
  const ChatId chat = store.add_group({ada});
  REQUIRE(shard.append(store.message(ada, chat, "first")).ok());
  REQUIRE(shard.get(store.actor(ada), chat).ok());

  proxy.arm(PostgresProxy::Cut::silently);
  std::vector<std::string_view> reads;
  const std::size_t asked = 40;
  for (std::size_t i = 0; i < asked; ++i) {
    shard.chats().get(store.actor(ada), chat,
                      [&](const Result<ChatRecord>& got) { reads.push_back(outcome(got)); });
  }
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  while (!proxy.cut_done()) {
    REQUIRE(std::chrono::steady_clock::now() < patience);
    std::this_thread::yield();
  }
  shard.append_later(store.message(ada, chat, "second"));
  shard.log().submit();

  const auto begun = std::chrono::steady_clock::now();
  (*opened)->close();
  CHECK(std::chrono::steady_clock::now() - begun < kClosedWithin);
  CHECK(outcome(shard.flush().front().result) == "unavailable");
  shard.queue().pump_until([&] { return reads.size() == asked; });
  CHECK(std::ranges::count(reads, "unavailable") == static_cast<std::ptrdiff_t>(asked));
  CHECK(store.log_of(chat).size() == 2);
}

}  // namespace
}  // namespace kith
