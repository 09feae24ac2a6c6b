// A handler throws, or finds no memory (RELIABILITY F31): whoever asked is dropped or refused, and
// nobody else notices.
#include <doctest/doctest.h>

#include "tests/chaos/survivors.h"
#include "tests/support/metrics.h"

namespace kith::test {
namespace {

const std::vector<std::string> kActions = {"throw", "bad_alloc"};

class Failing {
 public:
  explicit Failing(const std::string& orders)
      : server({"shards=1", "limits.messages_per_minute=0", "gateway.drain_s=0"}),
        room(make_room(server, 3)) {
    server.terminate();
    server.launch_with(failing_at(orders));
    server.start();
  }
  // It lives, serves others, and says in its log what happened.
  void check_unharmed(WsClient& bystander, const User& other, const std::string& event) {
    CHECK(server.process().running());
    WsClient newcomer = connect_to(server, other, {room.chat});
    const Json said = say(newcomer, room.chat, "after", "after all that");
    CHECK(bystander.wait_for("message.new")["message_id"].text() == said["message_id"].text());
    CHECK(server.http().get("/chats", other.token).status == 200);
    await_log(server, event);
    bystander.drop();  // the stop would wait for who does not read
    newcomer.drop();
    CHECK(server.terminate() == 0);
  }

