// F22: thousands of connections are cut at one moment, and all are back within seconds.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr std::size_t kStormMembersPerRoom = 20;
constexpr std::size_t kBystandersPerRoom = 2;
constexpr std::size_t kChangedRooms = 10;
constexpr int kMissedMessages = 5;

// 2,016 and 20,016 that are cut; 10,008 where this process, or the server, may not have as many
// descriptors.
int storm_rooms() {
  constexpr int kLongRooms = 1112;
  constexpr rlim_t kOthers = 1000;  // files, and what one side alone has closed as yet
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const bool enough = limit.rlim_max >= kLongRooms * kStormMembersPerRoom + kOthers;
  return scaled(112, enough ? kLongRooms : 556);
}

TEST_CASE("a reconnect storm is taken in turn: cheap to serve, and nothing is missed") {
  const int rooms = storm_rooms();
  ChaosTown town({.name = "storm",
                  .population = {.users = rooms * static_cast<int>(kStormMembersPerRoom),
                                 .rooms = rooms,
                                 .members = kStormMembersPerRoom},
                  .settings = {"shards=2", "limits.handshakes_per_second=800"}});
  std::vector<ChaosClient*> bystanders;
  std::vector<ChaosClient*> crowd;
  for (const Town::Chat& chat : town.town().chats) {
    for (std::size_t i = 0; i < kStormMembersPerRoom; ++i) {
      const bool stays = i < kBystandersPerRoom;
      ChaosClient& client = town.join(chat.members[i]);
      (stays ? bystanders : crowd).push_back(&client);
    }
    town.crowd().run_for(30ms);  // within the rate of handshakes
  }
  REQUIRE(town.crowd().all_live(120s));
  town.crowd().run_for(500ms);
  const double reads_before = metric(town.server(), "kith_store_reads_total");
  const double hashes_before = metric(town.server(), "kith_password_hashes_total");
  const auto memory_before = resident_kib(town.server());

  for (ChaosClient* client : crowd) client->cut();
  for (int i = 0; i < kMissedMessages; ++i) {
    for (std::size_t room = 0; room < kChangedRooms; ++room) {
      bystanders[room * kBystandersPerRoom]->say(0, 200);
    }
  }
  town.healed("all cut", scaled(30s, 60s));
  const auto begun = Clock::now();
  for (ChaosClient* client : bystanders) client->send_every(1s);
  REQUIRE(town.crowd().all_live(scaled(30s, 60s)));
  const std::chrono::duration<double> until_back = Clock::now() - begun;
  town.well();
  std::uint64_t refused = 0;
  std::uint64_t untimed = 0;
  for (const ChaosClient* client : crowd) {
    refused += client->counts().refused_handshakes;
    untimed += client->counts().refused_untimed;
  }
  const double reads = metric(town.server(), "kith_store_reads_total") - reads_before;
  const auto grown = resident_kib(town.server()) - memory_before;
  MESSAGE(crowd.size(), " back in ", until_back.count(), " s; ", refused, " times told to wait; ",
          reads, " reads of the store; bystanders' p99 ", town.crowd().p99_ms(), " ms; ",
          grown / 1024, " MiB more");
  CHECK(refused > 0);
  CHECK(untimed == 0);  // each is told when to come back
  CHECK(metric(town.server(), "kith_password_hashes_total") == hashes_before);
  // One for each client, one for each chat that has changed, which by now all have, and the node's
  // own looks at the log.
  CHECK(reads <= static_cast<double>(crowd.size()) + rooms + 4 * until_back.count() + 20);
  CHECK(town.crowd().p99_ms() < bystander_p99_max_ms());
  // Of each there is for a moment the old session, a handshake and the new one.
  CHECK(grown < memory_before * 3 / 10 + 4 * static_cast<std::int64_t>(crowd.size()) + 16 * 1024 +
                    kSanitizerKib);
  CHECK(ended(bystanders) == 0);

  town.settle(30s);
  town.judge();
}

}  // namespace
}  // namespace kith::test
