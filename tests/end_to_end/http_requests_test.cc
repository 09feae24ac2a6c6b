// HTTP at the socket (RELIABILITY 3.2): what is refused, what ends the connection, in which order
// answers come. The tables of malformed heads are in tests/gateway/http_head_test.cc; here it is
// about the connection.
#include <charconv>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

using namespace std::string_literals;

// Everything that the server says to these bytes until it closes the connection.
std::string dialogue(const TestServer& server, std::string_view bytes) {
  Socket socket(server.port());
  socket.send(bytes, Clock::now() + kPatience);
  std::string answer;
  while (socket.receive(answer, Clock::now() + kPatience)) {
  }
  return answer;
}

std::vector<int> statuses(std::string_view answers) {
  std::vector<int> found;
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  for (auto at = answers.find(kVersion); at != answers.npos; at = answers.find(kVersion, at + 1)) {
    int status = 0;
    std::from_chars(answers.data() + at + kVersion.size(), answers.data() + answers.size(), status);
    found.push_back(status);
  }
  return found;
}

using Statuses = std::vector<int>;

std::string post(std::string_view fields, std::string_view body = {}) {
  return "POST /auth/login HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" +
         std::string(body);
}

constexpr std::string_view kSmuggled = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_CASE("where two could read a request's end differently, one answer comes and then the end") {
  const TestServer& server = shared_server<OneShard>();
  const std::vector<std::pair<std::string, int>> cases = {
      {post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {post("Transfer-Encoding: xchunked\r\n"), 501},
      {post("Transfer-Encoding: identity\r\nContent-Length: 0\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"), 400},
      {post("Content-Length: 0\r\nContent-Length: 0\r\n"), 400},
      {post("Content-Length: 0, 0\r\n"), 400},
      {post("Content-Length: +0\r\n"), 400},
      {post("Content-Type: application/json\r\n"), 411},
      {post("X: a\r\n b\r\n"), 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"\x16\x03\x01\x02", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
  };
  for (const auto& [bytes, status] : cases) {
    INFO(bytes);
    // What follows must never be taken for a request.
    CHECK(statuses(dialogue(server, bytes + std::string(kSmuggled))) == Statuses{status});
  }
}

TEST_CASE("a trailer of 70 KB ends its connection, and nothing else") {
  const TestServer& server = shared_server<OneShard>();
  const std::string attack =
      post("Transfer-Encoding: chunked\r\n", "0\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n");
  CHECK(statuses(dialogue(server, attack)) == Statuses{400});
  CHECK(server.http().get("/healthz").status == 200);
}

TEST_CASE("a body over the limit is refused before it is read") {
  const TestServer& server = shared_server<OneShard>();
  const std::string head = post("Content-Type: application/json\r\nContent-Length: 65537\r\n");
  CHECK(statuses(dialogue(server, head)) == Statuses{413});
  // Also where the client has sent some of it already, the answer reaches it.
  CHECK(statuses(dialogue(server, head + std::string(50'000, ' '))) == Statuses{413});
}

TEST_CASE("ten pipelined requests are answered in their order") {
  const TestServer& server = shared_server<OneShard>();
  std::string requests;
  Statuses expected;
  for (int i = 0; i < 9; ++i) {
    const bool odd = i % 2 != 0;
    const std::string body = "{}";
    requests += odd ? post("Content-Type: application/json\r\nContent-Length: 2\r\n", body)
                    : std::string(kSmuggled);
    expected.push_back(odd ? 422 : 200);
  }
  requests += "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  expected.push_back(404);
  CHECK(statuses(dialogue(server, requests)) == expected);
}

TEST_CASE("a request may come in single bytes; an empty line in front of it is skipped") {
  const TestServer& server = shared_server<OneShard>();
  Socket socket(server.port());
  const std::string request = "\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  for (const char byte : request) socket.send(std::string(1, byte), Clock::now() + kPatience);
  std::string answer;
  while (socket.receive(answer, Clock::now() + kPatience)) {
  }
  CHECK(statuses(answer) == Statuses{200});
}

TEST_CASE("Expect: 100-continue is answered before the body, or refused instead of it") {
  const TestServer& server = shared_server<OneShard>();
  Socket socket(server.port());
  socket.send(post("Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                   "Expect: 100-continue\r\n"),
              Clock::now() + kPatience);
  std::string answer;
  while (answer.find("\r\n\r\n") == answer.npos) {
    REQUIRE(socket.receive(answer, Clock::now() + kPatience));
  }
  CHECK(statuses(answer) == Statuses{100});
  socket.send("{}", Clock::now() + kPatience);
  while (socket.receive(answer, Clock::now() + kPatience)) {
  }
  CHECK(statuses(answer) == Statuses{100, 422});

  const auto too_large = post("Content-Length: 99999999\r\nExpect: 100-continue\r\n");
  CHECK(statuses(dialogue(server, too_large)) == Statuses{413});
  CHECK(statuses(dialogue(server, post("Content-Length: 0\r\nExpect: magic\r\n"))) ==
        Statuses{417});
}

TEST_CASE("a head or a body that does not come in time is 408") {
  const TestServer& server = shared_server<OneShard>();
  const auto begun = Clock::now();
  CHECK(statuses(dialogue(server, "GET /healthz HTTP/1.1\r\nHost: a\r\n")) == Statuses{408});
  CHECK(statuses(dialogue(server, post("Content-Type: application/json\r\nContent-Length: 9\r\n",
                                       "{"))) == Statuses{408});
  CHECK(Clock::now() - begun >= 9s);
}

TEST_CASE("methods: HEAD is GET without the body, others are 405 with what is allowed, or 501") {
  const TestServer& server = shared_server<OneShard>();
  const auto ask = [&](std::string_view method, std::string_view path) {
    return dialogue(server, std::string(method) + ' ' + std::string(path) +
                                " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  };
  const auto head = ask("HEAD", "/healthz");
  CHECK(statuses(head) == Statuses{200});
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("Content-Length: 15\r\n") != head.npos);
  const auto refused = ask("PUT", "/chats");
  CHECK(statuses(refused) == Statuses{405});
  CHECK(refused.find("\r\nAllow: POST, GET, HEAD, OPTIONS\r\n") != refused.npos);
  CHECK(statuses(ask("OPTIONS", "/chats")) == Statuses{204});
  CHECK(statuses(ask("OPTIONS", "*")) == Statuses{204});
  CHECK(statuses(ask("TRACE", "/")) == Statuses{405});
  CHECK(statuses(ask("BREW", "/")) == Statuses{501});
  CHECK(statuses(ask("get", "/")) == Statuses{501});
}

TEST_CASE("only what a page's origin may see is said to its browser") {
  const TestServer server({"gateway.allowed_origins=https://app.example.com"});
  const auto preflight = [&](const std::string& origin) {
    return server.http().send(
        {.method = "OPTIONS",
         .path = "/chats",
         .headers = {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}}});
  };
  const auto allowed = preflight("https://app.example.com");
  CHECK(allowed.status == 204);
  CHECK(allowed.header("access-control-allow-origin") == "https://app.example.com");
  CHECK(allowed.header("access-control-allow-headers").find("Authorization") != std::string::npos);
  CHECK(allowed.header("vary") == "Origin");
  for (const auto* foreign : {"https://app.example.com.evil", "null", "http://app.example.com"}) {
    CHECK(preflight(foreign).header("access-control-allow-origin").empty());
  }
}

TEST_CASE("every answer carries the fields that keep browsers in line, and no version") {
  const TestServer& server = shared_server<OneShard>();
  for (const auto* path : {"/healthz", "/nowhere", "/chats"}) {
    const auto response = server.http().get(path);
    CHECK(response.header("x-content-type-options") == "nosniff");
    CHECK(response.header("cache-control") == "no-store");
    CHECK(response.header("referrer-policy") == "no-referrer");
    CHECK(response.header("server") == "kith");
    CHECK_FALSE(response.header("x-correlation-id").empty());
    CHECK(response.header("date").ends_with(" GMT"));
  }
}

TEST_CASE("a client cannot write into an answer's head") {
  const TestServer& server = shared_server<OneShard>();
  const auto response = server.http().send(
      {.method = "GET",
       .path = "/nowhere%0d%0aX-Evil:%20yes",
       .headers = {{"X-Correlation-Id", "a b\"c"}, {"Origin", "https://evil.example.com"}}});
  CHECK(response.status == 400);
  CHECK(response.header("x-evil").empty());
  CHECK(response.header("x-correlation-id").find(' ') == std::string::npos);
  CHECK(response.header("access-control-allow-origin").empty());
}

}  // namespace
}  // namespace kith::test
