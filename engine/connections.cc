#include "engine/connections.h"

#include <algorithm>

#include "engine/attacher.h"
#include "engine/hub.h"
#include "engine/ports/for_all.h"
#include "engine/replies.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr auto kDrainPatience = 2s;
constexpr auto kDrainRetry = 10ms;
// A deadline that is looked at so late passed while this process did not run: what the peer has
// said in time may still wait to be read, so it gets as long again for that.
constexpr auto kOwnLateness = 1s;
// A timer is set no further ahead: a token's time may be too far away for the steady clock.
constexpr std::chrono::milliseconds kDeadlineMax = 24h;

}  // namespace

SessionRef Connections::open(SessionSink& sink, OpenSocket socket) {
  Session& session = context_.sessions->add();
  session.sink = &sink;
  session.path_chat = socket.chat;
  session.opening = std::make_unique<OpenSocket>(std::move(socket));
  set_deadline(session, context_.now.steady + context_.options.init_timeout);
  const SessionRef ref = session.ref;
  if (draining_) {
    close(session, drain_code_, drain_reason());
  } else if (!session.opening->token.empty()) {
    check_token(session);
  }
  return ref;
}

void Connections::closed(SessionRef ref) {
  Session* session = context_.sessions->find(ref);
  if (session == nullptr) return;
  context_.attacher->remove_all(*session);
  if (session->quota_held) context_.ports.sockets.release(session->identity.user);
  context_.sessions->remove(ref);
}

void Connections::close(Session& session, CloseCode code, std::string_view reason) {
  // What its channels have said in this turn still reaches it.
  for (const auto& subscription : session.subscriptions) {
    if (subscription->mode == Subscription::Mode::live) {
      context_.hub->flush_channel(*subscription->channel);
    }
  }
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "connection.closing");
  writer.field("code", static_cast<std::int64_t>(code)).field("reason", reason);
  writer.field("reconnect", may_reconnect(code));
  if (may_reconnect(code)) writer.field("retry_after_ms", retry_after_ms());
  writer.end_object();
  write_frame(session, json);
  context_.counters.count_close(code);
  SessionSink* sink = session.sink;
  closed(session.ref);
  sink->close(code, reason);
}

// Full jitter, so that those who go together do not come back together.
std::int64_t Connections::retry_after_ms() {
  return std::uniform_int_distribution<std::int64_t>(500, 4000)(context_.random);
}

bool Connections::must_wait(const Session& session) const {
  return session.state == Session::State::authenticating ||
         session.in_flight >= limits::kCommandsInFlightMax ||
         session.sink->queued_bytes() > context_.hub->budget() / 2;
}

void Connections::hold_back(Session& session, std::string_view line) {
  if (session.backlog.empty()) held_back_.push_back(session.ref);
  session.backlog.emplace_back(line);
}

void Connections::run_backlogs() {
  for_all(std::exchange(held_back_, {}), [this](SessionRef ref) {
    Session* session = context_.sessions->find(ref);
    if (session == nullptr || session->backlog.empty()) return;
    if (must_wait(*session)) {
      held_back_.push_back(ref);
      return;
    }
    for (const std::string& line : std::exchange(session->backlog, {})) on_text(ref, line);
  });
}

void Connections::drop(SessionRef ref) {
  Session* session = context_.sessions->find(ref);
  if (session != nullptr) close(*session, CloseCode::internal_error, "internal error");
}

void Connections::note_error(Session& session) {
  if (session.errors.take(limits::kErrorsPerMinuteMax, context_.now.steady)) {
    flooding_.push_back(session.ref);
  }
}

void Connections::end_turn() {
  for (const SessionRef ref : std::exchange(flooding_, {})) {
    Session* session = context_.sessions->find(ref);
    if (session != nullptr) close(*session, CloseCode::over_capacity, "too many errors");
  }
}

void Connections::update_reading(Session& session) {
  const std::size_t queued = session.sink->queued_bytes();
  const std::size_t budget = context_.hub->budget();
  bool reading = session.reading;
  const bool leaving = session.drain_at && *session.drain_at <= context_.now.steady;
  if (session.state == Session::State::authenticating || !session.backlog.empty() || leaving) {
    reading = false;
  } else if (session.in_flight >= limits::kCommandsInFlightMax || queued > budget / 2) {
    reading = false;
  } else if (session.in_flight <= limits::kCommandsInFlightMax / 2 && queued <= budget / 4) {
    reading = true;
  }
  if (reading == session.reading) return;
  session.reading = reading;
  if (!reading) session.sink->wants_drained = true;
  session.sink->set_reading(reading);
}

