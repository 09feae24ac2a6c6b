#include <algorithm>
#include <charconv>
#include <ostream>
#include <sstream>

#include "tests/history/reporter.h"

namespace kith::test {
namespace {

std::size_t number_of(std::string_view check) {
  std::size_t number = 0;
  std::from_chars(check.data() + 1, check.data() + check.size(), number);
  return number;
}

}  // namespace

void Reporter::report(std::string_view check, std::string what, std::initializer_list<Line> lines) {
  ++verdict_.violations_total;
  if (++counts_.at(number_of(check)) > Verdict::kShownMax) return;
  Violation violation{.check = std::string(check), .what = std::move(what), .lines = {}};
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(violation.lines),
               [](Line line) { return line != 0; });
  verdict_.violations.push_back(std::move(violation));
}

bool Verdict::broke(std::string_view check) const {
  return std::any_of(violations.begin(), violations.end(),
                     [&](const Violation& violation) { return violation.check == check; });
}

bool Verdict::broke_only(std::string_view check) const {
  return broke(check) && std::all_of(violations.begin(), violations.end(),
                                     [&](const auto& each) { return each.check == check; });
}

void print(std::ostream& out, const Verdict& verdict,
           const std::function<std::string(std::uint64_t line)>& name_of) {
  out << verdict.records << " records: " << verdict.channels << " channels, " << verdict.acked
      << " acked sends, " << verdict.unknown << " operations of unknown outcome, "
      << verdict.deliveries << " deliveries, " << verdict.finals << " entries read at the end\n";
  for (const Violation& violation : verdict.violations) {
    out << violation.check << "  " << violation.what;
    const char* between = "  [";
    for (const Line line : violation.lines) {
      out << between << name_of(line);
      between = ", ";
    }
    out << (violation.lines.empty() ? "\n" : "]\n");
  }
  if (verdict.ok()) {
    out << "whole: no promise was broken\n";
  } else {
    out << "BROKEN: " << verdict.violations_total << " violations\n";
  }
}

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  print(out, verdict, [](std::uint64_t line) { return "line " + std::to_string(line); });
  return out;
}

std::string to_text(const Verdict& verdict) {
  std::ostringstream out;
  out << verdict;
  return out.str();
}

}  // namespace kith::test
