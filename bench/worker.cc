#include "bench/worker.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>

namespace kith::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kHandlersPerTurn = 256;
// A client that cannot keep up is late with what it sends, and says so. It does not leave unread
// what has come, which would look like a server that is slow.
constexpr std::size_t kSendsPerTurn = 256;
constexpr std::chrono::milliseconds kIdleTick{5};
// What is due sooner is sent together, and its lateness counts as latency: a thread that sleeps for
// each of many sends alone takes more of a core for its timer than for what it sends.
constexpr std::chrono::microseconds kWakeEvery{250};
constexpr std::chrono::milliseconds kCountEvery{50};
constexpr std::chrono::milliseconds kPublishEvery{100};
constexpr std::chrono::milliseconds kLate{10};  // a send this late was the client's fault

// A coroutine that ends with an exception ends the run with its text.
auto report_to(LoadContext& context) {
  return [&context](const std::exception_ptr& exception) {
    if (!exception) return;
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      context.fail(error.what());
    }
  };
}

std::chrono::nanoseconds from_seconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

}  // namespace

Worker::Worker(Shared& shared, Share share, std::function<void(std::string)> fail)
    : context_(shared, std::random_device{}() + share.index), share_(share), timer_(context_.io) {
  context_.fail = std::move(fail);
  context_.first_attempt_over = [this] {
    --connecting_;
    connect_more();
  };
  const auto& crowd = shared.crowd.clients();
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    if (shared.places[i].worker != share_.index) continue;
    clients_.push_back(std::make_unique<LoadClient>(context_, crowd[i], i));
  }
}

Worker::~Worker() {
  if (thread_.joinable()) stop();
}

void Worker::start(ConnectPace pace) {
  pace_ = pace;
  asio::co_spawn(context_.io, pump(), report_to(context_));
  asio::post(context_.io, [this] {
    connecting_since_ = Clock::now();
    connect_more();
  });
  thread_ = std::thread([this] {
    thread_id_ = ::gettid();
    run_turns();
  });
}

std::optional<ThreadTimes> Worker::times() const {
  const pid_t thread = thread_id_;
  return thread == 0 ? std::nullopt : thread_times(thread);
}

void Worker::run_turns() {
  while (context_.io.run_one() > 0) {
    context_.turn = Clock::now();
    for (std::size_t i = 1; i < kHandlersPerTurn && context_.io.poll_one() > 0; ++i) {
    }
    // A flush begins a write and queues nothing, so the list does not grow under the walk.
    for (LoadClient* client : context_.to_flush) client->flush();
    context_.to_flush.clear();
  }
}

void Worker::connect_more() {
  std::size_t due = clients_.size();
  if (pace_.per_second > 0) {
    const double share = pace_.per_second / static_cast<double>(share_.count);
    const std::chrono::duration<double> elapsed = Clock::now() - connecting_since_;
    due = std::min(due, static_cast<std::size_t>(elapsed.count() * share) + 1);
  }
  while (!stopping_ && launched_ < due && connecting_ < pace_.handshakes_max) {
    ++connecting_;
    asio::co_spawn(context_.io, clients_[launched_++]->run(), report_to(context_));
  }
}

LoadClient* Worker::own(std::size_t index) const {
  const auto& place = context_.shared.places[index];
  return place.worker == share_.index ? clients_[place.slot].get() : nullptr;
}

void Worker::for_each(std::function<void(LoadClient&)> action) {
  asio::post(context_.io, [this, action = std::move(action)] {
    for (auto& client : clients_) action(*client);
  });
}

void Worker::with_client(std::size_t index, std::function<void(LoadClient&)> action) {
  LoadClient* client = own(index);
  if (client == nullptr) return;
  asio::post(context_.io, [client, action = std::move(action)] { action(*client); });
}

void Worker::load(const Load& load) {
  asio::post(context_.io, [this, load] { start_load(load); });
}

void Worker::start_load(const Load& load) {
  load_ = load;
  next_ = 0;
  end_ = load.open_loop.per_second > 0 && !load.chats.empty() ? load.open_loop.count() : 0;
  // How long connecting took is stated by itself.
  if (schedules_++ == 0) context_.tally.pause_max_us = 0;
  context_.sends_until = load.start + load.open_loop.duration;
  next_break_ = load.breaks_per_second > 0 ? load.start : Clock::time_point::max();
  if (load.window != LoadClient::Window::none) {
    const auto& crowd = context_.shared.crowd;
    for (const std::size_t chat : load.chats) {
      const auto& members = crowd.of_chat(chat);
      const std::size_t senders = load.sender == Sender::first_member ? 1 : members.size();
      for (std::size_t i = 0; i < senders; ++i) {
        LoadClient* client = own(members[i]);
        if (client != nullptr) client->open_window(load.window, load.in_flight, chat);
      }
    }
  }
  timer_.cancel();
}

