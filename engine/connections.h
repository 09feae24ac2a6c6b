// A socket's life (PROTOCOL sections 2 and 5): init within its time, the token and its expiry, the
// channels that come with it, and how it ends.
#pragma once

#include <queue>
#include <vector>

#include "engine/channel.h"
#include "engine/context.h"

namespace kith {

class Connections {
 public:
  explicit Connections(Context& context) : context_(context) {}

  SessionRef open(SessionSink& sink, OpenSocket socket);
  void closed(SessionRef ref);
  // Announces it, ends everything of the session and tells the sink. `session` is gone afterwards.
  void close(Session& session, CloseCode code, std::string_view reason);

  // An exception is a bug of ours, or there is no memory: the session that it is about ends, and
  // whoever runs the turn is told.
  template <typename Work>
  void drop_if_it_throws(SessionRef ref, Work work) {
    try {
      work();
    } catch (...) {
      drop(ref);
      throw;
    }
  }
  // `then`, for what the store answers to a session's question.
  template <typename Then>
  auto dropping_if_it_throws(SessionRef ref, Then then) {
    return [this, ref, then = std::move(then)]<typename T>(Result<T> result) mutable {
      this->drop_if_it_throws(ref, [&] { then(std::move(result)); });
    };
  }

  void init(Session& session, std::string_view id, const command::ConnectionInit& init);
  void refresh(Session& session, std::string_view id, const command::ConnectionRefresh& refresh);
  // While the token is checked, too much is in flight or too much waits to be written, frames that
  // were read already wait. Bounded by what is read at a time: the socket is not read meanwhile.
  bool must_wait(const Session& session) const;
  void hold_back(Session& session, std::string_view line);
  // Handles what no longer has to wait.
  void run_backlogs();

  void note_error(Session& session);
  // Stops or resumes reading by what is in flight and what waits to be written.
  void update_reading(Session& session);
  void on_drained(Session& session);
  // The newest state events that a slow reader has missed, as far as there is room for them.
  void write_pending_state(Session& session);

  void drain(std::chrono::milliseconds spread, CloseCode code);
  void tick();
  // Closes the sessions that sent too many bad frames in this turn.
  void end_turn();
  SteadyTime next_deadline() const;

  // Set by the engine: handles one text frame of a live session.
  UniqueFunction<void(SessionRef, std::string_view)> on_text;

 private:
  struct Due {
    SteadyTime at{};
    SessionRef ref;
    bool operator>(const Due& other) const { return at > other.at; }
  };
  struct Pending;  // what init asked for, while the token is checked

  void drop(SessionRef ref);
  void check_token(Session& session);
  void check_login(Session& session, std::string token, std::unique_ptr<Pending> pending);
  void prepare_channels(Session& session, Pending& pending);
  void ask_admission(Session& session, std::unique_ptr<Pending> pending);
  void refuse_token(Session& session, const Error& error);
  void admitted(SessionRef ref, std::unique_ptr<Pending> asked, Result<Admission> admission);
  bool overtaken(const Session& session, const Admission& admission) const;
  void make_ready(Session& session, const Pending& pending);
  void attach_others(Session& session, const Pending& pending);
  void follow_all(Session& session);
  template <typename IdType>
  Callback<std::vector<IdType>> following(SessionRef ref, const char* kind);
  void drain_one(Session& session);
  void set_deadline(Session& session, SteadyTime at);
  void on_deadline(Session& session);
  void schedule_expiry(Session& session);
  void ask_refresh(SessionRef ref, std::string id, const Claimed& claimed);
  bool outdated(const Session& session, const Admission& admission) const;
  void refreshed(Session& session, std::string_view id, const Result<Admission>& admission);
  void refuse_refresh(Session& session, std::string_view id, const Error& error);
  std::int64_t retry_after_ms();

  Context& context_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<SessionRef> flooding_;
  std::vector<SessionRef> held_back_;  // sessions with a backlog
  std::string_view drain_reason() const;

  bool draining_ = false;
  CloseCode drain_code_ = CloseCode::draining;
  SteadyTime drain_patience_{};  // until then a session with commands in flight is waited for
};

}  // namespace kith
