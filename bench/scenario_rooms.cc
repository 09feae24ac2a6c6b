#include "bench/scenario_rooms.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "bench/worker.h"

namespace kith::bench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{20};
constexpr milliseconds kLiveEvery{1000};

// The first failure of any client ends the run.
class FirstFailure {
 public:
  void set(std::string why) {
    const std::lock_guard lock(mutex_);
    if (!why_) why_ = std::move(why);
    changed_.notify_all();
  }
  // Waits, but no longer than until there is one.
  bool wait_for(milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return why_.has_value(); });
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return why_.value_or("");
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::string> why_;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Rooms {
 public:
  Rooms(const Seed& seed, const RoomsOptions& options)
      : seed_(seed), options_(options), heads_(seed.chats.size()) {
    for (std::size_t i = 0; i < options.threads; ++i) {
      workers_.push_back(std::make_unique<Worker>(
          seed, options.client, heads_, Worker::Share{.index = i, .count = options.threads},
          [this](std::string why) { failure_.set(std::move(why)); }));
      report_.connections += workers_.back()->clients();
    }
    report_.scenario = "rooms";
    report_.chats = seed.chats.size();
    report_.rate = options.messages_per_second;
    report_.seconds = std::chrono::duration<double>(options.duration).count();
  }

  Report run() {
    for (auto& worker : workers_) worker->start();
    const auto everybody = report_.connections;
    if (wait_until(options_.ready_within, "not everybody could connect in time",
                   [&] { return sum(&Tally::ready) == everybody; })) {
      std::fprintf(stderr, "%llu connections ready\n", static_cast<unsigned long long>(everybody));
      if (!failure_.wait_for(options_.settle)) load();
    }
    collect();
    return std::move(report_);
  }

 private:
  std::uint64_t sum(Tally::Counter Tally::*counter) const {
    std::uint64_t total = 0;
    for (const auto& worker : workers_) {
      total += (worker->tally().*counter).load(std::memory_order_relaxed);
    }
    return total;
  }

  template <typename Condition>
  bool wait_until(milliseconds within, const char* otherwise, Condition condition) {
    const auto deadline = Clock::now() + within;
    while (!condition()) {
      if (failure_.wait_for(kLookEvery)) return false;
      if (Clock::now() >= deadline) {
        failure_.set(otherwise);
        return false;
      }
    }
    return true;
  }

  void load() {
    const double cpu_before = cpu_seconds();
    const auto start = Clock::now() + milliseconds(20);
    for (auto& worker : workers_) {
      worker->send({.start = start,
                    .duration = options_.duration,
                    .per_second = options_.messages_per_second,
                    .breaks_per_second = options_.breaks_per_second});
    }
    auto next_line = start + kLiveEvery;
    const auto end = start + options_.duration;
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
      if (now >= next_line) {
        live(now - start);
        next_line += kLiveEvery;
      }
      const auto wait = std::chrono::ceil<milliseconds>(std::min(next_line, end) - now);
      if (failure_.wait_for(std::max(wait, milliseconds(1)))) break;
    }
    report_.client_cpu_percent = 100 * (cpu_seconds() - cpu_before) /
                                 std::chrono::duration<double>(Clock::now() - start).count();
    // A worker counts what is unfinished now and then: two looks apart, so that neither is stale.
    const auto drained = [this] { return sum(&Tally::unfinished) == 0; };
    const auto fresh = Clock::now() + milliseconds(200);
    wait_until(options_.drain_within, "not everything had come when the drain was over",
               [&] { return Clock::now() > fresh && drained(); });
  }

  void live(Clock::duration elapsed) {
    Histogram ack;
    Histogram delivery;
    for (auto& worker : workers_) {
      const auto interval = worker->take_interval();
      ack.merge(interval.ack);
      delivery.merge(interval.delivery);
    }
    const auto since = [this](Tally::Counter Tally::*counter, std::uint64_t& before) {
      const auto total = sum(counter);
      return total - std::exchange(before, total);
    };
    const auto line = live_line({.elapsed_s = std::chrono::duration<double>(elapsed).count(),
                                 .ready = sum(&Tally::ready),
                                 .connections = report_.connections,
                                 .sent = since(&Tally::sent, sent_before_),
                                 .acked = since(&Tally::acked, acked_before_),
                                 .delivered = since(&Tally::delivered, delivered_before_),
                                 .ack = ack,
                                 .delivery = delivery});
    std::fprintf(stderr, "%s\n", line.c_str());
  }

  void collect() {
    for (auto& worker : workers_) worker->stop();
    std::vector<ChatWitness> everybody(seed_.chats.size());
    for (const auto& worker : workers_) {
      for (std::size_t i = 0; i < everybody.size(); ++i) everybody[i].merge(worker->witnesses()[i]);
      report_.ack.merge(worker->ack_latency());
      report_.delivery.merge(worker->delivery_latency());
      report_.unacked += worker->unacked();
    }
    for (const auto& worker : workers_) report_.verdict += worker->finish(everybody);
    for (const auto& chat : everybody) {
      report_.verdict.doubled += chat.doubled();
      report_.verdict.altered += chat.altered();
    }
    report_.sent = sum(&Tally::sent);
    report_.acked = sum(&Tally::acked);
    report_.delivered = sum(&Tally::delivered);
    report_.refused = sum(&Tally::refused);
    report_.retried = sum(&Tally::retried);
    report_.rate_limited = sum(&Tally::rate_limited);
    report_.reconnects = sum(&Tally::reconnects);
    report_.gaps = sum(&Tally::gaps);
    report_.late_sends = sum(&Tally::late_sends);
    for (const auto& worker : workers_) {
      const auto us = worker->tally().late_max_us.load(std::memory_order_relaxed);
      report_.late_max_ms = std::max(report_.late_max_ms, static_cast<double>(us) / 1000);
    }
    report_.failure = failure_.text();
  }

  const Seed& seed_;
  const RoomsOptions& options_;
  ChatHeads heads_;
  FirstFailure failure_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Report report_;
  std::uint64_t sent_before_ = 0;
  std::uint64_t acked_before_ = 0;
  std::uint64_t delivered_before_ = 0;
};

}  // namespace

Report run_rooms(const Seed& seed, const RoomsOptions& options) {
  return Rooms(seed, options).run();
}

}  // namespace kith::bench
