// Postgres on bad days: cut connections, sessions ended by the server, restarts. Nothing that was
// acknowledged is lost or doubled, and what can be known is known.
#include "storage/postgres_connection.h"
#include "tests/storage/store_fixture.h"
#include "tests/support/postgres_proxy.h"
#include "tests/support/postgres_server.h"

namespace kith {
namespace {

using test::PostgresProxy;
using test::PostgresServer;
using Stop = PostgresServer::Stop;

void set_for_all(const std::string& url, const std::string& setting) {
  PostgresServer::ask(url, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET " + setting +
                               "', current_database()); END $$");
}

// A store that talks to its database through a proxy, beside one that does not.
class CutStore {
 public:
  // `setting`: of all sessions of the database.
  explicit CutStore(const std::string& setting = {}) {
    if (!setting.empty()) set_for_all(store.url(), setting);
    auto& server = PostgresServer::shared();
    StorageOptions options;
    options.url = server.url_by_way_of(store.url(), proxy.host(), PostgresProxy::kPort);
    options.on_warning = [this](const std::string& line) { warnings.push_back(line); };
    options.writer_threads = 1;
    options.reader_threads = 1;
    options.history_look_interval = std::chrono::hours(1);  // it asks, too
    auto opened = open_storage(options);
    REQUIRE_MESSAGE(opened.ok(), opened.error().message);
    storage = std::move(*opened);
    shard = std::make_unique<TestShard>(*storage);
    ada = store.add_user("ada");
    chat = store.add_group({ada});
    // Its connections are made and its statements known: what is cut next is what a test asks.
    REQUIRE(shard->append(store.message(ada, chat, "first")).ok());
  }
  ~CutStore() {
    storage->close();
    shard.reset();
  }

  StoreFixture store{PostgresAdapter::kUrl};
  PostgresProxy proxy{PostgresServer::shared().socket_path()};
  std::vector<std::string> warnings;  // of the writing thread; read once it has answered
  std::unique_ptr<Storage> storage;
  std::unique_ptr<TestShard> shard;
  UserRecord ada;
  ChatId chat;
};

// Holds a chat's row, as a node does that is about to commit.
class RowHolder {
 public:
  RowHolder(const std::string& url, const ChatId& chat) : url_(url), connection_({.url = url}) {
    connection_.begin_write();
    hold(chat);
  }
  void hold(const ChatId& chat) {
    auto rows = connection_.query("SELECT id FROM channels WHERE public_id = $1 FOR UPDATE", chat);
    REQUIRE(rows.next());
  }
  // Looks for a deadlock so late that whoever it is in one with has looked before.
  void be_patient() { connection_.execute("SET LOCAL deadlock_timeout = '60s'"); }
  // Waits until somebody waits for it; their server process.
  std::string waiting() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      const std::string found =
          PostgresServer::ask(url_,
                              "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                              " AND wait_event_type = 'Lock' LIMIT 1");
      if (!found.empty()) return found;
      std::this_thread::yield();
    }
  }
  void let_go() { connection_.rollback(); }
  // As another node does, which then commits.
  void take_number(const ChatId& chat) {
    connection_.execute("UPDATE channels SET last_seq = last_seq + 1 WHERE public_id = $1", chat);
    connection_.commit();
    REQUIRE_FALSE(connection_.failure());
  }

