#include <fmt/format.h>

#include <stdexcept>

#include "bench/report_text.h"
#include "bench/scenarios.h"

namespace kith::bench {
namespace {

// Spread over the crowd, so that they are of different chats.
Crowd slow_crowd(const Seed& seed, const RunOptions& options) {
  const Crowd everybody = Crowd::everybody(seed, options.connections, true);
  const std::size_t count = everybody.clients().size();
  const std::size_t slow = options.slow;
  if (slow >= count) {
    throw std::runtime_error(
        fmt::format("--slow {}: of {} some must go on reading", slow, plural(count, "connection")));
  }
  Crowd crowd(seed);
  for (std::size_t i = 0; i < count; ++i) {
    ClientPlan plan = everybody.clients()[i];
    const bool chosen = i * slow / count != (i + 1) * slow / count;
    plan.group = chosen ? Group::affected : Group::steady;
    plan.measured = !chosen;
    crowd.add(std::move(plan));
  }
  return crowd;
}

void read(Run& run, bool stop) {
  run.for_each([stop](LoadClient& client) {
    if (client.plan().group == Group::affected) client.stop_reading(stop);
  });
}

void play(Run& run, const RunOptions& options) {
  const auto half = options.duration / 2;
  run.start({.start = {},
             .open_loop = {.per_second = options.messages_per_second,
                           .duration = options.duration,
                           .ramp = options.ramp},
             .chats = run.crowd().chats(),
             .mix = options.mix});
  if (!run.watch(half)) return;
  run.figure("slow_clients", static_cast<double>(options.slow));
  run.figure("healthy_calm_p99_ms", run.take_phase().delivery.measured_ms(99));
  read(run, true);
  run.begin_measuring();
  const bool well = run.watch(options.duration - half);
  run.end_measuring();
  run.figure("healthy_slow_p99_ms", run.take_phase().delivery.measured_ms(99));
  if (!well) return;  // interrupted: what they have not read is still to come
  read(run, false);
  const auto since = Clock::now();
  if (!run.drain()) return;
  run.figure("slow_caught_up_s", std::chrono::duration<double>(Clock::now() - since).count());
}

}  // namespace

Report run_slow(const Seed& seed, const RunOptions& options) {
  Run run("slow", seed, slow_crowd(seed, options), options);
  if (run.connect({.per_second = options.connects_per_second})) play(run, options);
  return run.finish();
}

}  // namespace kith::bench
