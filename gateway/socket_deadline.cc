#include "gateway/socket_deadline.h"

#include <boost/asio/steady_timer.hpp>

namespace kith {

namespace {

// A deadline that is looked at so late passed while this process did not run: what the peer has
// said in time may still wait to be read, so it gets as long again for that.
constexpr auto kOwnLateness = std::chrono::seconds(1);

}  // namespace

struct SocketDeadline::State {
  explicit State(ClientSocket& watched) : socket(&watched), timer(watched.get_executor()) {}

  ClientSocket* socket;
  boost::asio::steady_timer timer;
  SteadyTime deadline = SteadyTime::max();
  SteadyTime waiting_until = SteadyTime::max();  // max: no wait is under way
  bool passed = false;
};

namespace {

// Another wait under way is cancelled by expires_at and comes back with an error.
template <typename State>
void wait(const std::shared_ptr<State>& state) {
  state->waiting_until = state->deadline;
  state->timer.expires_at(state->deadline);
  state->timer.async_wait([state](const boost::system::error_code& error) {
    if (error || state->socket == nullptr) return;
    state->waiting_until = SteadyTime::max();
    if (state->deadline == SteadyTime::max()) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < state->deadline) return wait(state);
    if (now > state->deadline + kOwnLateness) {
      state->deadline = now + kOwnLateness;
      return wait(state);
    }
    state->passed = true;
    boost::system::error_code ignored;  // a socket that is closed already waits for nothing
    state->socket->cancel(ignored);
  });
}

}  // namespace

SocketDeadline::SocketDeadline(ClientSocket& socket) : state_(std::make_shared<State>(socket)) {}

SocketDeadline::~SocketDeadline() {
  stop();
}

void SocketDeadline::expire_at(SteadyTime when) {
  state_->deadline = when;
  state_->passed = false;
  if (when < state_->waiting_until) wait(state_);
}

void SocketDeadline::expire_after(std::chrono::steady_clock::duration wait) {
  expire_at(std::chrono::steady_clock::now() + wait);
}

void SocketDeadline::clear() {
  state_->deadline = SteadyTime::max();
  state_->passed = false;
}

bool SocketDeadline::passed() const {
  return state_->passed;
}

void SocketDeadline::stop() {
  if (state_->socket == nullptr) return;
  state_->socket = nullptr;
  state_->timer.cancel();
}

}  // namespace kith
