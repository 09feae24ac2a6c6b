// What a client may and may not put on the wire (PROTOCOL section 3, RFC 6455).
#include <doctest/doctest.h>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TestServer& server() {
  return shared_server<OneShard>();
}

std::uint16_t close_code_after(const User& user, std::string_view frame) {
  WsClient socket = connect(server(), user);
  socket.send(frame);
  return socket.wait_close();
}

TEST_CASE("what is not this protocol closes with 4501") {
  const User user = server().sign_up();
  CHECK(close_code_after(user, "hello") == 4501);
  CHECK(close_code_after(user, R"(["type","ping"])") == 4501);
  CHECK(close_code_after(user, R"({"id":"1"})") == 4501);
  CHECK(close_code_after(user, R"({"type":7})") == 4501);
  CHECK(close_code_after(user, R"({"type":"ping"} {"type":"ping"})") == 4501);
  WsClient socket = connect(server(), user);
  socket.send_frame({.opcode = 2}, R"({"type":"ping"})");
  CHECK(socket.wait_close() == 4501);
}

TEST_CASE("what is wrong inside a frame is an error that carries its id, not a close") {
  const User user = server().sign_up();
  WsClient socket = connect(server(), user);
  const Json unknown = socket.ask(R"({"type":"message.teleport"})");
  CHECK(unknown["type"].text() == "error");
  CHECK(unknown["code"].text() == "unknown_type");
  CHECK(unknown["message"].is_string());
  const Json missing = socket.ask(R"({"type":"message.new","client_message_id":"tmp-1"})");
  CHECK(missing["code"].text() == "bad_request");
  CHECK(missing["client_message_id"].text() == "tmp-1");
  CHECK(socket.ask(R"({"type":"history","chat_id":"chat_1"})")["code"].text() == "bad_request");
  CHECK(socket.ask(R"({"type":"ping","future":{"a":[1]}})")["type"].text() == "pong");
}

TEST_CASE("newline-separated frames count one by one, and earlier ones stand") {
  const User user = server().sign_up();
  WsClient socket = connect(server(), user);
  socket.send("{\"type\":\"ping\",\"id\":\"a\"}\n\n{\"type\":\"ping\",\"id\":\"b\"}\r\n");
  CHECK(socket.expect("pong")["id"].text() == "a");
  CHECK(socket.expect("pong")["id"].text() == "b");
  socket.send("{\"type\":\"ping\",\"id\":\"c\"}\nnonsense\n{\"type\":\"ping\",\"id\":\"d\"}");
  CHECK(socket.expect("pong")["id"].text() == "c");
  CHECK(socket.wait_close() == 4501);
}

TEST_CASE("ping is answered with the server's time") {
  WsClient socket = connect(server(), server().sign_up());
  CHECK(socket.ask(R"({"type":"ping"})")["server_time"].text().size() == 24);
}

TEST_CASE("more than 200 errors a minute close with 4013") {
  WsClient socket = connect(server(), server().sign_up());
  std::string frames;
  for (int i = 0; i < 201; ++i) frames += "{\"type\":\"nonsense\"}\n";
  socket.send(frames);
  CHECK(socket.wait_close() == 4013);
}

TEST_CASE("RFC 6455: bad framing is 1002, bad text 1007, too much 1009") {
  WsClient socket = connect(server(), server().sign_up());
  SUBCASE("unmasked") {
    socket.send_frame({.masked = false}, R"({"type":"ping"})");
    CHECK(socket.wait_close() == 1002);
  }
  SUBCASE("reserved bits") {
    socket.send_frame({.reserved_bits = 4}, R"({"type":"ping"})");
    CHECK(socket.wait_close() == 1002);
  }
  SUBCASE("reserved opcode") {
    socket.send_frame({.opcode = 3}, "x");
    CHECK(socket.wait_close() == 1002);
  }
  SUBCASE("a continuation of nothing") {
    socket.send_frame({.opcode = 0}, "x");
    CHECK(socket.wait_close() == 1002);
  }
  SUBCASE("a fragmented ping") {
    socket.send_frame({.opcode = 9, .fin = false}, "x");
    CHECK(socket.wait_close() == 1002);
  }
  SUBCASE("not UTF-8") {
    socket.send("{\"type\":\"ping\",\"id\":\"\xC3\x28\"}");
    CHECK(socket.wait_close() == 1007);
  }
  SUBCASE("not UTF-8 is told before the message is whole") {
    socket.send_frame({.fin = false}, "\xED\xA0\x80");
    CHECK(socket.wait_close() == 1007);
  }
  SUBCASE("a declared length is enough") {
    socket.send_frame({.declared_bytes = std::uint64_t{1} << 40U}, "");
    CHECK(socket.wait_close() == 1009);
  }
  SUBCASE("the sum of fragments counts") {
    const std::string part(40'000, ' ');
    socket.send_frame({.fin = false}, part);
    socket.send_frame({.opcode = 0}, part);
    CHECK(socket.wait_close() == 1009);
  }
}

TEST_CASE("RFC 6455: what is unusual but allowed works") {
  const User user = server().sign_up();
  WsClient socket = connect(server(), user);
  SUBCASE("fragments with a ping in between") {
    socket.send_frame({.fin = false}, R"({"type":"pi)");
    socket.send_frame({.opcode = 9}, "are you there");
    socket.send_frame({.opcode = 0, .fin = false}, R"(ng","id":)");
    socket.send_frame({.opcode = 0}, R"("1"})");
    CHECK(socket.expect("pong")["id"].text() == "1");
  }
  SUBCASE("a frame that comes byte by byte") {
    const auto bytes = WsClient::encode({}, R"({"type":"ping","id":"slow"})");
    for (const char byte : bytes) socket.send_raw({&byte, 1});
    CHECK(socket.expect("pong")["id"].text() == "slow");
  }
  SUBCASE("many frames in one segment") {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += WsClient::encode({}, R"({"type":"ping"})");
    socket.send_raw(bytes);
    for (int i = 0; i < 100; ++i) socket.expect("pong");
  }
  SUBCASE("a frame as long as the limit") {
    std::string frame = R"({"type":"ping","id":"big","padding":")";
    frame += std::string(65536 - frame.size() - 2, 'x') + "\"}";
    REQUIRE(frame.size() == 65536);
    socket.send(frame);
    CHECK(socket.expect("pong")["id"].text() == "big");
  }
  SUBCASE("closing is answered with the same code") {
    socket.close(1000);
    CHECK(socket.wait_close() == 1000);
  }
}

}  // namespace
}  // namespace kith::test
