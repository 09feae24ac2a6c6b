// The requests over HTTP that scenarios make: their names in reports and options, and how often
// each is made where nothing else is asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace kith::bench {

struct Operation {
  std::string name;
  std::uint32_t weight = 1;
};

// Those of `rewards` and `crud`, in the order of RewardOperation and CrudOperation; none elsewhere.
const std::vector<Operation>& operations_of(std::string_view scenario);

enum class RewardOperation : std::uint8_t { points, check_in, repeat };
enum class CrudOperation : std::uint8_t {
  get_user,
  get_me,
  update_user,
  list_clubs,
  get_club,
  club_feed,
  create_post,
  get_event,
  list_events,
  create_event,
  rsvp,
  home_feed,
};

// A weighted choice among a scenario's operations.
class OperationMix {
 public:
  explicit OperationMix(std::string_view scenario);
  // "get_user=60,club_feed=40": what is not named is not made. bad_request names what is wrong.
  static Result<OperationMix> parse(std::string_view scenario, std::string_view text);

  std::size_t pick(std::uint64_t random) const;  // into operations_of()
  bool makes(CrudOperation operation) const {
    return weights_[static_cast<std::size_t>(operation)] > 0;
  }
  // Its share goes to the others.
  void without(CrudOperation operation);
  bool empty() const { return total_ == 0; }

 private:
  explicit OperationMix(std::vector<std::uint32_t> weights);

  std::vector<std::uint32_t> weights_;
  std::uint64_t total_ = 0;
};

}  // namespace kith::bench
