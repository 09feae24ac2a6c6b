// F21: writers who send as fast as they can, over the limit and without one.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr std::size_t kFlooders = 10;
constexpr std::size_t kUnsentBytesMax = 256 * 1024;

ChaosTown::Options flood_options(std::string name, std::string rate, int members) {
  return {.name = std::move(name),
          .population = {.users = 5 * members, .rooms = 5, .members = members},
          .settings = {"shards=2", "limits.messages_per_minute=" + std::move(rate)}};
}

struct Flood {
  std::vector<ChaosClient*> flooders;
  std::vector<ChaosClient*> bystanders;
};

// Two flooders in each room, everybody else beside them. What a flooder says waits for the flooder
// itself: it is no measure of what the others have to wait for.
Flood populate(ChaosTown& town, ChaosOptions flooder) {
  flooder.timed = false;
  Flood scene;
  for (const Town::Chat& chat : town.town().chats) {
    for (std::size_t i = 0; i < chat.members.size(); ++i) {
      if (i < kFlooders / town.town().chats.size()) {
        scene.flooders.push_back(&town.join(chat.members[i], flooder));
      } else {
        scene.bystanders.push_back(
            &town.join(chat.members[i], {.send_every = i == 3 ? 500ms : 0ms}));
      }
    }
  }
  REQUIRE(scene.flooders.size() == kFlooders);
  REQUIRE(town.crowd().all_live(30s));
  return scene;
}

void pour(ChaosTown& town, const Flood& scene, std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) {
    for (ChaosClient* flooder : scene.flooders) {
      if (!flooder->live() || flooder->unsent_bytes() > kUnsentBytesMax) continue;
      for (int i = 0; i < 100 && flooder->live(); ++i) flooder->say(0, 256);
    }
    town.crowd().run_for(5ms);
  }
}

void check_bystanders(ChaosTown& town, const Flood& scene) {
  CHECK(ended(scene.bystanders) == 0);
  CHECK(std::ranges::all_of(scene.bystanders,
                            [](const auto* client) { return client->counts().errors.empty(); }));
  MESSAGE("bystanders' p99 ", town.crowd().p99_ms(), " ms");
  CHECK(town.crowd().p99_ms() < bystander_p99_max_ms());
}

TEST_CASE("a flood over the limit is answered with a time, then closed; bystanders are unharmed") {
  ChaosTown town(flood_options("flood-limited", "600", 20));
  const Flood scene = populate(town, {});
  pour(town, scene, scaled(5s, 60s));
  std::uint64_t limited = 0;
  for (const ChaosClient* flooder : scene.flooders) {
    const auto& counts = flooder->counts();
    REQUIRE(counts.errors.contains("rate_limited"));
    limited += counts.errors.at("rate_limited");
    CHECK(counts.retry_after_ms > 0);
    REQUIRE(counts.closes.contains(4013));
    CHECK(counts.closes.size() == 1);
    // What a minute allows at once, on the shard of each of its connections, and what came in
    // since.
    CHECK(counts.acked >= 600);
    CHECK(counts.acked < 2 * scaled(700U, 1300U));
  }
  MESSAGE(limited, " messages refused");
  check_bystanders(town, scene);
  // Now they keep to the limit: nothing that was accepted is missing, nothing refused is there.
  for (ChaosClient* flooder : scene.flooders) flooder->stay_away();
  for (ChaosClient* flooder : scene.flooders) flooder->cut();
  town.settle(30s);
  town.judge();
}

TEST_CASE("who writes without end and reads no answer is read no more, until they read") {
  ChaosTown town(flood_options("flood-unread", "0", 4));
  const Flood scene = populate(town, {.receive_buffer_bytes = 4096});
  town.crowd().run_for(500ms);
  const auto memory_before = resident_kib(town.server());
  for (ChaosClient* flooder : scene.flooders) flooder->read_at(0);
  pour(town, scene, 4s);
  const auto all_stuck = [&] {
    return std::ranges::all_of(scene.flooders,
                               [](const auto* f) { return f->unsent_bytes() > kUnsentBytesMax; });
  };
  for (int i = 0; i < 40 && !all_stuck(); ++i) pour(town, scene, 250ms);
  REQUIRE(all_stuck());
  std::uint64_t unsent = 0;
  for (const ChaosClient* flooder : scene.flooders) unsent += flooder->unsent_bytes();
  town.crowd().run_for(2s);
  std::uint64_t unsent_later = 0;
  for (const ChaosClient* flooder : scene.flooders) unsent_later += flooder->unsent_bytes();
  CHECK(unsent_later == unsent);
  CHECK(metric(town.server(), "kith_outbound_queue_bytes") <= kFlooders * 1.25 * 1024 * 1024);
  const auto grown = resident_kib(town.server()) - memory_before;
  CHECK(grown < static_cast<std::int64_t>(kFlooders) * 1280 + 96 * 1024 + kSanitizerKib);
  MESSAGE("stuck behind ", unsent, " bytes; the server has grown by ", grown / 1024, " MiB");
  check_bystanders(town, scene);
  for (ChaosClient* flooder : scene.flooders) flooder->read_at(std::nullopt);
  town.settle(60s);
  CHECK(ended(scene.flooders) == 0);
  town.judge();
}

}  // namespace
}  // namespace kith::test
