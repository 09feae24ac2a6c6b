// Refresh tokens: each is good once, its second use ends the login (RFC 9700 section 4.14), and of
// two that race exactly one wins. The same request again, known by its Idempotency-Key, is no use.
#include <doctest/doctest.h>
#include <sodium.h>

#include <atomic>
#include <thread>

#include "engine/ports/accounts.h"
#include "storage/sqlite_connection.h"
#include "tests/rights/cut_off.h"
#include "tests/rights/world.h"

namespace kith::test {
namespace {

HttpResponse refresh(HttpClient& http, const std::string& token) {
  return http.post("/auth/refresh", R"({"refresh_token":)" + json_string(token) + "}");
}

HttpResponse refresh_with_key(HttpClient& http, const std::string& token, const std::string& key) {
  return http.send({.method = "POST",
                    .path = "/auth/refresh",
                    .body = R"({"refresh_token":)" + json_string(token) + "}",
                    .headers = {{"Idempotency-Key", key}}});
}

std::int64_t audited(World& world, const char* action) {
  auto db = SqliteConnection::open((world.server().data() / "kith.db").string(),
                                   SqliteConnection::Mode::read);
  REQUIRE(db);
  auto row = (*db)->query("SELECT COUNT(*) FROM audit_log WHERE action = $1", action);
  return row.next() ? row.integer(0) : 0;
}

TEST_CASE("a used refresh token is refused and takes its whole family along, and no other") {
  World world;
  HttpClient http = world.server().http();
  const User user = world.server().log_in(world.other(0));
  const User elsewhere = world.server().log_in(world.other(0));
  std::vector<std::string> family = {user.refresh_token};
  std::vector<std::string> access = {user.token};
  for (int i = 0; i < 5; ++i) {
    const HttpResponse next = refresh(http, family.back());
    REQUIRE(next.status == 200);
    family.push_back(next.json()["refresh_token"].text());
    access.push_back(next.json()["access_token"].text());
  }
  User now = user;
  now.token = access.back();
  WsClient socket = connect(world.server(), now);
  WsClient other = connect(world.server(), elsewhere);
  const HttpResponse unknown = refresh(http, "rft_" + std::string(43, 'A'));
  const HttpResponse reused = refresh(http, family[2]);
  const auto ended = Clock::now();
  CHECK(reused.status == 401);
  CHECK(replaced(reused.body, reused.header("x-correlation-id"), "") ==
        replaced(unknown.body, unknown.header("x-correlation-id"), ""));
  check_cut_off(socket, 4507, ended);
  for (const std::string& token : family) CHECK(refresh(http, token).status == 401);
  for (const std::string& token : access) CHECK(http.get("/users/me", token).status == 401);
  CHECK(audited(world, "auth.refresh_reuse") == 1);
  // The other login of the same user stands.
  for (const Json& frame : other.fence()) CHECK(frame["type"].text() == "session.revoked");
  CHECK(refresh(http, elsewhere.refresh_token).status == 200);
}

TEST_CASE("whose answer to a refresh was lost asks again with its key, and is signed in still") {
  World world({"shards=2"});
  HttpClient http = world.server().http();
  const User user = world.server().log_in(world.other(0));
  WsClient socket = connect(world.server(), user);
  const HttpResponse lost = refresh_with_key(http, user.refresh_token, "one");
  REQUIRE(lost.status == 200);
  HttpClient elsewhere = world.server().http();
  const HttpResponse again = refresh_with_key(elsewhere, user.refresh_token, "one");
  REQUIRE(again.status == 200);
  const std::string next = again.json()["refresh_token"].text();
  CHECK(next == lost.json()["refresh_token"].text());
  CHECK(http.get("/users/me", again.json()["access_token"].text()).status == 200);
  CHECK(socket.fence().empty());
  // A key that is new, or none, is a second use all the same: nothing of the login holds then.
  for (const char* key : {"two", ""}) {
    CAPTURE(key);
    const User thief = world.server().log_in(world.other(1));
    const std::string& token = thief.refresh_token;
    const HttpResponse first = refresh_with_key(http, token, "one");
    REQUIRE(first.status == 200);
    CHECK((*key == '\0' ? refresh(http, token) : refresh_with_key(http, token, key)).status == 401);
    CHECK(refresh_with_key(http, token, "one").status == 401);
    CHECK(refresh(http, first.json()["refresh_token"].text()).status == 401);
    CHECK(http.get("/users/me", first.json()["access_token"].text()).status == 401);
  }
  // Once the new token has been used, the old one is not asked for again.
  REQUIRE(refresh_with_key(http, next, "three").status == 200);
  CHECK(refresh_with_key(http, user.refresh_token, "one").status == 401);
  check_cut_off(socket, 4507, Clock::now());
  CHECK(refresh_with_key(http, user.refresh_token, "no key").status == 400);
  CHECK(audited(world, "auth.refresh_reuse") == 3);
}

TEST_CASE("neither kind of token passes for the other") {
  World world;
  HttpClient http = world.server().http();
  const User user = world.server().log_in(world.other(0));
  CHECK(refresh(http, user.token).status == 422);  // longer than any refresh token
  CHECK(http.get("/users/me", user.refresh_token).status == 401);
  WsClient socket(world.server().port());
  socket.send(R"({"type":"connection.init","token":")" + user.refresh_token + "\"}");
  CHECK(socket.wait_close() == 4500);
  CHECK(refresh(http, user.refresh_token).status == 200);  // the attempts cost it nothing
}

TEST_CASE("what only looks like a refresh token is refused") {
  World world;
  HttpClient http = world.server().http();
  const User user = world.server().log_in(world.other(0));
  const std::string& good = user.refresh_token;
  std::string turned = good;
  turned.back() = turned.back() == 'A' ? 'B' : 'A';
  for (const std::string& token :
       {good + "A", good.substr(0, good.size() - 1), good.substr(4), "RFT_" + good.substr(4),
        turned, good + " ", " " + good, good + "=", std::string("rft_"), std::string("%"),
        std::string("' OR 1=1 --"), std::string(256, 'r')}) {
    CAPTURE(token);
    CHECK(refresh(http, token).status == 401);
  }
  for (const char* body : {R"({"refresh_token":null})", R"({"refresh_token":["a"]})", "{}",
                           R"({"refresh_token":""})"}) {
    CHECK(http.post("/auth/refresh", body).status == 422);
  }
  CHECK(refresh(http, good).status == 200);
}

// Both have their connection and are let go at once.
std::pair<HttpResponse, HttpResponse> race(HttpClient& one, HttpClient& other,
                                           const std::string& token) {
  std::atomic<int> ready = 0;
  const auto run = [&](HttpClient& http) {
    ++ready;
    while (ready < 2) std::this_thread::yield();
    return refresh(http, token);
  };
  HttpResponse second;
  std::thread thread([&] { second = run(other); });
  HttpResponse first = run(one);
  thread.join();
  return {std::move(first), std::move(second)};
}

void add_login(SqliteConnection& db, const UserId& user, const std::string& token, WallTime now) {
  TokenHash hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size());
  db.execute(
      "INSERT INTO sessions(public_id, user_id, created_at, last_used_at) "
      "SELECT $1, id, $2, $2 FROM channels WHERE public_id = $3",
      *AuthSessionId::parse(unknown_id("ses_")), now, user);
  db.execute(
      "INSERT INTO refresh_tokens(hash, session_id, issued_at, expires_at) VALUES($1, $2, $3, $4)",
      hash, db.last_insert_id(), now, now + 24h);
}

