// The part of Shard about its end: sessions are told to go, requests are answered, and then it
// stops.
#include <algorithm>
#include <boost/asio/post.hpp>

#include "gateway/log.h"
#include "gateway/shard.h"

namespace kith {

void Shard::drain(std::chrono::milliseconds spread, std::chrono::milliseconds deadline,
                  CloseCode code) {
  boost::asio::post(*io_, [this, spread, deadline, code] {
    const SteadyTime now = enter_turn().steady;
    // A few sessions need no long farewell; many are spread over all of the time.
    const std::chrono::milliseconds needed(200 + 2 * engine_.sessions());
    engine_.drain(std::min(spread, needed), code);
    drain_deadline_ = now + deadline;
  });
}

void Shard::finish() {
  boost::asio::post(*io_, [this] {
    listener_->stop();
    finishing_ = true;
  });
}

void Shard::stop() {
  stopped_ = true;
  io_->stop();
}

void Shard::join() {
  if (thread_.joinable()) thread_.join();
}

// Behind the deadline what is left is told, since it is what the node's end had to wait for.
void Shard::note_drained(SteadyTime now) {
  if (!drained_.exchange(true) && now >= *drain_deadline_) {
    log_event(
        LogLevel::info, "shard.drain_cut_short",
        {{"sessions", engine_.sessions()},
         {"sockets", std::ranges::count_if(
                         sessions_, [](const auto& session) { return !session->is_closed(); })},
         {"requests", counters_.http_in_flight}});
  }
  if (finishing_) stop();
}

bool Shard::quiet(SteadyTime now) const {
  if (now >= *drain_deadline_) return true;
  if (engine_.sessions() > 0 || counters_.http_in_flight > 0) return false;
  for (const auto& session : sessions_) {
    if (!session->is_closed()) return false;
  }
  return true;
}

}  // namespace kith
