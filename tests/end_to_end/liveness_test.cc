// Who still lives, and whose token does (PROTOCOL sections 4 and 5).
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TEST_CASE("no answer to pings is 4004; who answers, or says anything, stays") {
  const TestServer server({"gateway.ping_interval_s=1", "gateway.ping_timeout_s=2"});
  const User user = server.sign_up();
  WsClient silent = connect(server, user);
  silent.answer_pings(false);
  auto begun = Clock::now();
  CHECK(silent.wait_close() == 4004);
  CHECK(Clock::now() - begun > 2s);
  CHECK(Clock::now() - begun < 12s);

  WsClient answering = connect(server, user);
  WsClient talking = connect(server, user);
  talking.answer_pings(false);
  begun = Clock::now();
  while (Clock::now() - begun < 8s) {
    talking.fence();
    CHECK_THROWS_WITH(answering.next(200ms), "nothing came before the deadline");
  }
  CHECK(answering.fence().empty());
}

TEST_CASE("the last minute of a token is announced, a newer one lives on, an old one is 4003") {
  const TestServer server({"auth.access_minutes=1"});
  const User user = server.sign_up();
  auto open = [&] {
    WsClient socket(server.port());
    socket.send(init_frame(user));
    const Json warning = socket.wait_for("connection.expiring");
    CHECK(warning["expires_in_ms"].number() > 50'000);
    CHECK(warning["expires_in_ms"].number() <= 60'000);
    socket.fence();
    return socket;
  };
  const auto begun = Clock::now();
  WsClient expires = open();
  WsClient refreshes = open();
  // Some way into the minute, so that the newer token ends later than the old one.
  while (Clock::now() - begun < 20s) refreshes.fence();
  const User newer = server.log_in(user);
  CHECK(refreshes.ask(R"({"type":"connection.refresh","token":")" + newer.token + R"("})")["type"]
            .text() == "ack");
  const auto lives = [](WsClient& socket) {
    try {
      socket.fence();
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  while (lives(expires) && Clock::now() - begun < 75s) refreshes.fence();
  CHECK(expires.wait_close() == 4003);
  CHECK(Clock::now() - begun > 55s);
  CHECK(Clock::now() - begun < 75s);
  CHECK_NOTHROW(refreshes.fence());
}

}  // namespace
}  // namespace kith::test
