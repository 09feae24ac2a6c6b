// Several nodes on one database: what each is told agrees with the one log that there is.
#include <map>
#include <set>

#include "storage/migrations.h"
#include "storage/postgres_connection.h"
#include "storage/sql_audit.h"
#include "storage/sql_session.h"
#include "tests/storage/store_fixture.h"
#include "tests/support/postgres_server.h"

namespace kith {
namespace {

using test::PostgresServer;

constexpr std::size_t kNodes = 3;

// The fixture's own store is the first node.
class Nodes {
 public:
  Nodes() {
    for (std::size_t i = 1; i < kNodes; ++i) {
      auto opened = open_storage({.url = store.url()});
      REQUIRE_MESSAGE(opened.ok(), opened.error().message);
      storages_.push_back(std::move(*opened));
      shards_.push_back(std::make_unique<TestShard>(*storages_.back()));
    }
  }
  ~Nodes() {
    for (auto& storage : storages_) storage->close();
  }
  TestShard& node(std::size_t index) { return index == 0 ? store.shard() : *shards_.at(index - 1); }
  template <typename Work>
  void on_every_node(Work work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kNodes; ++i) threads.emplace_back([&, i] { work(i, node(i)); });
    for (auto& thread : threads) thread.join();
  }

  StoreFixture store{PostgresAdapter::kUrl};

 private:
  std::vector<std::unique_ptr<Storage>> storages_;
  std::vector<std::unique_ptr<TestShard>> shards_;
};

TEST_CASE("nodes that write to the same chats leave no hole, and each is told the truth") {
  Nodes nodes;
  StoreFixture& store = nodes.store;
  const auto ada = store.add_user("ada");
  std::vector<ChatId> chats;
  for (int i = 0; i < 5; ++i) chats.push_back(store.add_group({ada}));
  std::vector<std::vector<Append>> plans(kNodes);
  for (auto& plan : plans) {
    for (std::size_t i = 0; i < 600; ++i) {
      plan.push_back(store.message(ada, chats[i % chats.size()], numbered("text ", i)));
    }
  }
  std::vector<std::vector<AppendOutcome>> outcomes(kNodes);
  nodes.on_every_node([&](std::size_t index, TestShard& shard) {
    for (std::size_t i = 0; i < plans[index].size(); ++i) {
      shard.append_later(plans[index][i]);
      if (i % 20 < 19) continue;
      for (auto& outcome : shard.flush()) {
        // A disk that stalls: repeated, as a client does.
        while (!outcome.result && outcome.result.error().code == ErrorCode::unavailable) {
          outcome.result = shard.append(outcome.append);
        }
        outcomes[index].push_back(std::move(outcome));
      }
    }
  });
  std::map<ChatId, std::map<Seq, MessageId>> told;
  std::set<Position> positions;
  for (const auto& of_node : outcomes) {
    for (const auto& [append, result] : of_node) {
      REQUIRE_MESSAGE(result.ok(), result.error().message);
      CHECK(told[append.chat].emplace(result->seq, append.message).second);
      CHECK(positions.insert(result->position).second);
    }
  }
  for (const ChatId chat : chats) {
    const auto log = store.log_of(chat);
    REQUIRE(log.size() == 1 + told[chat].size());
    for (std::size_t seq = 2; seq <= log.size(); ++seq) {
      CHECK(log[seq - 1].message == told[chat].at(seq));
    }
  }
}

TEST_CASE("new messages go the quick way, whatever they carry") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto other = store.add_group({ada});
  const auto base = store.say(ada, chat, "base");
  for (int i = 0; i < 10; ++i) {
    Append reply = store.message(ada, chat, "reply");
    reply.reply_to = base.message;
    Append attached = store.message(ada, other, "attached");
    attached.content.attachments.push_back({.media_id = "media", .type = "image", .metadata = {}});
    store->append_later(std::move(reply));
    store->append_later(std::move(attached));
    store->append_later(store.message(ada, chat, "plain"));
    for (const auto& outcome : store->flush()) CHECK(outcome.result.ok());
  }
  CHECK(store.storage().stats().careful_batches == 0);
  CHECK(PostgresServer::ask(store.url(), "SELECT count(*) FROM message_attachments") == "10");
  CHECK(store.log_of(chat).back().reply_to == std::nullopt);
  CHECK(store.log_of(chat)[2].reply_to == base.message);
  // And what is not let in does not.
  CHECK(outcome(store->append(store.message(store.add_user("eve"), chat, "no"))) == "forbidden");
  CHECK(store.storage().stats().careful_batches == 1);
}

TEST_CASE("a message retried on all nodes at once is stored once") {
  Nodes nodes;
  StoreFixture& store = nodes.store;
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  constexpr std::size_t kMessages = 100;
  std::vector<std::vector<Append>> plans(kNodes);
  for (std::size_t i = 0; i < kMessages; ++i) {
    for (auto& plan : plans) {
      plan.push_back(store.message(ada, chat, "same", numbered("client ", i)));
    }
  }
  std::vector<std::vector<AppendOutcome>> outcomes(kNodes);
  nodes.on_every_node([&](std::size_t index, TestShard& shard) {
    for (const Append& append : plans[index]) {
      shard.append_later(append);
      for (auto& outcome : shard.flush()) outcomes[index].push_back(std::move(outcome));
    }
  });
  for (std::size_t i = 0; i < kMessages; ++i) {
    std::set<Seq> seqs;
    std::size_t originals = 0;
    for (const auto& of_node : outcomes) {
      REQUIRE_MESSAGE(of_node[i].result.ok(), of_node[i].result.error().message);
      seqs.insert(of_node[i].result->seq);
      originals += of_node[i].result->duplicate ? 0 : 1;
    }
    CHECK(seqs.size() == 1);
    CHECK(originals == 1);
  }
  CHECK(store.log_of(chat).size() == 1 + kMessages);
}

