// Accounts and their tokens (PROTOCOL section 7).
#include <set>
#include <thread>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

std::string refresh_body(const std::string& token) {
  return R"({"refresh_token":")" + token + R"("})";
}
std::string login_body(const std::string& email, const std::string& password) {
  return R"({"email":")" + email + R"(","password":")" + password + R"("})";
}

void check_problem(const HttpResponse& response, int status, const std::string& code) {
  CHECK(response.status == status);
  CHECK(response.header("content-type").starts_with("application/problem+json"));
  CHECK(response.json()["code"].text() == code);
}

TEST_CASE("signing up answers with the user as the document shows it") {
  const TestServer& server = shared_server<OneShard>();
  const auto body = R"({"email":"Alex@Example.com","password":"S3cur3!!","display_name":"Alex",)"
                    R"("city":"Austin","interests":["hiking","music"],"signup_source":"ios"})";
  const auto response = server.http().post("/users", body);
  REQUIRE(response.status == 201);
  const Json user = response.json();
  CHECK(user["id"].text().starts_with("usr_"));
  CHECK(user["display_name"].text() == "Alex");
  CHECK(user["city"].text() == "Austin");
  CHECK(user["interests"].texts() == std::vector<std::string>{"hiking", "music"});
  CHECK(user["created_at"].text().ends_with("Z"));
  CHECK(response.body.find("S3cur3") == std::string::npos);
  // Emails compare without case.
  check_problem(
      server.http().post("/api/v1/users", R"({"email":"alex@example.COM","password":"not so easy",)"
                                          R"("display_name":"Other"})"),
      409, "conflict");
  const auto login = server.http().post("/auth/login", login_body("ALEX@example.com", "S3cur3!!"));
  REQUIRE(login.status == 200);
  CHECK(login.json()["token_type"].text() == "Bearer");
  CHECK(login.json()["expires_in"].number() == 900);
  CHECK(login.json()["user"]["id"].text() == user["id"].text());
  const auto profile =
      server.http().get("/users/" + user["id"].text(), login.json()["access_token"].text());
  CHECK(profile.status == 200);
  CHECK(profile.json()["display_name"].text() == "Alex");
}

TEST_CASE("what is wrong with a sign-up is named by its field") {
  const TestServer& server = shared_server<OneShard>();
  auto refused = [&](const std::string& body, const std::string& field) {
    const auto response = server.http().post("/users", body);
    check_problem(response, 422, "bad_request");
    CHECK(response.json()["errors"].dump().find(field) != std::string::npos);
  };
  refused(R"({"email":"a@example.com","password":"1234567","display_name":"A"})", "password");
  refused(R"({"email":"nonsense","password":"not so easy","display_name":"A"})", "email");
  refused(R"({"email":"a@example.com","password":"not so easy"})", "display_name");
  refused(R"({"email":7,"password":"not so easy","display_name":"A"})", "email");
  check_problem(server.http().post("/users", "{nonsense"), 400, "bad_request");
}

TEST_CASE("a wrong password and an unknown user are told alike") {
  const TestServer& server = shared_server<OneShard>();
  const User user = server.sign_up();
  const auto wrong = server.http().post("/auth/login", login_body(user.email, "not this one"));
  const auto unknown =
      server.http().post("/auth/login", login_body("nobody@example.com", "not this one"));
  check_problem(wrong, 401, "unauthorized");
  check_problem(unknown, 401, "unauthorized");
  CHECK(wrong.json()["detail"].dump() == unknown.json()["detail"].dump());
}

TEST_CASE("failed logins are limited per account, and others are not locked out") {
  const TestServer server({"limits.failed_logins_per_minute=3"});
  const User user = server.sign_up();
  const User other = server.sign_up();
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    const auto response = server.http().post("/auth/login", login_body(user.email, "wrong one"));
    refused += response.status == 429 ? 1 : 0;
  }
  CHECK(refused == 2);
  CHECK_NOTHROW(server.log_in(other));
}

