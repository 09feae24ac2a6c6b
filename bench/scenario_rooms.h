// `kith-bench rooms`: everybody in every chat of the seed file is connected, somebody in each chat
// keeps writing, and everything that was acked must reach everybody, once and in order. Also when
// the server is killed in the middle and started again.
#pragma once

#include <chrono>
#include <string>

#include "bench/load_context.h"
#include "bench/report.h"

namespace kith::bench {

struct RoomsOptions {
  ClientOptions client;
  double messages_per_second = 100;  // of all senders together
  double breaks_per_second = 0;      // connections that break and come back
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds settle{0};  // between all being ready and the first message
  std::chrono::milliseconds ready_within{120'000};
  std::chrono::milliseconds drain_within{20'000};  // how long the last deliveries may take
  std::size_t threads = 1;
};

// Prints a live line each second to stderr. Blocks until the run is over.
Report run_rooms(const Seed& seed, const RoomsOptions& options);

}  // namespace kith::bench