TEST_CASE("of two nodes that trade the same refresh token one wins, and the login ends") {
  Nodes nodes;
  StoreFixture& store = nodes.store;
  const auto ada = store.add_user("ada");
  for (std::uint8_t round = 0; round < 10; ++round) {
    NewSession session;
    session.id = store.new_session_id();
    session.user = ada.key;
    session.refresh_hash.fill(round);
    session.now = store.now();
    session.refresh_expires = session.now + std::chrono::hours{1};
    REQUIRE(store
                ->await<Nothing>(
                    [&](auto done) { store->accounts().create_session(session, std::move(done)); })
                .ok());
    const WallTime now = store.now();
    std::atomic<int> traded = 0;
    std::atomic<int> ended = 0;
    nodes.on_every_node([&](std::size_t index, TestShard& shard) {
      TokenHash next{};
      next.fill(static_cast<std::uint8_t>(100 + round * kNodes + index));
      const auto outcome = shard.await<Refreshed>([&](auto done) {
        shard.accounts().rotate_refresh(
            session.refresh_hash, next, now, now + std::chrono::hours{1},
            [&](Committed) { ++ended; }, std::move(done));
      });
      if (outcome) ++traded;
    });
    CHECK(traded == 1);
    CHECK(ended >= 1);
  }
}

// Again while a disk that stalls makes it `unavailable`.
template <typename Call>
auto patiently(Call call) {
  auto result = call();
  while (!result && result.error().code == ErrorCode::unavailable) result = call();
  return result;
}

TEST_CASE("people who come and go on all nodes at once are counted right, and the audit holds") {
  Nodes nodes;
  StoreFixture& store = nodes.store;
  const auto ada = store.add_user("ada");
  std::vector<UserRecord> guests;
  for (std::size_t i = 0; i < 4; ++i) guests.push_back(store.add_user(numbered("guest", i)));
  const auto chat = store.add_group({ada});
  const Actor actor = store.actor(ada);
  nodes.on_every_node([&](std::size_t, TestShard& shard) {
    for (int round = 0; round < 8; ++round) {
      for (const UserRecord& guest : guests) {
        const auto added = patiently([&] { return shard.add(actor, chat, guest.id); });
        CHECK((added.ok() || added.error().code == ErrorCode::conflict));
        const auto dropped = patiently([&] { return shard.drop(actor, chat, guest.id); });
        CHECK((dropped.ok() || dropped.error().code == ErrorCode::not_found));
      }
    }
  });
  const auto record = store->get(store.actor(ada), chat);
  REQUIRE(record.ok());
  CHECK(record->participant_count == 1);
  CHECK(record->participants.size() == 1);
  // Each change has its event: who came as often as they went.
  std::map<EventType, int> events;
  for (const auto& event : store.log_of(chat)) ++events[event.type];
  CHECK(events[EventType::participant_join] == events[EventType::participant_leave] + 1);
  PostgresConnection db({.url = store.url()});
  REQUIRE(db.connect().ok());
  CHECK_FALSE(verify_audit(db).broken_at.has_value());
}

TEST_CASE("a look at the heads does not skip what commits behind its back") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto other = store.add_group({ada});
  const auto start = store->heads_since(std::nullopt);
  REQUIRE(start.ok());

  // Another node has numbered a message of `other`, and its COMMIT is still to come.
  PostgresConnection slow({.url = store.url()});
  WriteContext context(slow);
  slow.begin_write();
  const auto key = context.channel_key(other);
  REQUIRE(key.has_value());
  append_log(context, {.key = *key, .id = other},
             {.type = EventType::notification_new, .at = store.now(), .payload = "{}"});
  context.write_heads();
  REQUIRE_FALSE(slow.failure().has_value());

  const auto sent = store.say(ada, chat, "drawn later, committed earlier");
  const auto look = store->heads_since(start->position);
  REQUIRE(look.ok());
  REQUIRE(look->heads.size() == 1);
  CHECK(look->heads[0].channel == ChannelId(chat));
  CHECK(look->position < sent.position);

  slow.commit();
  REQUIRE_FALSE(slow.failure().has_value());
  const auto next = store->heads_since(look->position);
  REQUIRE(next.ok());
  std::set<ChannelId> channels;
  for (const auto& head : next->heads) channels.insert(head.channel);
  CHECK(channels.contains(ChannelId(other)));
  CHECK(next->position >= sent.position);
  CHECK(store->heads_since(next->position)->heads.empty());
}

TEST_CASE("nodes that start at once on an empty database agree on what they share") {
  auto& server = PostgresServer::shared();
  const std::string url = server.new_database();
  constexpr std::size_t kStarting = 6;
  std::vector<std::unique_ptr<Storage>> opened(kStarting);
  std::vector<std::string> errors(kStarting);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kStarting; ++i) {
    threads.emplace_back([&, i] {
      auto storage = open_storage({.url = url, .reader_threads = 1, .writer_threads = 1});
      if (storage) opened[i] = std::move(*storage);
      if (!storage) errors[i] = storage.error().message;
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < kStarting; ++i) {
    REQUIRE_MESSAGE(opened[i] != nullptr, errors[i]);
    CHECK(opened[i]->epoch() == opened[0]->epoch());
    CHECK(opened[i]->signing_secret() == opened[0]->signing_secret());
    CHECK(opened[i]->signing_secret().size() == 32);
  }
  opened.clear();
  server.drop_database(url);
}

}  // namespace
}  // namespace kith
