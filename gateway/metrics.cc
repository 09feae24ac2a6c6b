#include "gateway/metrics.h"

#include <utility>

#include "gateway/metrics_families.h"

namespace kith {

namespace {

using prometheus::MetricType;
using Families = MetricFamilies;

template <typename Get>
double sum(const std::vector<ShardSnapshot>& shards, Get get) {
  double total = 0;
  for (const ShardSnapshot& shard : shards) total += static_cast<double>(get(shard));
  return total;
}

// reaction.add and .remove are one command to the counters, as are typing.start and .stop.
std::string counted_name(std::string_view name) {
  for (const std::string_view both : {"reaction", "typing"}) {
    if (name.starts_with(both)) return std::string(both);
  }
  return std::string(name);
}

template <std::size_t... kIndex>
std::array<std::string, sizeof...(kIndex)> command_names(std::index_sequence<kIndex...>) {
  return {counted_name(command_name(Command(std::in_place_index<kIndex>)))...};
}

void add_connections(Families& out, const std::vector<ShardSnapshot>& shards) {
  const auto gateway = [&](auto member) {
    return sum(shards, [member](const ShardSnapshot& s) { return s.gateway.*member; });
  };
  out.gauge("kith_connections", "Open connections, HTTP and WebSocket",
            gateway(&GatewayCounters::connections_open));
  out.counter("kith_connections_accepted_total", "Connections accepted",
              gateway(&GatewayCounters::connections_accepted));
  out.counter("kith_connections_refused_total", "Connections closed for a limit",
              gateway(&GatewayCounters::connections_refused));
  out.counter("kith_bytes_in_total", "Bytes read from clients",
              gateway(&GatewayCounters::bytes_in));
  out.counter("kith_bytes_out_total", "Bytes written to clients",
              gateway(&GatewayCounters::bytes_out));
  out.counter("kith_frames_in_total", "WebSocket frames read",
              gateway(&GatewayCounters::frames_in));
  out.counter("kith_frames_out_total", "WebSocket frames written",
              gateway(&GatewayCounters::frames_out));
  out.counter("kith_handshakes_total", "WebSocket upgrades answered with 101",
              gateway(&GatewayCounters::handshakes));
  out.counter("kith_handshakes_refused_total", "WebSocket upgrades refused for a limit or a drain",
              gateway(&GatewayCounters::handshakes_refused));
  out.counter("kith_handshakes_foreign_total", "WebSocket upgrades refused for their Origin",
              gateway(&GatewayCounters::handshakes_foreign));
  out.counter("kith_handler_failures_total", "Exceptions that ended a connection",
              gateway(&GatewayCounters::handler_failures));

  auto& requests =
      out.add("kith_http_requests_total", "HTTP answers by class of status", MetricType::Counter);
  for (std::size_t i = 1; i < 6; ++i) {
    Families::one(requests, {{"status", std::to_string(i) + "xx"}},
                  sum(shards, [i](const ShardSnapshot& s) { return s.gateway.http_requests[i]; }));
  }
  auto& closes =
      out.add("kith_websocket_closes_total", "WebSockets closed, by code", MetricType::Counter);
  for (std::size_t i = 0; i < GatewayCounters{}.closes.size(); ++i) {
    const double count = sum(shards, [i](const ShardSnapshot& s) { return s.gateway.closes[i]; });
    if (count == 0) continue;
    const auto code = GatewayCounters::close_code_at(i);
    Families::one(closes, {{"code", code == 0 ? "other" : std::to_string(code)}}, count);
  }
}

void add_sessions(Families& out, const std::vector<ShardSnapshot>& shards) {
  const auto gauge = [&](auto member) {
    return sum(shards, [member](const ShardSnapshot& s) { return s.gauges.*member; });
  };
  auto& sessions = out.add("kith_sessions", "WebSocket sessions by state", MetricType::Gauge);
  Families::one(sessions, {{"state", "waiting"}}, gauge(&Engine::Gauges::sessions_waiting));
  Families::one(sessions, {{"state", "live"}}, gauge(&Engine::Gauges::sessions_live));
  Families::one(sessions, {{"state", "lagging"}}, gauge(&Engine::Gauges::sessions_lagging));
  out.gauge("kith_channels", "Channels with a subscriber on a shard, summed over shards",
            gauge(&Engine::Gauges::channels));
  out.gauge("kith_subscriptions", "Sessions times the channels they follow",
            gauge(&Engine::Gauges::subscriptions));
  out.gauge("kith_outbound_queue_bytes", "Bytes that wait to be written to sessions",
            gauge(&Engine::Gauges::queued_bytes));
}

struct Title {
  const char* name;
  const char* help;
};

void add_latency(Families& out, const std::vector<ShardSnapshot>& shards,
                 LatencyHistogram Counters::*member, Title title) {
  LatencyHistogram latency;
  for (const ShardSnapshot& shard : shards) {
    const LatencyHistogram& one = shard.engine.*member;
    for (std::size_t i = 0; i < one.buckets.size(); ++i) latency.buckets[i] += one.buckets[i];
    latency.sum_ms += one.sum_ms;
  }
  std::vector<double> bounds;
  bounds.reserve(LatencyHistogram::kUpperBoundsMs.size());
  for (const auto ms : LatencyHistogram::kUpperBoundsMs) bounds.push_back(ms / 1000.0);
  out.histogram(title.name, title.help, bounds, latency.buckets, latency.sum_ms / 1000.0);
}

void add_commands(Families& out, const std::vector<ShardSnapshot>& shards) {
  static const auto names = command_names(std::make_index_sequence<std::variant_size_v<Command>>{});
  const auto add_outcomes = [&](std::string name, std::string help, auto counts) {
    auto& family = out.add(std::move(name), std::move(help), MetricType::Counter);
    for (std::size_t type = 0; type < names.size(); ++type) {
      for (std::size_t outcome = 0; outcome < kOutcomeNames.size(); ++outcome) {
        Families::one(
            family, {{"type", names[type]}, {"outcome", kOutcomeNames[outcome]}},
            sum(shards, [&](const ShardSnapshot& s) { return (s.engine.*counts)[type][outcome]; }));
      }
    }
  };
  add_outcomes("kith_commands_total", "Commands over WebSockets by type and outcome",
               &Counters::commands);
  add_outcomes("kith_http_changes_total",
               "Changes over HTTP, by the type of the frame that does the same, and outcome",
               &Counters::http_changes);
  add_latency(out, shards, &Counters::ack_latency,
              {"kith_ack_latency_seconds", "From a command read to its ack queued"});
}

void add_delivery(Families& out, const std::vector<ShardSnapshot>& shards) {
  const auto engine = [&](std::uint64_t Counters::*member) {
    return sum(shards, [member](const ShardSnapshot& s) { return s.engine.*member; });
  };
  out.counter("kith_commands_bad_total", "Frames answered with an error before they were a command",
              engine(&Counters::frames_bad));
  out.counter("kith_deliveries_total", "Events copied into a session's queue",
              engine(&Counters::deliveries));
  add_latency(out, shards, &Counters::delivery_latency,
              {"kith_delivery_latency_seconds",
               "From a message's time to its frame queued for a shard's subscribers"});
  out.counter("kith_durable_events_total", "Durable events put in order",
              engine(&Counters::durable_events));
  out.counter("kith_replays_total", "Attaches that replayed something", engine(&Counters::replays));
  out.counter("kith_replayed_events_total", "Events replayed", engine(&Counters::replayed_events));
  out.counter("kith_gaps_told_total", "Clients told recovered:false with a gap",
              engine(&Counters::gaps_told));
  out.counter("kith_bus_repeats_total", "Events that the bus brought twice",
              engine(&Counters::bus_repeats));
  out.counter("kith_bus_late_total", "Events that came out of order", engine(&Counters::bus_late));
  out.counter("kith_backfills_total", "Holes filled from the log", engine(&Counters::backfills));
  out.counter("kith_heads_healed_total", "Lost tails found by the look at the log",
              engine(&Counters::heads_healed));
  auto& drops =
      out.add("kith_events_dropped_total", "Events left out for slow readers", MetricType::Counter);
  Families::one(drops, {{"tier", "ephemeral"}}, engine(&Counters::dropped_ephemeral));
  Families::one(drops, {{"tier", "state"}}, engine(&Counters::dropped_state));
  out.counter("kith_sessions_fell_behind_total", "Sessions that passed their budget",
              engine(&Counters::fell_behind));
  auto& limited = out.add("kith_rate_limited_total", "Rate limits hit", MetricType::Counter);
  Families::one(limited, {{"at", "frames"}}, engine(&Counters::rate_limited));
  Families::one(limited, {{"at", "http"}},
                sum(shards, [](const ShardSnapshot& s) { return s.gateway.http_rate_limited; }));
}

void add_storage(Families& out, const StorageStats& storage) {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  out.counter("kith_storage_commits_total", "Transactions committed", number(storage.commits));
  out.counter("kith_storage_messages_total", "Messages committed",
              number(storage.committed_messages));
  out.counter("kith_storage_jobs_total", "Jobs committed", number(storage.committed_jobs));
  out.counter("kith_storage_rolled_back_total", "Batches rolled back",
              number(storage.rolled_back_batches));
  out.counter("kith_storage_careful_total", "Batches done again job by job",
              number(storage.careful_batches));
  out.counter("kith_storage_refused_total", "Jobs refused because the queue was full",
              number(storage.refused_jobs));
  out.counter("kith_storage_checkpoints_total", "Checkpoints of the write-ahead log",
              number(storage.checkpoints));
  auto& reads =
      out.add("kith_store_reads_total",
              "Reads of the store, each one snapshot, by what they were for", MetricType::Counter);
  for (std::size_t kind = 0; kind < kStoreReadNames.size(); ++kind) {
    Families::one(reads, {{"kind", std::string(kStoreReadNames[kind])}},
                  number(storage.reads[kind]));
  }
  out.gauge("kith_storage_queue", "Jobs that wait for the writer", number(storage.queued_jobs));
  constexpr std::array kSizes = {1.0, 4.0, 16.0, 64.0, 256.0, 1024.0};
  out.histogram("kith_commit_batch_size", "Messages and jobs per transaction", kSizes,
                storage.batch_size_buckets,
                number(storage.committed_messages + storage.committed_jobs));
  constexpr std::array kSeconds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5};
  out.histogram("kith_commit_latency_seconds", "Duration of a transaction with its commit",
                kSeconds, storage.commit_latency_buckets, storage.commit_seconds_sum);
}

void add_rewards(Families& out, const std::vector<ShardSnapshot>& shards) {
  auto& activities = out.add("kith_activities_total", "Activities told of by clients, by outcome",
                             MetricType::Counter);
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
    Families::one(activities, {{"outcome", kOutcomeNames[i]}},
                  sum(shards, [i](const ShardSnapshot& s) { return s.gateway.activities[i]; }));
  }
  auto& lag = out.add("kith_reward_lag_seconds",
                      "How late messages were counted last, and streaks called at risk or ended",
                      MetricType::Gauge);
  const auto seconds = [&](auto member) {
    return sum(shards,
               [member](const ShardSnapshot& s) { return (s.reward_lag.*member).count(); }) /
           1000.0;
  };
  Families::one(lag, {{"of", "messages"}}, seconds(&RewardUpkeepLoop::Lag::messages));
  Families::one(lag, {{"of", "streaks"}}, seconds(&RewardUpkeepLoop::Lag::streaks));
}

