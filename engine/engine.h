// The shard's engine: start reading here.
//
// One engine per shard, on the shard's thread alone: no lock, no socket, no SQL, no clock. What it
// needs from outside are the ports (engine/ports); time is an argument of each turn. Same inputs,
// same clock, same seed: same outputs.
//
// A turn (ARCHITECTURE section 5), run by gateway/shard:
//   begin_turn(now)                 the time of everything until the next one
//   completions, on_bus_event()     what the store and the other shards have to say
//   on_text(), on_drained(), ...    what the sockets have to say
//   tick()                          what is due
//   flush()                         one chunk per channel to its subscribers; submit to log and bus
//
// A message's way: on_text -> CommandParser -> message_commands -> EventLog::append ... commit ...
// -> publish -> Sequencer (order) -> Hub (chunk of the turn) -> SessionSink::write -> one send.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/counters.h"
#include "engine/ports/accounts.h"
#include "engine/ports/authenticator.h"
#include "engine/ports/boards.h"
#include "engine/ports/bus.h"
#include "engine/ports/chats.h"
#include "engine/ports/event_log.h"
#include "engine/ports/notice_witness.h"
#include "engine/ports/presence_registry.h"
#include "engine/ports/refusal_witness.h"
#include "engine/ports/session_sink.h"
#include "engine/session_ref.h"

namespace kith {

struct BroadcastRecord;
class Broadcasts;
class Clubs;
struct ReadChannel;

class Events;

struct TurnTime {
  SteadyTime steady{};
  WallTime wall{};
};

struct EnginePorts {
  EventLog& log;
  Chats& chats;
  Bus& bus;
  PresenceRegistry& presence;
  Authenticator& authenticator;
  SocketQuota& sockets;
  NoticeWitness* witness = nullptr;    // nobody wants to know
  RefusalWitness* refusals = nullptr;  // likewise
  Boards* boards = nullptr;            // there are no leaderboards
  Clubs* clubs = nullptr;              // where the store has none: nobody is in any
  Broadcasts* broadcasts = nullptr;
  Events* events = nullptr;
};

struct EngineOptions {
  std::string epoch;
  std::string build;
  std::uint64_t seed = 0;                   // of ids and jitter
  std::uint32_t messages_per_minute = 600;  // per user; 0: no limit
  std::uint32_t channels_per_socket = limits::kChannelsPerSocketMax;
  std::size_t frame_bytes_max = limits::kFrameBytesMax;  // only told to clients here
  std::size_t crowd = 1000;                              // so many who follow a channel are one
  std::size_t outbound_bytes_max = limits::kOutboundBytesMax;
  std::chrono::milliseconds ping_interval = limits::kPingInterval;
  std::chrono::milliseconds init_timeout = limits::kInitTimeout;
};

struct OpenSocket {
  std::string token;            // from the Authorization header or the query; may be empty
  std::optional<ChatId> chat;   // of GET /chats/{chat_id}
  bool chat_malformed = false;  // that path's id is none: closed with 4506 once init has come
};

class Engine final : public Bus::Receiver {
 public:
  Engine(EnginePorts ports, EngineOptions options);
  ~Engine() override;

  // `sinks_refer`: some have not written yet what write_shared() gave them in earlier turns. What
  // is said to crowds meanwhile waits for them, for a quarter of a second at most.
  void begin_turn(TurnTime now, bool sinks_refer = false);
  // What is kept for them.
  std::size_t shared_bytes() const;
  void tick();
  void flush();
  // When tick() has something to do next; the shard sleeps no longer than until then.
  SteadyTime next_deadline() const;

