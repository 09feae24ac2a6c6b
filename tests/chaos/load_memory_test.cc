// F29: more would wait for slow readers than the process may have.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <sstream>

#include "tests/chaos/chaos_town.h"
#include "tests/support/metrics.h"

namespace kith::test {
namespace {

constexpr std::int64_t kBudgetMiB = 128;
constexpr rlim_t kHardWallBytes = 2ULL << 30;  // address space, of which threads reserve a lot
constexpr std::size_t kMembersPerRoom = 50;
constexpr std::size_t kHealthyPerRoom = 5;
constexpr std::size_t kMessageBytes = 40'000;
constexpr int kMessages = 60;

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
  return count;
}

struct Readers {
  std::vector<ChaosClient*> healthy;
  std::vector<ChaosClient*> speakers;
  std::vector<ChaosClient*> stopped;
};

Readers populate(ChaosTown& town) {
  Readers readers;
  for (const Town::Chat& chat : town.town().chats) {
    for (std::size_t i = 0; i < kMembersPerRoom; ++i) {
      if (i >= kHealthyPerRoom) {
        readers.stopped.push_back(&town.join(chat.members[i], {.receive_buffer_bytes = 4096}));
        continue;
      }
      readers.healthy.push_back(&town.join(chat.members[i]));
      if (i == 0) readers.speakers.push_back(readers.healthy.back());
    }
  }
  REQUIRE(town.crowd().all_live(30s));
  return readers;
}

bool is_tight(const TestServer& server) {
  return metric(server, "kith_memory_tight") == 1;
}

// Somebody new, while it is short of memory from before until after: is told when to come back.
bool newcomer_is_turned_away(const TestServer& server) {
  if (!is_tight(server)) return false;
  const HttpResponse upgrade =
      server.http().send({.path = "/ws",
                          .headers = {{"Upgrade", "websocket"},
                                      {"Connection", "Upgrade"},
                                      {"Sec-WebSocket-Version", "13"},
                                      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}});
  if (!is_tight(server)) return false;
  CHECK(upgrade.status == 503);
  CHECK(upgrade.header("retry-after") != "");
  return true;
}

struct Flood {
  std::int64_t most_kib = 0;  // that the process had
  int turned_away = 0;
};

Flood flood(ChaosTown& town, const Readers& readers) {
  Flood flood;
  for (int i = 0; i < kMessages; ++i) {
    for (ChaosClient* speaker : readers.speakers) speaker->say(0, kMessageBytes);
    REQUIRE(town.crowd().run_until(
        [&] {
          flood.most_kib = std::max(flood.most_kib, resident_kib(town.server()));
          return std::ranges::all_of(readers.speakers,
                                     [](auto* s) { return s->unanswered() == 0; });
        },
        30s));
    flood.turned_away += newcomer_is_turned_away(town.server());
  }
  return flood;
}

// What it said of its memory when it began to turn newcomers away, and when it ended that: from 80
// % of the budget on, until it is below 70 %.
void check_thresholds(const std::string& log) {
  std::istringstream lines(log);
  std::size_t began = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool tight = line.find("\"event\":\"memory.tight\"") != line.npos;
    if (!tight && line.find("\"event\":\"memory.eased\"") == line.npos) continue;
    CAPTURE(line);
    const Json said = Json::parse(line);
    REQUIRE(said["budget_bytes"].number() == kBudgetMiB * 1024 * 1024);
    const auto percent = said["resident_bytes"].number() * 100 / said["budget_bytes"].number();
    CHECK((tight ? percent >= 80 : percent < 70));
    began += tight ? 1 : 0;
  }
  CHECK(began > 0);
}

TEST_CASE("short of memory: the longest queues go, newcomers wait, nobody loses anything" *
          doctest::skip(kSanitized)) {
  ChaosTown town({.name = "memory",
                  .population = {.users = 400, .rooms = 8, .members = kMembersPerRoom},
                  .settings = {"shards=2", "limits.memory_mib=" + std::to_string(kBudgetMiB)}});
  const rlimit wall{.rlim_cur = kHardWallBytes, .rlim_max = kHardWallBytes};
  REQUIRE(prlimit(town.server().process().id(), RLIMIT_AS, &wall, nullptr) == 0);
  const Readers readers = populate(town);
  const auto calm = resident_kib(town.server());
  CHECK(metric(town.server(), "kith_memory_tight") == 0);

  for (ChaosClient* client : readers.stopped) client->read_at(0);
  const auto [most, turned_away] = flood(town, readers);
  const double shed = metric(town.server(), R"(kith_websocket_closes_total{code="4013"})");
  MESSAGE("from ", calm / 1024, " MiB to at most ", most / 1024, " of a budget of ", kBudgetMiB,
          "; ", shed, " sockets closed; healthy p99 ", town.crowd().p99_ms(), " ms");
  CHECK(shed > 0);
  CHECK(turned_away > 0);
  // What is said between two looks may come on top.
  CHECK(most <= kBudgetMiB * 1024 * 5 / 4);
  await_log(town.server(), "\"event\":\"memory.tight\"");
  CHECK(ended(readers.healthy) == 0);

  town.healed("short of memory", 60s);
  for (ChaosClient* client : readers.stopped) client->read_at(std::nullopt);
  town.settle(60s);
  CHECK(
      town.crowd().run_until([&] { return metric(town.server(), "kith_memory_tight") == 0; }, 30s));
  town.well();
  CHECK(await_condition(Clock::now() + kPatience, 20ms, [&] {
    const std::string log = town.server().log();
    return count_of(log, "\"event\":\"memory.eased\"") ==
           count_of(log, "\"event\":\"memory.tight\"");
  }));
  check_thresholds(town.server().log());
  town.join(0, {.name = "newcomer"});
  CHECK(town.crowd().all_live(30s));
  town.judge();
}

}  // namespace
}  // namespace kith::test
