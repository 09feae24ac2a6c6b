// What a run has shown: a live line each second, then a summary for people and one line of JSON for
// machines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/histogram.h"
#include "bench/verify.h"

namespace kith::bench {

struct LiveLine {
  double elapsed_s = 0;
  std::uint64_t ready = 0;
  std::uint64_t connections = 0;
  std::uint64_t sent = 0;  // in this interval, as the others
  std::uint64_t acked = 0;
  std::uint64_t delivered = 0;
  const Histogram& ack;
  const Histogram& delivery;
};
std::string live_line(const LiveLine& line);

struct Report {
  std::string_view scenario;
  std::uint64_t connections = 0;
  std::uint64_t chats = 0;
  double rate = 0;
  double seconds = 0;  // from the first intended send to the end of the schedule
  std::uint64_t sent = 0;
  std::uint64_t acked = 0;
  std::uint64_t delivered = 0;
  Histogram ack;
  Histogram delivery;
  Verdict verdict;
  std::uint64_t unacked = 0;  // never answered, however long one waited
  std::uint64_t refused = 0;
  std::uint64_t retried = 0;
  std::uint64_t rate_limited = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t gaps = 0;
  std::uint64_t late_sends = 0;  // the client itself was behind its schedule
  double late_max_ms = 0;
  double client_cpu_percent = 0;  // of one core
  std::string failure;            // why the run broke off; empty: it did not

  // Nothing lost, doubled, reordered or altered, every message answered, and something delivered.
  bool ok() const;
};
std::string summary(const Report& report);
std::string json(const Report& report);

}  // namespace kith::bench
