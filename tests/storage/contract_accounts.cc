// Accounts: users, logins, refresh tokens.
#include <set>

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

TokenHash hash_of(std::uint8_t number) {
  TokenHash out{};
  out.fill(number);
  return out;
}

struct Rotated {
  Result<Refreshed> result = fail(ErrorCode::internal, "not asked");
  std::vector<DurableEvent> revoked;
};

// Accounts seen synchronously.
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

TEST_CASE_TEMPLATE("a user is found again as created", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  AccountsView accounts(store);
  NewUser user{.id = store.new_user_id(),
               .email = "Ada.Lovelace@Example.org",
               .password_hash = "$argon2id$...",
               .display_name = "Ada 👩‍💻",
               .bio = "counts",
               .city = "London",
               .interests_json = R"(["hiking","music"])",
               .signup_source = "ios",
               .now = store.now()};
  const auto made = accounts.create(user);
  REQUIRE(made.ok());
  CHECK(made->id == user.id);
  const auto found = accounts.find(user.id);
  REQUIRE(found.ok());
  CHECK(found->key == made->key);
  CHECK(found->email == user.email);
  CHECK(found->display_name == user.display_name);
  CHECK(found->bio == user.bio);
  CHECK(found->city == user.city);
  CHECK(found->interests_json == user.interests_json);
  CHECK(found->role == SystemRole::user);
  CHECK(found->created_at == user.now);
  CHECK_FALSE(found->last_active_at.has_value());
  const auto credentials = accounts.credentials("ADA.lovelace@example.ORG");
  REQUIRE(credentials.ok());
  CHECK(credentials->user.id == user.id);
  CHECK(credentials->password_hash == user.password_hash);
  CHECK(outcome(accounts.credentials("nobody@example.org")) == "not_found");
  CHECK(outcome(accounts.find(store.new_user_id())) == "not_found");

  user.id = store.new_user_id();
  user.email = "ada.lovelace@EXAMPLE.org";
  const auto taken = accounts.create(user);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(taken.error().field == "email");
  CHECK(outcome(accounts.find(user.id)) == "not_found");
}

TEST_CASE_TEMPLATE("a role granted is a role found", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  AccountsView accounts(store);
  const auto ada = store.add_user("ada");
  REQUIRE(store.storage().grant(ada.id, SystemRole::admin, store.now()).ok());
  CHECK(accounts.find(ada.id)->role == SystemRole::admin);
  CHECK(store.storage().find_user_now(ada.id)->role == SystemRole::admin);
  CHECK_FALSE(store.storage().grant(store.new_user_id(), SystemRole::admin, store.now()).ok());
  CHECK_FALSE(store.storage().find_user_now(store.new_user_id()).ok());
}

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

TEST_CASE_TEMPLATE("a revoked session is worth nothing from then on", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  AccountsView accounts(store);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto session = accounts.login(ada, 1);
  const auto known = accounts.authenticate(ada.id, session);
  REQUIRE(known.ok());
  CHECK(known->session_known);
  CHECK(known->user.id == ada.id);
  CHECK(known->user.key == ada.key);
  CHECK(known->user.email.empty());
  CHECK(outcome(accounts.authenticate(bob.id, session)) == "unauthorized");
  CHECK_FALSE(accounts.revoke(bob, session).ok());
  CHECK(accounts.authenticate(ada.id, session).ok());

  const auto revoked = accounts.revoke(ada, session);
  REQUIRE(revoked.ok());
  REQUIRE(revoked->events.size() == 1);
  CHECK(revoked->events[0].type == EventType::session_revoked);
  CHECK(revoked->events[0].user == ada.id);
  CHECK(outcome(accounts.authenticate(ada.id, session)) == "unauthorized");
  CHECK(outcome(accounts.rotate(1, 2).result) == "unauthorized");
  const auto again = accounts.revoke(ada, session);
  REQUIRE(again.ok());
  CHECK(again->events.empty());

  // A token that the operator made: no row before it is revoked.
  const auto made = store.new_session_id();
  const auto unknown = accounts.authenticate(ada.id, made);
  REQUIRE(unknown.ok());
  CHECK_FALSE(unknown->session_known);
  REQUIRE(accounts.revoke(ada, made)->events.size() == 1);
  CHECK(outcome(accounts.authenticate(ada.id, made)) == "unauthorized");
  CHECK(accounts.revoke(ada, made)->events.empty());
  CHECK(outcome(accounts.authenticate(store.new_user_id(), made)) == "unauthorized");
}

TEST_CASE_TEMPLATE("a healthy store commits its probe", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  store->accounts().audit(ada.key, "login.failed", R"({"reason":"password"})", store.now());
  store->accounts().audit(std::nullopt, "token.refused", "{}", store.now());
  CHECK(store->template await<Nothing>([&](auto done) { store->accounts().probe(std::move(done)); })
            .ok());
  CHECK(store.storage().stats().healthy);
  CHECK_FALSE(store.storage().epoch().empty());
}

TEST_CASE_TEMPLATE("seeding makes users and full rooms", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  AccountsView accounts(store);
  const auto seeded = store.storage().seed(
      {.users = 20, .rooms = 7, .members = 6, .password_hash = "shared hash", .now = store.now()});
  REQUIRE_MESSAGE(seeded.ok(), seeded.error().message);
  REQUIRE(seeded->users.size() == 20);
  REQUIRE(seeded->chats.size() == 7);
  CHECK(accounts.credentials(seeded->users[3].email)->password_hash == "shared hash");
  for (const auto& chat : seeded->chats) {
    REQUIRE(chat.members.size() == 6);
    CHECK(std::set(chat.members.begin(), chat.members.end()).size() == 6);
    for (const UserId& member : chat.members) {
      const auto user = accounts.find(member);
      REQUIRE(user.ok());
      const auto attached = store->attach(chat.id, user->key);
      REQUIRE(attached.ok());
      CHECK(attached->participants == 6);
      const auto sent = store->append(store.message(*user, chat.id, "hello"));
      REQUIRE(sent.ok());
      CHECK(sent->seq == store.log_of(chat.id).size());
    }
  }
}

}  // namespace
}  // namespace kith
