// Two kithd on one Postgres, and nothing else between them: what one commits, the other tells its
// sockets, and any node takes any node's tokens.
#include <doctest/doctest.h>

#include "tests/support/postgres_server.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

class TwoNodes {
 public:
  TwoNodes() : url(PostgresServer::shared().new_database()) {
    for (int i = 0; i < 2; ++i) {
      nodes.push_back(
          std::make_unique<TestServer>(std::vector<std::string>{"storage.url=" + url, "shards=1"}));
    }
  }
  TestServer& operator[](std::size_t index) { return *nodes[index]; }

  const std::string url;
  std::vector<std::unique_ptr<TestServer>> nodes;
};

TEST_CASE("what is said on one node is heard on the other, in order, without a bus") {
  TwoNodes nodes;
  const auto users = nodes[0].sign_up(2);
  const std::string chat = nodes[0].group(users[0], {users[1]});
  WsClient here = connect_to(nodes[0], users[0], {chat});
  WsClient there = connect_to(nodes[1], users[1], {chat});  // with the other node's token
  std::int64_t before = 0;
  for (int i = 0; i < 5; ++i) {
    const Json ack = say(here, chat, "here-" + std::to_string(i), "hello");
    const Json event = there.wait_for("message.new");
    CHECK(event["message_id"].text() == ack["message_id"].text());
    CHECK(event["seq"].number() == ack["seq"].number());
    if (before > 0) CHECK(ack["seq"].number() == before + 1);
    const Json answer = say(there, chat, "there-" + std::to_string(i), "and hello to you");
    CHECK(answer["seq"].number() == ack["seq"].number() + 1);
    CHECK(here.wait_for("message.new")["seq"].number() == answer["seq"].number());
    before = answer["seq"].number();
  }
}

TEST_CASE("a repeat on another node is answered with the original") {
  TwoNodes nodes;
  const auto users = nodes[0].sign_up(1);
  const std::string chat = nodes[0].group(users[0], {});
  WsClient here = connect_to(nodes[0], users[0], {chat});
  WsClient there = connect_to(nodes[1], users[0], {chat});
  const Json ack = say(here, chat, "mine", "hello");
  const Json repeat = say(there, chat, "mine", "hello");
  CHECK(repeat["duplicate"].flag());
  CHECK(repeat["message_id"].text() == ack["message_id"].text());
  CHECK(repeat["seq"].number() == ack["seq"].number());
}

TEST_CASE("kithd's commands work on Postgres too") {
  const std::string url = PostgresServer::shared().new_database();
  const TemporaryDirectory directory;
  const auto kithd_with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), kithd());
    arguments.insert(arguments.end(), {"--data", (directory.path() / "data").string(), "--set",
                                       "storage.url=" + url});
    return run(arguments);
  };
  const Output seeded = kithd_with({"seed", "--users", "4", "--rooms", "2", "--members", "2",
                                    "--out", (directory.path() / "seed.json").string()});
  REQUIRE_MESSAGE(seeded.status == 0, seeded.err);
  const Json made = Json::parse(read_file(directory.path() / "seed.json"));
  const std::string user = made["users"][0]["id"].text();
  const Output token = kithd_with({"token", "--user", user});
  REQUIRE_MESSAGE(token.status == 0, token.err);
  CHECK(kithd_with({"grant", "--user", user, "--role", "admin"}).status == 0);

  const TestServer server({"storage.url=" + url});
  User known;
  known.id = user;
  known.token = token.out.substr(0, token.out.find('\n'));
  WsClient socket = connect(server, known);
  known.token = made["users"][0]["token"].text();
  WsClient other = connect(server, known);
}

TEST_CASE("a server that may lose what was acknowledged stops the start with 78") {
  PostgresServer postgres({"fsync=off"});
  const TemporaryDirectory directory;
  const Output refused = run({kithd(), "--data", directory.path().string(), "--set",
                              "storage.url=" + postgres.new_database()});
  CHECK(refused.status == 78);
  CHECK(refused.err.find("storage.accept_acked_loss") != std::string::npos);
}

}  // namespace
}  // namespace kith::test
