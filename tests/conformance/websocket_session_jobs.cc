// Rows of RELIABILITY 3.1 and PROTOCOL 5 that are about time, limits and the end of a session. They
// run on the impatient site, whose deadlines are seconds, or on a server of their own.
#include <signal.h>

#include "gateway/jwt.h"
#include "tests/conformance/runner.h"
#include "tests/conformance/websocket_cases.h"

namespace kith::test {
namespace {

using Seen = std::optional<std::string>;

Seen expect_close(WsClient& socket, std::uint16_t code) {
  const std::uint16_t got = socket.wait_close();
  if (got == code) return std::nullopt;
  return "expected close " + std::to_string(code) + ", got " + std::to_string(got);
}

Seen expect_announced(WsClient& socket, std::uint16_t code) {
  if (auto failure = expect_close(socket, code)) return failure;
  if (!socket.closing()) return std::string("the close is not announced");
  if (socket.closing().value()["code"].number() != code) {
    return "announced: " + socket.closing()->dump();
  }
  return std::nullopt;
}

Seen init_timeout(const Sites& sites) {
  const auto begun = Clock::now();
  WsClient socket(sites.impatient->server.port());
  if (auto failure = expect_announced(socket, 4502)) return failure;
  return Clock::now() - begun < 900ms ? Seen("before its time") : std::nullopt;
}

Seen init_timeout_with_token(const Sites& sites) {
  const Site& site = *sites.impatient;
  WsClient socket(site.server.port(),
                  {.headers = {{"Authorization", "Bearer " + site.user.token}}});
  return expect_announced(socket, 4502);
}

// A frame that never ends is no frame.
Seen init_timeout_in_frame(const Sites& sites) {
  WsClient socket(sites.impatient->server.port());
  socket.answer_pings(false);  // a pong would stand in the middle of the frame
  socket.send_raw(
      std::string_view(WsClient::encode({}, init_frame(sites.impatient->user))).substr(0, 40));
  return expect_announced(socket, 4502);
}

// Pings do not stand in for connection.init.
Seen init_timeout_pinging(const Sites& sites) {
  WsClient socket(sites.impatient->server.port());
  socket.send_frame({.opcode = 9}, "still here");
  return expect_announced(socket, 4502);
}

Seen bad_token_in_header(const Sites& sites) {
  WsClient socket(sites.usual->server.port(), {.headers = {{"Authorization", "Bearer nonsense"}}});
  return expect_announced(socket, 4500);
}

Seen bad_token_in_query(const Sites& sites) {
  WsClient socket(sites.usual->server.port(), {.path = "/ws?token=nonsense"});
  return expect_announced(socket, 4500);
}

// Browsers send cookies whoever asks them to (RELIABILITY 3.1): a token that is good anywhere else
// is none there, under whatever name.
Seen cookie_is_no_token(const Sites& sites) {
  const Site& site = *sites.usual;
  const std::string init = R"({"type":"connection.init"})";
  const std::string& token = site.user.token;
  for (const char* path : {"/ws", "/api/v1/ws"}) {
    WsClient socket(site.server.port(),
                    {.path = path,
                     .headers = {{"Cookie", "token=" + token + "; access_token=" + token +
                                                "; Authorization=Bearer " + token}}});
    socket.send(init);
    if (auto failure = expect_announced(socket, 4500)) return path + (": " + *failure);
  }
  // It is the cookie that was refused, not the token, nor a frame without one.
  WsClient socket(site.server.port(), {.headers = {{"Authorization", "Bearer " + token}}});
  socket.send(init);
  socket.expect("connection.ready");
  return std::nullopt;
}

Seen no_pong(const Sites& sites) {
  WsClient socket = connect(sites.impatient->server, sites.impatient->user);
  socket.answer_pings(false);
  return expect_close(socket, 4004);
}

// Whoever answers is pinged again and again, and stays.
Seen pongs_keep_alive(const Sites& sites) {
  WsClient socket = connect(sites.impatient->server, sites.impatient->user);
  const auto until = Clock::now() + 5s;
  while (Clock::now() < until) {
    try {
      return "unasked: " + socket.next(500ms).dump();
    } catch (const std::runtime_error&) {
      // Nothing for us was said, or it closed: the fence at the end tells which.
    }
  }
  return socket.fence().empty() ? Seen() : Seen("something came with the pings");
}

Seen token_expires(const Sites& sites) {
  const Site& site = *sites.impatient;
  WsClient first(site.server.port());
  first.send(init_frame(site.user));
  const Json ready = first.expect("connection.ready");
  const auto user = UserId::parse(site.user.id);
  const auto session = AuthSessionId::parse(ready["session_id"].text());
  const auto key = make_hmac_key(std::string(kImpatientSecret));
  if (!user || !session || !key) return std::string("no ids: ") + ready.dump();
  User brief = site.user;
  const auto now =
      std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
  brief.token = TokenSigner(*key, {.issuer = "kith", .audience = "kith"})
                    .issue(*user, *session, now, std::chrono::seconds(6));
  WsClient socket(site.server.port());
  socket.send(init_frame(brief));
  const Json warning = socket.wait_for("connection.expiring");
  if (warning["expires_in_ms"].number() > 6000) return warning.dump();
  return expect_announced(socket, 4003);
}

Seen rate_limited(const Sites& sites) {
  const Site& site = *sites.impatient;
  const User sender = site.server.log_in(site.user);
  WsClient socket = connect(site.server, sender);
  int limited = 0;
  for (int i = 0; i < 12; ++i) {
    const Json answer = socket.ask(message(site.chat, "limited-" + std::to_string(i), "x"));
    if (answer["type"].text() == "ack") continue;
    if (answer["code"].text() != "rate_limited") return answer.dump();
    if (answer["retry_after_ms"].number() <= 0) return "without a time: " + answer.dump();
    ++limited;
  }
  if (limited < 5) return "only " + std::to_string(limited) + " of 12 at once are limited";
  if (!socket.fence().empty()) return std::string("something came behind");
  std::string flood;
  for (int i = 0; i < 220; ++i) {
    socket.send(message(site.chat, "flood-" + std::to_string(i), "x"));
  }
  return expect_announced(socket, 4013);
}

Seen smaller_frame_limit(const Sites& sites) {
  WsClient socket = connect(sites.impatient->server, sites.impatient->user);
  std::string frame = R"({"type":"ping","id":"a","p":")";
  frame.resize(4094, 'x');
  socket.send(frame + "\"}");
  if (socket.expect("pong")["id"].text() != "a") return std::string("4,096 bytes are not read");
  socket.send(frame + "x\"}");
  return expect_close(socket, 1009);
}

Seen logout_revokes(const Sites& sites) {
  const Site& site = *sites.usual;
  const User again = site.server.log_in(site.user);
  WsClient socket = connect(site.server, again);
  const int status = site.server.http().post("/auth/logout", "", again.token).status;
  if (status != 204) return "logout answers " + std::to_string(status);
  return expect_announced(socket, 4507);
}

Seen server_stops(const Sites&) {
  TestServer server({"shards=1", "gateway.drain_s=0"});
  const User user = server.sign_up();
  WsClient socket = connect(server, user);
  server.process().signal(SIGTERM);
  if (auto failure = expect_announced(socket, 4001)) return failure;
  if (socket.closing().value()["retry_after_ms"].number() <= 0) return socket.closing()->dump();
  return server.process().wait() == 0 ? Seen() : Seen("it did not exit with 0");
}

// Nobody is there any more who could send a close frame (section 7.1.5).
Seen half_closed(const Sites& sites) {
  WsClient socket = connect(sites.usual->server, sites.usual->user);
  socket.socket().shutdown_sending();
  return expect_close(socket, 1006);
}

Seen half_closed_in_frame(const Sites& sites) {
  WsClient socket = connect(sites.usual->server, sites.usual->user);
  socket.send_raw(WsClient::encode({.declared_bytes = 100}, "{"));
  socket.socket().shutdown_sending();
  return expect_close(socket, 1006);
}

// Frames may lie in one segment with the handshake (section 4.1).
Seen frames_with_handshake(const Sites& sites) {
  const Site& site = *sites.usual;
  Socket socket(site.server.port());
  const auto deadline = Clock::now() + kPatience;
  socket.send(
      "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
          WsClient::encode({}, init_frame(site.user)) +
          WsClient::encode({}, R"({"type":"ping","id":"early"})"),
      deadline);
  std::string received;
  while (received.find(R"("id":"early")") == std::string::npos) {
    if (!socket.receive(received, deadline)) return "closed: " + received;
  }
  return received.starts_with("HTTP/1.1 101 ") ? Seen() : Seen(received);
}

// A frame may take its time: every piece of it shows that the peer lives.
Seen frame_in_parts(const Sites& sites) {
  const TestServer& server = sites.usual->server;
  WsClient socket = connect(server, server.sign_up("slow"));
  const std::string frame = WsClient::encode({}, R"({"type":"ping","id":"slow"})");
  std::string_view rest = frame;
  for (; rest.size() > 5; rest.remove_prefix(5)) {
    socket.send_raw(rest.substr(0, 5));
    try {
      return "unasked: " + socket.next(500ms).dump();
    } catch (const std::runtime_error&) {
      // Nothing comes: that is what is being waited for.
    }
  }
  socket.send_raw(rest);
  return socket.expect("pong")["id"].text() == "slow" ? Seen() : Seen("another answer");
}

// The peer of a close that never comes: the server does not wait for ever (section 7.1.1).
Seen close_never_answered(const Sites& sites) {
  WsClient socket = connect(sites.usual->server, sites.usual->user);
  socket.send_frame({.opcode = 3}, "");  // what it closes for
  const auto code = socket.wait_close();
  std::string rest;
  const auto deadline = Clock::now() + kPatience;
  while (socket.socket().receive(rest, deadline)) {
  }
  return code == 1002 && rest.empty() ? Seen() : Seen("more came behind the close frame");
}

}  // namespace