void add_bus(Families& out, const BusStats& bus) {
  const auto counter = [&out](const char* name, const char* help, std::uint64_t value) {
    out.counter(name, help, static_cast<double>(value));
  };
  out.gauge("kith_bus_healthy", "1 while the bus between nodes works, or there is none",
            bus.healthy ? 1 : 0);
  if (!bus.between_nodes) return;
  counter("kith_bus_connects_total", "Logins that Redis has accepted", bus.connects);
  counter("kith_bus_failures_total", "Connections to Redis that broke or failed", bus.failures);
  counter("kith_bus_published_total", "Envelopes published", bus.published);
  counter("kith_bus_publish_errors_total", "Refused by Redis", bus.publish_errors);
  counter("kith_bus_received_total", "Envelopes of other nodes", bus.received);
  counter("kith_bus_received_own_total", "Envelopes of this node, come back", bus.received_own);
  counter("kith_bus_decode_errors_total", "What came and was no envelope", bus.decode_errors);
  counter("kith_bus_foreign_total", "Envelopes of another epoch", bus.foreign);
  counter("kith_bus_bytes_sent_total", "Bytes written to Redis", bus.bytes_sent);
  counter("kith_bus_bytes_received_total", "Bytes read from Redis", bus.bytes_received);
  counter("kith_bus_resubscribed_total", "Channels subscribed again", bus.resubscribed);
  out.gauge("kith_bus_subscriptions", "Channels that Redis sends",
            static_cast<double>(bus.subscriptions));
  out.gauge("kith_bus_queue_bytes", "Bytes that wait to be published",
            static_cast<double>(bus.queued_bytes));
  counter("kith_bus_dropped_out_total", "Events left to the log unsent", bus.publish_dropped);
  counter("kith_bus_dropped_in_total", "Events a shard was too busy for", bus.inbound_dropped);
}

