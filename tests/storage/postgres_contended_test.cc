// Many changes of a chat that another node holds: what one of them waits for the next does not wait
// for once more.
#include <algorithm>

#include "storage/postgres_connection.h"
#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

// The first is alone in its batch, and the first of the others is tried three times as well: that
// is six waits of 0.9 s. One for each would be 13 s.
constexpr std::size_t kContendedChanges = 10;
constexpr auto kRefusedWithin = 10s;

TEST_CASE("many changes of a chat that another node holds are refused soon, the last one too") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  const ChatId chat = store.add_group({ada});
  const auto said = store.say(ada, chat, "text");
  PostgresConnection other({.url = store.url(), .idle_in_transaction_timeout = 60s});
  other.begin_write();
  {
    auto rows = other.query("SELECT id FROM channels WHERE public_id = $1 FOR UPDATE", chat);
    REQUIRE(rows.next());
  }

  std::vector<std::string_view> outcomes;
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < kContendedChanges; ++i) {
    store->chats().edit(
        store.actor(ada), {chat, said.message, text_content("edited")},
        [&](const Result<Committed>& edited) { outcomes.push_back(outcome(edited)); });
  }
  store->queue().pump_until([&] { return outcomes.size() == kContendedChanges; });
  CHECK(std::chrono::steady_clock::now() - begun < kRefusedWithin);
  CHECK(std::ranges::count(outcomes, "unavailable") ==
        static_cast<std::ptrdiff_t>(kContendedChanges));

  other.rollback();
  const auto edited =
      store->edit(store.actor(ada), {chat, said.message, text_content("edited at last")});
  CHECK(outcome(edited) == "ok");
}

}  // namespace
}  // namespace kith
