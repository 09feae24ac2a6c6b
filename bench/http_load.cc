#include "bench/http_load.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>

#include "bench/note_trouble.h"

namespace kith::bench {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kPumpTick{5};
constexpr milliseconds kTellEvery{100};
constexpr milliseconds kLateRequest{10};  // a request this late was the client's fault
constexpr milliseconds kRetryBase{100};
constexpr milliseconds kRetryMax{2'000};
constexpr int kTooMany = 429;
constexpr int kNotImplemented = 501;

// What is thrown in a coroutine here is a bug of this program, and must not pass for a quiet
// server.
void rethrow(const std::exception_ptr& exception) {
  if (exception) std::rethrow_exception(exception);
}

bool is_done(int status) {
  return status / 100 == 2;
}
// Another attempt may end otherwise.
bool is_passing(int status) {
  return status == 0 || status == kTooMany || (status / 100 == 5 && status != kNotImplemented);
}

std::string name_of(const HttpReply& reply) {
  return reply.status == 0 ? reply.trouble : fmt::format("HTTP {}", reply.status);
}

}  // namespace

HttpLoad::HttpLoad(Options options, const std::vector<Operation>& operations)
    : options_(std::move(options)) {
  for (const Operation& each : operations) operations_.push_back({.name = each.name});
  for (std::size_t i = 0; i < options_.connections; ++i) {
    const Target& target = options_.nodes[i % options_.nodes.size()].target;
    slots_.push_back(std::make_unique<Slot>(io_, target, i));
    asio::co_spawn(io_, serve(*slots_.back()), rethrow);
  }
  asio::co_spawn(io_, pump(), rethrow);
  thread_ = std::thread([this] {
    thread_id_ = ::gettid();
    io_.run();
  });
}

HttpLoad::~HttpLoad() {
  stop();
}

std::optional<ThreadTimes> HttpLoad::times() const {
  const pid_t thread = thread_id_;
  return thread == 0 ? std::nullopt : thread_times(thread);
}

void HttpLoad::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    stopping_ = true;
    pump_timer_.cancel();
    for (auto& slot : slots_) {
      slot->timer.cancel();
      slot->connection.close();
    }
  });
  thread_.join();
  publish();
}

void HttpLoad::begin(HttpWork& work, const OpenLoop& schedule) {
  begin({.work = &work, .schedule = schedule, .items = schedule.count(), .measured = true});
}

void HttpLoad::begin_at_once(HttpWork& work, std::uint64_t items) {
  begin({.work = &work, .schedule = {}, .items = items, .measured = false});
}

void HttpLoad::begin_closed(HttpWork& work, std::chrono::nanoseconds duration) {
  begin({.work = &work, .schedule = {}, .items = 0, .measured = true, .closed_for = duration});
}

void HttpLoad::begin(Phase phase) {
  // A closed loop's own one is taken back when its time is over.
  unfinished_ = phase.closed_for ? 1 : phase.items;
  asio::post(io_, [this, phase] {
    phase_ = phase;
    phase_.start = Clock::now();
    if (phase_.measured) tally_.pause_max_us = 0;
    next_ = 0;
    closing_ = phase_.closed_for.has_value();
    pump_timer_.cancel();
    if (!closing_) return;
    for (Slot* slot : idle_) slot->timer.cancel();
    idle_.clear();
  });
}

void HttpLoad::await_finished() const {
  for (auto now = unfinished_.load(); now > 0; now = unfinished_.load()) unfinished_.wait(now);
}

Clock::time_point HttpLoad::due(std::uint64_t item) const {
  return phase_.measured ? phase_.start + phase_.schedule.due(item) : phase_.start;
}

Awaitable<void> HttpLoad::pump() {
  auto next_publish = Clock::now();
  while (!stopping_) {
    const auto now = Clock::now();
    queue_due(now);
    if (closing_ && !closed_loop_runs()) {
      closing_ = false;
      end_item();
    }
    if (now >= next_publish) {
      next_publish = now + kTellEvery;
      publish();
    }
    auto wake = now + kPumpTick;
    if (next_ < phase_.items) wake = std::min(wake, due(next_));
    pump_timer_.expires_at(wake);
    // Where begin() or stop() cancels it, it looks again.
    auto [woken_early] = co_await pump_timer_.async_wait(kAwait);
    if (!woken_early) note_pause(tally_, Clock::now() - wake);
  }
}

void HttpLoad::queue_due(Clock::time_point now) {
  for (; next_ < phase_.items; ++next_) {
    const auto late = now - due(next_);
    if (late < Clock::duration::zero()) return;
    queue_.push_back(next_);
    if (phase_.measured) {
      add(tally_.sent);
      if (late > kLateRequest) {
        add(tally_.late_sends);
        const auto us = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(late).count());
        if (us > tally_.late_max_us) tally_.late_max_us = us;
      }
    }
    if (idle_.empty()) continue;
    idle_.back()->timer.cancel();
    idle_.pop_back();
  }
}

