// RELIABILITY section 4, slowloris: connections that say one byte a second, in a request's head, in
// its body, and behind the upgrade where connection.init should come.
#include <doctest/doctest.h>

#include <optional>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr auto kInitTimeout = 4s;
constexpr auto kLongestDeadline = 5s;  // of a head, and of a body's first seconds

// Gives out its bytes one by one, and notes when the server has had enough.
class Drip {
 public:
  Drip(std::uint16_t port, std::string_view at_once, std::string slowly)
      : socket_(port), slowly_(std::move(slowly)) {
    socket_.send(at_once, Clock::now() + kPatience);
  }

  void drop(std::size_t second) {
    if (ended_ || second >= slowly_.size()) return;
    try {
      socket_.send_some(std::string_view(slowly_).substr(second, 1));
    } catch (const std::runtime_error&) {
      ended_ = true;  // reset
    }
  }
  bool ended() {
    try {
      if (!ended_ && socket_.readable()) ended_ = !socket_.receive(answer_, Clock::now() + 100ms);
    } catch (const std::runtime_error&) {
      ended_ = true;
    }
    return ended_;
  }
  const std::string& answer() const { return answer_; }

 private:
  Socket socket_;
  std::string slowly_;
  std::string answer_;
  bool ended_ = false;
};

constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view kBodyAnnounced =
    "POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    "Content-Length: 60000\r\n\r\n";

std::vector<std::unique_ptr<Drip>> open_drips(std::uint16_t port, std::size_t count) {
  std::string frame;
  append_client_frame(frame, FrameKind::text, std::string(100, ' '));
  std::vector<std::unique_ptr<Drip>> drips;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 3 == 0) {
      drips.push_back(std::make_unique<Drip>(
          port, "GET /ws HTTP/1.1\r\nHost: a\r\nX-A: ", std::string(100, 'a')));
    } else if (i % 3 == 1) {
      drips.push_back(std::make_unique<Drip>(port, kBodyAnnounced, std::string(100, ' ')));
    } else {
      drips.push_back(std::make_unique<Drip>(port, kUpgrade, frame));
    }
  }
  return drips;
}

TEST_CASE("slowloris: who dribbles is closed by the deadline, and nobody else notices" *
          doctest::skip()) {
  const std::size_t count = scaled<std::size_t>(200, 5000);
  ChaosTown town({.name = "slowloris",
                  .population = {.users = 60, .rooms = 3, .members = 20},
                  .settings = {"shards=2", "limits.pending_handshakes=6000",
                               "gateway.init_timeout_s=" + std::to_string(kInitTimeout.count())}});
  for (std::size_t i = 0; i < town.inhabitants(); ++i) {
    town.join(i, {.send_every = i % 5 == 0 ? 250ms : 0ms});
  }
  REQUIRE(town.crowd().all_live(30s));
  const auto before = descriptors(town.server());

  const auto drips = open_drips(town.server().port(), count);
  const auto begun = Clock::now();
  std::size_t open = count;
  for (std::size_t second = 0; open > 0 && Clock::now() - begun < 60s; ++second) {
    for (const auto& drip : drips) drip->drop(second);
    town.crowd().run_for(1s);
    open = 0;
    for (const auto& drip : drips) open += drip->ended() ? 0 : 1;
  }
  CHECK(open == 0);
  // By the deadline, and what a farewell to one who does not listen takes.
  CHECK(Clock::now() - begun < kLongestDeadline + 10s);
  CHECK(Clock::now() - begun > kInitTimeout - 1s);
  std::size_t told = 0;
  for (const auto& drip : drips) {
    const std::string& answer = drip->answer();
    if (answer.find("HTTP/1.1 408 ") != answer.npos || answer.find("4502") != answer.npos) ++told;
  }
  CHECK(told == count);
  CHECK(town.crowd().run_until([&] { return descriptors(town.server()) <= before + 4; }, 15s));
  MESSAGE("healthy p99 ", town.crowd().p99_ms(), " ms beside ", count, " that dribble");
  CHECK(town.crowd().p99_ms() < bystander_p99_max_ms());

  town.settle(30s);
  CHECK(town.ended() == 0);
  town.judge();
}

}  // namespace
}  // namespace kith::test
