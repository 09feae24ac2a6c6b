#include "gateway/outgoing/outgoing_lane.h"

#include <pthread.h>

#include <random>

#include "gateway/log.h"
#include "gateway/outgoing/retry_delay.h"
#include "protocol/failpoint.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 1s;
// A receiver may ask for more time than that, and does not get it.
constexpr std::chrono::seconds kRetryAfterMax{3600};

WallTime wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::uint64_t random_bits() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine();
}

}  // namespace

// The store's answers, run by the dispatcher.
class OutgoingLane::Tasks final : public CompletionQueue {
 public:
  void post(std::vector<Task> tasks) override {
    const std::lock_guard lock(mutex_);
    for (Task& task : tasks) tasks_.push_back(std::move(task));
    came_.notify_one();
  }
  void run_some() {
    std::vector<Task> tasks;
    {
      std::unique_lock lock(mutex_);
      came_.wait(lock, [this] { return !tasks_.empty(); });
      tasks.swap(tasks_);
    }
    for (Task& task : tasks) task();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Task> tasks_;
};

// The store answers everything once, also when it closes.
template <typename T, typename Call>
Result<T> OutgoingLane::await(Call call) {
  std::optional<Result<T>> answer;
  call(Callback<T>([&answer](Result<T> result) { answer.emplace(std::move(result)); }));
  while (!answer) tasks_->run_some();
  return *std::move(answer);
}

OutgoingLane::OutgoingLane(std::unique_ptr<const Sender> sender, const OpenOutbox& open,
                           Options options)
    : sender_(std::move(sender)),
      options_(std::move(options)),
      tasks_(std::make_unique<Tasks>()),
      outbox_(open(*tasks_)) {
  if (!outbox_) return;  // this store keeps none
  const std::string name = "out-" + std::string(to_string(options_.channel));
  threads_.emplace_back([this, name] {
    pthread_setname_np(pthread_self(), name.c_str());
    dispatch();
  });
  for (std::uint32_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, name] {
      pthread_setname_np(pthread_self(), name.c_str());
      work();
    });
  }
}

OutgoingLane::~OutgoingLane() {
  stop();
}

void OutgoingLane::dispatch() {
  for (;;) {
    settle_results();
    tell_seen();
    std::size_t free = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ && in_flight_ == 0 && results_.empty()) return;
      if (!stopping_) free = options_.threads - in_flight_;
      if (std::exchange(look_soon_, false)) next_look_ = {};
    }
    if (free > 0 && Clock::now() >= next_look_ && fetch(free)) continue;
    std::unique_lock lock(mutex_);
    const auto until = std::max(next_look_, Clock::now() + 10ms);
    wake_.wait_until(lock, until,
                     [this] { return !results_.empty() || (stopping_ && in_flight_ == 0); });
  }
}

// True: there may be more.
bool OutgoingLane::fetch(std::size_t free) {
  next_look_ = Clock::now() + kLookEvery;
  const WallTime now = wall_now();
  const auto look =
      await<OutboxLook>([&](auto done) { outbox_->look(options_.channel, std::move(done)); });
  note_store(look.ok(), look ? std::string() : look.error().message);
  if (!look) return false;
  waiting_ = look->waiting;
  dead_kept_ = look->dead;
  if (!look->next_due || *look->next_due > now) return false;
  auto claimed = await<ClaimedDeliveries>([&](auto done) {
    outbox_->claim({.channel = options_.channel,
                    .now = now,
                    .lease_until = now + options_.lease,
                    .limit = static_cast<std::uint32_t>(free)},
                   std::move(done));
  });
  note_store(claimed.ok(), claimed ? std::string() : claimed.error().message);
  if (!claimed) return false;
  moot_ += claimed->moot;
  const std::lock_guard lock(mutex_);
  for (Delivery& delivery : claimed->deliveries) {
    if (delivery.kind == OutgoingKind::notice && options_.has_socket(delivery.user)) {
      results_.push_back(
          {.row = delivery.row, .attempt = delivery.attempt, .outcome = OutgoingOutcome::dropped});
      continue;
    }
    ++in_flight_;
    jobs_.push_back(std::move(delivery));
  }
  work_.notify_all();
  const bool full = claimed->deliveries.size() + claimed->moot + claimed->held >= free;
  if (full) next_look_ = Clock::now();
  return full && in_flight_ < options_.threads;
}

