// Refresh tokens under races, and what the tables keep of them.
#include "sql_file.h"

namespace kith {
namespace {

TokenHash token(std::uint8_t first, std::uint8_t second = 0) {
  TokenHash out{};
  out[0] = first;
  out[1] = second;
  return out;
}

struct Attempt {
  std::optional<Result<Refreshed>> result;
  std::vector<DurableEvent> revoked;
};

void refresh(StoreFixture& store, std::size_t shard, TokenHash used, TokenHash next,
             Attempt& attempt) {
  store.shard(shard).accounts().rotate_refresh(
      used, next, store.now(), store.now() + std::chrono::hours{1},
      [&attempt](Committed committed) {
        CHECK_FALSE(attempt.result.has_value());  // published before the answer
        attempt.revoked = std::move(committed.events);
      },
      [&attempt](Result<Refreshed> result) { attempt.result.emplace(std::move(result)); });
}

NewSession login_of(StoreFixture& store, const UserRecord& user, TokenHash hash) {
  return {.id = store.new_session_id(),
          .user = user.key,
          .refresh_hash = hash,
          .now = store.now(),
          .refresh_expires = store.now() + std::chrono::hours{1},
          .client_address = {},
          .user_agent = {}};
}

}  // namespace

TEST_CASE("of two refreshes with one token one wins, and the login is over") {
  StoreFixture store(SqliteAdapter::kUrl, {}, 2);
  const auto user = store.add_user("Olga");
  for (std::uint8_t round = 1; round <= 50; ++round) {
    const auto login = login_of(store, user, token(round));
    REQUIRE(store
                ->await<Nothing>([&](Callback<Nothing> done) {
                  store->accounts().create_session(login, std::move(done));
                })
                .ok());
    std::array<Attempt, 2> attempts;
    refresh(store, 0, token(round), token(round, 1), attempts[0]);
    refresh(store, 1, token(round), token(round, 2), attempts[1]);
    for (std::size_t shard = 0; shard < attempts.size(); ++shard) {
      store.shard(shard).queue().pump_until([&] { return attempts[shard].result.has_value(); });
    }
    const std::size_t winner = attempts[0].result->ok() ? 0 : 1;
    const std::size_t loser = 1 - winner;
    REQUIRE(attempts[winner].result->ok());
    CHECK(attempts[winner].revoked.empty());
    CHECK(outcome(*attempts[loser].result) == "unauthorized");
    REQUIRE(attempts[loser].revoked.size() == 1);
    CHECK(attempts[loser].revoked.front().type == EventType::session_revoked);
    CHECK(attempts[loser].revoked.front().payload ==
          R"({"session_id":")" + login.id.text() + R"("})");
    // What the winner was given is worth nothing either.
    Attempt after;
    refresh(store, 0, token(round, static_cast<std::uint8_t>(winner + 1)), token(round, 3), after);
    store->queue().pump_until([&] { return after.result.has_value(); });
    CHECK(outcome(*after.result) == "unauthorized");
    CHECK(after.revoked.empty());
  }
}

TEST_CASE("a login that is refreshed for long keeps few rows") {
  SqlFile file;
  auto& store = file.store();
  const auto user = store.add_user("Olga");
  REQUIRE(store
              ->await<Nothing>([&](Callback<Nothing> done) {
                store->accounts().create_session(login_of(store, user, token(1)), std::move(done));
              })
              .ok());
  for (std::uint8_t i = 1; i < 40; ++i) {
    store.advance(std::chrono::minutes{15});
    Attempt attempt;
    refresh(store, 0, token(i), token(static_cast<std::uint8_t>(i + 1)), attempt);
    store->queue().pump_until([&] { return attempt.result.has_value(); });
    REQUIRE(attempt.result->ok());
  }
  file.close();
  auto db = file.connect();
  CHECK(count_of(*db, "SELECT COUNT(*) FROM refresh_tokens") <= 6);
}

}  // namespace kith
