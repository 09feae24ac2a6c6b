// Accounts seen synchronously, for contract tests.
#pragma once

#include "tests/storage/store_fixture.h"

namespace kith {

inline TokenHash hash_of(std::uint8_t number) {
  TokenHash out{};
  out.fill(number);
  return out;
}

struct Rotated {
  Result<Refreshed> result = fail(ErrorCode::internal, "not asked");
  std::vector<DurableEvent> revoked;
};

struct AccountsView {
  explicit AccountsView(StoreFixture& fixture, std::size_t shard_index = 0)
      : store(fixture), shard(fixture.shard(shard_index)) {}

  Result<UserRecord> create(const NewUser& user) {
    return shard.await<UserRecord>(
        [&](auto done) { shard.accounts().create_user(user, std::move(done)); });
  }
  Result<Credentials> credentials(const std::string& email) {
    return shard.await<Credentials>(
        [&](auto done) { shard.accounts().find_credentials(email, std::move(done)); });
  }
  Result<UserRecord> find(UserId id) {
    return shard.await<UserRecord>(
        [&](auto done) { shard.accounts().find_user(id, std::move(done)); });
  }
  AuthSessionId login(const UserRecord& user, std::uint8_t token,
                      std::chrono::hours lasts = std::chrono::hours{168}) {
    const auto now = store.now();
    NewSession session{.id = store.new_session_id(),
                       .user = user.key,
                       .refresh_hash = hash_of(token),
                       .now = now,
                       .refresh_expires = now + lasts,
                       .client_address = "127.0.0.1",
                       .user_agent = "test"};
    const auto made = shard.await<Nothing>(
        [&](auto done) { shard.accounts().create_session(session, std::move(done)); });
    REQUIRE(made.ok());
    return session.id;
  }
  Rotated rotate(std::uint8_t used, std::uint8_t next) {
    Rotated out;
    bool answered = false;
    const auto now = store.now();
    out.result = shard.await<Refreshed>([&](auto done) {
      shard.accounts().rotate_refresh(
          hash_of(used), hash_of(next), now, now + std::chrono::hours{168},
          [&](Committed committed) {
            CHECK_FALSE(answered);  // before `done`
            out.revoked = std::move(committed.events);
          },
          [&answered, done = std::move(done)](Result<Refreshed> result) mutable {
            answered = true;
            done(std::move(result));
          });
    });
    return out;
  }
  Result<Committed> revoke(const UserRecord& user, AuthSessionId session) {
    const auto now = store.now();
    return shard.await<Committed>([&](auto done) {
      shard.accounts().revoke_session(user.key, session, now, std::move(done));
    });
  }
  Result<AuthenticatedUser> authenticate(UserId user, AuthSessionId session) {
    return shard.await<AuthenticatedUser>(
        [&](auto done) { shard.accounts().authenticate(user, session, std::move(done)); });
  }

  StoreFixture& store;
  TestShard& shard;
};

}  // namespace kith