void add_process(Families& out, const ProcessFigures& process) {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  out.gauge("kith_storage_healthy", "1 while the last commit went through",
            process.storage_healthy ? 1 : 0);
  out.gauge("kith_draining", "1 while the server drains", process.draining ? 1 : 0);
  out.gauge("kith_memory_resident_bytes", "Resident memory of the process",
            number(process.memory_bytes));
  out.gauge("kith_memory_budget_bytes", "limits.memory_mib in bytes; 0: none",
            number(process.memory_budget_bytes));
  out.gauge("kith_memory_tight", "1 while memory is short: no new sockets, shorter queues",
            process.memory_tight ? 1 : 0);
  out.gauge("kith_uptime_seconds", "Since the start", process.uptime_seconds);
  out.counter("kith_log_lines_dropped_total", "Log lines lost because nobody took them",
              number(process.log_lines_dropped));
  out.counter("kith_password_hashes_total", "Passwords hashed or checked",
              number(process.password_hashes));
  out.counter("kith_password_hashes_refused_total", "Refused because the queue was full",
              number(process.password_hashes_refused));
  out.gauge("kith_password_queue", "Passwords that wait", number(process.password_queue));
}

}  // namespace

std::string metrics_text(const std::vector<ShardSnapshot>& shards, const StorageStats& storage,
                         const BusStats& bus, const ProcessFigures& process) {
  Families out;
  add_connections(out, shards);
  add_sessions(out, shards);
  add_commands(out, shards);
  add_delivery(out, shards);
  add_storage(out, storage);
  add_rewards(out, shards);
  add_bus(out, bus);
  add_outgoing_metrics(out, process.outgoing);
  add_process(out, process);
  return out.text();
}

}  // namespace kith