TEST_CASE("refreshing rotates; using a token twice ends the whole login") {
  const TestServer& server = shared_server<OneShard>();
  const User user = server.sign_up();
  const auto first = server.http().post("/auth/refresh", refresh_body(user.refresh_token));
  REQUIRE(first.status == 200);
  User now = user;
  now.token = first.json()["access_token"].text();
  const auto next = first.json()["refresh_token"].text();
  CHECK(next != user.refresh_token);
  CHECK(server.http().get("/chats", now.token).status == 200);
  WsClient socket = connect(server, now);

  check_problem(server.http().post("/auth/refresh", refresh_body(user.refresh_token)), 401,
                "unauthorized");
  CHECK(socket.wait_close() == 4507);
  check_problem(server.http().get("/chats", now.token), 401, "unauthorized");
  check_problem(server.http().post("/auth/refresh", refresh_body(next)), 401, "unauthorized");
  CHECK_NOTHROW(server.log_in(user));
}

TEST_CASE("of parallel refreshes with one token exactly one wins") {
  const TestServer& server = shared_server<TwoShards>();
  for (int round = 0; round < 5; ++round) {
    const User user = server.sign_up();
    std::vector<int> statuses(4);
    std::vector<std::thread> threads;
    for (int& status : statuses) {
      threads.emplace_back([&server, &user, &status] {
        status = server.http().post("/auth/refresh", refresh_body(user.refresh_token)).status;
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(std::ranges::count(statuses, 200) == 1);
    CHECK(std::ranges::count(statuses, 401) == 3);
  }
}

KITH_ON_SHARDS("logging out cuts that login's sockets and token at once, and no other") {
  const TestServer& server = shared_server<Shards>();
  const User user = server.sign_up();
  const User elsewhere = server.log_in(user);
  std::vector<WsClient> cut;
  for (int i = 0; i < 4; ++i) cut.push_back(connect(server, user));
  WsClient stays = connect(server, elsewhere);
  CHECK(server.post("/auth/logout", "", user).status / 100 == 2);
  CHECK(server.http().get("/chats", user.token).status == 401);
  for (WsClient& socket : cut) CHECK(socket.wait_close() == 4507);
  for (const Json& frame : stays.fence()) CHECK(frame["type"].text() == "session.revoked");
  CHECK(server.http().get("/chats", elsewhere.token).status == 200);
  WsClient again(server.port());
  again.send(init_frame(user));
  CHECK(again.wait_close() >= 4500);
  CHECK(server.http().post("/auth/refresh", refresh_body(user.refresh_token)).status == 401);
}

TEST_CASE("a token is needed, and only a true one will do") {
  const TestServer& server = shared_server<OneShard>();
  const User user = server.sign_up();
  check_problem(server.http().get("/chats"), 401, "unauthorized");
  check_problem(server.http().get("/chats", "nonsense"), 401, "unauthorized");
  check_problem(server.http().get("/chats", user.refresh_token), 401, "unauthorized");
  // Header {"alg":"none","typ":"JWT"} before the true claims, without a signature.
  const auto first = user.token.find('.');
  const auto second = user.token.find('.', first + 1);
  const std::string claims = user.token.substr(first, second - first + 1);
  check_problem(server.http().get("/chats", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0" + claims), 401,
                "unauthorized");
  check_problem(server.http().get("/chats", user.token + "="), 401, "unauthorized");
}

TEST_CASE("only so many sign-ups a minute from one address, with a time to wait") {
  // Loopback itself is not limited: the addresses are those that a trusted proxy reports.
  const TestServer server({"limits.signups_per_minute=2", "trusted_proxies=127.0.0.1"});
  auto sign_up = [&](int number, const std::string& address) {
    return server.http().send({.method = "POST",
                               .path = "/users",
                               .body = R"({"email":"u)" + std::to_string(number) +
                                       R"(@example.com","password":"not so easy",)"
                                       R"("display_name":"U"})",
                               .headers = {{"X-Forwarded-For", address}}});
  };
  CHECK(sign_up(1, "203.0.113.7").status == 201);
  CHECK(sign_up(2, "203.0.113.7").status == 201);
  const auto response = sign_up(3, "203.0.113.7");
  check_problem(response, 429, "rate_limited");
  CHECK(std::stoi("0" + response.header("retry-after")) >= 1);
  CHECK(sign_up(4, "203.0.113.8").status == 201);
}

}  // namespace
}  // namespace kith::test