 private:
  const std::string url_;
  PostgresConnection connection_;
};

TEST_CASE("messages whose COMMIT was not answered are found, not sent again") {
  CutStore cut;
  for (int round = 0; round < 5; ++round) {
    std::vector<Append> sent;
    for (int i = 0; i < 3; ++i) sent.push_back(cut.store.message(cut.ada, cut.chat, "text"));
    const Seq before = cut.store.log_of(cut.chat).size();
    cut.proxy.arm(PostgresProxy::Cut::at_commit);
    for (const Append& append : sent) cut.shard->append_later(append);
    const auto outcomes = cut.shard->flush();
    CHECK(cut.proxy.cut_done());
    const auto log = cut.store.log_of(cut.chat);
    REQUIRE(log.size() == before + sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      REQUIRE_MESSAGE(outcomes[i].result.ok(), outcomes[i].result.error().message);
      CHECK_FALSE(outcomes[i].result->duplicate);
      CHECK(outcomes[i].result->seq == before + i + 1);
      CHECK(outcomes[i].result->sent_at == sent[i].sent_at);
      CHECK(log[before + i].message == sent[i].message);
    }
  }
}

TEST_CASE("they are still ours where the next try to read them back fails as well") {
  CutStore cut;
  const auto sent = cut.store.message(cut.ada, cut.chat, "text");
  const Seq before = cut.store.log_of(cut.chat).size();
  cut.proxy.arm(PostgresProxy::Cut::at_commit);
  cut.shard->append_later(sent);
  cut.shard->log().submit();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!cut.proxy.cut_done()) REQUIRE(std::chrono::steady_clock::now() < deadline);
  {
    RowHolder holder(cut.store.url(), cut.chat);
    // Beyond the time that a lock is waited for.
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1000);
    std::this_thread::sleep_until(until);
  }
  const auto outcomes = cut.shard->flush();
  // On a busy machine there is no time left for another try; then it is unknown.
  if (outcomes[0].result.ok()) {
    CHECK_FALSE(outcomes[0].result->duplicate);
    CHECK(outcomes[0].result->seq == before + 1);
  } else {
    CHECK(outcome(outcomes[0].result) == "unavailable");
  }
  CHECK(cut.store.log_of(cut.chat).size() == before + 1);
}

TEST_CASE("a change whose COMMIT was not answered is told as it was made") {
  CutStore cut;
  const auto said = cut.store.say(cut.ada, cut.chat, "text");
  cut.proxy.arm(PostgresProxy::Cut::at_commit);
  const auto edited =
      cut.shard->edit(cut.store.actor(cut.ada), {cut.chat, said.message, text_content("edited")});
  CHECK(cut.proxy.cut_done());
  REQUIRE_MESSAGE(edited.ok(), edited.error().message);
  REQUIRE(edited->events.size() == 1);
  const auto log = cut.store.log_of(cut.chat);
  CHECK(edited->events[0].seq == log.size());
  CHECK(log.back().type == EventType::message_update);
  CHECK(log[log.size() - 2].type == EventType::message_new);
}

TEST_CASE("where the server had not said which transaction it was, the repeat is recognised") {
  CutStore cut;
  for (const auto how : {PostgresProxy::Cut::at_answer, PostgresProxy::Cut::at_request}) {
    const auto sent = cut.store.message(cut.ada, cut.chat, "text");
    const Seq before = cut.store.log_of(cut.chat).size();
    cut.proxy.arm(how);
    const auto first = cut.shard->append(sent);
    CHECK(cut.proxy.cut_done());
    CHECK(outcome(first) == "unavailable");
    const auto again = cut.shard->append(sent);
    REQUIRE_MESSAGE(again.ok(), again.error().message);
    CHECK(again->seq == before + 1);
    CHECK(again->message == sent.message);
    CHECK(cut.store.log_of(cut.chat).size() == before + 1);
  }
}

TEST_CASE("a read whose connection is cut is asked again") {
  CutStore cut;
  for (const auto how : {PostgresProxy::Cut::at_answer, PostgresProxy::Cut::at_request}) {
    REQUIRE(cut.shard->get(cut.store.actor(cut.ada), cut.chat).ok());
    cut.proxy.arm(how);
    CHECK(outcome(cut.shard->get(cut.store.actor(cut.ada), cut.chat)) == "ok");
    CHECK(cut.proxy.cut_done());
  }
}

TEST_CASE("a session that the server ends within a batch has not committed, and is run again") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  RowHolder holder(store.url(), chat);
  store->append_later(store.message(ada, chat, "text"));
  store->log().submit();
  PostgresServer::ask(store.url(), "SELECT pg_terminate_backend(" + holder.waiting() + ")");
  holder.let_go();
  const auto outcomes = store->flush();
  REQUIRE_MESSAGE(outcomes[0].result.ok(), outcomes[0].result.error().message);
  CHECK_FALSE(outcomes[0].result->duplicate);
  CHECK(outcomes[0].result->seq == 2);
  CHECK(store.log_of(chat).size() == 2);
}

