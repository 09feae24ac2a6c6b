// What the load runs stand on: the real kithd with a seeded population, a crowd of clients, the
// history of the run and its judgement. Not for files with coroutines.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/environment.h"
#include "tests/support/bench_run.h"
#include "tests/support/sanitized.h"

namespace kith::test {

template <typename T>
T scaled(T short_form, T long_one) {
  return long_form() ? long_one : short_form;
}

// What those beside a fault may wait at most. The long form is for a machine that has nothing else
// to do; it takes a tenth of what one shared with other tests is given.
inline double bystander_p99_max_ms() {
  if (kSanitized) return 10'000;
  return scaled(3'000, 300);
}
inline constexpr std::int64_t kSanitizerKib = kSanitized ? 2 * 1024 * 1024 : 0;

// Of the process itself, from /proc.
std::int64_t resident_kib(TestServer& server);
std::int64_t descriptors(TestServer& server);
double cpu_seconds(TestServer& server);

// Their connections that ended without their own doing.
std::uint64_t ended(const std::vector<ChaosClient*>& clients);

class ChaosTown {
 public:
  struct Options {
    std::string name;  // of the run
    Population population;
    std::vector<std::string> settings{};  // besides those without which a crowd cannot be
    std::uint64_t seed = 1;
    TestServer::Launch launch{};
  };
  explicit ChaosTown(const Options& options);

  // A client of that inhabitant in all rooms of theirs; `how` says the rest.
  ChaosClient& join(std::size_t inhabitant, ChaosOptions how);
  ChaosClient& join(std::size_t inhabitant) { return join(inhabitant, {}); }
  std::size_t inhabitants() const { return town_.inhabitants.size(); }
  const Town& town() const { return town_; }

  // Of the first so many that joined; 0: of all.
  std::uint64_t ended(std::size_t count = 0) const;
  TestServer& server() { return server_; }
  Crowd& crowd() { return crowd_; }
  Recorder& recorder() { return recorder_; }

  // A fault has ended: recorded, with the deadline. well() says that it is over.
  void healed(const std::string& what, std::chrono::milliseconds within);
  void well();

  // Nobody says anything more; until everything said is answered, and all who are `recorded` and
  // will come back have all of it. Fails the test where that does not come.
  void settle(std::chrono::milliseconds patience);
  // Reads all logs, and fails the test where the checker finds anything. Once, at the end.
  void judge();

 private:
  std::uint64_t head(const Town::Chat& chat);
  void read_log(const Town::Chat& chat);

  TemporaryDirectory directory_;
  TestServer server_;
  Town town_;
  Recorder recorder_;
  Crowd crowd_;
  std::vector<std::vector<std::string>> rooms_of_;  // by inhabitant
  std::map<std::string, std::uint64_t> begun_;      // the rooms' heads before the run
  std::uint64_t joined_ = 0;
  Record fault_;
};

}  // namespace kith::test
