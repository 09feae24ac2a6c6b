// What users of a life did and tell of, over HTTP, whatever befalls the store and the nodes: each
// under a key of its own, again where the outcome is not known, and now and then where it is. At
// the end what the store has counted is held against what it has acked (bench/reward_ledger.h).
//
// Checks: R1, a key is one activity, taken as new once; R2, a score is the sum of the acked points;
// R3, a streak is that of the acked check-ins.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/ports/reward_ledger.h"
#include "tests/simulation/random.h"

namespace kith::simulation {

class World;

class Activities {
 public:
  explicit Activities(World& world);

  void start();
  // After all is well: what is not acked is told of until it is, but for some whose outcome stays
  // unknown for ever. Then the judgement.
  void settle_and_judge();

  std::uint64_t acked() const { return acked_; }
  std::uint64_t repeated() const { return repeated_; }

 private:
  struct Told {
    std::size_t user = 0;
    Activity activity{};
    std::optional<ActivityId> id{};  // once it is acked
    bool fresh = false;              // acked as new
    bool given_up = false;
  };

  void next();
  void do_something();
  std::size_t new_activity();
  void tell(std::size_t number);
  void answered(std::size_t number, const Result<Recorded>& recorded);
  void judge();

  World& world_;
  Random random_;
  bool over_ = false;
  std::vector<Told> told_;
  std::uint64_t acked_ = 0;
  std::uint64_t repeated_ = 0;  // answers that said `duplicate`
};

}  // namespace kith::simulation
