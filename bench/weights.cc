#include "bench/weights.h"

#include <algorithm>
#include <charconv>

namespace kith::bench {

bool parse_whole(std::string_view text, std::uint32_t& value) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

Weights parse_weights(std::string_view text, std::span<const std::string_view> names) {
  Weights parsed{.of = std::vector<std::uint32_t>(names.size()), .wrong = {}};
  for_each_item(text, [&](std::string_view item) {
    const auto equals = item.find('=');
    const auto name = std::find(names.begin(), names.end(), item.substr(0, equals));
    std::uint32_t weight = 0;
    const bool stated =
        equals != std::string_view::npos && parse_whole(item.substr(equals + 1), weight);
    if (name == names.end() || !stated || weight > kWeightMax) {
      parsed.wrong = item.empty() ? text : item;
      return;
    }
    parsed.of[static_cast<std::size_t>(name - names.begin())] += weight;
  });
  return parsed;
}

std::size_t pick_weighted(std::span<const std::uint32_t> weights, std::uint64_t total,
                          std::uint64_t random) {
  std::uint64_t at = random % total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (at < weights[i]) return i;
    at -= weights[i];
  }
  return weights.size() - 1;
}

}  // namespace kith::bench
