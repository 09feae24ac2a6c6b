#include "bench/run.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "bench/descriptors.h"
#include "bench/report_text.h"

namespace kith::bench {

volatile std::sig_atomic_t interrupted = 0;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{10};
constexpr milliseconds kLiveEvery{1000};
// So long before a live line the threads are asked for their latencies, so that they are of the
// same second as the counters: at two looks one comes in time.
constexpr milliseconds kAskBefore = 2 * kLookEvery;
// A worker counts what is unfinished now and then: a zero is believed when it is younger than this.
constexpr milliseconds kFresh{200};

// Of this machine's, what taskset(1) and the like have left to this process.
std::uint64_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return std::thread::hardware_concurrency();
  return static_cast<std::uint64_t>(CPU_COUNT(&set));
}

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

// Besides the threads that were asked for there is one for those who are apart.
std::size_t workers_of(const Crowd& crowd, const RunOptions& options) {
  return options.threads + (crowd.anybody_apart() ? 1 : 0);
}

}  // namespace

Run::Run(std::string_view scenario, const Seed& seed, Crowd crowd, const RunOptions& options)
    : seed_(seed),
      options_(options),
      crowd_(std::move(crowd)),
      shared_{.seed = seed,
              .crowd = crowd_,
              .places = crowd_.places(workers_of(crowd_, options)),
              .options = options.client,
              .homes = crowd_.nodes(options.client.nodes.size()),
              .seats = Seats(crowd_.nodes(options.client.nodes.size())),
              .heads = ChatHeads(seed.chats.size()),
              .flights = Flights(seed.chats.size(), [this](std::size_t chat) {
                with_client(crowd_.of_chat(chat).front(),
                            [](LoadClient& client) { client.landed(); });
              })} {
  if (crowd_.clients().empty()) {
    throw std::runtime_error("nobody to connect: no chat of the seed file has members");
  }
  allow_descriptors(crowd_.clients().size());
  shared_.options.keeps_message_ids = !options.mix.only_sends();
  if (!options.history_file.empty()) {
    shared_.history = std::make_unique<HistoryFile>(options.history_file);
  }
  const std::size_t workers = workers_of(crowd_, options);
  for (std::size_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(shared_,
                                                Worker::Share{.index = i, .count = workers},
                                                [this](std::string why) { fail(std::move(why)); }));
  }
  report_ = blank_report(
      scenario, options.mix,
      {.nodes = options.client.nodes.size(), .server_processes = options.server_pids.size()});
  report_.setting = options.setting;
  report_.notes = options.notes;
  report_.anybody_shares = crowd_.anybody_shares();
  report_.threads = workers;
  report_.cores = std::min<std::uint64_t>(workers, usable_cores());
  report_.connections = crowd_.clients().size();
  report_.chats = crowd_.chats().size();
  describe_nodes();
}

Run::~Run() = default;

void Run::attach(HttpLoad& load) {
  http_ = &load;
  ++report_.threads;
  report_.cores = std::min(report_.threads, usable_cores());
  allow_descriptors(crowd_.clients().size() + load.connections());
}

void Run::fail(std::string why) {
  const std::lock_guard lock(failure_mutex_);
  if (!failure_) failure_ = std::move(why);
  failure_changed_.notify_all();
}

bool Run::failed_within(milliseconds time) {
  if (interrupted != 0) fail("interrupted");
  std::unique_lock lock(failure_mutex_);
  return failure_changed_.wait_for(lock, time, [this] { return failure_.has_value(); });
}

bool Run::connect(ConnectPace pace) {
  const Usages idle = usages();
  if (failed()) return false;
  const auto began = Clock::now();
  next_line_ = began + kLiveEvery;
  for (auto& worker : workers_) worker->start(pace);
  const auto everybody = report_.connections;
  const auto too_slow = [&] {
    const std::string what = shared_.trouble.get();
    return fmt::format("not everybody could connect within the --ready of {} s: {} of {} did{}",
                       seconds(options_.ready_within), sum(&Tally::ready), everybody,
                       what.empty() ? "" : "; " + what);
  };
  if (!watch_until(options_.ready_within, too_slow,
                   [&] { return sum(&Tally::ready) == everybody; })) {
    return false;
  }
  report_.connect_s = seconds(Clock::now() - began);
  note_memory(idle, usages());
  fmt::print(stderr, "{} ready\n", plural(everybody, "connection"));
  return watch(options_.settle);
}

bool Run::watch(milliseconds time) {
  const auto end = Clock::now() + time;
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    live_when_due(now);
    const auto wait = std::min(std::chrono::ceil<milliseconds>(end - now), kLookEvery);
    if (failed_within(wait)) return false;
  }
  live_when_due(Clock::now());
  return !failed();
}

