// F19: clients that are there no more and have not said so. One whose machine went, one whose
// process is stopped and one that never reads again are the same to the server: pings that nobody
// answers.
#include <doctest/doctest.h>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr std::size_t kHealthyPerRoom = 8;
constexpr std::size_t kSpeakersPerRoom = 2;
constexpr std::size_t kMembersPerRoom = 20;
constexpr auto kPresenceGrace = 15s;

struct Silence {
  std::chrono::seconds interval = scaled(2s, 25s);
  std::chrono::seconds timeout = scaled(2s, 8s);
};

void add_healthy(ChaosTown& town) {
  for (const Town::Chat& chat : town.town().chats) {
    for (std::size_t i = 0; i < kHealthyPerRoom; ++i) {
      town.join(chat.members[i],
                {.presence = true,
                 .send_every = i < kSpeakersPerRoom ? std::chrono::milliseconds(500) : 0ms});
    }
  }
}

std::vector<ChaosClient*> add_silent(ChaosTown& town) {
  std::vector<ChaosClient*> silent;
  for (const Town::Chat& chat : town.town().chats) {
    for (std::size_t i = kHealthyPerRoom; i < chat.members.size(); ++i) {
      silent.push_back(&town.join(chat.members[i], {.come_back = false, .recorded = false}));
    }
    town.crowd().run_for(20ms);  // within what handshakes may wait at once
  }
  return silent;
}

// Whoever listens in its room has been told that it has gone.
bool all_told(ChaosTown& town, const std::vector<ChaosClient*>& silent) {
  for (const auto& client : town.crowd().clients()) {
    if (!client->options().recorded) continue;
    const auto& present = client->present(client->options().chats.front());
    for (const ChaosClient* gone : silent) {
      if (present.contains(gone->options().user)) return false;
    }
  }
  return true;
}

TEST_CASE("half-open clients are dead in time, their descriptors free, their users absent" *
          doctest::skip()) {
  const Silence silence;
  const int rooms = scaled(20, 416);
  ChaosTown town(
      {.name = "half-open",
       .population = {.users = rooms * static_cast<int>(kMembersPerRoom),
                      .rooms = rooms,
                      .members = kMembersPerRoom},
       .settings = {"shards=2",
                    "gateway.ping_interval_s=" + std::to_string(silence.interval.count()),
                    "gateway.ping_timeout_s=" + std::to_string(silence.timeout.count())}});
  add_healthy(town);
  REQUIRE(town.crowd().all_live(30s));
  const auto before = descriptors(town.server());
  const std::vector<ChaosClient*> silent = add_silent(town);
  REQUIRE(silent.size() == static_cast<std::size_t>(rooms) * (kMembersPerRoom - kHealthyPerRoom));
  REQUIRE(town.crowd().all_live(30s));
  CHECK(descriptors(town.server()) >= before + static_cast<std::int64_t>(silent.size()));
  CHECK(!all_told(town, silent));

  // Half of them read, and answer nothing; the others do not even read.
  town.healed("half-open clients", silence.interval + silence.timeout + 10s + kPresenceGrace + 30s);
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < silent.size(); ++i) {
    if (i % 2 == 0) silent[i]->read_at(0);
    silent[i]->answer_pings(false);
  }
  const auto dead = [&] {
    return metric(town.server(), R"(kith_websocket_closes_total{code="4004"})") >=
           static_cast<double>(silent.size());
  };
  // The interval, the answer's time, and what a slow machine adds.
  CHECK(town.crowd().run_until(dead, silence.interval + silence.timeout + 12s));
  CHECK(Clock::now() - begun >= silence.timeout);
  // Our close is awaited for 3 s from those who do not answer it either.
  CHECK(town.crowd().run_until([&] { return descriptors(town.server()) <= before + 4; }, 15s));
  CHECK(town.crowd().run_until([&] { return all_told(town, silent); }, kPresenceGrace + 30s));
  CHECK(Clock::now() - begun < 60s + silence.interval + silence.timeout);
  town.well();

  town.settle(30s);
  CHECK(town.ended(static_cast<std::size_t>(rooms) * kHealthyPerRoom) == 0);
  town.judge();
}

}  // namespace
}  // namespace kith::test
