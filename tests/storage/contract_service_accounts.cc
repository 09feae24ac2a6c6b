// Service accounts: tokens that hold until they are revoked, and what is done with them.
#include "engine/ports/service_accounts.h"

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Services {
  explicit Services(StoreFixture& fixture) : store(fixture) {}

  ServiceAccounts& port(std::size_t shard = 0) {
    ServiceAccounts* accounts = store.shard(shard).store().service_accounts();
    REQUIRE(accounts != nullptr);
    return *accounts;
  }
  Result<ServiceRecord> create(std::uint8_t token, ServiceScope scope = ServiceScope::users_write) {
    NewService service{.id = ServiceId{store.new_user_id().uuid}, .name = "one"};
    service.scopes.add(scope);
    service.token_hash[0] = token;
    service.now = store.now();
    return store->await<ServiceRecord>([&](auto done) { port().create(service, std::move(done)); });
  }
  Result<ServiceCall> authenticate(std::uint8_t token, std::optional<UserId> user = {}) {
    TokenHash hash{};
    hash[0] = token;
    return store->await<ServiceCall>(
        [&](auto done) { port().authenticate(hash, user, std::move(done)); });
  }
  ServiceActor actor(const ServiceRecord& service) {
    return {.id = service.id, .key = service.key, .now = store.now()};
  }
  Result<PublishedAppEvents> publish(const ServiceActor& who, const ChannelId& channel,
                                     std::vector<std::string> payloads, std::string key = {},
                                     std::size_t shard = 0) {
    AppEvents events{.channel = channel, .payloads = std::move(payloads), .idempotency = {}};
    if (!key.empty()) {
      std::string digest;
      for (const std::string& payload : events.payloads) digest += payload;
      events.idempotency = {.path = "/events", .key = key, .request_digest = digest};
    }
    return store.shard(shard).await<PublishedAppEvents>(
        [&](auto done) { port(shard).publish(who, events, std::move(done)); });
  }
  std::string password_of(const std::string& email) {
    auto found = store->await<Credentials>(
        [&](auto done) { store->accounts().find_credentials(email, std::move(done)); });
    return found ? found->password_hash : std::string(outcome(found));
  }

  StoreFixture& store;
};

TEST_CASE_TEMPLATE("a service token holds until it is revoked", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Services services(store);
  const UserRecord admin = store.add_user("admin");
  const auto first = services.create(1);
  const auto second = services.create(2, ServiceScope::presence_read);
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  const auto call = services.authenticate(2, admin.id);
  REQUIRE(call.ok());
  CHECK(call->service.id == second->id);
  CHECK(call->service.scopes.has(ServiceScope::presence_read));
  CHECK_FALSE(call->service.scopes.has(ServiceScope::users_write));
  REQUIRE(call->acting_for.has_value());
  CHECK(call->acting_for->key == admin.key);
  CHECK(call->acting_for->email.empty());
  CHECK_FALSE(services.authenticate(2, store.new_user_id())->acting_for.has_value());
  CHECK(outcome(services.authenticate(3)) == "unauthorized");

  const auto revoke = [&](ServiceId id) {
    return outcome(store->await<Nothing>(
        [&](auto done) { services.port().revoke(store.actor(admin), id, std::move(done)); }));
  };
  CHECK(revoke(second->id) == "ok");
  CHECK(revoke(second->id) == "not_found");
  CHECK(outcome(services.authenticate(2)) == "unauthorized");
  const auto list = store->await<std::vector<ServiceRecord>>(
      [&](auto done) { services.port().list(std::move(done)); });
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  CHECK(list->front().id == first->id);
  store.reopen();
  CHECK(services.authenticate(1).ok());
}

TEST_CASE_TEMPLATE("events of one request are numbered together, once per key", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Services services(store);
  const auto service = services.create(1);
  const auto other = services.create(2);
  const UserRecord user = store.add_user("user");
  const ChannelId channel = user.id;
  const std::string a = R"({"name":"a","data":{}})";
  const std::string b = R"({"name":"b","data":{"x":1}})";
  const auto done = services.publish(services.actor(*service), channel, {a, b}, "k");
  REQUIRE(done.ok());
  REQUIRE(done->seqs.size() == 2);
  CHECK(done->seqs[1] == done->seqs[0] + 1);
  REQUIRE(done->events.size() == 2);
  CHECK(done->events[1].payload == b);
  const auto again = services.publish(services.actor(*service), channel, {a, b}, "k");
  REQUIRE(again.ok());
  CHECK(again->duplicate);
  CHECK(again->events.empty());
  CHECK(again->seqs == done->seqs);
  CHECK(outcome(services.publish(services.actor(*service), channel, {b}, "k")) == "conflict");
  const auto others = services.publish(services.actor(*other), channel, {b}, "k");
  REQUIRE(others.ok());
  CHECK_FALSE(others->duplicate);
  const auto log = store.log_of(channel);
  REQUIRE(log.size() >= 3);
  CHECK(log[log.size() - 3].payload == a);
  CHECK(log[log.size() - 2].payload == b);
  CHECK(log.back().type == EventType::app_event);
  CHECK(log.back().payload == b);
  store.advance(25h);
  CHECK_FALSE(services.publish(services.actor(*service), channel, {a, b}, "k")->duplicate);
}