void Worker::stop() {
  asio::post(context_.io, [this] {
    stopping_ = true;
    timer_.cancel();
    for (auto& client : clients_) client->stop();
  });
  if (thread_.joinable()) thread_.join();  // else the run failed before it began
  publish(Clock::time_point::max());
}

Awaitable<void> Worker::pump() {
  while (!stopping_) {
    const auto now = Clock::now();
    send_due(now);
    retry_due(now);
    break_due(now);
    publish(now);
    if (pace_.per_second > 0 && launched_ < clients_.size()) connect_more();
    auto wake = now + kIdleTick;
    if (next_ < end_) wake = std::min(wake, load_.start + load_.open_loop.due(next_));
    timer_.expires_at(std::max(std::min(wake, next_break_), now + kWakeEvery));
    auto [woken_early] = co_await timer_.async_wait(kAwait);
    if (!woken_early) note_pause(context_.tally, Clock::now() - timer_.expiry());
    // Else by load() or stop(): look again.
  }
}

void Worker::send_due(Clock::time_point now) {
  Tally& tally = context_.tally;
  for (std::size_t sent = 0; next_ < end_ && sent < kSendsPerTurn;) {
    const auto due = load_.start + load_.open_loop.due(next_);
    if (due > now) return;
    const std::size_t chat = load_.chats[next_ % load_.chats.size()];
    const std::uint64_t random = mix_bits(next_ + (schedules_ << 40U));
    LoadClient* client = sender_of(random, chat);
    ++next_;
    if (client == nullptr) continue;  // another worker's
    ++sent;
    if (now - due > kLate) {
      add(tally.late_sends);
      const auto us = static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - due).count());
      if (us > tally.late_max_us) tally.late_max_us = us;
    }
    client->act(load_.mix.pick(random >> 20U), chat, random >> 8U, due);
  }
}

LoadClient* Worker::sender_of(std::uint64_t random, std::size_t chat) const {
  const auto& members = context_.shared.crowd.of_chat(chat);
  return own(load_.sender == Sender::first_member ? members.front()
                                                  : members[random % members.size()]);
}

void Worker::retry_due(Clock::time_point now) {
  auto& retries = context_.retries;
  while (!retries.empty() && retries.begin()->first <= now) {
    const auto retry = retries.begin()->second;
    retries.erase(retries.begin());
    retry.client->retry(retry.command);
  }
}

void Worker::break_due(Clock::time_point now) {
  if (now < next_break_) return;
  next_break_ = now + from_seconds(static_cast<double>(share_.count) / load_.breaks_per_second);
  if (now >= context_.sends_until) next_break_ = Clock::time_point::max();
  if (!clients_.empty()) clients_[context_.random() % clients_.size()]->break_connection();
}

void Worker::publish(Clock::time_point now) {
  if (now >= next_count_) {
    if (now != Clock::time_point::max()) next_count_ = now + kCountEvery;
    std::uint64_t unfinished = next_ < end_ ? 1 : 0;
    for (const auto& client : clients_) unfinished += client->unfinished();
    context_.tally.unfinished.store(unfinished, std::memory_order_relaxed);
  }
  if (now < next_publish_) return;
  if (now != Clock::time_point::max()) next_publish_ = now + kPublishEvery;
  publish_latencies();
}

void Worker::publish_soon() {
  asio::post(context_.io, [this] { publish_latencies(); });
}

void Worker::publish_latencies() {
  const std::lock_guard lock(latencies_mutex_);
  latencies_.merge(context_.latencies);
  context_.latencies = {};
}

Latencies Worker::take_latencies() {
  const std::lock_guard lock(latencies_mutex_);
  return std::exchange(latencies_, Latencies{});
}

Verdict Worker::finish(const std::vector<ChatWitness>& everybody) const {
  Verdict verdict;
  for (const auto& client : clients_) verdict += client->finish(everybody);
  return verdict;
}

std::uint64_t Worker::verified(const std::vector<ChatWitness>& everybody) const {
  std::uint64_t count = 0;
  for (const auto& client : clients_) count += client->verified(everybody);
  return count;
}

std::uint64_t Worker::unanswered() const {
  std::uint64_t count = 0;
  for (const auto& client : clients_) count += client->unanswered();
  return count;
}

}  // namespace kith::bench
