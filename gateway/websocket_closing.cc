// The part of WebSocketSession about its end: close frames both ways, lingering, and the check once
// a second that finds who is dead or stalled.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "gateway/log.h"
#include "gateway/websocket_session.h"

namespace kith {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

constexpr auto kLingerTimeout = 3s;

}  // namespace

// `code` 0 answers a close frame that had none.
void WebSocketSession::begin_close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  std::string frame;
  if (code == 0) {
    append_frame_header(frame, Opcode::close, 0);
  } else {
    append_close_frame(frame, static_cast<CloseCode>(code), reason);
  }
  write(frame);
  shard_.counters.count_close(code);
  log_close(code, reason);
  state_ = State::closing;
  linger_until_ = shard_.enter_turn().steady + kLingerTimeout;
  if (engine_knows_) {
    engine_knows_ = false;
    shard_.engine.closed(ref_);
  }
  watch();  // what comes is thrown away, so that our close frame is not lost to a reset
}

// What the server ends is worth a line; that clients come and go only while looking closely.
void WebSocketSession::log_close(std::uint16_t code, std::string_view reason) const {
  const bool usual = code <= 1001 || code == static_cast<std::uint16_t>(CloseCode::draining);
  const LogLevel level = usual ? LogLevel::debug : LogLevel::info;
  if (!log_enabled(level)) return;
  if (user_) {
    log_event(level, "socket.closed",
              {{"code", code},
               {"reason", reason},
               {"correlation_id", correlation_id_},
               {"user_id", *user_}});
  } else {
    log_event(level, "socket.closed",
              {{"code", code}, {"reason", reason}, {"correlation_id", correlation_id_}});
  }
}

void WebSocketSession::finish_close() {
  state_ = State::lingering;
  ::shutdown(socket_, SHUT_WR);  // the peer may have gone first
  watch();
}

void WebSocketSession::abandon() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  chunk_ = nullptr;
  outbound_.clear();
  queued_bytes_ = 0;
  if (engine_knows_) {
    engine_knows_ = false;
    shard_.engine.closed(ref_);
  }
  ::close(std::exchange(socket_, -1));
}

void WebSocketSession::drop_waiting() {
  hold_chunk();
  outbound_.keep_current_frame();
  queued_bytes_ = outbound_.bytes();
}

void WebSocketSession::shed() {
  if (state_ != State::open) return;
  drop_waiting();
  begin_close(static_cast<std::uint16_t>(CloseCode::over_capacity), "the server needs the memory");
}

void WebSocketSession::give_up_stalled(SteadyTime now) {
  drop_waiting();
  begin_close(static_cast<std::uint16_t>(CloseCode::reader_stalled), "took nothing for too long");
  linger_until_ = now + limits::kStallTimeout;
}

int WebSocketSession::unacknowledged_bytes() {
  int bytes = 0;
  return ioctl(socket_, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

bool WebSocketSession::peer_took_something() {
  const int unacknowledged = unacknowledged_bytes();
  return unacknowledged < std::exchange(unacknowledged_, unacknowledged);
}

// Those who came at one moment, after a cut, are not all pinged in one turn: up to a quarter early.
std::chrono::milliseconds WebSocketSession::ping_after() const {
  const std::chrono::milliseconds interval = shard_.ping_interval;
  return interval - interval * (ref_.slot % 16) / 64;
}

void WebSocketSession::check(SteadyTime now, bool lenient) {
  if (state_ == State::closed) return;
  if (lenient) {
    heard_ = progress_ = now;
    if (pinged_) pinged_at_ = now;
    return;
  }
  if (state_ != State::open) {
    if (now >= linger_until_) abandon();
    return;
  }
  if (queued_bytes_ > 0) {
    // The kernel says that there is room only when a good part of its buffer has gone: to one who
    // takes 100 bytes a second that is minutes.
    if (peer_took_something()) progress_ = now;
    if (now - progress_ >= limits::kStallTimeout) give_up_stalled(now);
    return;
  }
  progress_ = now;
  if (pinged_) {
    // A reader that is busy taking what was written before the ping is alive.
    if (peer_took_something()) pinged_at_ = now;
    if (reading_ && now - pinged_at_ >= shard_.ping_timeout) {
      begin_close(static_cast<std::uint16_t>(CloseCode::ping_timeout), "no answer to pings");
    }
  } else if (now - heard_ >= ping_after()) {
    pinged_ = true;
    pinged_at_ = now;
    unacknowledged_ = unacknowledged_bytes();
    std::string frame;
    append_frame_header(frame, Opcode::ping, 0);
    write(frame);
  }
}

}  // namespace kith
