// Passwords (ASVS 2.1, 2.4; RELIABILITY 3.4): what may be one, that all of it counts, that an
// unknown user costs what a known one costs, and that a flood of logins is refused in time and
// costs nobody on a socket anything.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/rights/world.h"
#include "tests/support/bench_run.h"
#include "tests/support/sanitized.h"

namespace kith::test {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

class Door {
 public:
  explicit Door(TestServer& server) : http_(server.http()) {}

  HttpResponse sign_up(const std::string& password, const std::string& email = {}) {
    email_ = email.empty() ? "p" + std::to_string(++number_) + "@example.com" : email;
    return http_.post("/users", R"({"display_name":"P","email":")" + email_ + R"(","password":)" +
                                    json_string(password) + "}");
  }
  // As the last one who signed up.
  int log_in(const std::string& password) {
    return http_
        .post("/auth/login",
              R"({"email":")" + email_ + R"(","password":)" + json_string(password) + "}")
        .status;
  }

 private:
  HttpClient http_;
  std::string email_;
  int number_ = 0;
};

TEST_CASE("a password has 8 to 256 characters, whatever they are") {
  World world;
  Door door(world.server());
  for (const std::string& good :
       {std::string("x7 k_ vq"), repeated("ä", 8), repeated("🦉", 8), std::string("password"),
        std::string(" . , ; :"), repeated("kQ3 ", 63) + "kQ3!", repeated("ﬆ", 255) + "!"}) {
    CAPTURE(good);
    CHECK(door.sign_up(good).status == 201);
    CHECK(door.log_in(good) == 200);
  }
  for (const std::string& bad : {std::string(), std::string("7 of em"), repeated("ä", 7),
                                 repeated("kQ3 ", 64) + "1", repeated("🦉", 257)}) {
    CAPTURE(bad);
    const HttpResponse refused = door.sign_up(bad);
    CHECK(refused.status == 422);
    CHECK(refused.json()["errors"][0]["field"].text() == "password");
  }
  CHECK(world.server()
            .http()
            .post("/users", R"({"display_name":"P","email":"nul@example.com",)"
                            R"("password":"long enough\u0000and more"})")
            .status == 400);
}

TEST_CASE("all of a password counts: no truncation, no folding, no trimming") {
  World world;
  Door door(world.server());
  const std::string whole = repeated("🦉", 255) + "a";  // 1,021 bytes
  REQUIRE(door.sign_up(whole).status == 201);
  CHECK(door.log_in(whole) == 200);
  CHECK(door.log_in(repeated("🦉", 255) + "b") == 401);
  CHECK(door.log_in(repeated("🦉", 255)) == 401);
  REQUIRE(door.sign_up(" Mixed Case pass ").status == 201);
  CHECK(door.log_in(" Mixed Case pass ") == 200);
  CHECK(door.log_in(" mixed case pass ") == 401);
  CHECK(door.log_in("Mixed Case pass") == 401);
  CHECK(door.log_in(" Mixed Case pass") == 401);
}

TEST_CASE("what everybody tries first is nobody's password, where the configuration says so") {
  World world({"auth.refuse_guessable_passwords=true"});
  Door door(world.server());
  for (const char* common :
       {"password",  "Password1", "P@ssw0rd",  "passw0rd!",       "12345678",  "1234567890",
        "87654321",  "11111111",  "00000000",  "qwertyuiop",      "1q2w3e4r",  "1qaz2wsx",
        "asdfghjkl", "iloveyou",  "ILoveYou1", "baseball",        "football1", "sunshine",
        "princess1", "starwars",  "trustno1",  "letmein1",        "abcd1234",  "abcabcabc",
        "superman",  "whatever",  "changeme",  "welcome123",      "dragon123", "monkey2020",
        "12341234",  "123qweasd", "zaq12wsx",  "passwordpassword"}) {
    CAPTURE(common);
    const HttpResponse refused = door.sign_up(common, "common@example.com");
    CHECK(refused.status == 422);
    CHECK(refused.json()["errors"][0]["field"].text() == "password");
  }
  // One's own address is as easily guessed.
  CHECK(door.sign_up("somebody@example.com", "Somebody@example.com").status == 422);
  CHECK(door.sign_up("somebody-long", "somebody-long@example.com").status == 422);
}

TEST_CASE("an unknown user costs a password hash, as a known one does") {
  World world;
  TestServer& server = world.server();
  const auto hashes_of = [&](const std::string& email) {
    const double before = metric(server, "kith_password_hashes_total");
    CHECK(server.http()
              .post("/auth/login", R"({"email":")" + email + R"(","password":"not this one"})")
              .status == 401);
    // Counted just behind the answer.
    const auto deadline = Clock::now() + kPatience;
    double hashes = 0;
    while (hashes == 0 && Clock::now() < deadline) {
      hashes = metric(server, "kith_password_hashes_total") - before;
    }
    return hashes;
  };
  CHECK(hashes_of(world.other(0).email) == 1);
  CHECK(hashes_of("nobody@example.com") == 1);
  CHECK(hashes_of(world.as(Relation::erased).email) == 1);
}

// The slowest of some messages to be acknowledged; `before_each` is not counted.
template <typename BeforeEach>
Clock::duration slowest_message(WsClient& socket, const std::string& chat, std::string_view name,
                                const BeforeEach& before_each) {
  constexpr int kMessagesTimed = 20;
  Clock::duration slowest{};
  for (int i = 0; i < kMessagesTimed; ++i) {
    before_each();
    const auto start = Clock::now();
    say(socket, chat, std::string(name) + std::to_string(i), "hello");
    slowest = std::max<Clock::duration>(slowest, Clock::now() - start);
  }
  return slowest;
}

// Beside what a message takes without a flood: less than a third of what its hashes would take one
// after the other, and more than a busy disk and two busy cores add.
constexpr Clock::duration kFloodAdds = kSanitized ? 5s : 2s;

TEST_CASE("a flood of logins is refused with a time to come back, and sockets do not notice") {
  World world({"auth.password_threads=1", "auth.password_queue=4", "shards=2"});
  TestServer& server = world.server();
  const Stage stage = set_stage(world);
  WsClient socket = connect_to(server, world.as(Relation::owner), {stage.chat});
  const std::string body = R"({"email":"user3@seed.kith","password":"not this one"})";
  const std::string request =
      "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Connection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  const auto calm = slowest_message(socket, stage.chat, "calm-", [] {});
  std::vector<Socket> flood;
  const auto log_in = [&](int times) {
    for (int i = 0; i < times; ++i) {
      flood.emplace_back(server.port());
      flood.back().send(request, Clock::now() + kPatience);
    }
  };
  log_in(60);
  // It goes on with each of them: none finds the queue empty.
  const auto flooded = slowest_message(socket, stage.chat, "flood-", [&] { log_in(5); });
  CAPTURE(calm.count());
  CAPTURE(flooded.count());
  CHECK(flooded < 3 * calm + kFloodAdds);
  int refused = 0;
  int tried = 0;
  for (Socket& connection : flood) {
    std::string answer;
    while (connection.receive(answer, Clock::now() + 2 * kPatience)) {
    }
    tried += answer.starts_with("HTTP/1.1 401") ? 1 : 0;
    if (!answer.starts_with("HTTP/1.1 503")) continue;
    ++refused;
    CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);
  }
  CHECK(tried + refused == static_cast<int>(flood.size()));
  CHECK(tried >= 4);     // those that may wait
  CHECK(refused >= 30);  // the others are not kept waiting
  CHECK(metric(server, "kith_password_hashes_refused_total") == refused);
  CHECK_NOTHROW(server.log_in(world.other(0)));
}

}  // namespace
}  // namespace kith::test
