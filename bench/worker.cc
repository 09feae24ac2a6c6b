#include "bench/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace kith::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kConnectingMax = 64;  // handshakes under way: a polite crowd
constexpr std::chrono::milliseconds kIdleTick{5};
constexpr std::chrono::milliseconds kCountEvery{50};
constexpr std::chrono::milliseconds kPublishEvery{200};
constexpr std::chrono::milliseconds kLate{10};  // a send this late was the client's fault

// SplitMix64: the same sender for message i in every worker.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

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

}  // namespace

Worker::Worker(const Seed& seed, ClientOptions options, ChatHeads& heads, Share share,
               std::function<void(std::string)> fail)
    : context_(seed, std::move(options), heads, std::random_device{}() + share.index),
      share_(share),
      by_user_(seed.users.size()),
      timer_(context_.io) {
  context_.fail = std::move(fail);
  context_.first_attempt_over = [this] {
    --connecting_;
    connect_more();
  };
  std::size_t number = 0;
  for (std::size_t user = 0; user < seed.users.size(); ++user) {
    if (seed.users[user].chats.empty()) continue;
    if (number++ % share_.count != share_.index) continue;
    clients_.push_back(std::make_unique<LoadClient>(context_, user, number - 1));
    by_user_[user] = clients_.back().get();
  }
}

Worker::~Worker() {
  if (thread_.joinable()) stop();
}

void Worker::start() {
  asio::co_spawn(context_.io, pump(), report_to(context_));
  asio::post(context_.io, [this] { connect_more(); });
  thread_ = std::thread([this] { context_.io.run(); });
}

void Worker::connect_more() {
  while (!stopping_ && launched_ < clients_.size() && connecting_ < kConnectingMax) {
    ++connecting_;
    asio::co_spawn(context_.io, clients_[launched_++]->run(), report_to(context_));
  }
}

void Worker::send(Schedule schedule) {
  asio::post(context_.io, [this, schedule] {
    schedule_ = schedule;
    next_ = 0;
    end_ = static_cast<std::uint64_t>(schedule.per_second *
                                      std::chrono::duration<double>(schedule.duration).count());
    if (schedule.breaks_per_second > 0) next_break_ = schedule.start;
    timer_.cancel();
  });
}

void Worker::stop() {
  asio::post(context_.io, [this] {
    stopping_ = true;
    timer_.cancel();
    for (auto& client : clients_) client->stop();
  });
  thread_.join();
  publish(Clock::time_point::max());
}

asio::awaitable<void> Worker::pump() {
  while (!stopping_) {
    const auto now = Clock::now();
    send_due(now);
    retry_due(now);
    break_due(now);
    publish(now);
    auto wake = now + kIdleTick;
    if (next_ < end_) {
      const auto due =
          schedule_.start + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                static_cast<double>(next_) * 1e9 / schedule_.per_second));
      wake = std::min(wake, due);
    }
    timer_.expires_at(std::min(wake, next_break_));
    auto [woken_early] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(woken_early);  // by send() or stop(): look again
  }
}

void Worker::send_due(Clock::time_point now) {
  const auto& chats = context_.seed.chats;
  while (next_ < end_) {
    const auto due =
        schedule_.start + std::chrono::nanoseconds(static_cast<std::int64_t>(
                              static_cast<double>(next_) * 1e9 / schedule_.per_second));
    if (due > now) return;
    const std::size_t chat = next_ % chats.size();
    const std::uint64_t message = next_++;
    const auto& members = chats[chat].members;
    if (members.empty()) continue;
    LoadClient* sender = by_user_[members[mix(message) % members.size()]];
    if (sender == nullptr) continue;
    sender->send(chat, due);
    add(context_.tally.sent);
    if (now - due < kLate) continue;
    add(context_.tally.late_sends);
    const auto late_us = static_cast<std::uint64_t>((now - due).count() / 1000);
    if (late_us > context_.tally.late_max_us.load(std::memory_order_relaxed)) {
      context_.tally.late_max_us.store(late_us, std::memory_order_relaxed);
    }
  }
}

void Worker::retry_due(Clock::time_point now) {
  auto& retries = context_.retries;
  while (!retries.empty() && retries.begin()->first <= now) {
    const auto retry = std::move(retries.begin()->second);
    retries.erase(retries.begin());
    retry.client->retry(retry.client_message_id);
  }
}

void Worker::break_due(Clock::time_point now) {
  if (now < next_break_) return;
  const double share = schedule_.breaks_per_second / static_cast<double>(share_.count);
  next_break_ = now + std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / share));
  if (next_ >= end_) next_break_ = Clock::time_point::max();
  if (!clients_.empty()) clients_[context_.random() % clients_.size()]->break_connection();
}

void Worker::publish(Clock::time_point now) {
  if (now >= next_count_) {
    if (now != Clock::time_point::max()) next_count_ = now + kCountEvery;
    std::uint64_t unfinished = 0;
    for (const auto& client : clients_) unfinished += client->unfinished();
    context_.tally.unfinished.store(unfinished + (next_ < end_ ? 1 : 0), std::memory_order_relaxed);
  }
  if (now < next_publish_) return;
  if (now != Clock::time_point::max()) next_publish_ = now + kPublishEvery;
  ack_total_.merge(context_.ack_latency);
  delivery_total_.merge(context_.delivery_latency);
  const std::lock_guard lock(interval_mutex_);
  interval_.ack.merge(context_.ack_latency);
  interval_.delivery.merge(context_.delivery_latency);
  context_.ack_latency.clear();
  context_.delivery_latency.clear();
}

Worker::Interval Worker::take_interval() {
  const std::lock_guard lock(interval_mutex_);
  return std::exchange(interval_, Interval{});
}

Verdict Worker::finish(const std::vector<ChatWitness>& everybody) const {
  Verdict verdict;
  for (const auto& client : clients_) verdict += client->finish(everybody);
  return verdict;
}

std::uint64_t Worker::unacked() const {
  std::uint64_t count = 0;
  for (const auto& client : clients_) count += client->unacked();
  return count;
}

}  // namespace kith::bench
