#include "bench/troubles.h"

#include "bench/report_text.h"

namespace kith::bench {

void Troubles::merge(const Troubles& other) {
  for (const auto counts : {&Troubles::broke, &Troubles::attempts, &Troubles::errors}) {
    for (const auto& [what, count] : other.*counts) (this->*counts)[what] += count;
  }
}

std::string listed(const Troubles::Counts& counts) {
  std::string text;
  for (const auto& [what, count] : counts) {
    text += (text.empty() ? "" : ", ") + grouped(count) + ' ' + what;
  }
  return text;
}

}  // namespace kith::bench
