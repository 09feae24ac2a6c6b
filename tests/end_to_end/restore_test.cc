// `kithd restore`: a backup was put back, and clients are to start anew (ARCHITECTURE 2.9).
#include <doctest/doctest.h>

#include "tests/support/postgres_server.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

std::string epoch_of(const TestServer& server) {
  return server.http().get("/status").json()["epoch"].text();
}

void check_restore(TestServer& server, const std::vector<std::string>& settings) {
  const Room room = make_room(server, 1);
  {
    WsClient socket = connect_to(server, room.users[0], {room.chat});
    say(socket, room.chat, "before", "before");
  }
  const std::string epoch = epoch_of(server);
  const auto resume = [&] {
    WsClient socket(server.port());
    socket.send(init_frame(room.users[0],
                           R"("epoch":")" + epoch + R"(","resume":{")" + room.chat + R"(":1})"));
    CHECK(socket.expect("connection.ready")["epoch"].text() == epoch_of(server));
    return socket.wait_for("subscribed",
                           [&](const Json& frame) { return frame["channel"].text() == room.chat; });
  };
  CHECK(server.terminate() == 0);
  server.start();
  CHECK(epoch_of(server) == epoch);  // a restart alone is none
  CHECK(resume()["recovered"].flag());

  CHECK(server.terminate() == 0);
  std::vector<std::string> command = {kithd(), "restore", "--data", server.data().string()};
  for (const std::string& setting : settings) command.insert(command.end(), {"--set", setting});
  const Output restored = run(command);
  REQUIRE_MESSAGE(restored.status == 0, restored.err);
  CHECK(restored.out.find("new epoch") != std::string::npos);
  server.start();
  CHECK(epoch_of(server) != epoch);
  CHECK_FALSE(resume()["recovered"].flag());
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  CHECK(say(socket, room.chat, "before", "before")["duplicate"].flag());  // the data is as it was
}

TEST_CASE("after kithd restore the log has a new epoch, and no position of before is good") {
  TestServer server({"shards=1"});
  check_restore(server, {});
}

TEST_CASE("the same on Postgres, for every node") {
  const std::string url = "storage.url=" + PostgresServer::shared().new_database();
  TestServer server({"shards=1", url});
  check_restore(server, {url});
  const TestServer other({"shards=1", url});
  CHECK(epoch_of(other) == epoch_of(server));
}

// One of Postgres' own programs, which must succeed.
void run_of_postgres(const std::string& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/lib/postgresql/15/bin/" + program);
  const Output output = run(std::move(arguments));
  REQUIRE_MESSAGE(output.status == 0, program, ": ", output.err);
}

// The README's way, word by word but for where the server is.
TEST_CASE("a backup of Postgres that was taken in service is put back: what it held is there") {
  PostgresServer& postgres = PostgresServer::shared();
  const std::string url = postgres.new_database();
  const std::size_t begin = url.find("@/") + 2;
  const std::string name = url.substr(begin, url.find('?') - begin);
  const std::string host = "--host=" + postgres.socket_path().parent_path().string();
  const TemporaryDirectory directory;
  const std::string dump = (directory.path() / "kith.dump").string();
  TestServer server({"shards=1", "storage.url=" + url});
  const Room room = make_room(server, 1);
  {
    WsClient socket = connect_to(server, room.users[0], {room.chat});
    say(socket, room.chat, "held", "held");
    run_of_postgres("pg_dump", {"--format=custom", "--dbname=" + url, "--file=" + dump});
    say(socket, room.chat, "later", "later");
  }
  const std::string epoch = epoch_of(server);
  CHECK(server.terminate() == 0);

  run_of_postgres("dropdb", {host, "--username=kith", name});
  run_of_postgres("createdb", {host, "--username=kith", "--owner=kith", "--encoding=UTF8",
                               "--template=template0", name});
  run_of_postgres("pg_restore", {"--no-owner", "--dbname=" + url, dump});
  const Output restored = run({kithd(), "restore", "--set", "storage.url=" + url});
  REQUIRE_MESSAGE(restored.status == 0, restored.err);

  server.start();
  CHECK(epoch_of(server) != epoch);
  // The token of before is good: its secret is in the backup.
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  CHECK(say(socket, room.chat, "held", "held")["duplicate"].flag());
  CHECK_FALSE(say(socket, room.chat, "later", "later")["duplicate"].flag());
}

TEST_CASE("kithd restore beside a running kithd on the same directory is refused") {
  const TestServer server({"shards=1"});
  const std::string epoch = epoch_of(server);
  const Output refused = run({kithd(), "restore", "--data", server.data().string()});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("kithd: ") == 0);
  CHECK(epoch_of(server) == epoch);
}

}  // namespace
}  // namespace kith::test