TEST_CASE_TEMPLATE("events go into any channel that there is, but no board", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Services services(store);
  const auto service = services.create(1);
  const UserRecord user = store.add_user("user");
  const ChatId chat = store.add_group({user});
  const std::string a = R"({"name":"a","data":{}})";
  const auto to = [&](const ChannelId& channel) {
    return outcome(services.publish(services.actor(*service), channel, {a}));
  };
  CHECK(to(chat) == "ok");
  CHECK(to(user.id) == "ok");
  CHECK(to(store.new_chat_id()) == "not_found");
  CHECK(to(store.new_user_id()) == "not_found");
  CHECK(to(ClubId{chat.uuid}) == "not_found");
  CHECK(to(ChannelId(IdKind::board, chat.uuid)) == "not_found");
  // Nothing durable: only whether there is such a channel.
  CHECK(services.publish(services.actor(*service), chat, {})->seqs.empty());
  CHECK(outcome(services.publish(services.actor(*service), store.new_chat_id(), {})) ==
        "not_found");
}

TEST_CASE_TEMPLATE("a user made without a password has none, and is mailed to set one", Adapter,
                   SQL_STORES) {
  StorageOptions options;
  options.outgoing.email = true;
  StoreFixture store(Adapter::kUrl, options);
  Services services(store);
  const auto service = services.create(1);
  const auto provision = [&](std::string email, std::string hash, std::string key) {
    ProvisionUser wanted;
    wanted.user = {.id = store.new_user_id(),
                   .email = std::move(email),
                   .password_hash = std::move(hash),
                   .display_name = "Made",
                   .now = store.now()};
    wanted.idempotency = {.path = "/users", .key = std::move(key), .request_digest = "same"};
    return store->await<ProvisionedUser>([&](auto done) {
      services.port().provision_user(services.actor(*service), wanted, std::move(done));
    });
  };
  const auto made = provision("A@example.com", "", "k-1");
  REQUIRE(made.ok());
  CHECK(made->created);
  CHECK(services.password_of("a@example.com") == "not_found");
  const auto again = provision("A@example.com", "", "k-1");
  REQUIRE(again.ok());
  CHECK_FALSE(again->created);
  CHECK(again->user.id == made->user.id);
  CHECK(outcome(provision("a@EXAMPLE.com", "hash", "k-2")) == "conflict");
  REQUIRE(provision("b@example.com", "hash", "k-3").ok());
  CHECK(services.password_of("b@example.com") == "hash");

  const auto claimed = store->await<ClaimedDeliveries>([&](auto done) {
    store->store().outbox()->claim({.channel = OutgoingChannel::email,
                                    .now = store.now(),
                                    .lease_until = store.now() + 60s,
                                    .limit = 10},
                                   std::move(done));
  });
  REQUIRE(claimed.ok());
  REQUIRE(claimed->deliveries.size() == 2);
  for (const Delivery& mail : claimed->deliveries) {
    const bool without = mail.email == "A@example.com";
    CHECK(mail.kind == (without ? OutgoingKind::reset_password : OutgoingKind::verify_email));
  }
}

TEST_CASE_TEMPLATE("a disconnection is told behind the logins that end with it", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Services services(store);
  const auto service = services.create(1);
  const UserRecord user = store.add_user("user");
  NewSession session{.id = store.new_session_id(), .user = user.key};
  session.now = store.now();
  session.refresh_expires = session.now + 1h;
  REQUIRE(store
              ->await<Nothing>(
                  [&](auto done) { store->accounts().create_session(session, std::move(done)); })
              .ok());
  const auto disconnect = [&](UserId who, bool end) {
    return store->await<Committed>([&](auto done) {
      services.port().disconnect(services.actor(*service),
                                 {.user = who, .reason = "why", .end_logins = end},
                                 std::move(done));
    });
  };
  const auto kept = disconnect(user.id, false);
  REQUIRE(kept.ok());
  REQUIRE(kept->events.size() == 1);
  CHECK(kept->events[0].type == EventType::app_event);
  CHECK(kept->events[0].payload ==
        R"({"name":"kith.disconnected","data":{"logins_ended":false,"reason":"why"}})");
  const auto ended = disconnect(user.id, true);
  REQUIRE(ended.ok());
  REQUIRE(ended->events.size() == 2);
  CHECK(ended->events[0].type == EventType::session_revoked);
  CHECK(ended->events[1].seq == ended->events[0].seq + 1);
  CHECK(outcome(disconnect(store.new_user_id(), false)) == "not_found");
}

}  // namespace
}  // namespace kith
