#include "bench/load_context.h"

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

LoadContext::LoadContext(Shared& run, std::uint64_t random_seed)
    : shared(run),
      seed(run.seed),
      options(run.options),
      witnesses(run.seed.chats.size()),
      random(random_seed),
      uuids([this] { return random(); }) {}

}  // namespace kith::bench
