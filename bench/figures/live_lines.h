// What kith-bench tells while it runs, a line a second: how something went over time, and where a
// run has got to. Its JSON line has neither.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace kith::figures {

struct LiveSecond {
  double end_s = 0;                      // since the load began
  std::optional<double> cross_p99_ms{};  // of deliveries from node to node; none: nothing came
};
// Of kith-bench's stderr as it is so far. A line that is not whole yet, and any other, is left out.
std::vector<LiveSecond> live_seconds(std::string_view log);

// How long after `since_s` deliveries from node to node were as usual again: until the first of
// three seconds in a row whose p99 is `usual_ms` at most. Those that are not over by then do not
// count. None: it did not come to that.
std::optional<double> usual_again_s(const std::vector<LiveSecond>& seconds, double since_s,
                                    double usual_ms);

// Of the seconds that began at `from_s` or later: the median of their p99. None where there are
// none.
std::optional<double> median_cross_p99_ms(const std::vector<LiveSecond>& seconds, double from_s);

}  // namespace kith::figures
