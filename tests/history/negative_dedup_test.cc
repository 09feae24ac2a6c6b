// Negative control: a real kithd whose database has lost the index that tells a retry, and clients
// that retry. The checker must see messages that are stored twice.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "tests/history/checker.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

constexpr const char* kDedup = "UNIQUE(client_message_id, sender_id, chat_id)";

class Database {
 public:
  explicit Database(const std::filesystem::path& path) {
    REQUIRE(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  }
  ~Database() { sqlite3_close(database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql) {
    const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
    REQUIRE_MESSAGE(code == SQLITE_OK, sql << ": " << sqlite3_errmsg(database_));
  }
  // The first column.
  std::vector<std::string> query(const std::string& sql) {
    std::vector<std::string> out;
    const auto add = [](void* rows, int, char** texts, char**) {
      static_cast<std::vector<std::string>*>(rows)->emplace_back(texts[0]);
      return 0;
    };
    REQUIRE(sqlite3_exec(database_, sql.c_str(), add, &out, nullptr) == SQLITE_OK);
    return out;
  }

 private:
  sqlite3* database_ = nullptr;
};

// A constraint of a table goes by building the table anew (sqlite.org/lang_altertable.html).
void drop_dedup(const std::filesystem::path& data) {
  Database database(data / "kith.db");
  const std::string of_messages = " FROM sqlite_schema WHERE tbl_name = 'chat_messages' ";
  std::string table = database.query("SELECT sql" + of_messages + "AND type = 'table'").at(0);
  const auto others =
      database.query("SELECT sql" + of_messages + "AND type <> 'table' AND sql IS NOT NULL");
  const auto constraint = table.find(kDedup);
  REQUIRE(constraint != std::string::npos);
  const auto comma = table.rfind(',', constraint);
  table.erase(comma, constraint + std::string(kDedup).size() - comma);
  database.run(
      "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN;"
      "ALTER TABLE chat_messages RENAME TO chat_messages_before;");
  database.run(table);
  database.run(
      "INSERT INTO chat_messages SELECT * FROM chat_messages_before;"
      "DROP TABLE chat_messages_before;");
  for (const std::string& sql : others) database.run(sql);
  database.run("COMMIT");
}

class Retries {
 public:
  explicit Retries(bool with_dedup)
      : server_({"limits.messages_per_minute=0"}), room_(make_room(server_, 1)) {
    server_.terminate();
    if (!with_dedup) drop_dedup(server_.data());
    server_.start();
    begin_ = head();
    book_.push_back({.t = 1, .kind = Kind::Begin, .channel = room_.chat, .seq = begin_});
  }

  Verdict play() {
    const auto send_all = [this] {
      WsClient socket = connect_to(server_, room_.users[0], {room_.chat});
      for (int i = 0; i < kMessages; ++i) send(socket, "message " + std::to_string(i));
    };
    send_all();
    // An answer that was lost with the server, and a client that asks again: for the process that
    // comes after, nothing of this is in memory.
    server_.kill();
    server_.start();
    send_all();
    read_final();
    return check(book_);
  }

 private:
  static constexpr int kMessages = 20;

  std::int64_t now() { return static_cast<std::int64_t>(book_.size() + 1) * 1'000'000; }

  Json history_since(std::uint64_t after) {
    WsClient socket = connect(server_, room_.users[0]);
    return socket.ask(R"({"type":"history","chat_id":")" + room_.chat + R"(","limit":200,)" +
                      R"("after_seq":)" + std::to_string(after) + "}");
  }
  std::uint64_t head() {
    WsClient socket = connect(server_, room_.users[0]);
    return static_cast<std::uint64_t>(subscribe(socket, room_.chat)["seq"].number());
  }

  void send(WsClient& socket, const std::string& name) {
    Record record{.t = now(),
                  .kind = Kind::Invoke,
                  .client = "ann",
                  .user = room_.users[0].id,
                  .channel = room_.chat,
                  .op = "send",
                  .op_id = name,
                  .client_message_id = name,
                  .digest = content_digest(name)};
    book_.push_back(record);
    const Json ack = say(socket, room_.chat, name, name);
    record.t = now();
    record.kind = Kind::Ok;
    record.seq = static_cast<std::uint64_t>(ack["seq"].number());
    record.message_id = ack["message_id"].text();
    record.duplicate = ack["duplicate"].flag();
    book_.push_back(record);
  }

  void read_final() {
    const Json messages = history_since(begin_)["messages"];
    Record record{.t = now(), .kind = Kind::Final, .channel = room_.chat};
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Json message = messages[i];
      record.entries.push_back({.seq = static_cast<std::uint64_t>(message["seq"].number()),
                                .message_id = message["message_id"].text(),
                                .client_message_id = message["client_message_id"].text(),
                                .user = message["sender_id"].text(),
                                .digest = content_digest(message["content"]["text"].text())});
    }
    book_.push_back(std::move(record));
  }

  TestServer server_;
  Room room_;
  std::uint64_t begin_ = 0;
  History book_;
};

TEST_CASE("without the dedup index, retries are stored again, and the checker says so") {
  const Verdict verdict = Retries(false).play();
  INFO(to_text(verdict));
  CHECK(verdict.broke_only("C2"));
  CHECK(verdict.violations_total == 20);
}

TEST_CASE("and with it they are not") {
  const Verdict verdict = Retries(true).play();
  INFO(to_text(verdict));
  CHECK(verdict.ok());
  CHECK(verdict.acked == 40);
  CHECK(verdict.finals == 20);
}

}  // namespace
}  // namespace kith::test