void add_session_jobs(std::vector<Job>& jobs) {
  struct Row {
    const char* id;
    const char* section;
    Seen (*run)(const Sites&);
  };
  static constexpr Row kRows[] = {
      {"init-timeout", "RELIABILITY 3.1", init_timeout},
      {"init-timeout-with-token", "PROTOCOL 2", init_timeout_with_token},
      {"init-timeout-in-frame", "RELIABILITY 3.1", init_timeout_in_frame},
      {"init-timeout-pinging", "RELIABILITY 3.1", init_timeout_pinging},
      {"bad-token-in-header", "PROTOCOL 2", bad_token_in_header},
      {"bad-token-in-query", "PROTOCOL 2", bad_token_in_query},
      {"cookie-is-no-token", "RELIABILITY 3.1", cookie_is_no_token},
      {"no-pong", "PROTOCOL 5", no_pong},
      {"pongs-keep-alive", "5.5.2", pongs_keep_alive},
      {"token-expires", "RELIABILITY 3.1", token_expires},
      {"rate-limited", "RELIABILITY 3.1", rate_limited},
      {"smaller-frame-limit", "10.4", smaller_frame_limit},
      {"logout-revokes", "PROTOCOL 5", logout_revokes},
      {"server-stops", "RELIABILITY 3.1", server_stops},
      {"half-closed", "7.1.5", half_closed},
      {"half-closed-in-frame", "7.1.5", half_closed_in_frame},
      {"frames-with-handshake", "4.1", frames_with_handshake},
      {"frame-in-parts", "5.2", frame_in_parts},
      {"close-never-answered", "7.1.1", close_never_answered},
  };
  for (const Row& row : kRows) {
    jobs.push_back({.id = std::string("session-") + row.id,
                    .section = row.section,
                    .waits = true,
                    .run = row.run});
  }
}

}  // namespace kith::test
