// What admins watch: the frame `console`, and the state event console.stats once a second. What it
// says is the gateway's, which knows all shards; who gets it is decided here, by the role that the
// session was admitted with.
#include <algorithm>

#include "engine/engine_impl.h"
#include "engine/replies.h"

namespace kith {

void Engine::Impl::handle(Session& session, ReplyTo to, command::Console& console) {
  if (session.identity.role != SystemRole::admin) {
    ++session.in_flight;
    answer_error(to, fail(ErrorCode::forbidden, "for admins alone"));
    return;
  }
  count(to.command, Outcome::ok);
  std::erase(console_watchers, session.ref);
  if (console.watch) console_watchers.push_back(session.ref);
  if (!to.id.empty()) write_ack(session, {.id = to.id});
}

bool Engine::console_watched() const {
  return !impl_->console_watchers.empty();
}

void Engine::tell_console(std::string_view json) {
  Impl& engine = *impl_;
  std::erase_if(engine.console_watchers, [&](SessionRef ref) {
    Session* session = engine.sessions.find(ref);
    // Who is no admin any more watches no longer.
    if (session == nullptr || session->identity.role != SystemRole::admin) return true;
    if (session->sink->queued_bytes() > engine.hub.budget() / 2) {
      ++engine.context.counters.dropped_state;
    } else {
      write_frame(*session, json);
    }
    return false;
  });
}

std::vector<Engine::SlowSession> Engine::slowest_sessions(std::size_t count_max) const {
  std::vector<SlowSession> slow;
  impl_->sessions.for_each([&](const Session& session) {
    const std::size_t queued = session.sink->queued_bytes();
    if (session.state != Session::State::live || (queued == 0 && !session.lagging)) return;
    slow.push_back({.user = session.identity.user,
                    .session = session.identity.session,
                    .queued_bytes = queued,
                    .channels = session.subscriptions.size(),
                    .lagging = session.lagging});
  });
  const auto most_first = [](const SlowSession& left, const SlowSession& right) {
    return left.queued_bytes > right.queued_bytes;
  };
  const std::size_t count = std::min(count_max, slow.size());
  std::partial_sort(slow.begin(), slow.begin() + static_cast<std::ptrdiff_t>(count), slow.end(),
                    most_first);
  slow.resize(count);
  return slow;
}

}  // namespace kith