bool HttpLoad::closed_loop_runs() const {
  return phase_.closed_for && Clock::now() < phase_.start + *phase_.closed_for;
}

std::optional<std::uint64_t> HttpLoad::next_item() {
  if (closing_ && closed_loop_runs()) {
    ++unfinished_;
    add(tally_.sent);
    return next_++;
  }
  if (queue_.empty()) return std::nullopt;
  const std::uint64_t item = queue_.front();
  queue_.pop_front();
  return item;
}

Awaitable<void> HttpLoad::serve(Slot& slot) {
  while (!stopping_) {
    if (const auto item = next_item()) {
      co_await ask(slot, *item, closing_ ? Clock::now() : due(*item));
      continue;
    }
    idle_.push_back(&slot);
    slot.timer.expires_at(Clock::time_point::max());
    static_cast<void>(co_await slot.timer.async_wait(kAwait));
  }
}

Awaitable<void> HttpLoad::ask(Slot& slot, std::uint64_t item, Clock::time_point intended) {
  const HttpWork::Item made = phase_.work->make(item);
  HttpReply reply;
  const HttpOutcome outcome = co_await attempts(slot, made, reply);
  if (phase_.measured) note(made, outcome, Clock::now() - intended);
  phase_.work->answered(item, made.call, reply, outcome);
  end_item();
}

void HttpLoad::end_item() {
  --unfinished_;
  unfinished_.notify_all();
}

Awaitable<HttpOutcome> HttpLoad::attempts(Slot& slot, const HttpWork::Item& item,
                                          HttpReply& reply) {
  const auto until = Clock::now() + options_.retry_for;
  bool may_be_done = false;
  for (unsigned attempt = 0;; ++attempt) {
    reply = co_await slot.connection.send(item.call);
    if (is_done(reply.status)) co_return HttpOutcome::done;
    note_failed_attempt(item, reply);
    if (!is_passing(reply.status)) co_return HttpOutcome::refused;
    may_be_done = may_be_done || reply.status != kTooMany;
    const auto pause = back_off(attempt, reply);
    if (stopping_ || Clock::now() + pause >= until) break;
    co_await wait_for(slot, pause);
    if (stopping_) break;
    if (phase_.measured) {
      add(tally_.retried);
      ++operations_[item.operation].retried;
    }
  }
  co_return may_be_done ? HttpOutcome::unknown : HttpOutcome::refused;
}

Awaitable<void> HttpLoad::wait_for(Slot& slot, milliseconds time) {
  slot.timer.expires_after(time);
  static_cast<void>(co_await slot.timer.async_wait(kAwait));  // stop() cuts it short
}

void HttpLoad::note_failed_attempt(const HttpWork::Item& item, const HttpReply& reply) {
  if (stopping_) return;  // this client's own doing
  const std::string name = name_of(reply);
  if (reply.status == kTooMany) add(tally_.rate_limited);
  note_trouble(reply.status == 0 ? troubles_.broke : troubles_.errors, name);
  note_trouble(operations_[item.operation].errors, name);
}

milliseconds HttpLoad::back_off(unsigned attempt, const HttpReply& reply) {
  const milliseconds ceiling = std::min(kRetryMax, kRetryBase * (1U << std::min(attempt, 8U)));
  std::uniform_int_distribution<std::int64_t> jitter(1, ceiling.count());
  const milliseconds told = reply.retry_after.value_or(std::chrono::seconds(0));
  return told + milliseconds(jitter(random_));
}

void HttpLoad::note(const HttpWork::Item& item, HttpOutcome outcome, Clock::duration latency) {
  OperationReport& operation = operations_[item.operation];
  ++operation.sent;
  switch (outcome) {
    case HttpOutcome::done:
      ++operation.acked;
      operation.latency.record(latency);
      latencies_.ack.record(latency);
      add(tally_.acked);
      break;
    case HttpOutcome::refused:
      ++operation.refused;
      add(tally_.refused);
      break;
    case HttpOutcome::unknown:
      ++operation.unknown;
      ++unknown_;
      break;
  }
}

void HttpLoad::publish() {
  const std::lock_guard lock(mutex_);
  published_.merge(latencies_);
  latencies_ = {};
}

void HttpLoad::publish_soon() {
  asio::post(io_, [this] { publish(); });
}

Latencies HttpLoad::take_latencies() {
  const std::lock_guard lock(mutex_);
  return std::exchange(published_, {});
}

}  // namespace kith::bench