void OutgoingLane::settle_results() {
  {
    const std::lock_guard lock(mutex_);
    for (Settlement& result : results_) unsettled_.push_back(std::move(result));
    results_.clear();
  }
  if (unsettled_.empty()) return;
  const auto settled =
      await<Nothing>([&](auto done) { outbox_->settle(unsettled_, std::move(done)); });
  note_store(settled.ok(), settled ? std::string() : settled.error().message);
  if (!settled) {
    // Kept for the next time, and no longer than a lease: then others have sent it again.
    constexpr std::size_t kUnsettledMax = 1000;
    if (unsettled_.size() > kUnsettledMax) unsettled_.clear();
    return;
  }
  for (const Settlement& one : unsettled_) count(one);
  unsettled_.clear();
}

void OutgoingLane::tell_seen() {
  if (options_.seen == nullptr) return;
  auto seen = options_.seen->take();
  if (seen.empty()) return;
  // Where it fails they are sent out as well: nobody is told too little.
  const auto told =
      await<Nothing>([&](auto done) { outbox_->seen(std::move(seen), std::move(done)); });
  note_store(told.ok(), told ? std::string() : told.error().message);
}

void OutgoingLane::work() {
  for (;;) {
    Delivery delivery;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      delivery = std::move(jobs_.front());
      jobs_.pop_front();
    }
    SendOutcome outcome;
    try {
      outcome = sender_->send(delivery, cut_);
    } catch (const std::exception& error) {
      outcome.reason = error.what();
    }
    if (outcome.sent) KITH_FAILPOINT("outgoing_sent");
    count_verdict(delivery, outcome);
    Settlement settlement = judge(delivery, outcome);
    const std::lock_guard lock(mutex_);
    --in_flight_;
    results_.push_back(std::move(settlement));
    look_soon_ = true;
    wake_.notify_all();
  }
}

Settlement OutgoingLane::judge(const Delivery& delivery, const SendOutcome& outcome) const {
  Settlement out{.row = delivery.row,
                 .attempt = delivery.attempt,
                 .reason = outcome.reason,
                 .channel = options_.channel,
                 .hide = outcome.hide};
  const WallTime now = wall_now();
  if (outcome.sent) {
    out.at = now;
    return out;
  }
  // What we cut off ourselves says nothing about the receiver.
  const bool last = outcome.hopeless || (!cut_ && delivery.attempt >= options_.attempts_max);
  out.outcome = last ? OutgoingOutcome::dead : OutgoingOutcome::retry;
  out.at = now;
  if (!last && !cut_) {
    std::chrono::milliseconds wait =
        retry_delay(options_.retry_first, delivery.attempt, random_bits());
    if (outcome.retry_after) {
      const std::chrono::milliseconds wish = std::min(*outcome.retry_after, kRetryAfterMax);
      wait = std::max(wait, wish);
    }
    out.at = now + wait;
  }
  log_event(last ? LogLevel::warn : LogLevel::info, last ? "outgoing.dead" : "outgoing.failed",
            {{"channel", to_string(options_.channel)},
             {"delivery_id", delivery.id.text()},
             {"attempt", delivery.attempt},
             {"reason", outcome.reason}});
  return out;
}

void OutgoingLane::count(const Settlement& settlement) {
  ++outcomes_[static_cast<std::size_t>(settlement.outcome)];
  if (settlement.hide) ++hidden_;
}

void OutgoingLane::count_verdict(const Delivery& delivery, const SendOutcome& outcome) {
  if (!outcome.sent || !delivery.checked) return;
  const auto lag = std::max(wall_now() - delivery.created_at, std::chrono::milliseconds::zero());
  lag_ms_ += static_cast<std::uint64_t>(lag.count());
  if (lag > kVerdictLate) ++late_;
}

// Told once, until it is over.
void OutgoingLane::note_store(bool works, const std::string& reason) {
  if (works != store_works_ && !works) {
    log_event(LogLevel::warn, "outgoing.store", {{"reason", reason}});
  }
  store_works_ = works;
}

LaneStats OutgoingLane::stats() const {
  const auto of = [this](OutgoingOutcome outcome) {
    return outcomes_[static_cast<std::size_t>(outcome)].load();
  };
  return {.configured = true,
          .sent = of(OutgoingOutcome::sent),
          .failed = of(OutgoingOutcome::retry),
          .dead = of(OutgoingOutcome::dead),
          .dropped = of(OutgoingOutcome::dropped),
          .moot = moot_,
          .waiting = waiting_,
          .dead_kept = dead_kept_,
          .hidden = hidden_,
          .late = late_,
          .lag_ms = lag_ms_};
}

}  // namespace kith
