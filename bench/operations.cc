#include "bench/operations.h"

#include <fmt/format.h>

#include <numeric>

#include "bench/weights.h"
#include "protocol/assert.h"

namespace kith::bench {

const std::vector<Operation>& operations_of(std::string_view scenario) {
  static const std::vector<Operation> rewards = {{"points", 8}, {"check_in", 2}, {"repeat", 1}};
  // An app's day: much is looked at, some of it is said.
  static const std::vector<Operation> crud = {
      {"get_user", 20},   {"get_me", 10},      {"update_user", 3}, {"list_clubs", 5},
      {"get_club", 12},   {"club_feed", 20},   {"create_post", 5}, {"get_event", 10},
      {"list_events", 5}, {"create_event", 1}, {"rsvp", 4},        {"home_feed", 5}};
  static const std::vector<Operation> none;
  if (scenario == "rewards") return rewards;
  return scenario == "crud" ? crud : none;
}

OperationMix::OperationMix(std::string_view scenario) {
  for (const Operation& operation : operations_of(scenario)) weights_.push_back(operation.weight);
  total_ = std::accumulate(weights_.begin(), weights_.end(), std::uint64_t{0});
}

OperationMix::OperationMix(std::vector<std::uint32_t> weights)
    : weights_(std::move(weights)),
      total_(std::accumulate(weights_.begin(), weights_.end(), std::uint64_t{0})) {}

Result<OperationMix> OperationMix::parse(std::string_view scenario, std::string_view text) {
  std::vector<std::string_view> names;
  for (const Operation& operation : operations_of(scenario)) names.push_back(operation.name);
  Weights parsed = parse_weights(text, names);
  OperationMix mix(std::move(parsed.of));
  if (!parsed.wrong.empty() || mix.total_ == 0) {
    return fail(ErrorCode::bad_request,
                fmt::format("--mix: '{}': shares of {}, such as {}=80,{}=20",
                            parsed.wrong.empty() ? text : std::string_view(parsed.wrong),
                            fmt::join(names, ", "), names[0], names[1]));
  }
  return mix;
}

std::size_t OperationMix::pick(std::uint64_t random) const {
  KITH_ASSERT(total_ > 0);
  return pick_weighted(weights_, total_, random);
}

void OperationMix::without(CrudOperation operation) {
  std::uint32_t& weight = weights_[static_cast<std::size_t>(operation)];
  total_ -= weight;
  weight = 0;
}

}  // namespace kith::bench
