// Refresh tokens: traded once, and asked for again by whoever lost the answer.
#include "engine/ports/refresh_retry.h"
#include "tests/storage/accounts_view.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("a refresh token is traded once", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  AccountsView accounts(store);
  const auto ada = store.add_user("ada");
  const auto session = accounts.login(ada, 1);
  CHECK(accounts.find(ada.id)->last_active_at.has_value());
  const auto second = accounts.rotate(1, 2);
  REQUIRE(second.result.ok());
  CHECK(second.result->session == session);
  CHECK(second.result->user.id == ada.id);
  CHECK(second.revoked.empty());
  REQUIRE(accounts.rotate(2, 3).result.ok());
  CHECK(outcome(accounts.rotate(77, 78).result) == "unauthorized");
  REQUIRE(accounts.authenticate(ada.id, session).ok());

  const auto reused = accounts.rotate(1, 4);
  CHECK(outcome(reused.result) == "unauthorized");
  REQUIRE(reused.revoked.size() == 1);
  CHECK(reused.revoked[0].type == EventType::session_revoked);
  CHECK(reused.revoked[0].channel == ChannelId(ada.id));
  CHECK(reused.revoked[0].payload == R"({"session_id":")" + session.text() + R"("})");
  CHECK(outcome(accounts.authenticate(ada.id, session)) == "unauthorized");
  CHECK(outcome(accounts.rotate(3, 5).result) == "unauthorized");  // the whole family
  const auto again = accounts.rotate(1, 6);
  CHECK(outcome(again.result) == "unauthorized");
  CHECK(again.revoked.empty());
  CHECK(store.log_of(ada.id).size() == 1);

  // Another login of the same user stands.
  const auto other = accounts.login(ada, 10);
  CHECK(accounts.authenticate(ada.id, other).ok());
}

TEST_CASE_TEMPLATE("a refresh whose answer was lost is answered again, until its token is used",
                   Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  AccountsView accounts(store);
  const auto ada = store.add_user("ada");
  const auto session = accounts.login(ada, 1);
  REQUIRE(accounts.rotate(1, 2).result.ok());
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto again = accounts.rotate(1, 2);
    REQUIRE(again.result.ok());
    CHECK(again.result->session == session);
    CHECK(again.revoked.empty());
  }
  REQUIRE(accounts.rotate(2, 3).result.ok());  // the new one has been used: that is over
  const auto late = accounts.rotate(1, 2);
  CHECK(outcome(late.result) == "unauthorized");
  CHECK(late.revoked.size() == 1);
  CHECK(outcome(accounts.rotate(3, 4).result) == "unauthorized");

  // Whoever asks for another token than the first time has a copy, however early they come.
  accounts.login(ada, 11);
  REQUIRE(accounts.rotate(11, 12).result.ok());
  CHECK(accounts.rotate(11, 13).revoked.size() == 1);
  CHECK(outcome(accounts.rotate(11, 12).result) == "unauthorized");
  CHECK(outcome(accounts.rotate(12, 14).result) == "unauthorized");

  // The token of another login is none of this one's.
  accounts.login(ada, 21);
  accounts.login(ada, 22);
  REQUIRE(accounts.rotate(21, 23).result.ok());
  REQUIRE(accounts.rotate(22, 24).result.ok());
  CHECK(accounts.rotate(21, 24).revoked.size() == 1);
  CHECK(accounts.rotate(24, 25).result.ok());

  accounts.login(ada, 31);
  REQUIRE(accounts.rotate(31, 32).result.ok());
  store.advance(kRefreshRetryTime);
  CHECK(accounts.rotate(31, 32).revoked.size() == 1);
}

TEST_CASE_TEMPLATE("an expired refresh token does not hold", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  AccountsView accounts(store);
  const auto ada = store.add_user("ada");
  const auto session = accounts.login(ada, 1, std::chrono::hours{1});
  store.advance(std::chrono::hours{1});
  const auto late = accounts.rotate(1, 2);
  CHECK(outcome(late.result) == "unauthorized");
  CHECK(late.revoked.empty());
  CHECK(accounts.authenticate(ada.id, session).ok());
}

TEST_CASE_TEMPLATE("of two who refresh at once, one wins", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, 2);
  AccountsView accounts(store);
  for (std::uint8_t round = 0; round < 20; ++round) {
    const auto user = store.add_user(numbered("user", round));
    const auto token = static_cast<std::uint8_t>(10 + 3 * round);
    accounts.login(user, token);
    int won = 0;
    int lost = 0;
    int revoked = 0;
    for (std::uint8_t index = 0; index < 2; ++index) {
      const auto now = store.now();
      store.shard(index).accounts().rotate_refresh(
          hash_of(token), hash_of(static_cast<std::uint8_t>(token + 1 + index)), now,
          now + std::chrono::hours{1}, [&](Committed) { ++revoked; },
          [&](Result<Refreshed> result) { ++(result ? won : lost); });
    }
    for (std::size_t index = 0; index < 2; ++index) {
      auto& queue = store.shard(index).queue();
      queue.pump_until([&] { return won + lost > static_cast<int>(index); });
    }
    CHECK(won == 1);
    CHECK(lost == 1);
    CHECK(revoked == 1);
  }
}

}  // namespace
}  // namespace kith
