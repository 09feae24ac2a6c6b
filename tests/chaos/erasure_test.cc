// kill -9 in the middle of an erasure, again and again (RELIABILITY F38): it goes on to the end,
// does everything once, and nothing of who is erased is left.
#include <signal.h>

#include <array>
#include <map>
#include <random>
#include <stdexcept>

#include "storage/sql_erasure.h"
#include "tests/chaos/survivors.h"
#include "tests/support/await.h"
#include "tests/support/canary_life.h"

namespace kith::test {
namespace {

constexpr auto kWindowPatience = 60s;
constexpr auto kPatienceForAll = 120s;

// message.delete of each message of ada's, and how often.
std::map<std::string, int> deletions(const TestServer& server, const CanaryLife& life) {
  std::map<std::string, int> out;
  WsClient socket = connect(server, life.bob());
  subscribe(socket, life.chat(), R"("after_seq":0)");
  for (const Json& frame : socket.fence()) {
    if (frame["type"].text() == "message.delete") ++out[frame["message_id"].text()];
  }
  return out;
}

TEST_CASE("an erasure that is killed at every turn goes on to the end, once") {
  const std::size_t kills_wanted = from_environment("KITH_CYCLES", 50);
  const std::uint64_t seed = chaos_seed();
  INFO("KITH_CHAOS_SEED=", seed);
  std::mt19937_64 random(seed);
  TestServer server({"shards=1", "app=default", "limits.messages_per_minute=0"});
  const CanaryLife life(server, 60);
  REQUIRE(life.marks_on_disk() > 50);
  REQUIRE(life.erase(life.ada().password).status == 202);
  server.kill();
  std::size_t kills = 0;
  // It begins some seconds after it was asked for. Each process takes a step, or none, and is
  // killed behind its commit, or in the next one. What is left of the last step is for one that
  // lives.
  const std::array<std::string, 3> orders = {"in_erasure:kill:1", "in_erasure:kill:2",
                                             "after_erasure:kill:1"};
  while (kills < kills_wanted && life.step() < static_cast<int>(ErasureStep::own_log)) {
    server.launch_with(failing_at(orders[random() % orders.size()]));
    try {
      server.start();
    } catch (const std::runtime_error&) {
      // Killed before it was ready.
    }
    CHECK(server.process().wait(kWindowPatience) == 128 + SIGKILL);
    ++kills;
  }
  server.launch_with({});
  server.start();
  const auto deadline = Clock::now() + kPatienceForAll;
  REQUIRE_MESSAGE(
      await_condition(deadline, 100ms, [&] { return life.step() == CanaryLife::kFinished; }),
      "the erasure is still at step ", life.step());
  CHECK_MESSAGE(await_condition(deadline, 200ms, [&] { return life.marks_on_disk() == 0; }),
                life.marks_on_disk(), " marks are still on disk");
  const auto deleted = deletions(server, life);
  CHECK(deleted.size() == 40);  // two of three messages went to the group
  for (const auto& [message, times] : deleted) CHECK(times == 1);
  CHECK(CanaryLife::marks_in(life.told_to_bob()) == 0);
  CHECK(kills >= std::min<std::size_t>(kills_wanted, 20));
  MESSAGE(kills, " kills in one erasure");
}

}  // namespace
}  // namespace kith::test