// Logins as POST /auth/login makes them, without the price of a password: their refresh tokens.
std::vector<std::string> add_logins(World& world, const User& user, int count) {
  REQUIRE(world.server().terminate() == 0);
  std::vector<std::string> tokens;
  {
    auto db = SqliteConnection::open((world.server().data() / "kith.db").string(),
                                     SqliteConnection::Mode::write);
    REQUIRE(db);
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    (*db)->execute("BEGIN");
    for (int i = 0; i < count; ++i) {
      tokens.push_back(unknown_id("rft_"));
      add_login(**db, *UserId::parse(user.id), tokens.back(), now);
    }
    (*db)->execute("COMMIT");
    REQUIRE_FALSE((*db)->failure());
  }
  world.server().start();
  return tokens;
}

TEST_CASE("of two refreshes that race exactly one wins") {
  const int races = long_form() ? 1000 : 100;
  World world({"shards=2"});
  const auto tokens = add_logins(world, world.other(0), races);
  HttpClient one = world.server().http();
  HttpClient other = world.server().http();
  for (const std::string& token : tokens) {
    const auto [first, second] = race(one, other, token);
    const bool first_won = first.status == 200;
    CHECK(first.status + second.status == 200 + 401);
    // The loser is a second use: what the winner got ends with the login.
    const HttpResponse& winner = first_won ? first : second;
    CHECK(refresh(one, winner.json()["refresh_token"].text()).status == 401);
    CHECK(one.get("/users/me", winner.json()["access_token"].text()).status == 401);
  }
  CHECK(audited(world, "auth.refresh_reuse") == races);
  MESSAGE(races, " races, one winner each");
}

}  // namespace
}  // namespace kith::test
