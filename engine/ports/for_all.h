// A loop over what belongs to different clients: an exception from one of them (a bug of ours, or
// no memory) must not cost the others behind it their turn (RELIABILITY F31).
#pragma once

#include <exception>

namespace kith {

// Calls `visit` for each; what was thrown last comes out behind the last one.
template <typename Range, typename Visit>
void for_all(Range&& range, Visit visit) {
  std::exception_ptr failure;
  for (auto&& each : range) {
    try {
      visit(each);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace kith
