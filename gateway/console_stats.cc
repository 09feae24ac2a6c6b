#include "gateway/console_stats.h"

#include <algorithm>

#include "gateway/memory_budget.h"
#include "protocol/json_writer.h"

namespace kith {

namespace {

constexpr std::size_t kSlowestTold = 8;

using Shards = std::vector<ShardSnapshot>;

template <typename Get>
std::uint64_t sum_of(const Shards& shards, Get get) {
  std::uint64_t total = 0;
  for (const ShardSnapshot& shard : shards) total += get(shard);
  return total;
}

void write_sessions(JsonWriter& json, const Shards& shards) {
  const auto gauge = [&](const char* name, std::size_t Engine::Gauges::*member) {
    json.field(name, sum_of(shards, [member](const ShardSnapshot& s) { return s.gauges.*member; }));
  };
  json.key("sessions").begin_object();
  gauge("waiting", &Engine::Gauges::sessions_waiting);
  gauge("live", &Engine::Gauges::sessions_live);
  gauge("lagging", &Engine::Gauges::sessions_lagging);
  json.end_object();
  gauge("channels", &Engine::Gauges::channels);
  gauge("subscriptions", &Engine::Gauges::subscriptions);
  gauge("queued_bytes", &Engine::Gauges::queued_bytes);
}

void write_counters(JsonWriter& json, const Shards& shards) {
  const auto gateway = [&](const char* name, std::uint64_t GatewayCounters::*member) {
    json.field(name,
               sum_of(shards, [member](const ShardSnapshot& s) { return s.gateway.*member; }));
  };
  const auto engine = [&](const char* name, std::uint64_t Counters::*member) {
    json.field(name, sum_of(shards, [member](const ShardSnapshot& s) { return s.engine.*member; }));
  };
  gateway("connections", &GatewayCounters::connections_open);
  json.key("totals").begin_object();
  gateway("bytes_in", &GatewayCounters::bytes_in);
  gateway("bytes_out", &GatewayCounters::bytes_out);
  gateway("frames_out", &GatewayCounters::frames_out);
  engine("frames_in", &Counters::frames_in);
  engine("durable_events", &Counters::durable_events);
  engine("deliveries", &Counters::deliveries);
  engine("replays", &Counters::replays);
  engine("replayed_events", &Counters::replayed_events);
  engine("gaps_told", &Counters::gaps_told);
  engine("fell_behind", &Counters::fell_behind);
  engine("dropped_ephemeral", &Counters::dropped_ephemeral);
  engine("dropped_state", &Counters::dropped_state);
  engine("rate_limited", &Counters::rate_limited);
  engine("backfills", &Counters::backfills);
  engine("heads_healed", &Counters::heads_healed);
  json.field("http_requests", sum_of(shards, [](const ShardSnapshot& s) {
               std::uint64_t all = 0;
               for (const std::uint64_t count : s.gateway.http_requests) all += count;
               return all;
             }));
  json.end_object();
}

// Totals as well: the quantile of an interval is that of the difference of two.
void write_latency(JsonWriter& json, const char* name, const Shards& shards,
                   LatencyHistogram Counters::*member) {
  LatencyHistogram all;
  for (const ShardSnapshot& shard : shards) {
    const LatencyHistogram& one = shard.engine.*member;
    for (std::size_t i = 0; i < all.buckets.size(); ++i) all.buckets[i] += one.buckets[i];
  }
  json.key(name).begin_array();
  for (const std::uint64_t count : all.buckets) {
    json.integer(static_cast<std::int64_t>(count));
  }
  json.end_array();
}

void write_slowest(JsonWriter& json, const Shards& shards) {
  std::vector<Engine::SlowSession> slowest;
  for (const ShardSnapshot& shard : shards) {
    slowest.insert(slowest.end(), shard.slowest.begin(), shard.slowest.end());
  }
  std::ranges::sort(slowest, std::greater(), &Engine::SlowSession::queued_bytes);
  if (slowest.size() > kSlowestTold) slowest.resize(kSlowestTold);
  json.key("slowest").begin_array();
  for (const Engine::SlowSession& session : slowest) {
    json.begin_object().field("user_id", session.user).field("session_id", session.session);
    json.field("queued_bytes", static_cast<std::uint64_t>(session.queued_bytes));
    json.field("channels", static_cast<std::uint64_t>(session.channels));
    json.field("lagging", session.lagging).end_object();
  }
  json.end_array();
}

}  // namespace

std::string console_stats_json(const ServerState& server, SteadyTime now, WallTime wall) {
  const Shards shards = server.snapshots();
  const StorageStats storage = server.storage_stats();
  const auto uptime = std::chrono::floor<std::chrono::seconds>(now - server.started());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("type", "console.stats").field("at", wall);
  json.field("node", server.node()).field("build", server.build());
  json.field("uptime_seconds", static_cast<std::int64_t>(uptime.count()));
  json.field("shards", static_cast<std::int64_t>(server.shards()));
  json.field("draining", server.draining());
  write_sessions(json, shards);
  write_counters(json, shards);
  json.key("latency_bounds_ms").begin_array();
  for (const auto bound : LatencyHistogram::kUpperBoundsMs) json.integer(std::int64_t{bound});
  json.end_array();
  write_latency(json, "ack_latency", shards, &Counters::ack_latency);
  write_latency(json, "delivery_latency", shards, &Counters::delivery_latency);
  json.key("storage").begin_object().field("healthy", storage.healthy);
  json.field("commits", storage.commits).field("messages", storage.committed_messages);
  json.field("queued_jobs", storage.queued_jobs).end_object();
  json.field("bus_healthy", server.bus_stats().healthy);
  json.field("memory_bytes", MemoryBudget::resident_bytes());
  write_slowest(json, shards);
  json.end_object();
  return out;
}

}  // namespace kith
