// Faults of every kind one after the other, at random, under load, judged as one history. 30 s;
// KITH_SOAK_SECONDS=14400 is a night's. KITH_CHAOS_SEED repeats a run's choice of faults.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <random>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr std::size_t kClients = 200;
constexpr auto kHealedWithin = 20s;
constexpr std::int64_t kStrayDescriptorsMax = 8;
constexpr double kPeaceP99MaxMs = kSanitized ? 30'000 : 9'000;  // 0.3 s after a fault

class Soak {
 public:
  explicit Soak(std::uint64_t seed)
      : random_(seed),
        town_({.name = "soak",
               .population = {.users = kClients, .rooms = 10, .members = 20},
               .settings = {"shards=2", "gateway.ping_interval_s=2", "gateway.ping_timeout_s=3",
                            "gateway.drain_s=1"},
               .seed = seed}) {
    for (std::size_t i = 0; i < kClients; ++i) {
      town_.join(i, {.send_every = i % 5 == 0 ? 100ms : 0ms});
    }
    REQUIRE(town_.crowd().all_live(30s));
    descriptors_ = descriptors(town_.server());
    memory_ = resident_kib(town_.server());
  }

  void one_fault() {
    static constexpr Fault kFaults[] = {
        {"killed", &Soak::kill_server},  {"drained", &Soak::drain_server},
        {"some cut", &Soak::cut_some},   {"storm", &Soak::cut_all},
        {"slow", &Soak::slow_some},      {"starved", &Soak::starve_server},
        {"frozen", &Soak::freeze_server}};
    const Fault& fault = kFaults[pick(std::size(kFaults))];
    INFO(fault.name);
    town_.crowd().run_for(std::chrono::milliseconds(200 + pick(600)));
    (this->*fault.happen)();
    town_.healed(fault.name, kHealedWithin);
    CHECK(town_.crowd().all_live(kHealedWithin));
    town_.well();
    town_.crowd().run_for(300ms);
    town_.crowd().forget_latencies();
    town_.crowd().run_for(500ms);
    worst_p99_ = std::max(worst_p99_, town_.crowd().p99_ms());
    CHECK(town_.crowd().p99_ms() < kPeaceP99MaxMs);
    look();
    ++faults_;
  }

  void judge() {
    town_.settle(60s);
    MESSAGE(faults_, " faults; worst p99 behind one ", worst_p99_, " ms; memory ", memory_ / 1024,
            " MiB then, ", resident_kib(town_.server()) / 1024, " now, at most ",
            most_memory_ / 1024, "; descriptors ", descriptors_, " then, ",
            descriptors(town_.server()), " now");
    town_.judge();
  }

 private:
  struct Fault {
    const char* name;
    void (Soak::*happen)();
  };

  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  void kill_server() {
    town_.server().kill();
    town_.crowd().run_for(std::chrono::milliseconds(pick(300) + 1));
    town_.server().start();
  }
  void drain_server() {
    town_.server().process().signal(SIGTERM);
    CHECK(town_.crowd().run_until([&] { return !town_.server().process().running(); }, 15s));
    CHECK(town_.server().process().wait() == 0);
    town_.server().start();
  }
  void cut_some() {
    for (const auto& client : town_.crowd().clients()) {
      if (pick(3) == 0) client->cut();
    }
  }
  void cut_all() {
    for (const auto& client : town_.crowd().clients()) client->cut();
  }
  void slow_some() {
    std::vector<ChaosClient*> slow;
    for (const auto& client : town_.crowd().clients()) {
      if (pick(10) == 0) slow.push_back(client.get());
    }
    for (ChaosClient* client : slow) client->read_at(pick(2) == 0 ? 0 : 500);
    town_.crowd().run_for(2s);
    for (ChaosClient* client : slow) client->read_at(std::nullopt);
  }
  void starve_server() {
    for (int i = 0; i < 8; ++i) {
      town_.server().process().signal(SIGSTOP);
      town_.crowd().run_for(200ms);
      town_.server().process().signal(SIGCONT);
      town_.crowd().run_for(50ms);
    }
  }
  void freeze_server() {
    town_.server().process().signal(SIGSTOP);
    town_.crowd().run_for(std::chrono::milliseconds(500 + pick(5000)));
    town_.server().process().signal(SIGCONT);
  }

  void look() {
    const auto note = [&](std::string what, std::int64_t value, std::int64_t limit) {
      Record resource;
      resource.kind = Kind::Resource;
      resource.what = std::move(what);
      resource.value = value;
      resource.limit = limit;
      town_.recorder().add(std::move(resource));
    };
    // What was cut lingers for up to 3 s.
    town_.crowd().run_until(
        [&] { return descriptors(town_.server()) <= descriptors_ + kStrayDescriptorsMax; }, 10s);
    note("fds", descriptors(town_.server()), descriptors_ + kStrayDescriptorsMax);
    const auto memory = resident_kib(town_.server());
    most_memory_ = std::max(most_memory_, memory);
    note("rss kib", memory, 2 * memory_ + 64 * 1024 + kSanitizerKib);
  }

  std::mt19937_64 random_;
  ChaosTown town_;
  std::int64_t descriptors_ = 0;
  std::int64_t memory_ = 0;
  std::int64_t most_memory_ = 0;
  double worst_p99_ = 0;
  int faults_ = 0;
};

TEST_CASE("soak: random faults under load, and nothing lost, doubled or left behind") {
  const std::uint64_t seed = chaos_seed();
  INFO("KITH_CHAOS_SEED=", seed);
  const auto until = Clock::now() + std::chrono::seconds(from_environment("KITH_SOAK_SECONDS", 30));
  Soak soak(seed);
  while (Clock::now() < until) soak.one_fault();
  soak.judge();
}

}  // namespace
}  // namespace kith::test
