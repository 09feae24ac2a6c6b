// --assert: what a run must keep to, as `name op number`: p99_ms<50, server.cpu_s<=12, lost=0.
// A name is a path into the JSON line (delivery_ms.p99, figures.caught_up_s; a boolean is 1 or 0),
// or p50_ms, p90_ms, p99_ms, p999_ms or max_ms, which mean the delivery where something was
// delivered and the ack elsewhere; with `ack_` or `delivery_` before it one names which.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace kith::bench {

enum class Comparison { less, less_or_equal, greater, greater_or_equal, equal, not_equal };

struct Assertion {
  std::string text;  // as it was given
  std::string name;
  Comparison comparison = Comparison::less;
  double limit = 0;
};

// Knows the syntax alone: which names there are depends on the scenario.
Result<Assertion> parse_assertion(std::string_view text);

// Before the run, with its blank report: bad_request where it will have no such name (the close
// ones are listed).
Status names_a_figure(const Assertion& assertion, std::string_view report_json);

// None: it holds. Otherwise why it does not, with the value that was measured. It also fails where
// there is no such name, and where nothing was measured.
std::optional<std::string> check(const Assertion& assertion, std::string_view report_json);

}  // namespace kith::bench
