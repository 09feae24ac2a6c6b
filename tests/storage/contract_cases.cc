// Roles and cases over the SQL stores: what two do at once, and pages.
#include "engine/ports/moderation.h"

#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

struct Order {
  explicit Order(StoreFixture& fixture) : store(fixture) {}

  Moderation& port(std::size_t shard = 0) {
    Moderation* moderation = store.shard(shard).store().moderation();
    REQUIRE(moderation != nullptr);
    return *moderation;
  }
  UserRecord add(const std::string& name, SystemRole role) {
    UserRecord user = store.add_user(name);
    REQUIRE(store.storage().grant(user.id, role, store.now()).ok());
    return user;
  }
  Result<ChangedRole> give(const UserRecord& by, const UserRecord& to, SystemRole role) {
    return store->await<ChangedRole>(
        [&](auto done) { port().set_role(store.actor(by), to.id, role, std::move(done)); });
  }
  Result<CaseList> list(const UserRecord& by, CaseQuery query = {}) {
    return store->await<CaseList>(
        [&](auto done) { port().list(store.actor(by), std::move(query), std::move(done)); });
  }
  Result<CaseDetails> get(const UserRecord& by, CaseId id) {
    return store->await<CaseDetails>(
        [&](auto done) { port().get(store.actor(by), id, std::move(done)); });
  }
  Result<ChangedCase> assign(const UserRecord& by, CaseId id, std::optional<UserId> assignee) {
    return store->await<ChangedCase>(
        [&](auto done) { port().assign(store.actor(by), id, assignee, std::move(done)); });
  }
  Result<ChangedCase> resolve(const UserRecord& by, CaseId id, CaseResolution resolution) {
    ResolveCase wanted;
    wanted.id = id;
    wanted.resolution = resolution;
    return store->await<ChangedCase>(
        [&](auto done) { port().resolve(store.actor(by), wanted, std::move(done)); });
  }

  StoreFixture& store;
};

TEST_CASE_TEMPLATE("of two last admins who take it from each other one stays", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, 2);
  Order order(store);
  const UserRecord one = order.add("one", SystemRole::admin);
  const UserRecord two = order.add("two", SystemRole::admin);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string_view> outcomes;
    const auto take = [&](std::size_t shard, const UserRecord& by, const UserRecord& from) {
      order.port(shard).set_role(
          store.actor(by), from.id, SystemRole::user,
          [&](Result<ChangedRole> result) { outcomes.push_back(outcome(result)); });
    };
    take(0, one, two);
    take(1, two, one);
    store.shard(0).queue().pump_until([&] { return !outcomes.empty(); });
    if (outcomes.size() < 2) {
      store.shard(1).queue().pump_until([&] { return outcomes.size() == 2; });
    }
    CHECK(std::count(outcomes.begin(), outcomes.end(), "ok") == 1);
    int admins = 0;
    for (const UserRecord* user : {&one, &two}) {
      const auto now = store->await<UserRecord>(
          [&](auto done) { store->accounts().find_user(user->id, std::move(done)); });
      if (now->role == SystemRole::admin) ++admins;
      REQUIRE(store.storage().grant(user->id, SystemRole::admin, store.now()).ok());
    }
    CHECK(admins == 1);
  }
}

TEST_CASE_TEMPLATE("only an admin gives roles, and the user is told once", Adapter, SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Order order(store);
  const UserRecord admin = order.add("admin", SystemRole::admin);
  const UserRecord user = store.add_user("user");
  CHECK(outcome(order.give(user, user, SystemRole::admin)) == "forbidden");
  const auto given = order.give(admin, user, SystemRole::moderator);
  REQUIRE(given.ok());
  REQUIRE(given->events.size() == 1);
  CHECK(given->events[0].type == EventType::notification_new);
  CHECK(given->events[0].payload.find(R"("role":"moderator")") != std::string::npos);
  CHECK(order.give(admin, user, SystemRole::moderator)->events.empty());
  CHECK(outcome(order.give(user, admin, SystemRole::user)) == "forbidden");
  CHECK(outcome(order.give(admin, admin, SystemRole::user)) == "conflict");
}

