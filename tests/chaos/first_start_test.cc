// kill -9 while the store is made, migrated or opened (RELIABILITY F33): the next start makes an
// end of it, and what was there before is there afterwards.
#include <signal.h>
#include <sqlite3.h>

#include <filesystem>

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

// The schema as it was before its last step.
void step_back(const std::filesystem::path& database) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(database.c_str(), &db) == SQLITE_OK);
  char* error = nullptr;
  sqlite3_exec(db, "DROP INDEX removal_of_message; DELETE FROM schema_migrations WHERE number >= 2",
               nullptr, nullptr, &error);
  REQUIRE_MESSAGE(error == nullptr, error);
  sqlite3_close(db);
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

}  // namespace
}  // namespace kith::test
