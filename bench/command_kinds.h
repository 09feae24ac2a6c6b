// The scenarios as one names them on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"
#include "bench/run.h"

namespace kith::bench {

struct ScenarioKind {
  const char* name;
  const char* purpose;
  Report (*run)(const Seed&, const RunOptions&);
  const char* example;  // options, behind the URL and the seed file
  std::string hint;     // what one should know before
};
const std::vector<ScenarioKind>& scenario_kinds();

// Does its load go over HTTP?
bool is_http(std::string_view scenario);

}  // namespace kith::bench