  TestServer server;
  Room room;
};

// The bystander's frames so far are connection.init and subscribe, the victim's as well.
constexpr const char* kFifthCommand = ":5";

TEST_CASE("an exception in a command's handler drops that session, and no other") {
  for (const std::string& action : kActions) {
    CAPTURE(action);
    Failing failing("command_handler:" + action + kFifthCommand);
    WsClient bystander = connect_to(failing.server, failing.room.users[0], {failing.room.chat});
    WsClient victim = connect_to(failing.server, failing.room.users[1], {failing.room.chat});
    victim.send(message(failing.room.chat, "fatal", "text"));
    CHECK(victim.wait_close() == 4000);
    victim.drop();
    failing.check_unharmed(bystander, failing.room.users[2], "handler_failed");
  }
}

TEST_CASE("an exception while a commit is answered drops that session, and no other") {
  for (const std::string& action : kActions) {
    CAPTURE(action);
    Failing failing("completion:" + action + ":1");
    WsClient bystander = connect_to(failing.server, failing.room.users[0], {failing.room.chat});
    WsClient victim = connect_to(failing.server, failing.room.users[1], {failing.room.chat});
    victim.send(message(failing.room.chat, "fatal", "text"));
    CHECK(victim.wait_close() == 4000);
    victim.drop();
    // It is committed: the bystander gets it, before what comes after, and a retry finds it.
    WsClient again = connect_to(failing.server, failing.room.users[1], {failing.room.chat});
    CHECK(say(again, failing.room.chat, "fatal", "text")["duplicate"].flag());
    say(again, failing.room.chat, "next", "text");
    again.drop();
    CHECK(bystander.wait_for("message.new")["client_message_id"].text() == "fatal");
    CHECK(bystander.wait_for("message.new")["client_message_id"].text() == "next");
    failing.check_unharmed(bystander, failing.room.users[2], "handler_failed");
  }
}

TEST_CASE(
    "an exception while an attach or a history is answered drops that session, and no other") {
  // The bystander has its own channel and the chat, the victim its own and then the chat.
  for (const std::string point : {"attach_answer:throw:4", "attach_answer:bad_alloc:4",
                                  "history_answer:throw:1", "history_answer:bad_alloc:1"}) {
    CAPTURE(point);
    Failing failing(point);
    WsClient bystander = connect_to(failing.server, failing.room.users[0], {failing.room.chat});
    WsClient victim = connect_to(failing.server, failing.room.users[1], {});
    victim.send(R"({"type":"subscribe","id":"s","channel":")" + failing.room.chat + R"("})");
    victim.send(R"({"type":"history","id":"h","chat_id":")" + failing.room.chat + R"("})");
    CHECK(victim.wait_close() == 4000);
    victim.drop();
    failing.check_unharmed(bystander, failing.room.users[2], "handler_failed");
  }
}

TEST_CASE("one answer of a batch that throws keeps nobody else's back") {
  Failing failing("completion:throw:10");
  WsClient bystander = connect_to(failing.server, failing.room.users[0], {failing.room.chat});
  WsClient victim = connect_to(failing.server, failing.room.users[1], {failing.room.chat});
  // In one write, so that they are one batch of the store; the tenth answer throws.
  std::string all;
  for (int i = 0; i < 9; ++i) all += message(failing.room.chat, std::to_string(i), "text") + "\n";
  bystander.send(all + message(failing.room.chat, "9", "text"));
  victim.send(message(failing.room.chat, "10", "text"));
  CHECK(bystander.wait_close() == 4000);
  bystander.drop();
  CHECK(victim.wait_for("ack")["client_message_id"].text() == "10");
  failing.check_unharmed(victim, failing.room.users[2], "handler_failed");
}

TEST_CASE("an exception in an HTTP handler is answered with 500, and nothing else") {
  for (const std::string& action : kActions) {
    CAPTURE(action);
    Failing failing("http_handler:" + action + ":2");  // the first is the test's own /readyz
    WsClient bystander = connect_to(failing.server, failing.room.users[0], {failing.room.chat});
    HttpClient client = failing.server.http();
    std::vector<int> statuses;
    for (int i = 0; i < 3; ++i) {
      statuses.push_back(client.get("/chats", failing.room.users[1].token).status);
    }
    CHECK(std::ranges::count(statuses, 500) == 1);
    CHECK(std::ranges::count(statuses, 200) == 2);
    failing.check_unharmed(bystander, failing.room.users[2], "http.handler_failed");
  }
}

TEST_CASE("an exception on a storage thread is answered with unavailable, and can be tried again") {
  // A server that says that it is ready has written, once or twice on each way.
  for (const std::string point : {"store_append:", "store_write:", "store_read:"}) {
    const std::string from = point == "store_write:" ? "6+" : "3+";
    for (const std::string& action : kActions) {
      CAPTURE(point);
      CAPTURE(action);
      Failing failing(point + action + ':' + from);
      std::size_t refused = 0;
      for (int i = 0; i < 5; ++i) {
        const auto answer = failing.server.post("/chats/" + failing.room.chat + "/messages",
                                                R"({"client_message_id":"m)" + std::to_string(i) +
                                                    R"(","content":{"type":"text","text":"text"}})",
                                                failing.room.users[0]);
        const auto chats = failing.server.http().get("/chats", failing.room.users[1].token);
        const auto created = failing.server.post(
            "/chats", R"({"type":"group","name":"x","participant_ids":[]})", failing.room.users[2]);
        for (const auto& response : {answer, chats, created}) {
          CHECK((response.status / 100 == 2 || response.status == 503));
          refused += response.status == 503;
        }
      }
      CHECK(refused > 0);
      CHECK(failing.server.process().running());
      CHECK(failing.server.terminate() == 0);
      failing.server.launch_with({});
      failing.server.start();
      WsClient socket = connect_to(failing.server, failing.room.users[0], {failing.room.chat});
      const auto first = say(socket, failing.room.chat, "first", "text")["seq"].number();
      CHECK(say(socket, failing.room.chat, "second", "text")["seq"].number() == first + 1);
    }
  }
}

TEST_CASE("kithd itself knows no failpoints") {
  TestServer server({}, {}, {.program = {}, .environment = {{"KITH_FAIL", "run_begun:kill"}}});
  CHECK(server.process().running());
  CHECK(read_file(kithd()).find("KITH_FAIL") == std::string::npos);
  CHECK(read_file(KITH_KITHD_FAILPOINTS).find("KITH_FAIL") != std::string::npos);
}

}  // namespace
}  // namespace kith::test
