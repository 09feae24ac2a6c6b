// Opening a socket (PROTOCOL section 2), and being turned away (section 5).
#include <doctest/doctest.h>

#include "tests/support/metrics.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TestServer& server() {
  return shared_server<OneShard>();
}

HttpResponse upgrade(const std::vector<std::pair<std::string, std::string>>& headers,
                     std::string path = "/ws") {
  std::vector<std::pair<std::string, std::string>> all = {{"Upgrade", "websocket"},
                                                          {"Connection", "Upgrade"}};
  all.insert(all.end(), headers.begin(), headers.end());
  return server().http().send({.path = std::move(path), .headers = std::move(all)});
}

TEST_CASE("the token is taken from the frame, the header or the query") {
  const User user = server().sign_up();
  WsClient::Options options;
  std::string init = R"({"type":"connection.init"})";
  SUBCASE("frame") {
    init = init_frame(user);
  }
  SUBCASE("header") {
    options.headers = {{"Authorization", "Bearer " + user.token}};
  }
  SUBCASE("query") {
    options.path = "/ws?token=" + user.token;
  }
  WsClient socket(server().port(), options);
  socket.send(init);
  CHECK(socket.expect("connection.ready")["user_id"].text() == user.id);
  CHECK(socket.expect("subscribed")["channel"].text() == user.id);
}

TEST_CASE("connection.ready says what a client needs to know") {
  const User user = server().sign_up();
  WsClient socket(server().port());
  socket.send(init_frame(user, R"("client":"ios","protocol":1)"));
  const Json ready = socket.expect("connection.ready");
  CHECK(ready["session_id"].text().starts_with("ses_"));
  CHECK(ready["session_id"].text().size() == 30);
  CHECK(ready["user_id"].text() == user.id);
  CHECK(ready["protocol"].number() == 1);
  CHECK(ready["build"].text() == server().http().get("/status").json()["build"].text());
  CHECK_FALSE(ready["epoch"].text().empty());
  CHECK(ready["server_time"].text().ends_with("Z"));
  CHECK(ready["server_time"].text().size() == 24);
  CHECK(ready["ping_interval_ms"].number() == 25000);
  CHECK(ready["limits"]["frame_bytes"].number() == 65536);
  CHECK(ready["limits"]["channels"].number() == 512);
  CHECK(ready["limits"]["messages_per_minute"].number() == 0);
  const Json own = socket.expect("subscribed");
  CHECK(own["channel"].text() == user.id);
  CHECK(own["seq"].number() >= 0);
  CHECK(socket.fence().empty());
}

TEST_CASE("a bad token, wherever it stood, is answered with 4500 after the upgrade") {
  WsClient::Options options;
  std::string init = R"({"type":"connection.init"})";
  SUBCASE("none at all") {}
  SUBCASE("frame") {
    init = R"({"type":"connection.init","token":"no.such.token"})";
  }
  SUBCASE("header") {
    options.headers = {{"Authorization", "Bearer nonsense"}};
  }
  SUBCASE("query") {
    options.path = "/ws?token=nonsense";
  }
  SUBCASE("a signature changed by one character") {
    std::string token = server().sign_up().token;
    char& c = token[token.size() - 10];
    c = c == 'A' ? 'B' : 'A';
    init = R"({"type":"connection.init","token":")" + token + R"("})";
  }
  WsClient socket(server().port(), options);
  socket.send(init);
  CHECK(socket.wait_close() == 4500);
}

TEST_CASE("no connection.init in time is 4502, also where the token came otherwise") {
  const TestServer impatient({"gateway.init_timeout_s=1"});
  const User user = impatient.sign_up();
  WsClient::Options options;
  SUBCASE("silence") {}
  SUBCASE("token in the header") {
    options.headers = {{"Authorization", "Bearer " + user.token}};
  }
  WsClient socket(impatient.port(), options);
  CHECK(socket.wait_close() == 4502);
}

TEST_CASE("the first frame must be connection.init") {
  WsClient socket(server().port());
  socket.send(R"({"type":"ping"})");
  CHECK(socket.wait_close() >= 4500);
}

TEST_CASE("frames that come in one segment with the upgrade are not lost") {
  const User user = server().sign_up();
  Socket socket(server().port());
  const auto deadline = Clock::now() + kPatience;
  socket.send(
      "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
          WsClient::encode({}, init_frame(user)),
      deadline);
  std::string received;
  while (received.find("connection.ready") == std::string::npos) {
    REQUIRE(socket.receive(received, deadline));
  }
}

