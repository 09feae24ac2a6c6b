// /metrics: everything counted, in Prometheus' text format. Shards hand their plain integers over
// (ServerState::publish_snapshot); here they are added up. Any thread.
#pragma once

#include <string>

#include "gateway/outgoing/outgoing_stats.h"
#include "gateway/server_state.h"

namespace kith {

struct ProcessFigures {
  double uptime_seconds = 0;
  std::uint64_t log_lines_dropped = 0;
  std::uint64_t password_hashes = 0;
  std::uint64_t password_hashes_refused = 0;
  std::uint64_t password_queue = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_budget_bytes = 0;
  bool memory_tight = false;
  bool storage_healthy = true;
  bool draining = false;
  OutgoingStats outgoing{};
};

std::string metrics_text(const std::vector<ShardSnapshot>& shards, const StorageStats& storage,
                         const BusStats& bus, const ProcessFigures& process);

}  // namespace kith
