// Accounts: users, logins.
#include <set>

#include "tests/storage/accounts_view.h"

namespace kith {
namespace {

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
