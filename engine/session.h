// A client's socket as the engine keeps it, and its subscriptions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/rate_limiter.h"
#include "engine/session_ref.h"

namespace kith {

struct Channel;
struct Session;

// What a subscribe (or an entry of resume or follow) is still to be answered with.
struct AttachRequest {
  std::string id;             // the frame's
  std::optional<Seq> after;   // where the client wants to go on from
  bool position_good = true;  // false: of another epoch
  bool by_init = false;       // came with connection.init
  bool by_path = false;       // of GET /chats/{chat_id}: a refusal closes the socket
  bool by_follow = false;     // a refusal is nobody's error: the right went meanwhile
  std::unique_ptr<Result<Attached>> word{};  // the store's, where it came before its turn
  std::vector<Receipt> receipts{};           // of it and the reads since, for the answer
  Seq mute_changed = 0;                      // the channel's last event about their mute
  Seq head = 0;                              // of the channel, when the store was asked
  bool recovered = false;                    // goes on from `after`; else from now
  std::optional<Seq> gap_from{};             // what is told not to be replayed begins here
};

// One session in one channel. `cursor` is the last durable seq that the session has been given.
// There are as many as sockets times channels, and most say nothing for long: what only an attach
// needs is given back behind it.
struct Subscription {
  enum class Mode : std::uint8_t {
    queued,   // in the session's work queue, not begun
    opening,  // asks the store for the right and the head
    reading,  // a page of the log is under way
    sharing,  // the page that is under way for the channel's window will do
    paused,   // more to read once the socket has drained
    waiting,  // at or before the shard's own position, which a hole holds up
    live,     // gets what the channel says; `cursor` is not kept
  };
  Session* session = nullptr;
  Channel* channel = nullptr;
  std::uint64_t serial = 0;  // tells completions of an earlier subscription apart
  Mode mode = Mode::queued;
  bool attached = false;  // the store has said that the user may
  bool present = false;   // counted in the presence registry
  bool wants_presence = false;
  bool blocked = false;                 // from the other of a direct chat, as `muted_until` is
  bool measured = false;                // the missed bytes were asked for
  bool alone = false;                   // a shared page did not bring it
  std::optional<WallTime> muted_until;  // as the store said, and the channel's events since
  std::uint32_t live_index = 0;
  std::uint32_t member_index = 0;
  Seq cursor = 0;
  Seq right_seen = 0;   // the store has said that the user may, as of this seq of the channel
  Seq right_ended = 0;  // before it has said so: the right ended at this one
  std::optional<Seq> behind_at;  // live, but the chunks after this position were not copied
  std::unique_ptr<AttachRequest> request;  // null: a session that fell behind is caught up

  bool watches() const { return wants_presence && !blocked; }
};

// The newest state event of its kind that a slow reader has not been given.
struct PendingState {
  std::uint64_t key = 0;  // what a newer one supersedes
  ChannelId channel;
  std::string frame;
};

// One of 10,000: what it holds while it says nothing is what a server needs memory for.
struct Session {
  enum class State : std::uint8_t { waiting_init, authenticating, live };

  SessionRef ref;
  SessionSink* sink = nullptr;
  State state = State::waiting_init;
  Identity identity;
  std::unique_ptr<OpenSocket> opening;  // until connection.init
  std::optional<ChatId> path_chat;      // of GET /chats/{chat_id}
  bool quota_held = false;
  bool follow_chats = false;  // and what the user joins later
  bool follow_clubs = false;
  bool follow_events = false;
  bool expiry_warned = false;
  bool lagging = false;  // fell behind: follows nothing live until it has drained
  bool reading = true;   // what the sink was last told
  bool working = false;  // Attacher goes through `work`
  std::uint32_t in_flight = 0;
  SteadyTime deadline{};                  // of init, of the token
  SteadyTime listed = SteadyTime::max();  // Connections looks at the deadline then
  std::optional<SteadyTime> drain_at;
  MinuteBucket errors;
  MinuteBucket ephemerals;
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  // Serials of subscriptions to attach or catch up, one at a time, the next one first. Few, and
  // none most of the time: then it holds no memory.
  std::vector<std::uint64_t> work;
  std::vector<std::string> backlog;  // frames that were read and must wait (Connections)
  // In the order they came.
  std::vector<PendingState> pending_state;

  Subscription* find(const ChannelId& channel) const;
  Subscription* find(std::uint64_t serial) const;
  // Everything of that kind that the user belongs to?
  bool follows(IdKind kind) const;
};

class SessionTable {
 public:
  Session& add();
  Session* find(SessionRef ref) const;
  void remove(SessionRef ref);
  std::size_t size() const { return size_; }
  template <typename Each>
  void for_each(Each&& each) const {
    for (const auto& slot : slots_) {
      if (slot.session) each(*slot.session);
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Session> session;
    std::uint32_t generation = 0;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace kith
