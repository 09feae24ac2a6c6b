// `kith-bench compare a.json b.json`: what changed between two sets of runs, and what only seems to
// have. Each file holds the JSON lines of one or more runs.
#pragma once

#include <string>

#include "protocol/result.h"

namespace kith::bench {

// A table for people: per metric that both have, the median and the range of each side, the ratio
// of the medians b/a and the range that the runs leave for it (b.min/a.max to b.max/a.min). Where
// the ranges of the sides overlap, or the medians differ by less than 2 %, no difference is shown,
// and the table says so; one run has no range, so it shows none either. Fewer than five runs a side
// are said to be few. Settings that differ stand above it. An error names file and
// line.
Result<std::string> compare_files(const std::string& path_a, const std::string& path_b);

}  // namespace kith::bench
