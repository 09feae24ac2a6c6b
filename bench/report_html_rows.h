// The tables of a report's page: names and values, not yet escaped. A row without a value is left
// out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/report.h"

namespace kith::bench {

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows what_came_rows(const Report& report);
Rows errors_rows(const Report& report);
Rows nodes_rows(const Report& report);
Rows client_rows(const Report& report);
Rows server_rows(const ServerUsage& usage, std::uint64_t connections);

}  // namespace kith::bench
