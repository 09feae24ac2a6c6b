// Makes a failing life small: switches off what it fails without, and ends it as early as it can.
#include "tests/simulation/report.h"

namespace kith::simulation {

namespace {

constexpr int kAttemptsMax = 300;
constexpr std::uint64_t kActsMost = 1 << 17;  // of any life

class Shrinker {
 public:
  Shrinker(Plan plan, const std::string& check) : plan_(plan), check_(check) {}

  Plan run() {
    shorten();
    while (narrow() && attempts_ < kAttemptsMax) {
    }
    shorten();
    return plan_;
  }

 private:
  bool keep(const Plan& smaller) {
    if (++attempts_ > kAttemptsMax || !live_apart(smaller).has(check_)) return false;
    plan_ = smaller;
    return true;
  }

  bool narrow() {
    bool any = false;
    for (std::size_t i = 0; i < kFaults; ++i) {
      Plan smaller = plan_;
      if (std::exchange(smaller.faults[i], 0) != 0) any = keep(smaller) || any;
    }
    if (plan_.local_faults) {
      Plan smaller = plan_;
      smaller.local_faults = false;
      any = keep(smaller) || any;
    }
    if (plan_.activities_per_minute > 0) {
      Plan smaller = plan_;
      smaller.activities_per_minute = 0;
      any = keep(smaller) || any;
    }
    for (std::size_t i = 0; i < kActs; ++i) {
      if (!plan_.on(static_cast<Act>(i))) continue;
      Plan smaller = plan_;
      smaller.acts_off |= 1U << i;
      any = keep(smaller) || any;
    }
    for (std::size_t i = 0; i < plan_.clients; ++i) {
      if (!plan_.client_on(i)) continue;
      Plan smaller = plan_;
      smaller.clients_off |= std::uint64_t{1} << i;
      any = keep(smaller) || any;
    }
    return any;
  }

  // The fewest acts, by halves; and no more time than they take.
  void shorten() {
    // One that dies does not tell how far it came.
    const Totals totals = live_apart(plan_).totals;
    const std::uint64_t acts = totals.lives == 0 ? kActsMost : totals.acts + 1;
    std::uint64_t most = std::min(plan_.acts_max, acts);
    for (std::uint64_t step = most / 2; step > 0; step /= 2) {
      Plan smaller = plan_;
      smaller.acts_max = most - step;
      if (keep(smaller)) most -= step;
    }
    for (int halves = 0; halves < 8; ++halves) {
      Plan smaller = plan_;
      smaller.life = plan_.life / 2;
      if (!keep(smaller)) break;
    }
  }

  Plan plan_;
  const std::string check_;
  int attempts_ = 0;
};

}  // namespace

Plan shrink(Plan plan, const std::string& check) {
  return Shrinker(plan, check).run();
}

}  // namespace kith::simulation
