// Where the checks put what they find.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/history/checker.h"
#include "tests/history/names.h"

namespace kith::test {

class Reporter {
 public:
  // Lines that are 0 are left out.
  void report(std::string_view check, std::string what, std::initializer_list<Line> lines);
  Verdict& verdict() { return verdict_; }

 private:
  Verdict verdict_;
  std::array<std::size_t, 17> counts_{};  // by the number of the check
};

}  // namespace kith::test
