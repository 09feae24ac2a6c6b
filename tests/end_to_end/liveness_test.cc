// Who still lives, and whose token does (PROTOCOL sections 4 and 5).
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

const TestServer& impatient() {
  static const TestServer server(
      {"gateway.ping_interval_s=1", "gateway.ping_timeout_s=2", "auth.access_minutes=1"});
  return server;
}

TEST_CASE("no answer to pings is 4004; who answers, or says anything, stays") {
  const User user = impatient().sign_up();
  WsClient silent = connect(impatient(), user);
  WsClient answering = connect(impatient(), user);
  silent.answer_pings(false);
  const auto begun = Clock::now();
  CHECK(silent.wait_close() == 4004);
  CHECK(Clock::now() - begun > 2s);
  CHECK(Clock::now() - begun < 12s);
  // Its pings lie in the socket; reading on answers them.
  for (const Json& frame : answering.fence()) {
    CHECK(frame["type"].text() == "connection.expiring");
  }
  WsClient talking = connect(impatient(), user);
  talking.answer_pings(false);
  while (Clock::now() - begun < 10s) {
    talking.fence();
    answering.fence();
  }
}

TEST_CASE("the last minute of a token is announced, a newer one lives on, an old one is 4003") {
  const User user = impatient().sign_up();
  WsClient expires = connect(impatient(), user);
  WsClient refreshes = connect(impatient(), user);
  const Json warning = expires.wait_for("connection.expiring");
  CHECK(warning["expires_in_ms"].number() > 0);
  CHECK(warning["expires_in_ms"].number() <= 60'000);
  refreshes.wait_for("connection.expiring");
  const auto begun = Clock::now();
  // Half a minute later, so that the two end at different times.
  while (Clock::now() - begun < 30s) {
    expires.fence();
    refreshes.fence();
  }
  const User newer = impatient().log_in(user);
  const Json answer =
      refreshes.ask(R"({"type":"connection.refresh","token":")" + newer.token + R"("})");
  CHECK(answer["type"].text() == "ack");
  while (!expires.quiet() || Clock::now() - begun < 80s) {
    refreshes.fence();
    if (Clock::now() - begun > 140s) break;
    try {
      expires.fence();
    } catch (const std::runtime_error&) {
      break;  // closed
    }
  }
  CHECK(expires.wait_close() == 4003);
  CHECK_NOTHROW(refreshes.fence());
}

}  // namespace
}  // namespace kith::test
