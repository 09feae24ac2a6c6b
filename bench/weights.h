// Weights by name, as options take them: "send=80,typing=20".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kith::bench {

inline constexpr std::uint32_t kWeightMax = 1'000'000;

struct Weights {
  std::vector<std::uint32_t> of;  // by name, in their order; 0 where it is not named
  std::string wrong;              // the item that is none; empty: all are
};
Weights parse_weights(std::string_view text, std::span<const std::string_view> names);
// The place that a random number falls on. The weights sum up to `total`, which is not 0.
std::size_t pick_weighted(std::span<const std::uint32_t> weights, std::uint64_t total,
                          std::uint64_t random);

// A whole number, and nothing else.
bool parse_whole(std::string_view text, std::uint32_t& value);

// What stands between commas.
template <typename Each>
void for_each_item(std::string_view text, Each&& each) {
  while (!text.empty()) {
    const auto comma = text.find(',');
    each(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
}

}  // namespace kith::bench
