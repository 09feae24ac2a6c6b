// RELIABILITY 3.2 of connections that live long: who takes no answers, and who comes back in time.
#include <thread>

#include "tests/conformance/http_cases.h"
#include "tests/conformance/runner.h"
#include "tests/support/await.h"

namespace kith::test {
namespace {

// What the kernels of both sides hold of one connection at the most is less (tcp_wmem, tcp_rmem).
constexpr std::size_t kReadAheadMax = 64 << 20;

// Pipelines more answers than the kernel can hold, and reads none of them. Where the server gives
// up, it does so with requests unread, so that our writing fails. Until then it takes no more of
// them than it answers: one at a time, with the rest in the kernel, which is where they queue.
std::optional<std::string> slow_reader(const Sites& sites) {
  Socket socket(sites.usual->server.port(), {.receive_buffer_bytes = 4096});
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/metrics");
  const auto begun = Clock::now();
  const auto deadline = begun + 90s;
  std::size_t taken = 0;
  try {
    for (;;) {
      socket.send(requests, deadline);
      taken += requests.size();
      if (taken > kReadAheadMax) return "it reads requests that it cannot answer yet";
    }
  } catch (const Disconnected&) {
    const auto waited = Clock::now() - begun;
    return waited < 29s ? std::optional<std::string>("ended before its time") : std::nullopt;
  } catch (const DeadlinePassed&) {
    return "expected the end of the connection within 90 s, got none";
  }
}

// Five requests a second apart, each well inside of the deadline: it begins anew with each.
std::optional<std::string> kept_alive(const Sites& sites) {
  Socket socket(sites.usual->server.port());
  std::string received;
  for (int i = 0; i < 5; ++i) {
    received.clear();
    socket.send(get("/healthz"), Clock::now() + kPatience);
    while (received.find("\"ok\"}") == std::string::npos) {
      if (!socket.receive(received, Clock::now() + kPatience)) return "it closed: " + received;
    }
    std::this_thread::sleep_for(1500ms);
  }
  return std::nullopt;
}

// The answers to two logins with a wrong password that both name this address as whose they are, at
// a server that lets an address try once a minute: the second is let in only where the name does
// not count, for loopback itself has no limit.
std::string logins_of_address(const TestServer& server, const User& user, const char* name) {
  const std::string address = "203.0.113.7";
  std::string answers;
  for (int i = 0; i < 2; ++i) {
    const auto answer = server.http().send(
        {.method = "POST",
         .path = "/auth/login",
         .body = R"({"email":")" + user.email + R"(","password":"wrong wrong"})",
         .headers = {{name, name == std::string("Forwarded") ? "for=" + address : address}}});
    answers += (i == 0 ? "" : " ") + std::to_string(answer.status);
  }
  return answers;
}

// Who is no trusted proxy cannot choose the address that limits count it under. Who is one can, in
// the one field that is read: the same requests, so that it is the trust that makes the difference.
std::optional<std::string> forwarded_for(const Sites& sites) {
  const TestServer trusting(
      {"shards=1", "limits.logins_per_minute=1", "trusted_proxies=127.0.0.1"});
  const User user = trusting.sign_up("forwarded");
  for (const char* name : {"X-Forwarded-For", "Forwarded", "X-Real-IP"}) {
    const bool counts = name == std::string("X-Forwarded-For");
    const Site& site = *sites.impatient;
    if (auto failure = judge("401 401", logins_of_address(site.server, site.user, name))) {
      return "from anybody, " + (name + (": " + *failure));
    }
    if (auto failure =
            judge(counts ? "401 429" : "401 401", logins_of_address(trusting, user, name))) {
      return "from a trusted proxy, " + (name + (": " + *failure));
    }
  }
  return std::nullopt;
}

// A limit of the configuration's own is the one that holds.
std::optional<std::string> smaller_limits(const Sites& sites) {
  const HttpCase cases[] = {
      {.id = {},
       .section = {},
       .writes = {get("/healthz", "X: " + std::string(4096, 'v') + "\r\n")},
       .expect = "431 eof"},
      {.id = {},
       .section = {},
       .writes = {post_json("{}" + std::string(1022, ' '))},
       .expect = "422 marker eof"},
      {.id = {},
       .section = {},
       .writes = {post_json("{}" + std::string(1023, ' '))},
       .expect = "413 eof"},
  };
  for (const HttpCase& http_case : cases) {
    const HttpTranscript seen = transcript_of(http_case, target_of(*sites.impatient));
    if (auto failure = judge(http_case.expect, seen.events)) return failure;
  }
  return std::nullopt;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
  return found;
}

// Another protocol on our port is worth a line to whoever runs it, and no more than that.
std::optional<std::string> garbage_in_log(const Sites&) {
  const TestServer server({"shards=2"});
  const auto begun = Clock::now();
  for (int i = 0; i < 30; ++i) {
    Socket socket(server.port());
    socket.send(i % 2 == 0 ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : "\x16\x03\x01\x02",
                Clock::now() + kPatience);
    std::string answer;
    while (socket.receive(answer, Clock::now() + kPatience)) {
    }
  }
  const bool said = await_condition(Clock::now() + kPatience, 10ms,
                                    [&] { return count(server.log(), "http.garbage") > 0; });
  if (!said) return "the log says nothing: " + server.log();
  const std::size_t lines = count(server.log(), "http.garbage");
  if (Clock::now() - begun < 55s && lines != 1) return std::to_string(lines) + " lines";
  return std::nullopt;
}

}  // namespace

void add_connection_jobs(std::vector<Job>& jobs) {
  jobs.push_back({.id = "deadline-slow-reader",
                  .section = "RELIABILITY 3.2: write progress",
                  .waits = true,
                  .run = slow_reader});
  jobs.push_back({.id = "forwarded-for-of-anybody",
                  .section = "RELIABILITY 3.2: X-Forwarded-For",
                  .run = forwarded_for});
  jobs.push_back({.id = "garbage-in-the-log",
                  .section = "RELIABILITY 3.2: one line an address and minute",
                  .waits = true,
                  .run = garbage_in_log});
  jobs.push_back({.id = "smaller-limits", .section = "RELIABILITY 3.2", .run = smaller_limits});
  jobs.push_back({.id = "deadline-begins-anew",
                  .section = "RELIABILITY 3.2: keep-alive",
                  .waits = true,
                  .run = kept_alive});
}

}  // namespace kith::test
