#include "bench/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "bench/weights.h"

namespace kith::bench {
namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  return parse_whole(text, value) ? std::optional(value) : std::nullopt;
}

double as_double_s(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Result<PayloadSizes> PayloadSizes::parse(std::string_view text) {
  PayloadSizes parsed;
  parsed.sizes_.clear();
  parsed.total_ = 0;
  std::string wrong;
  for_each_item(text, [&](std::string_view item) {
    const auto colon = item.find(':');
    const auto bytes = number(item.substr(0, colon));
    const auto weight = colon == std::string_view::npos ? std::optional<std::uint32_t>(1)
                                                        : number(item.substr(colon + 1));
    if (!bytes || !weight || *weight == 0 || *bytes < kBytesMin || *bytes > kBytesMax) {
      wrong = item.empty() ? text : item;
      return;
    }
    parsed.sizes_.push_back({.value = *bytes, .weight = *weight});
    parsed.total_ += *weight;
  });
  if (!wrong.empty() || parsed.sizes_.empty()) {
    return fail(ErrorCode::bad_request,
                fmt::format("--payload: '{}' is no size of {} to {} bytes, nor bytes:weight",
                            wrong.empty() ? text : std::string_view(wrong), kBytesMin, kBytesMax));
  }
  return parsed;
}

std::size_t PayloadSizes::pick(std::uint64_t random) const {
  if (sizes_.size() == 1) return sizes_.front().value;
  std::uint64_t at = random % total_;
  for (const auto& size : sizes_) {
    if (at < size.weight) return size.value;
    at -= size.weight;
  }
  return sizes_.back().value;
}

Result<ActionMix> ActionMix::parse(std::string_view text) {
  Weights given = parse_weights(text, kActionNames);
  ActionMix parsed;
  std::copy(given.of.begin(), given.of.end(), parsed.weights_.begin());
  parsed.total_ = std::accumulate(given.of.begin(), given.of.end(), std::uint32_t{0});
  if (!given.wrong.empty() || parsed.weights_[0] == 0) {
    return fail(ErrorCode::bad_request,
                fmt::format("--mix: '{}': shares of send, edit, typing, read and react, such as "
                            "send=80,edit=5,typing=15; there must be some send",
                            given.wrong.empty() ? text : std::string_view(given.wrong)));
  }
  return parsed;
}

Action ActionMix::pick(std::uint64_t random) const {
  return static_cast<Action>(pick_weighted(weights_, total_, random));
}

// During the ramp r(t) = R t / T, so n(t) = R t^2 / 2T items are due by t.
std::uint64_t OpenLoop::count() const {
  const double ramp_s = std::min(as_double_s(ramp), as_double_s(duration));
  const double ramped =
      ramp.count() == 0 ? 0 : per_second * ramp_s * ramp_s / (2 * as_double_s(ramp));
  return static_cast<std::uint64_t>(ramped + per_second * (as_double_s(duration) - ramp_s));
}

std::chrono::nanoseconds OpenLoop::due(std::uint64_t i) const {
  const double ramp_s = as_double_s(ramp);
  const double ramped = per_second * ramp_s / 2;
  const auto item = static_cast<double>(i);
  const double at = item < ramped ? std::sqrt(2 * item * ramp_s / per_second)
                                  : ramp_s + (item - ramped) / per_second;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(at * 1e9));
}

std::uint32_t source_address(std::size_t number) {
  constexpr std::uint32_t kFirst = 0x7F000001;
  constexpr std::size_t kPortsPerAddress = 8'000;
  return kFirst + static_cast<std::uint32_t>(number / kPortsPerAddress);
}

std::uint64_t mix_bits(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

}  // namespace kith::bench
