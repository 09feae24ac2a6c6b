// F28: no file descriptor left. Who is there is served, nobody spins, and as soon as some leave
// there is room again.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr rlim_t kDescriptorsMax = 256;
constexpr auto kMeasured = 4s;
constexpr double kCoreShareMax = kSanitized ? 0.6 : 0.2;

void limit_descriptors(TestServer& server) {
  const rlimit limit{.rlim_cur = kDescriptorsMax, .rlim_max = kDescriptorsMax};
  REQUIRE(prlimit(server.process().id(), RLIMIT_NOFILE, &limit, nullptr) == 0);
}

std::size_t live_of(const std::vector<ChaosClient*>& clients) {
  std::size_t live = 0;
  for (const ChaosClient* client : clients) live += client->live() ? 1 : 0;
  return live;
}

TEST_CASE("descriptors used up: those inside are served, nothing spins, room is used at once" *
          doctest::skip()) {
  ChaosTown town({.name = "descriptors",
                  .population = {.users = 400, .rooms = 20, .members = 20},
                  .settings = {"shards=2"}});
  constexpr std::size_t kHealthy = 60;
  for (std::size_t i = 0; i < kHealthy; ++i) {
    town.join(i, {.send_every = i % 10 == 0 ? 500ms : 0ms});
  }
  REQUIRE(town.crowd().all_live(30s));
  HttpClient kept = town.server().http();  // opened before there is no room for it
  REQUIRE(kept.get("/healthz").status == 200);
  limit_descriptors(town.server());
  std::vector<ChaosClient*> more;
  for (std::size_t i = kHealthy; i < 360; ++i) {
    more.push_back(&town.join(i, {.come_back = false, .recorded = false}));
  }
  const auto full = [&] {
    return descriptors(town.server()) >= static_cast<std::int64_t>(kDescriptorsMax) - 2;
  };
  REQUIRE(town.crowd().run_until(full, 30s));
  std::vector<Socket> outside;
  for (int i = 0; i < 200; ++i) outside.emplace_back(town.server().port());
  town.crowd().run_for(500ms);

  town.crowd().forget_latencies();
  const double cpu_before = cpu_seconds(town.server());
  const auto begun = Clock::now();
  town.crowd().run_for(kMeasured);
  const std::chrono::duration<double> passed = Clock::now() - begun;
  const double share = (cpu_seconds(town.server()) - cpu_before) / passed.count();
  const double percent = share * 100;
  MESSAGE(percent, " % of a core at the limit, ", live_of(more) + kHealthy,
          " sockets served, healthy p99 ", town.crowd().p99_ms(), " ms");
  CHECK(share <= kCoreShareMax);
  CHECK(full());
  CHECK(live_of(more) > 100);
  CHECK(kept.get("/healthz").status == 200);
  CHECK(town.crowd().p99_ms() < bystander_p99_max_ms());

  outside.clear();
  std::size_t left = 0;
  for (ChaosClient* client : more) {
    // Those who still wait to be accepted go too: they would stand before the newcomer.
    if (!client->live() || ++left <= 60) client->cut();
  }
  town.healed("no descriptors", 2s + kPatience);
  const auto left_at = Clock::now();
  ChaosClient& newcomer = town.join(380);
  CHECK(town.crowd().run_until([&] { return newcomer.live(); }, 2s + kPatience));
  const std::chrono::duration<double> until_served = Clock::now() - left_at;
  town.well();
  MESSAGE("a newcomer was served ", until_served.count(), " s after some had left");
  // In the short form on a machine that has other things to do.
  CHECK(until_served < (kSanitized ? 6s : scaled(6s, 2s)));

  town.settle(30s);
  CHECK(town.ended(kHealthy) == 0);
  town.judge();
}

}  // namespace
}  // namespace kith::test
