// One number of a server's GET /metrics.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bench/nodes.h"

namespace kith::bench {

// The sum over all label sets of a metric in the Prometheus text format; none where the server
// cannot be asked, or has no such metric. Blocks, for at most a few seconds.
std::optional<double> scrape(const Target& target, std::string_view metric);

// All nodes together; none where one of them cannot be asked.
std::optional<double> scrape(const std::vector<Node>& nodes, std::string_view metric);

// The same sum, over such a text.
std::optional<double> sum_of_metric(std::string_view text, std::string_view metric);

}  // namespace kith::bench
