// Over a limit of connections: an answer that says so, and nobody else suffers.
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

HttpResponse upgrade_for(const TestServer& server, std::string client) {
  return server.http().send({.path = "/ws",
                             .headers = {{"Upgrade", "websocket"},
                                         {"Connection", "Upgrade"},
                                         {"Sec-WebSocket-Version", "13"},
                                         {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                         {"X-Forwarded-For", std::move(client)}}});
}

WsClient socket_of(const TestServer& server, std::string client) {
  return WsClient(server.port(), {.headers = {{"X-Forwarded-For", std::move(client)}}});
}

TEST_CASE("behind a proxy the sockets count for the addresses that it names") {
  const TestServer server(
      {"shards=2", "limits.connections_per_address=2", "trusted_proxies=127.0.0.1"});
  const WsClient first = socket_of(server, "203.0.113.5");
  {
    const WsClient second = socket_of(server, "203.0.113.5");
    const HttpResponse refused = upgrade_for(server, "203.0.113.5");
    CHECK(refused.status == 503);
    CHECK(refused.header("retry-after") != "");
    CHECK_NOTHROW(socket_of(server, "203.0.113.6"));
  }
  // The place of the one that has gone is free again once the server has noticed.
  const auto deadline = Clock::now() + kPatience;
  while (upgrade_for(server, "203.0.113.5").status != 101) REQUIRE(Clock::now() < deadline);
}

TEST_CASE("over the limit of pending handshakes one is told when to come back") {
  const TestServer server({"shards=1", "limits.pending_handshakes=2"});
  std::vector<Socket> sockets;
  for (int i = 0; i < 6; ++i) sockets.emplace_back(server.port());
  std::string answer;
  while (sockets.back().receive(answer, Clock::now() + kPatience)) {
  }
  CHECK(answer.starts_with("HTTP/1.1 503 "));
  CHECK(answer.find("\r\nRetry-After: 1\r\n") != answer.npos);
  CHECK(answer.find("\r\nConnection: close\r\n") != answer.npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace kith::test