TEST_CASE_TEMPLATE("a message has one open case, and a page ends where it says", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl);
  Order order(store);
  const UserRecord keeper = order.add("keeper", SystemRole::moderator);
  const UserRecord other = order.add("other", SystemRole::admin);
  const UserRecord owner = store.add_user("owner");
  const UserRecord member = store.add_user("member");
  const ChatId chat = store.add_group({owner, member});
  std::vector<MessageId> messages;
  for (int i = 0; i < 5; ++i) {
    messages.push_back(store.say(owner, chat, "text").message);
    for (const UserRecord* reporter : {&member, &owner, &member}) {
      const auto told =
          store->report(store.actor(*reporter), chat, messages.back(), store.new_report_id());
      REQUIRE(told.ok());
    }
  }
  CHECK(outcome(order.list(owner)) == "not_found");
  CaseQuery query;
  query.limit = 2;
  std::vector<CaseRecord> seen;
  for (int page = 0; page < 3; ++page) {
    auto list = order.list(keeper, query);
    REQUIRE(list.ok());
    for (const CaseRecord& record : list->cases) seen.push_back(record);
    CHECK(list->next_cursor.has_value() == (page < 2));
    query.cursor = list->next_cursor;
  }
  REQUIRE(seen.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(seen[i].message == messages[4 - i]);
    CHECK(seen[i].reports == 2);
  }
  query.cursor = "nonsense";
  CHECK(outcome(order.list(keeper, query)) == "bad_request");

  CHECK(outcome(order.assign(keeper, seen[0].id, member.id)) == "not_found");
  REQUIRE(order.assign(keeper, seen[0].id, other.id).ok());
  CaseQuery others;
  others.assignee = other.id;
  CHECK(order.list(keeper, others)->cases.size() == 1);
  REQUIRE(order.assign(keeper, seen[0].id, std::nullopt).ok());
  CHECK(order.list(keeper, others)->cases.empty());
  CHECK(outcome(order.get(member, seen[0].id)) == "not_found");

  const auto hidden = order.resolve(keeper, seen[0].id, CaseResolution::hidden);
  REQUIRE(hidden.ok());
  REQUIRE(hidden->events.size() == 1);
  CHECK(hidden->events[0].type == EventType::system_moderation);
  CHECK(hidden->events[0].by == keeper.id);
  const Moderate restore{.chat = chat,
                         .action = command::ModerationAction::restore,
                         .message = messages[4],
                         .user = {},
                         .reason = {},
                         .until = {}};
  CHECK(outcome(store->moderate(store.actor(owner), restore)) == "forbidden");  // its sender
  CHECK(outcome(order.resolve(keeper, seen[0].id, CaseResolution::hidden)) == "conflict");
  const auto again = store->report(store.actor(member), chat, messages[4], store.new_report_id());
  REQUIRE(again.ok());
  CHECK(again->uuid != seen[0].id.uuid);
  CaseQuery open;
  open.status = CaseStatus::open;
  CHECK(order.list(keeper, open)->cases.size() == 5);
}

TEST_CASE_TEMPLATE("of two who resolve a case one does, and the other changes nothing", Adapter,
                   SQL_STORES) {
  StoreFixture store(Adapter::kUrl, {}, 2);
  Order order(store);
  const UserRecord keeper = order.add("keeper", SystemRole::moderator);
  const UserRecord owner = store.add_user("owner");
  const UserRecord member = store.add_user("member");
  const ChatId chat = store.add_group({owner, member});
  const MessageId message = store.say(owner, chat, "text").message;
  REQUIRE(store->report(store.actor(member), chat, message, store.new_report_id()).ok());
  const CaseId id = order.list(keeper)->cases.at(0).id;
  std::vector<std::string_view> outcomes;
  for (std::size_t shard = 0; shard < 2; ++shard) {
    ResolveCase wanted;
    wanted.id = id;
    wanted.resolution = shard == 0 ? CaseResolution::muted : CaseResolution::hidden;
    order.port(shard).resolve(store.actor(keeper), wanted, [&](Result<ChangedCase> result) {
      outcomes.push_back(outcome(result));
    });
  }
  store.shard(0).queue().pump_until([&] { return !outcomes.empty(); });
  if (outcomes.size() < 2) {
    store.shard(1).queue().pump_until([&] { return outcomes.size() == 2; });
  }
  CHECK(std::count(outcomes.begin(), outcomes.end(), "ok") == 1);
  CHECK(std::count(outcomes.begin(), outcomes.end(), "conflict") == 1);
  std::size_t moderations = 0;
  for (const DurableEvent& event : store.log_of(chat)) {
    moderations += event.type == EventType::system_moderation ? 1 : 0;
  }
  CHECK(moderations == 1);
}

}  // namespace
}  // namespace kith
