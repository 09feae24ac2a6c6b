// What a run measures besides latencies: the CPU of the client and, read from /proc, of its
// servers.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "bench/run.h"

namespace kith::bench {
namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double elapsed_s(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void Run::describe_nodes() {
  const auto& nodes = options_.client.nodes;
  if (nodes.size() < 2) return;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto at_home = std::count(shared_.homes.begin(), shared_.homes.end(), i);
    report_.nodes[i] = {.url = nodes[i].url,
                        .build = nodes[i].build,
                        .connections = static_cast<std::uint64_t>(at_home)};
  }
}

Run::Usages Run::usages() {
  Usages found;
  for (const pid_t pid : options_.server_pids) {
    auto usage = process_usage(pid);
    found.push_back(usage ? std::optional(usage.value()) : std::nullopt);
    if (usage) continue;
    report_.server_missing =
        fmt::format("process {} of --server-pid ended; there are no figures of it{}", pid,
                    options_.server_pids.size() > 1 ? ", nor of all together" : "");
  }
  return found;
}

void Run::note_memory(const Usages& idle, const Usages& connected) {
  for (std::size_t i = 0; i < idle.size(); ++i) {
    if (!idle[i] || !connected[i]) continue;
    report_.servers[i] = ServerUsage{.rss_idle_bytes = idle[i]->rss_bytes,
                                     .rss_connected_bytes = connected[i]->rss_bytes};
  }
  report_.server = sum_of(report_.servers);
}

Run::Mark Run::mark() {
  std::vector<std::optional<ThreadTimes>> of_threads;
  for (const auto& worker : workers_) of_threads.push_back(worker->times());
  if (http_ != nullptr) of_threads.push_back(http_->times());
  return {.at = Clock::now(),
          .client_cpu_s = cpu_seconds(),
          .threads = std::move(of_threads),
          .delivered = sum(&Tally::delivered),
          .acked = sum(&Tally::acked),
          .servers = usages()};
}

void Run::begin_measuring() {
  measured_from_ = mark();
}

void Run::measure_threads(const Mark& to, double elapsed) {
  report_.client_threads.resize(to.threads.size());
  for (std::size_t i = 0; i < to.threads.size(); ++i) {
    const auto& from = measured_from_.threads[i];
    if (!from || !to.threads[i]) continue;
    ThreadReport& thread = report_.client_threads[i];
    thread.cpu_percent = 100 * (to.threads[i]->on_cpu_s - from->on_cpu_s) / elapsed;
    thread.waited_percent = 100 * (to.threads[i]->waited_s - from->waited_s) / elapsed;
    report_.busiest_thread_percent = std::max(report_.busiest_thread_percent, *thread.cpu_percent);
    report_.waited_percent = std::max(report_.waited_percent.value_or(0), *thread.waited_percent);
  }
}

void Run::end_measuring() {
  const Mark to = mark();
  const double elapsed = elapsed_s(to.at - measured_from_.at);
  count_until(to.at);
  report_.client_cpu_percent = 100 * (to.client_cpu_s - measured_from_.client_cpu_s) / elapsed;
  measure_threads(to, elapsed);
  for (std::size_t i = 0; i < to.servers.size(); ++i) {
    const auto& from = measured_from_.servers[i];
    auto& server = report_.servers[i];
    if (!from || !to.servers[i]) server.reset();
    if (!server) continue;
    server->cpu_s = to.servers[i]->cpu_s - from->cpu_s;
    server->store_cpu_s = to.servers[i]->store_cpu_s - from->store_cpu_s;
    server->seconds = elapsed;
    server->rss_bytes = to.servers[i]->rss_bytes;
  }
  report_.server = sum_of(report_.servers);
  if (!report_.server) return;
  report_.server->deliveries = to.delivered - measured_from_.delivered;
  report_.server->messages = to.acked - measured_from_.acked;
}

}  // namespace kith::bench
