// Verifying an address and choosing a new password: tokens that hold once, for half an hour.
#include "tests/storage/notices_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr OutgoingRules kMail{.email = true};

struct Recovery {
  explicit Recovery(StoreFixture& fixture) : store(fixture), notices(fixture) {}

  // The mails of that kind that are to be sent now.
  std::vector<Delivery> mails(OutgoingKind kind) {
    std::vector<Delivery> out;
    for (Delivery& mail : notices.claim(OutgoingChannel::email, store.now()).deliveries) {
      if (mail.kind == kind) out.push_back(std::move(mail));
    }
    return out;
  }
  std::string reset_token(const UserRecord& user) {
    notices.request(OutgoingKind::reset_password, user.email);
    const auto sent = mails(OutgoingKind::reset_password);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].email == user.email);
    notices.settle(sent[0], OutgoingOutcome::sent);
    return sent[0].token;
  }
  Result<Committed> reset(const std::string& token, const std::string& hash) {
    return store->await<Committed>([&](auto done) {
      notices.recovery().reset_password(
          {.token = Notices::hash_of(token), .password_hash = hash, .now = store.now()},
          std::move(done));
    });
  }
  Result<Nothing> check(const std::string& token) {
    return store->await<Nothing>([&](auto done) {
      notices.recovery().check_reset(Notices::hash_of(token), store.now(), std::move(done));
    });
  }
  std::string password_of(const UserRecord& user) {
    auto found = store->await<Credentials>(
        [&](auto done) { store->accounts().find_credentials(user.email, std::move(done)); });
    REQUIRE(found.ok());
    return found->password_hash;
  }
  AuthSessionId log_in(const UserRecord& user, std::uint8_t token) {
    NewSession session{.id = store.new_session_id(), .user = user.key};
    session.refresh_hash[0] = token;
    session.now = store.now();
    session.refresh_expires = session.now + 1h;
    REQUIRE(store
                ->await<Nothing>(
                    [&](auto done) { store->accounts().create_session(session, std::move(done)); })
                .ok());
    return session.id;
  }
  std::string_view authenticate(const UserRecord& user, AuthSessionId session) {
    return outcome(store->await<AuthenticatedUser>(
        [&](auto done) { store->accounts().authenticate(user.id, session, std::move(done)); }));
  }
  UserRecord again(const UserRecord& user) {
    auto found = store->await<UserRecord>(
        [&](auto done) { store->accounts().find_user(user.id, std::move(done)); });
    REQUIRE(found.ok());
    return *found;
  }

  StoreFixture& store;
  Notices notices;
};

TEST_CASE_TEMPLATE("who signs up is sent a token that verifies the address once", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kMail));
  Recovery recovery(store);
  const auto user = store.add_user("User");
  CHECK_FALSE(user.email_verified);
  const auto sent = recovery.mails(OutgoingKind::verify_email);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].user == user.id);
  CHECK(sent[0].token.starts_with("vfy_"));
  CHECK(outcome(recovery.notices.verify_with("vfy_nonsense")) == "unauthorized");
  CHECK(outcome(recovery.check(sent[0].token)) == "unauthorized");  // of the other kind
  CHECK(recovery.notices.verify_with(sent[0].token).ok());
  CHECK(recovery.again(user).email_verified);
  CHECK(outcome(recovery.notices.verify_with(sent[0].token)) == "unauthorized");
  // No mail to one who has.
  recovery.notices.settle(sent[0], OutgoingOutcome::sent);
  recovery.notices.request(OutgoingKind::verify_email, user.email);
  CHECK(recovery.mails(OutgoingKind::verify_email).empty());
  CHECK(recovery.notices.look(OutgoingChannel::email).waiting == 0);
}

TEST_CASE_TEMPLATE("a reset sets the password, ends every login, and holds once", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kMail));
  Recovery recovery(store);
  const auto user = store.add_user("User");
  const auto other = store.add_user("other");
  const auto first = recovery.log_in(user, 1);
  const auto second = recovery.log_in(user, 2);
  const auto others = recovery.log_in(other, 3);
  recovery.mails(OutgoingKind::verify_email);
  const auto older = recovery.reset_token(user);
  const auto token = recovery.reset_token(user);
  CHECK(token.starts_with("rst_"));
  CHECK(token != older);
  CHECK(recovery.check(older).ok());
  CHECK(recovery.check(token).ok());
  CHECK(recovery.check(token).ok());  // asking does not use it

  const auto reset = recovery.reset(token, "new hash");
  REQUIRE(reset.ok());
  REQUIRE(reset->events.size() == 2);
  for (const auto& event : reset->events) {
    CHECK(event.type == EventType::session_revoked);
    CHECK(event.channel == ChannelId(user.id));
  }
  CHECK(recovery.password_of(user) == "new hash");
  CHECK(recovery.password_of(other) == "hash of other");
  CHECK(recovery.authenticate(user, first) == "unauthorized");
  CHECK(recovery.authenticate(user, second) == "unauthorized");
  CHECK(recovery.authenticate(other, others) == "ok");
  CHECK(recovery.again(user).email_verified);
  CHECK(outcome(recovery.reset(token, "third hash")) == "unauthorized");
  CHECK(outcome(recovery.reset(older, "third hash")) == "unauthorized");
  CHECK(recovery.password_of(user) == "new hash");
}

TEST_CASE_TEMPLATE("a token is too old after half an hour", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kMail));
  Recovery recovery(store);
  const auto user = store.add_user("user");
  recovery.mails(OutgoingKind::verify_email);
  const auto token = recovery.reset_token(user);
  store.advance(29min);
  CHECK(recovery.check(token).ok());
  store.advance(1min);
  CHECK(outcome(recovery.check(token)) == "unauthorized");
  CHECK(outcome(recovery.reset(token, "new hash")) == "unauthorized");
  CHECK(recovery.password_of(user) == "hash of user");
}

TEST_CASE_TEMPLATE("an address of nobody is asked about like any other, and nothing is sent",
                   Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kMail));
  Recovery recovery(store);
  recovery.notices.request(OutgoingKind::reset_password, "nobody@example.org");
  CHECK(recovery.notices.look(OutgoingChannel::email).waiting == 1);
  CHECK(recovery.mails(OutgoingKind::reset_password).empty());
  CHECK(recovery.notices.look(OutgoingChannel::email).waiting == 0);
}

TEST_CASE_TEMPLATE("one account is mailed five times in half an hour, however often it is asked",
                   Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl, sending(kMail));
  Recovery recovery(store);
  const auto user = store.add_user("User");
  recovery.mails(OutgoingKind::verify_email);
  for (int i = 0; i < 8; ++i)
    recovery.notices.request(OutgoingKind::reset_password, "USER@example.org");
  CHECK(recovery.mails(OutgoingKind::reset_password).size() == 5);
  // Each attempt makes a token of its own: what was mailed before it stays good.
  store.advance(2min);
  const auto again = recovery.mails(OutgoingKind::reset_password);
  REQUIRE(again.size() == 5);
  CHECK(again[0].attempt == 2);
  CHECK(recovery.check(again[0].token).ok());
  // Too late to be of use.
  store.advance(31min);
  CHECK(recovery.mails(OutgoingKind::reset_password).empty());
}

}  // namespace
}  // namespace kith
