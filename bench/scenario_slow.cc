#include <fmt/format.h>

#include <functional>
#include <optional>
#include <stdexcept>

#include "bench/report_text.h"
#include "bench/scenarios.h"
#include "bench/scrape.h"

namespace kith::bench {
namespace {

// Else the kernel takes megabytes for a client that reads nothing, and the server never knows. Not
// smaller: a window below a segment of loopback makes TCP wait at every turn when it reads again.
constexpr int kReceiveBufferBytes = 32 * 1024;
constexpr std::string_view kFellBehind = "kith_sessions_fell_behind_total";
// Of a server that does not say: what its kernel may have held for a socket.
constexpr double kUnnoticedBytes = 512 * 1024;

// Spread over the crowd, so that they are of different chats.
Crowd slow_crowd(const Seed& seed, const RunOptions& options) {
  const Crowd everybody = Crowd::everybody(seed, options.connections, true);
  everybody.require_shared();
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
    if (chosen) plan.receive_buffer_bytes = kReceiveBufferBytes;
    crowd.add(std::move(plan));
  }
  return crowd;
}

void each_slow(Run& run, const std::function<void(LoadClient&)>& action) {
  run.for_each([action](LoadClient& client) {
    if (client.plan().group == Group::affected) action(client);
  });
}

// They read again: how long until each has everything, and had the server to do with it at all?
void catch_up(Run& run, const RunOptions& options, std::optional<double> behind_before) {
  const auto now = Clock::now();
  each_slow(run, [now](LoadClient& client) { client.read_again(now); });
  if (!run.drain()) return;
  const bool all = run.watch_until(options.drain_within, "not every slow client caught up",
                                   [&] { return run.sum(&Tally::caught_up) == options.slow; });
  if (!all || !run.watch(Run::kPublished)) return;
  const auto caught_up = run.take_phase().caught_up;
  run.figure("slow_caught_up_s", caught_up.max_ms() / 1000);
  run.figure("slow_caught_up_p50_s", caught_up.percentile_ms(50) / 1000);
  const auto slow = static_cast<double>(options.slow);
  const double unread = static_cast<double>(run.sum(&Tally::late_bytes)) / slow;
  run.figure("slow_unread_bytes", unread);
  const auto behind = scrape(options.client.nodes, kFellBehind);
  if (behind && behind_before) {
    const double fell = *behind - *behind_before;
    run.figure("slow_fell_behind", fell);
    if (fell >= slow) return;
    run.caution(fmt::format(
        "Of {} the server noticed {}: it had room for the {} that each had not read. Let them miss "
        "more, with --payload, --rate or --duration.",
        plural(options.slow, "slow client"), short_number(fell), binary_bytes(unread)));
  } else if (unread < kUnnoticedBytes) {
    run.caution(fmt::format(
        "Perhaps nobody was slow enough to be noticed: the {} that each had not read may have lain "
        "in the kernel's buffers. Let them miss more, with --payload, --rate or --duration.",
        binary_bytes(unread)));
  }
}

void play(Run& run, const RunOptions& options) {
  const auto half = options.duration / 2;
  const auto behind_before = scrape(options.client.nodes, kFellBehind);
  run.start({.start = {},
             .open_loop = {.per_second = options.messages_per_second,
                           .duration = options.duration,
                           .ramp = options.ramp},
             .chats = run.crowd().chats(),
             .mix = options.mix});
  if (!run.watch(half)) return;
  run.figure("slow_clients", static_cast<double>(options.slow));
  run.figure("healthy_calm_p99_ms", run.take_phase().delivery.measured_ms(99));
  each_slow(run, [](LoadClient& client) { client.stop_reading(); });
  run.begin_measuring();
  const bool well = run.watch(options.duration - half);
  run.end_measuring();
  run.figure("healthy_slow_p99_ms", run.take_phase().delivery.measured_ms(99));
  if (well) catch_up(run, options, behind_before);  // else what they have not read is to come
}

}  // namespace

Report run_slow(const Seed& seed, const RunOptions& options) {
  Run run("slow", seed, slow_crowd(seed, options), options);
  if (run.connect({.per_second = options.connects_per_second})) play(run, options);
  return run.finish();
}

}  // namespace kith::bench
