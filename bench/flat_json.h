// The JSON line of a report as a flat list, in the order of the line: {"ack_ms":{"p99":3}} is
// ack_ms.p99 = 3. That is how --assert and `compare` name what was measured.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/result.h"

namespace kith::bench {

struct FlatReport {
  // None: null, which is what could not be measured. A boolean is 1 or 0.
  std::vector<std::pair<std::string, std::optional<double>>> numbers;
  std::vector<std::pair<std::string, std::string>> texts;

  // Null where there is no such name.
  const std::optional<double>* number(std::string_view name) const;
  const std::string* text(std::string_view name) const;
};

// Lists are left out: they are for people. Fails where `json` is not one JSON object.
Result<FlatReport> flatten(std::string_view json);

}  // namespace kith::bench
