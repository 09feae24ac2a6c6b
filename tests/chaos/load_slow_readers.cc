// F20: readers that take a trickle, and some that take nothing at all, in rooms where megabytes are
// said.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr std::size_t kSlowMembersPerRoom = 20;
constexpr std::size_t kSlowPerRoom = 10;
constexpr std::size_t kStalledPerRoom = 2;  // besides
constexpr std::size_t kBytesPerSecond = 100;
// The kernel makes the least of it that there is, about 1 KB of window. A receiver's kernel says
// that it has room only when all of a small window is free again: at this rate every 12 s or so.
constexpr int kSmallestBuffer = 1;
constexpr std::size_t kSlowMessageBytes = 40'000;
constexpr int kSlowMessages = 60;  // 2.4 MB a room: above the budget and every buffer
constexpr auto kStallTimeout = 30s;

struct SlowReaders {
  std::vector<ChaosClient*> healthy;
  std::vector<ChaosClient*> speakers;  // one of the healthy in each flooded room
  std::vector<ChaosClient*> slow;
  std::vector<ChaosClient*> stalled;
};

SlowReaders populate_slow(ChaosTown& town, std::size_t flooded_rooms) {
  SlowReaders readers;
  for (std::size_t room = 0; room < town.town().chats.size(); ++room) {
    const Town::Chat& chat = town.town().chats[room];
    for (std::size_t i = 0; i < kSlowMembersPerRoom; ++i) {
      const bool flooded = room < flooded_rooms;
      if (flooded && i < kSlowPerRoom) {
        readers.slow.push_back(
            &town.join(chat.members[i], {.receive_buffer_bytes = kSmallestBuffer}));
      } else if (flooded && i < kSlowPerRoom + kStalledPerRoom) {
        readers.stalled.push_back(
            &town.join(chat.members[i],
                       {.receive_buffer_bytes = 4096, .come_back = false, .recorded = false}));
      } else {
        const bool speaks = i + 1 == kSlowMembersPerRoom;
        ChaosOptions how;
        if (speaks && !flooded) how.send_every = 500ms;
        readers.healthy.push_back(&town.join(chat.members[i], how));
        if (speaks && flooded) readers.speakers.push_back(readers.healthy.back());
      }
    }
    town.crowd().run_for(20ms);  // within what handshakes may wait at once
  }
  return readers;
}

// A message a room at a time, so that the healthy keep up on any machine.
void flood_slow(ChaosTown& town, const std::vector<ChaosClient*>& speakers) {
  for (int i = 0; i < kSlowMessages; ++i) {
    for (ChaosClient* speaker : speakers) speaker->say(0, kSlowMessageBytes);
    REQUIRE(town.crowd().run_until(
        [&] { return std::ranges::all_of(speakers, [](auto* s) { return s->unanswered() == 0; }); },
        30s));
  }
}

double closed_as_stalled(ChaosTown& town) {
  return metric(town.server(), R"(kith_websocket_closes_total{code="4008"})");
}

TEST_CASE("slow readers cost their budget and nobody else, and get everything in the end" *
          doctest::skip()) {
  const std::size_t flooded = scaled<std::size_t>(5, 100);
  const int rooms = scaled(25, 500);
  ChaosTown town({.name = "slow-readers",
                  .population = {.users = rooms * static_cast<int>(kSlowMembersPerRoom),
                                 .rooms = rooms,
                                 .members = kSlowMembersPerRoom},
                  .settings = {"shards=2"}});
  const SlowReaders readers = populate_slow(town, flooded);
  REQUIRE(town.crowd().all_live(60s));
  town.crowd().run_for(2s);
  const double before = town.crowd().p99_ms();
  const auto memory_before = resident_kib(town.server());

  for (ChaosClient* client : readers.slow) client->read_at(kBytesPerSecond);
  for (ChaosClient* client : readers.stalled) client->read_at(0);
  const auto stopped = Clock::now();
  flood_slow(town, readers.speakers);
  town.crowd().forget_latencies();
  town.crowd().run_for(2s);
  const double during = town.crowd().p99_ms();
  const auto behind = static_cast<double>(readers.slow.size() + readers.stalled.size());
  CHECK(metric(town.server(), R"(kith_sessions{state="lagging"})") == doctest::Approx(behind));
  // A budget each; what is said in one turn may come on top of it.
  const double queued = metric(town.server(), "kith_outbound_queue_bytes");
  CHECK(queued > 0);
  CHECK(queued <= behind * (1024 * 1024 + 2 * kSlowMessageBytes));
  const auto grown = resident_kib(town.server()) - memory_before;
  CHECK(static_cast<double>(grown) <= behind * 1280 + 48 * 1024 + kSanitizerKib);
  MESSAGE("healthy p99 ", before, " ms before, ", during, " ms beside ", behind,
          " slow readers, who cost ", grown / 1024, " MiB");
  // The long form is for a machine that has nothing else to do.
  const double noise_ms = long_form() && !kSanitized ? 5 : bystander_p99_max_ms() / 2;
  CHECK(during < before * 1.5 + noise_ms);

  // Who takes nothing at all goes after 30 s, and nobody else, however little they take.
  if (Clock::now() - stopped < 25s) CHECK(closed_as_stalled(town) == 0);
  const auto all_stalled = [&] {
    return closed_as_stalled(town) >= static_cast<double>(readers.stalled.size());
  };
  CHECK(town.crowd().run_until(all_stalled, kStallTimeout + 15s));
  CHECK(Clock::now() - stopped > kStallTimeout - 2s);
  town.crowd().run_for(scaled(3s, 60s));
  CHECK(closed_as_stalled(town) == static_cast<double>(readers.stalled.size()));

  town.healed("slow readers", scaled(60s, 180s));
  for (ChaosClient* client : readers.slow) client->read_at(std::nullopt);
  town.settle(scaled(60s, 180s));
  town.well();
  CHECK(ended(readers.slow) == 0);
  CHECK(ended(readers.healthy) == 0);
  town.judge();
}

}  // namespace
}  // namespace kith::test