  // --- sockets ---
  // The upgrade is done: waits for connection.init. `sink` lives until closed() or its close().
  SessionRef open(SessionSink& sink, OpenSocket socket);
  // One text message: one object, or several by newlines.
  void on_text(SessionRef session, std::string_view text);
  void on_binary(SessionRef session);  // closes with 4501
  // Frames that are work and no message, too many: closes with 4013. `reason` is for people.
  void on_flood(SessionRef session, std::string_view reason);
  // Something of what waited has been written. May be left out while sink.wants_drained is false.
  void on_drained(SessionRef session);
  // The socket is gone (never called for one that the engine closed itself).
  void closed(SessionRef session);

  void on_bus_event(const BusEventPtr& event) override;
  void on_bus_healed() override;

  // --- what HTTP does, in the same way as frames do ---
  // Rate-limited per user, published once committed. Errors as the ports have them, and
  // rate_limited with retry_after.
  void send(const Identity& who, Append append, Callback<Appended> done);  // ids, sender, time: set
  void edit(const Identity& who, EditMessage edit, Callback<Committed> done);
  void remove(const Identity& who, DeleteMessage remove, Callback<Committed> done);
  void react(const Identity& who, SetReaction reaction, Callback<Committed> done);
  void moderate(const Identity& who, Moderate moderate, Callback<Committed> done);
  void mark_read(const Identity& who, ChatId chat, MessageId last_read, Callback<MarkedRead> done);
  // Of a club's or an event's channel; its organizers are told what this passed.
  void mark_read(const Identity& who, ChannelId channel, Seq seq, Callback<ReadChannel> done);
  void typing(const Identity& who, ChatId chat, bool start, Callback<Nothing> done);
  void create_chat(const Identity& who, CreateChat create, Callback<CreatedChat> done);
  void add_participant(const Identity& who, ChatId chat, UserId user, ParticipantRole role,
                       Callback<Committed> done);
  void remove_participant(const Identity& who, ChatId chat, UserId user, Callback<Committed> done);
  // Leaderboards that something else has moved, behind its COMMIT.
  void boards_moved(const std::vector<BoardMoved>& boards);
  // A broadcast that was scheduled or cancelled, and who is to be told.
  void broadcast_stepped(const BroadcastRecord& broadcast, const std::vector<UserId>& organizers);
  // Broadcasts that a list of notifications was read past: their organizers are told.
  void broadcasts_passed(const std::vector<BroadcastId>& broadcasts);
  // unavailable: there are none.
  void hide_from_boards(const Identity& who, bool hidden, Callback<Nothing> done);
  // Events that something else committed (a logout): to this shard's sessions and the others'.
  void publish(std::vector<DurableEvent> events);
  Actor actor(const Identity& who) const;
  MessageId new_message_id();
  ChatId new_chat_id();
  ReportId new_report_id();
  Uuid new_uuid();  // of any other id

  // From the next turn on, for every session; past it they are caught up from the log.
  void set_outbound_budget(std::size_t bytes);

  // SIGTERM: announces 4001 to every session, spread evenly at random over `spread`, with a hint
  // when to come back; new sockets are closed with 4001 at once. The same with 4000 where the log
  // has a new epoch.
  void drain(std::chrono::milliseconds spread, CloseCode code = CloseCode::draining);
  std::size_t sessions() const;

  const Counters& counters() const;
  struct Gauges {
    std::size_t sessions_waiting = 0;  // for connection.init or its check
    std::size_t sessions_live = 0;
    std::size_t sessions_lagging = 0;  // past their budget, being caught up from the log
    std::size_t channels = 0;
    std::size_t subscriptions = 0;
    std::size_t queued_bytes = 0;
  };
  Gauges gauges() const;

  // --- what admins watch (console.cc) ---
  bool console_watched() const;
  // One state event to all who watch; who is past half of the budget misses it.
  void tell_console(std::string_view json);
  struct SlowSession {
    UserId user;
    AuthSessionId session;
    std::size_t queued_bytes = 0;
    std::size_t channels = 0;
    bool lagging = false;
  };
  // Those with most to be written, the most first; none of those with nothing.
  std::vector<SlowSession> slowest_sessions(std::size_t count_max) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