TEST_CASE("a handshake that is none is refused") {
  CHECK(upgrade({{"Sec-WebSocket-Version", "8"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}})
            .status == 426);
  CHECK(upgrade({{"Sec-WebSocket-Version", "13"}}).status == 400);
  CHECK(upgrade({{"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "short"}}).status == 400);
}

TEST_CASE("a page of another origin may not open a socket") {
  const std::vector<std::pair<std::string, std::string>> key = {
      {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1.evil.example"}) {
    auto headers = key;
    headers.emplace_back("Origin", origin);
    CHECK(upgrade(headers).status == 403);
  }
  WsClient::Options same;
  same.headers = {{"Origin", "http://" + server().address()}};
  CHECK_NOTHROW(WsClient(server().port(), same));
}

TEST_CASE("whoever runs the server sees which page's origin is refused, once and not per attempt") {
  const TestServer one({"shards=1"});
  const auto refuse = [&](const std::string& origin) {
    const auto answer =
        one.http().send({.path = "/ws",
                         .headers = {{"Upgrade", "websocket"},
                                     {"Connection", "Upgrade"},
                                     {"Sec-WebSocket-Version", "13"},
                                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                     {"Origin", origin}}});
    CHECK(answer.status == 403);
  };
  const auto lines = [&](const std::string& about) {
    std::size_t found = 0;
    const std::string log = one.log();
    for (auto at = log.find(about); at != log.npos; at = log.find(about, at + 1)) ++found;
    return found;
  };
  const auto begun = Clock::now();
  for (int i = 0; i < 3; ++i) refuse("https://app.example.com");
  refuse("https://a\"b.example.com");
  await_metric(one, "kith_handshakes_foreign_total 4");
  // Lines keep their order, so behind the last one all are there.
  const std::string last = R"("origin":"https://a\"b.example.com","host":")" + one.address();
  CHECK(await_condition(Clock::now() + kPatience, 10ms, [&] { return lines(last) == 1; }));
  CHECK(lines("socket.origin_refused") >= 2);
  if (Clock::now() - begun < 55s) CHECK(lines(R"("origin":"https://app.example.com")") == 1);
}

TEST_CASE("a socket on /chats/{id} follows that chat, and frames may leave chat_id out") {
  const auto users = server().sign_up(2);
  const auto chat = server().group(users[0], {users[1]});
  WsClient socket(server().port(), {.path = "/chats/" + chat + "?token=" + users[0].token});
  socket.send(R"({"type":"connection.init","client":"ios"})");
  socket.expect("connection.ready");
  CHECK(socket.expect("subscribed")["channel"].text() == users[0].id);
  CHECK(socket.expect("subscribed")["channel"].text() == chat);
  socket.send(R"({"type":"message.new","client_message_id":"1",)"
              R"("content":{"type":"text","text":"hi"}})");
  CHECK(socket.expect("ack")["chat_id"].text() == chat);
  CHECK(socket.ask(R"({"type":"history"})")["messages"].size() == 1);
}

TEST_CASE("on /chats/{id} a chat that one may not read is 4503, a malformed id 4506") {
  const auto users = server().sign_up(2);
  const auto chat = server().group(users[0], {});
  auto code_of = [&](const std::string& path) {
    WsClient socket(server().port(), {.path = path});
    socket.send(init_frame(users[1]));
    return socket.wait_close();
  };
  CHECK(code_of("/chats/" + chat) == 4503);
  CHECK(code_of("/chats/chat_00000000000000000000000000") == 4503);
  CHECK(code_of("/chats/chat_1") == 4506);
}

TEST_CASE("one socket too many: the newcomer goes with 4504, and closing makes room") {
  const TestServer narrow({"limits.sockets_per_user=2", "shards=2"});
  const User user = narrow.sign_up();
  WsClient first = connect(narrow, user);
  WsClient second = connect(narrow, user);
  WsClient third(narrow.port());
  third.send(init_frame(user));
  CHECK(third.wait_close() == 4504);
  CHECK(first.fence().empty());
  second.close();
  CHECK(second.wait_close() == 1000);
  CHECK_NOTHROW(connect(narrow, user));
}

TEST_CASE("connection.refresh takes a newer token of the same user only") {
  const auto users = server().sign_up(2);
  WsClient socket = connect(server(), users[0]);
  auto refresh = [](const User& user) {
    return R"({"type":"connection.refresh","token":")" + user.token + R"("})";
  };
  CHECK(socket.ask(refresh(server().log_in(users[0])))["type"].text() == "ack");
  const Json bad = socket.ask(R"({"type":"connection.refresh","token":"nonsense"})");
  CHECK(bad["type"].text() == "error");
  CHECK(bad["code"].text() == "unauthorized");
  CHECK(socket.fence().empty());
  socket.send(refresh(users[1]));
  CHECK(socket.wait_close() == 4500);
}

}  // namespace
}  // namespace kith::test
