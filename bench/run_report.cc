// How a run's report comes together: latencies as they come, the verdict and the counts at the end.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "bench/report_text.h"
#include "bench/run.h"
#include "protocol/assert.h"

namespace kith::bench {

void Run::collect_latencies() {
  for (auto& worker : workers_) {
    const auto latencies = worker->take_latencies();
    interval_.ack.merge(latencies.ack);
    interval_.delivery.merge(latencies.delivery);
    phase_.merge(latencies);
    report_.offline.merge(latencies.offline);
    report_.waited.merge(latencies.waited);
    report_.ack.merge(latencies.ack);
    report_.delivery.merge(latencies.delivery);
    if (!shared_.several_nodes()) continue;
    if (interval_.origins.empty()) interval_.origins.emplace_back();
    interval_.origins[0].local.merge(latencies.local);
    interval_.origins[0].cross.merge(latencies.cross);
    report_.delivery_local.merge(latencies.local);
    report_.delivery_cross.merge(latencies.cross);
  }
  if (http_ == nullptr) return;
  const Latencies requests = http_->take_latencies();
  interval_.ack.merge(requests.ack);
  phase_.merge(requests);
  report_.ack.merge(requests.ack);
}

void Run::read_back() {
  if (!shared_.history || failed()) return;
  HistoryFile& history = *shared_.history;
  for (const std::size_t chat : crowd_.chats()) {
    const std::string& id = seed_.chats[chat].id;
    // Where nobody followed it, it began before the first message that was acked.
    const auto now = std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
    history.begins_at(id, std::max<Seq>(heads().first(chat), 1) - 1, now);
    with_client(crowd_.of_chat(chat).front(),
                [chat, after = history.beginning_of(id)](LoadClient& client) {
                  client.read_back(chat, after);
                });
  }
  if (drain()) history.settle();
}

void Run::close_history() {
  if (!shared_.history) return;
  try {
    shared_.history->close();
  } catch (const std::runtime_error& error) {
    fail(error.what());
  }
}

void Run::figure(std::string_view key, std::optional<double> value) {
  const auto known = std::find_if(report_.figures.begin(), report_.figures.end(),
                                  [&](const Figure& each) { return each.key == key; });
  KITH_ASSERT(known != report_.figures.end());
  known->value = value;
}

Report Run::finish() {
  // Where it broke off in the middle, what there was until then counts.
  if (report_.began && report_.seconds <= 0) count_until(Clock::now());
  read_back();
  const auto end = Clock::now();
  const std::uint64_t ready = sum(&Tally::ready);  // before everybody leaves
  for (auto& worker : workers_) worker->stop();
  if (http_ != nullptr) http_->stop();
  close_history();
  collect_latencies();
  if (report_.began) add_rest(report_.intervals, end_interval(end, ready));
  std::vector<ChatWitness> everybody(seed_.chats.size());
  for (const auto& worker : workers_) {
    for (std::size_t i = 0; i < everybody.size(); ++i) everybody[i].merge(worker->witnesses()[i]);
    report_.unacked += worker->unanswered();
    if (report_.setting.server.empty()) report_.setting.server = worker->server_build();
  }
  for (const auto& worker : workers_) report_.verdict += worker->finish(everybody);
  if (verifying_) {
    report_.verified = 0;
    for (const auto& worker : workers_) *report_.verified += worker->verified(everybody);
  }
  for (const auto& chat : everybody) {
    report_.verdict.doubled += chat.doubled();
    report_.verdict.altered += chat.altered();
  }
  collect_tallies();
  if (const auto untraceable = sum(&Tally::untraceable); untraceable > 0) {
    wrong(
        fmt::format("{} did not name what was committed and its place in the log: nothing shows "
                    "whether it has come",
                    plural(untraceable, "ack")));
  }
  if (const auto lonely = crowd_.lonely_chats(); lonely > 0 && report_.deliveries_expected) {
    caution(
        fmt::format("In {} of the {} only one user is connected: what is said there reaches "
                    "nobody.",
                    lonely, plural(report_.chats, "chat")));
  }
  const std::lock_guard lock(failure_mutex_);
  report_.failure = failure_.value_or("");
  return std::move(report_);
}

void begin_load(HttpLoad& load, HttpWork& work, const RunOptions& options) {
  if (options.closed) return load.begin_closed(work, options.duration);
  load.begin(work, {.per_second = options.messages_per_second,
                    .duration = options.duration,
                    .ramp = options.ramp});
}

void Run::collect_requests() {
  report_.operations = http_->operations();
  report_.troubles.merge(http_->troubles());
  report_.unacked += report_.sent - report_.acked - report_.refused;
  const auto us = http_->tally().late_max_us.load(std::memory_order_relaxed);
  report_.late_max_ms = std::max(report_.late_max_ms, static_cast<double>(us) / 1000);
}

void Run::collect_tallies() {
  report_.sent = sum(&Tally::sent);
  report_.acked = sum(&Tally::acked);
  report_.delivered = sum(&Tally::delivered);
  report_.delivered_local = sum(&Tally::delivered_local);
  report_.delivered_cross = sum(&Tally::delivered_cross);
  report_.moved = sum(&Tally::moved);
  report_.refused = sum(&Tally::refused);
  report_.retried = sum(&Tally::retried);
  report_.rate_limited = sum(&Tally::rate_limited);
  report_.reconnects = sum(&Tally::reconnects);
  report_.gaps = sum(&Tally::gaps);
  report_.late_sends = sum(&Tally::late_sends);
  report_.full_sockets = sum(&Tally::full_sockets);
  for (std::size_t i = 0; i < report_.commands.size(); ++i) {
    for (const auto& worker : workers_) {
      report_.commands[i].sent += worker->tally().sent_of[i].load(std::memory_order_relaxed);
      report_.commands[i].acked += worker->tally().acked_of[i].load(std::memory_order_relaxed);
    }
  }
  for (const auto& worker : workers_) {
    const auto us = worker->tally().late_max_us.load(std::memory_order_relaxed);
    report_.late_max_ms = std::max(report_.late_max_ms, static_cast<double>(us) / 1000);
  }
  if (http_ != nullptr) collect_requests();
  // Where it broke off before the measuring ended, of the threads only this is known.
  const auto all = tallies();
  report_.client_threads.resize(all.size());
  report_.client_threads.back().requests = http_ != nullptr;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto us = all[i]->pause_max_us.load(std::memory_order_relaxed);
    const double ms = report_.began ? static_cast<double>(us) / 1000 : 0;
    report_.client_threads[i].longest_pause_ms = ms;
    report_.longest_pause_ms = std::max(report_.longest_pause_ms, ms);
  }
  for (const auto& worker : workers_) report_.troubles.merge(worker->troubles());
}

}  // namespace kith::bench