void Connections::write_pending_state(Session& session) {
  const std::size_t budget = context_.hub->budget();
  while (!session.pending_state.empty() && session.sink->queued_bytes() <= budget / 2) {
    session.sink->write(session.pending_state.front().frame);
    session.pending_state.erase(session.pending_state.begin());
  }
}

void Connections::on_drained(Session& session) {
  const std::size_t budget = context_.hub->budget();
  write_pending_state(session);
  update_reading(session);
  if (session.sink->queued_bytes() <= budget / 4) context_.attacher->on_drained(session);
  session.sink->wants_drained =
      !session.pending_state.empty() || !session.reading || !session.work.empty();
}

std::string_view Connections::drain_reason() const {
  return drain_code_ == CloseCode::draining ? "this node is draining" : "the log has a new epoch";
}

void Connections::drain(std::chrono::milliseconds spread, CloseCode code) {
  draining_ = true;
  drain_code_ = code;
  drain_patience_ = context_.now.steady + spread + kDrainPatience;
  std::uniform_int_distribution<std::int64_t> delay(0, std::max<std::int64_t>(spread.count(), 0));
  context_.sessions->for_each([&](Session& session) {
    session.drain_at = context_.now.steady + std::chrono::milliseconds(delay(context_.random));
    due_.push({*session.drain_at, session.ref});
  });
}

void Connections::set_deadline(Session& session, SteadyTime at) {
  session.deadline = at;
  if (at >= session.listed) return;  // looked at before that anyway
  session.listed = at;
  due_.push({at, session.ref});
}

void Connections::tick() {
  while (!due_.empty() && due_.top().at <= context_.now.steady) {
    const Due due = due_.top();
    due_.pop();
    Session* session = context_.sessions->find(due.ref);
    if (session == nullptr) continue;
    if (session->listed == due.at) session->listed = SteadyTime::max();
    if (session->drain_at && *session->drain_at <= context_.now.steady) {
      drain_one(*session);
    } else if (session->deadline + kOwnLateness < context_.now.steady &&
               session->state == Session::State::waiting_init) {
      set_deadline(*session, context_.now.steady + kOwnLateness);
    } else if (session->deadline <= context_.now.steady) {
      on_deadline(*session);
    } else {
      set_deadline(*session, session->deadline);  // it was put off meanwhile
    }
  }
}

// What was asked is answered first: a command in flight is committed and acked, not cut off.
void Connections::drain_one(Session& session) {
  if (session.in_flight == 0 || context_.now.steady >= drain_patience_) {
    close(session, drain_code_, drain_reason());
    return;
  }
  update_reading(session);
  due_.push({context_.now.steady + kDrainRetry, session.ref});
}

void Connections::on_deadline(Session& session) {
  if (session.state == Session::State::waiting_init) {
    close(session, CloseCode::init_timeout, "no connection.init in time");
  } else if (session.state == Session::State::live) {
    schedule_expiry(session);
  }
}

// Warns before the token expires, then closes. The token's time is the wall's, the timer is steady:
// looked at anew each time, so that a clock that is set does not end anybody early.
void Connections::schedule_expiry(Session& session) {
  const auto left = session.identity.expires - context_.now.wall;
  if (left <= 0ms) {
    close(session, CloseCode::token_expired, "the token has expired");
    return;
  }
  if (left > limits::kExpiryWarning) {
    session.expiry_warned = false;
    const std::chrono::milliseconds until_warning = left - limits::kExpiryWarning;
    set_deadline(session, context_.now.steady + std::min(until_warning, kDeadlineMax));
    return;
  }
  if (!session.expiry_warned) {
    session.expiry_warned = true;
    std::string json;
    JsonWriter writer(json);
    writer.begin_object().field("type", "connection.expiring");
    writer.field("expires_in_ms", static_cast<std::int64_t>(left.count())).end_object();
    write_frame(session, json);
  }
  set_deadline(session, context_.now.steady + left);
}

SteadyTime Connections::next_deadline() const {
  return due_.empty() ? SteadyTime::max() : due_.top().at;
}

}  // namespace kith
