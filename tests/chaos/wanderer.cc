#include "tests/chaos/wanderer.h"

#include <algorithm>

namespace kith::test {
namespace {

constexpr auto kBetweenTries = 20ms;
constexpr auto kLastTries = 60s;  // after stop(), for what is still to be answered

}  // namespace

Wanderer::Wanderer(HistoryBook& book, Options options, Ways ways)
    : RecordedClient(book, std::move(options)), ways_(std::move(ways)) {}

Wanderer::~Wanderer() {
  abandoned_ = true;
  stop();
  join();
}

void Wanderer::live() {
  stopped_ = false;
  thread_ = std::thread([this] {
    wander();
    note_flow();
  });
}

void Wanderer::move_to(std::size_t node) {
  wanted_node_ = static_cast<int>(node);
}

void Wanderer::wander() {
  std::optional<Clock::time_point> give_up;
  for (std::size_t at = ways_.first; !abandoned_; ++at) {
    if (const int wanted = wanted_node_.exchange(-1); wanted >= 0) {
      at = static_cast<std::size_t>(wanted);
    }
    try {
      refused_.clear();  // all of it is repeated
      connect(*ways_.nodes[at % ways_.nodes.size()]);
      if (stay()) return;
    } catch (const Disconnected&) {
      // The node has gone: the next one may do.
    } catch (const DeadlinePassed&) {
      // It takes too long.
    } catch (const std::runtime_error& error) {
      complain(error);
    }
    disconnect();
    ++moves_;
    if (stopped_ && !give_up) give_up = Clock::now() + kLastTries;
    if (give_up && Clock::now() > *give_up) return;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

bool Wanderer::may_send(Clock::time_point now) const {
  return in_flight_.size() < options().in_flight && now >= resting_until_;
}

bool Wanderer::stay() {
  Clock::time_point next_send = Clock::now();
  Clock::time_point heard = next_send;
  while (!abandoned_ && wanted_node_ < 0) {
    const auto now = Clock::now();
    if (stopped_ && unanswered_.empty()) return true;
    if (in_flight_.empty()) heard = now;
    if (may_send(now) && !refused_.empty()) {
      const std::string again = refused_.back();
      refused_.pop_back();
      send_one(again, now);
    } else if (may_send(now) && !stopped_ && now >= next_send) {
      send_one(next_client_message_id(), now);
      next_send = now + ways_.every;
    }
    if (!socket_->quiet()) {
      handle(socket_->next(options().patience));
      heard = Clock::now();
    } else if (now - heard > options().patience) {
      throw DeadlinePassed("no answer");
    } else {
      std::this_thread::sleep_for(1ms);
    }
  }
  return false;
}

void Wanderer::send_one(const std::string& client_message_id, Clock::time_point now) {
  sent_[client_message_id] = now;
  send(client_message_id);
}

void Wanderer::note_answer(const std::string& client_message_id) {
  const auto sent = sent_.find(client_message_id);
  if (sent == sent_.end()) return;
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - sent->second);
  slowest_ms_ = std::max<std::int64_t>(slowest_ms_, took.count());
}

void Wanderer::on_acked(const std::string& client_message_id) {
  note_answer(client_message_id);
  const auto sent = sent_.find(client_message_id);
  if (sent == sent_.end()) return;
  answered_up_to_ = std::max(answered_up_to_.load(), sent->second.time_since_epoch());
  sent_.erase(sent);
}

void Wanderer::on_unavailable(const std::string& client_message_id) {
  note_answer(client_message_id);
  refused_.push_back(client_message_id);
}

}  // namespace kith::test
