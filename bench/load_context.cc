#include "bench/load_context.h"

#include <algorithm>

namespace kith::bench {

void Latencies::merge(const Latencies& other) {
  ack.merge(other.ack);
  delivery.merge(other.delivery);
  in_windows.merge(other.in_windows);
  caught_up.merge(other.caught_up);
  offline.merge(other.offline);
  waited.merge(other.waited);
  broadcast.merge(other.broadcast);
  local.merge(other.local);
  cross.merge(other.cross);
}

void note_pause(Tally& tally, Clock::duration late) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(late).count()));
  auto& longest = tally.pause_max_us;
  if (us > longest.load(std::memory_order_relaxed)) longest.store(us, std::memory_order_relaxed);
}

LoadContext::LoadContext(Shared& run, std::uint64_t random_seed)
    : shared(run),
      seed(run.seed),
      options(run.options),
      witnesses(run.seed.chats.size()),
      random(random_seed),
      uuids([this] { return random(); }) {}

}  // namespace kith::bench
