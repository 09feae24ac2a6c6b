// Keeps the process within limits.memory_mib: a kill by the kernel is an outage for everybody, so
// what can be had back is given up before (RELIABILITY F29).
//
//   tight     from 80 % of the budget, until it is below 70 %: no new sockets (503 with a time to
//             come back), queues get half their room, what is free goes back to the system
//   critical  from 90 %: besides, the sockets with the longest queues are closed with 4013 until
//             enough is free; their clients come back and are given what they missed from the log
//
// What counts is resident memory, as the kernel has it; the kernel's own socket buffers are not in
// it. Every member may be used on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "protocol/ids.h"

namespace kith {

class MemoryBudget {
 public:
  enum class Pressure : std::uint8_t { none, tight, critical };

  // 0: no budget; then there is never any pressure.
  explicit MemoryBudget(std::uint64_t bytes) : bytes_(bytes) {}

  // Looks again where the last look is a while ago; a line in the log where it begins or ends.
  Pressure look(SteadyTime now);
  bool is_tight() const { return tight_.load(std::memory_order_relaxed); }
  // What should go before there is room again.
  std::uint64_t excess_bytes() const;
  // Free memory goes back to the system, where that was not done just now.
  void give_back(SteadyTime now);

  std::uint64_t bytes() const { return bytes_; }
  static std::uint64_t resident_bytes();

 private:
  void note(std::uint64_t resident);  // mutex_ is held

  const std::uint64_t bytes_;
  std::atomic<bool> tight_ = false;
  std::mutex mutex_;
  Pressure pressure_ = Pressure::none;  // guarded by mutex_
  SteadyTime looked_{};                 // guarded by mutex_
  SteadyTime gave_back_{};              // guarded by mutex_
};

}  // namespace kith