TEST_CASE("a batch that was chosen to end a deadlock has not committed, and is run again") {
  CutStore cut("deadlock_timeout = 500");
  // Rows are locked in the order in which the chats were made.
  const ChatId second = cut.store.add_group({cut.ada});
  RowHolder holder(cut.store.url(), second);
  holder.be_patient();
  for (const ChatId& chat : {cut.chat, second}) {
    cut.shard->append_later(cut.store.message(cut.ada, chat, "text"));
  }
  cut.shard->log().submit();
  holder.waiting();
  holder.hold(cut.chat);  // comes back when the batch has been undone
  holder.let_go();
  for (const auto& appended : cut.shard->flush()) {
    REQUIRE_MESSAGE(appended.result.ok(), appended.result.error().message);
    CHECK_FALSE(appended.result->duplicate);
  }
  CHECK(cut.store.log_of(cut.chat).size() == 3);
  CHECK(cut.store.log_of(second).size() == 2);
  CHECK(std::ranges::any_of(cut.warnings, [](std::string_view line) {
    return line.find("deadlock") != std::string_view::npos;
  }));
}

TEST_CASE("a database that would have all its transactions serializable changes nothing") {
  CutStore cut("default_transaction_isolation = serializable");
  RowHolder holder(cut.store.url(), cut.chat);
  cut.shard->append_later(cut.store.message(cut.ada, cut.chat, "text"));
  cut.shard->log().submit();
  holder.waiting();
  holder.take_number(cut.chat);  // what a snapshot of before would not show
  const auto outcomes = cut.shard->flush();
  REQUIRE_MESSAGE(outcomes[0].result.ok(), outcomes[0].result.error().message);
  CHECK(outcomes[0].result->seq == 4);
}

TEST_CASE("who waits too long for a chat that another node holds is told so") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  const auto sent = store.message(ada, chat, "text");
  {
    RowHolder holder(store.url(), chat);
    const auto start = std::chrono::steady_clock::now();
    const auto refused = store->append(sent);
    CHECK(outcome(refused) == "unavailable");
    CHECK(refused.error().retry_after.has_value());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  }
  CHECK(outcome(store->append(sent)) == "ok");
}

TEST_CASE("a restart of the server is survived, whichever way it goes down") {
  PostgresServer server;
  StorageOptions options;
  options.url = server.new_database();
  auto storage = open_storage(options);
  REQUIRE_MESSAGE(storage.ok(), storage.error().message);
  StoreFixture ids(MemoryAdapter::kUrl);  // for its counters
  TestShard shard(**storage);
  NewUser user;
  user.id = ids.new_user_id();
  user.email = "ada@example.org";
  user.now = ids.now();
  const auto ada = shard.await<UserRecord>(
      [&](auto done) { shard.accounts().create_user(user, std::move(done)); });
  REQUIRE_MESSAGE(ada.ok(), ada.error().message);
  CreateChat create;
  create.id = ids.new_chat_id();
  REQUIRE(shard.create(ids.actor(*ada), create).ok());
  Seq last = 1;
  for (const Stop how : {Stop::fast, Stop::immediate, Stop::kill}) {
    REQUIRE(shard.append(ids.message(*ada, create.id, "before")).ok());
    server.stop(how);
    const auto sent = ids.message(*ada, create.id, "meanwhile");
    const auto start = std::chrono::steady_clock::now();
    const auto meanwhile = shard.append(sent);
    const auto read = shard.get(ids.actor(*ada), create.id);
    // Of a server that was killed a process may go on for a moment, and keep its word.
    if (how != Stop::kill) {
      CHECK(outcome(meanwhile) == "unavailable");
      CHECK(outcome(read) == "unavailable");
    }
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
    server.start();
    const auto up = std::chrono::steady_clock::now();
    while (!shard.append(sent).ok()) {
      REQUIRE(std::chrono::steady_clock::now() - up < std::chrono::seconds(60));
    }
    const auto page = shard.read({.channel = create.id, .reader = ada->key, .after = last});
    REQUIRE_MESSAGE(page.ok(), page.error().message);
    REQUIRE(page->events.size() == 2);
    CHECK(page->events[1].message == sent.message);
    last += 2;
  }
  (*storage)->close();
}

}  // namespace
}  // namespace kith
