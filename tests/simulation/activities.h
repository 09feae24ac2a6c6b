// What users of a life did and tell of, over HTTP, whatever befalls the store and the nodes: each
// under a key of its own, again where the outcome is not known, and now and then where it is. At
// the end what the store has counted is held against what it has acked (bench/reward_ledger.h).
//
// Checks: R1, a key is one activity, taken as new once; R2, a score is the sum of the acked points;
// R3, a streak is that of the acked check-ins; R4, the live board is the scores, in their order;
// R5, a client's copy of it is right, all the while (board_watch.h) and once all is well, even
// where the bus has lost the last move; R6, a badge is given where what was acked suffices, and
// told of once.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/reward_ledger.h"
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
  std::uint64_t badges() const { return badges_; }

 private:
  static constexpr const char* kPoints = "points";
  static constexpr const char* kCheckIn = "daily_checkin";

  struct Told {
    std::size_t user = 0;
    Activity activity{};
    std::optional<ActivityId> id{};  // once it is acked
    bool fresh = false;              // acked as new
    bool given_up = false;
  };

  // What one user did: at the least, all that was acked, or at the most.
  struct Deeds {
    std::int64_t times = 0;  // of points
    std::int64_t points = 0;
    std::set<bench::LedgerDay> days;  // of check-ins
  };
  struct Account {
    Deeds least;
    Deeds most;
  };

  static bench::LedgerDay start_day();
  void next();
  void do_something();
  std::size_t new_activity(const char* kind);
  void tell(std::size_t number);
  void answered(std::size_t number, const Result<Recorded>& recorded);
  void settle();
  void lose_tail();
  void wait_for_boards();

  // activities_judge.cc
  void judge();
  void judge_user(std::size_t user, const bench::RewardLedger& ledger);
  void judge_board(const bench::RewardLedger& ledger);
  void judge_badges(std::size_t user, const Account& account);
  void note(const char* check, std::size_t user, const std::optional<std::string>& fault);
  static std::set<std::string> earned_by(const Deeds& deeds);

  World& world_;
  Random random_;
  bool over_ = false;
  std::uint32_t burst_ = 0;  // how many more come at once
  std::vector<Told> told_;
  std::uint64_t acked_ = 0;
  std::uint64_t repeated_ = 0;  // answers that said `duplicate`
  std::uint64_t badges_ = 0;
};

}  // namespace kith::simulation
