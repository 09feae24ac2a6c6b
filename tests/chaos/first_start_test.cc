// kill -9 while the store is made, migrated or opened (RELIABILITY F33): the next start makes an
// end of it, and what was there before is there afterwards.
#include <signal.h>
#include <sqlite3.h>

#include <filesystem>
#include <set>

#include "storage/migrations.h"
#include "tests/chaos/faulty_host.h"
#include "tests/chaos/survivors.h"

namespace kith::test {
namespace {

constexpr int kKilled = 128 + SIGKILL;

int start_killed(const TestServer& server, const std::string& orders) {
  const auto launch = failing_at(orders);
  return run({launch.program, "--listen", server.address(), "--data", server.data().string()},
             launch.environment)
      .status;
}

TEST_CASE("killed while the database is made") {
  for (const std::string point :
       {"in_migration:kill:1", "in_migration:kill:2", "after_migration:kill:1",
        "database_made:kill", "run_begun:kill"}) {
    CAPTURE(point);
    TestServer server({"gateway.drain_s=0"}, [&](const std::filesystem::path& data) {
      // Twice: the second finds what the first has left.
      const auto launch = failing_at(point);
      for (int i = 0; i < 2; ++i) {
        CHECK(run({launch.program, "--listen", "127.0.0.1:0", "--data", data.string()},
                  launch.environment)
                  .status == kKilled);
      }
    });
    const Room room = make_room(server, 2);
    WsClient socket = connect_to(server, room.users[0], {room.chat});
    say(socket, room.chat, "1", "it works");
    CHECK(server.terminate() == 0);
  }
}

void change(sqlite3* db, const std::string& sql) {
  char* error = nullptr;
  sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error);
  REQUIRE_MESSAGE(error == nullptr, sql, ": ", error);
}

// The first two columns of what a query answers, joined.
std::set<std::string> ask(sqlite3* db, const std::string& sql) {
  std::set<std::string> out;
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    out.insert(std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0))) + " " +
               reinterpret_cast<const char*>(sqlite3_column_text(statement, 1)));
  }
  sqlite3_finalize(statement);
  return out;
}

// Indexes go before their tables, and what a virtual table keeps goes with it.
constexpr const char* kObjects =
    "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    " AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')";
constexpr const char* kColumns =
    "SELECT m.name, c.name FROM pragma_table_list m JOIN pragma_table_info(m.name) c"
    " WHERE m.type = 'table' AND m.schema = 'main'";

// The tables that have lost columns since, empty.
void make_anew(sqlite3* db, sqlite3* first, const std::set<std::string>& columns) {
  const auto now = ask(db, kColumns);
  std::set<std::string> tables;
  for (const std::string& column : columns) {
    if (!now.contains(column)) tables.insert(column.substr(0, column.find(' ')));
  }
  for (const std::string& table : tables) {
    change(db, "DROP TABLE IF EXISTS " + table);
    const std::string of_table =
        "FROM sqlite_master WHERE tbl_name = '" + table + "' AND sql != ''";
    for (const char* type : {"table", "index"}) {
      const std::string made = " AND type = '" + std::string(type) + "'";
      for (const std::string& sql : ask(first, "SELECT sql, '' " + of_table + made)) {
        change(db, sql);
      }
    }
  }
}

// The schema as it was behind its first step: what later ones have made goes.
void step_back(const std::filesystem::path& database) {
  sqlite3* first = nullptr;
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(":memory:", &first) == SQLITE_OK);
  REQUIRE(sqlite3_open(database.c_str(), &db) == SQLITE_OK);
  change(first, sqlite_migrations().front().sql);
  auto objects = ask(first, kObjects);
  objects.insert("table schema_migrations");
  for (const std::string& object : ask(db, kObjects)) {
    if (!objects.contains(object)) change(db, "DROP " + object);
  }
  const auto columns = ask(first, kColumns);
  for (const std::string& column : ask(db, kColumns)) {
    const auto table = column.substr(0, column.find(' '));
    if (columns.contains(column) || table == "schema_migrations") continue;
    change(db, "ALTER TABLE " + table + " DROP COLUMN " + column.substr(table.size() + 1));
  }
  make_anew(db, first, columns);
  change(db, "DELETE FROM schema_migrations WHERE number >= 2");
  sqlite3_close(db);
  sqlite3_close(first);
}

TEST_CASE("killed while an old database is brought up to date") {
  const std::size_t cycles = std::max<std::size_t>(from_environment("KITH_CYCLES", 30) * 2 / 3, 1);
  TestServer server({"limits.messages_per_minute=0", "gateway.drain_s=0"});
  const Room room = make_room(server, 2);
  std::vector<std::string> sent;
  for (std::size_t i = 0; i < cycles; ++i) {
    CAPTURE(i);
    {
      WsClient socket = connect_to(server, room.users[0], {room.chat});
      sent.push_back(say(socket, room.chat, std::to_string(i), "text")["message_id"].text());
      const Json page =
          socket.ask(R"({"type":"history","limit":200,"chat_id":")" + room.chat + R"("})");
      CHECK(page["messages"].size() == std::min<std::size_t>(sent.size(), 200));
    }
    CHECK(server.terminate() == 0);
    step_back(server.data() / "kith.db");
    const bool before_its_commit = i % 2 == 0;
    CHECK(start_killed(server, before_its_commit ? "in_migration:kill" : "after_migration:kill") ==
          kKilled);
    server.start();
  }
  MESSAGE(cycles, " cycles");
}

TEST_CASE("killed while the run is noted, again and again: the epoch stays") {
  TestServer server;
  const User user = server.sign_up();
  const auto epoch = [&] {
    WsClient socket(server.port());
    socket.send(init_frame(user));
    return socket.expect("connection.ready")["epoch"].text();
  };
  const std::string first = epoch();
  for (int i = 0; i < 3; ++i) {
    server.kill();
    CHECK(start_killed(server, "run_begun:kill") == kKilled);
    server.start();
    CHECK(epoch() == first);
  }
}

// What power_cut_test takes for given of the directory (F17): whoever has given a file its name
// says nothing more before a power cut would leave both, the name and all that is in it.
TEST_CASE("names in the data directory are on the disk before kithd goes on") {
  FaultyHost host;
  TestServer server({"shards=1", "gateway.drain_s=0"});
  CHECK(server.terminate() == 0);
  std::filesystem::remove_all(server.data());
  server.launch_with(host.launch(server.data()));
  const auto check_names = [&](std::int64_t given) {
    CHECK(host.get(&fault_control::renames) == given);
    CHECK(host.get(&fault_control::unsafe_renames) == 0);
    CHECK(host.get(&fault_control::torn_renames) == 0);
    CHECK(host.get(&fault_control::directories) == 1);
    CHECK(host.get(&fault_control::unsafe_directory) == 0);
  };
  server.start();
  REQUIRE(host.get(&fault_control::loaded) > 0);
  check_names(2);  // kith.db, and `generation`: it runs
  CHECK(server.terminate() == 0);
  check_names(3);  // it was stopped
  server.start();
  check_names(4);
  server.kill();
  server.start();
  check_names(5);
}

}  // namespace
}  // namespace kith::test