bool Run::watch_until(milliseconds within, std::string otherwise,
                      const std::function<bool()>& condition) {
  return watch_until(
      within, [&] { return otherwise; }, condition);
}

bool Run::watch_until(milliseconds within, const std::function<std::string()>& otherwise,
                      const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + within;
  while (!condition()) {
    if (failed_within(kLookEvery)) return false;
    const auto now = Clock::now();
    live_when_due(now);
    if (now >= deadline) fail(otherwise());
  }
  return !failed();
}

bool Run::drain() {
  const auto fresh = Clock::now() + kFresh;
  const auto otherwise = fmt::format("not everything had come within the --drain of {} s",
                                     seconds(options_.drain_within));
  return watch_until(options_.drain_within + kFresh, otherwise,
                     [&] { return Clock::now() > fresh && sum(&Tally::unfinished) == 0; });
}

void Run::start(Load load) {
  load.start = Clock::now() + milliseconds(20);
  report_.began = true;
  if (load_began_ == Clock::time_point{}) {
    load_began_ = load.start;
    next_line_ = load.start + kLiveEvery;
  }
  report_.rate = load.open_loop.per_second;
  for (auto& worker : workers_) worker->load(load);
}

void Run::stop_load() {
  count_until(Clock::now());
  for (auto& worker : workers_) worker->load({.start = Clock::now(), .open_loop = {}});
}

void Run::count_until(Clock::time_point now) {
  report_.seconds = seconds(now - load_began_);
  report_.in_time = {.sent = sum(&Tally::sent),
                     .acked = sum(&Tally::acked),
                     .delivered = sum(&Tally::delivered),
                     .delivered_local = sum(&Tally::delivered_local),
                     .delivered_cross = sum(&Tally::delivered_cross)};
}

// Why somebody is not connected; empty: nothing has been in the way.
std::string Run::trouble() {
  const std::string what = shared_.trouble.get();
  if (what.empty()) return {};
  // Until everybody is there, --ready may be over sooner.
  const bool connecting = load_began_ == Clock::time_point{};
  const auto patience = connecting ? std::min(options_.client.reconnect_for, options_.ready_within)
                                   : options_.client.reconnect_for;
  return fmt::format("  ({}; trying again for {} s)", what, seconds(patience));
}

Latencies Run::take_phase() {
  collect_latencies();
  return std::exchange(phase_, {});
}

void Run::ask_for_latencies() {
  if (std::exchange(asked_, true) || load_began_ == Clock::time_point{}) return;
  for (auto& worker : workers_) worker->publish_soon();
  if (http_ != nullptr) http_->publish_soon();
}

void Run::live_when_due(Clock::time_point now) {
  if (now < next_line_ - kAskBefore) return;
  ask_for_latencies();
  if (now < next_line_) return;
  asked_ = false;
  next_line_ += kLiveEvery;
  if (load_began_ == Clock::time_point{}) {
    fmt::print(stderr, "connecting: {} of {} ready{}\n", sum(&Tally::ready), report_.connections,
               trouble());
    return;
  }
  collect_latencies();
  Interval interval = end_interval(now, sum(&Tally::ready));
  fmt::print(stderr, "{}{}\n", live_line(interval),
             interval.ready < interval.connections ? trouble() : "");
  report_.intervals.push_back(std::move(interval));
}

Interval Run::end_interval(Clock::time_point now, std::uint64_t ready) {
  const auto since = [](std::uint64_t total, std::uint64_t& before) {
    return total - std::exchange(before, total);
  };
  interval_.elapsed_s = seconds(now - load_began_);
  interval_.ready = ready;
  interval_.connections = report_.connections;
  interval_.sent = since(sum(&Tally::sent), before_.sent);
  interval_.acked = since(sum(&Tally::acked), before_.acked);
  interval_.delivered = since(sum(&Tally::delivered), before_.delivered);
  interval_.errors =
      since(sum(&Tally::refused) + sum(&Tally::rate_limited) + sum(&Tally::broken), before_.errors);
  return std::exchange(interval_, {});
}

void Run::for_each(const std::function<void(LoadClient&)>& action) {
  for (auto& worker : workers_) worker->for_each(action);
}

void Run::with_client(std::size_t index, const std::function<void(LoadClient&)>& action) {
  workers_[shared_.places[index].worker]->with_client(index, action);
}

std::uint64_t Run::sum(Tally::Counter Tally::*counter) const {
  std::uint64_t total = 0;
  for (const Tally* tally : tallies()) total += (tally->*counter).load(std::memory_order_relaxed);
  return total;
}

std::vector<const Tally*> Run::tallies() const {
  std::vector<const Tally*> out;
  for (const auto& worker : workers_) out.push_back(&worker->tally());
  if (http_ != nullptr) out.push_back(&http_->tally());
  return out;
}

}  // namespace kith::bench
