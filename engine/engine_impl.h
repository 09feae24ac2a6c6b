// The engine's parts, put together, and what it does for a command. Private to engine/.
#pragma once

#include "engine/attacher.h"
#include "engine/broadcast_desk.h"
#include "engine/connections.h"
#include "engine/context.h"
#include "engine/delivery.h"
#include "engine/hub.h"
#include "engine/leaderboards.h"
#include "engine/presence_tracker.h"
#include "engine/receipts.h"
#include "engine/typing.h"

namespace kith {

class Engine::Impl {
 public:
  Impl(EnginePorts ports, EngineOptions options);

  // What a frame's answer needs when the store's word comes, whatever became of the socket.
  struct ReplyTo {
    SessionRef session;
    std::string id;
    std::uint8_t command = 0;  // index, for the counters
    std::uint8_t type = 0;     // of kFrameTypes
    std::uint32_t weight = 1;  // in flight
  };

  // commands.cc: one text message, frame by frame
  void on_text(SessionRef ref, std::string_view text);
  bool on_line(Session& session, std::string_view line);  // false: the session is closed
  void on_frame(Session& session, ParsedFrame& frame);

  // message_commands.cc, channel_commands.cc: one per frame type
  void handle(Session& session, ReplyTo to, command::ConnectionInit& init);
  void handle(Session& session, ReplyTo to, command::ConnectionRefresh& refresh);
  void handle(Session& session, ReplyTo to, command::Subscribe& subscribe);
  void handle(Session& session, ReplyTo to, command::Unsubscribe& unsubscribe);
  void handle(Session& session, ReplyTo to, command::MessageNew& message);
  void handle(Session& session, ReplyTo to, command::MessageUpdate& update);
  void handle(Session& session, ReplyTo to, command::MessageDelete& remove);
  void handle(Session& session, ReplyTo to, command::Reaction& reaction);
  void handle(Session& session, ReplyTo to, command::Moderation& moderation);
  void handle(Session& session, ReplyTo to, command::Typing& typing);
  void handle(Session& session, ReplyTo to, command::DeliveryRead& read);
  void handle(Session& session, ReplyTo to, command::History& history);
  void handle(Session& session, ReplyTo to, command::Presence& presence);
  void handle(Session& session, ReplyTo to, command::Leaderboard& leaderboard);
  void handle(Session& session, ReplyTo to, command::Ping& ping);
  void handle(Session& session, ReplyTo to, command::Console& console);  // console.cc

  // operations.cc: what frames and HTTP share; `origin` is acked in place of the event.
  void publish_committed(Committed committed);
  std::optional<Error> limit(const UserId& user);
  void tell_spent();
  // The reader's other devices.
  void tell_channel_read(const UserId& user, const ChannelId& read, Seq seq);
  void mark_read(const Identity& who, ChatId chat, MessageId last_read,
                 std::optional<SessionRef> origin, Callback<MarkedRead> done);
  Actor actor(const Identity& who) const;

  // A callback is never called from inside the call that took it.
  template <typename T>
  void answer_later(Callback<T> done, std::type_identity_t<Result<T>> result) {
    later.push_back([done = std::move(done), result = std::move(result)]() mutable {
      done(std::move(result));
    });
  }

  // Answers. Each finds the session anew: it may have gone while the store worked.
  Session* finish_command(const ReplyTo& to, Outcome outcome);  // one less in flight
  void answer_error(const ReplyTo& to, const Error& error, std::string_view client_message_id = {});
  void on_appended(const ReplyTo& to, SteadyTime received, Append&& append,
                   Result<Appended> appended);
  // The callback of a change that is one event or none, acked in place of it.
  Callback<Committed> ack_change(Session& session, ReplyTo to, ChatId chat,
                                 std::optional<MessageId> message);
  void on_changed(const ReplyTo& to, ChatId chat, std::optional<MessageId> message,
                  Result<Committed> committed);
  void count(std::uint8_t command, Outcome outcome) {
    ++context.counters.commands[command][static_cast<std::size_t>(outcome)];
  }

  Context context;
  SessionTable sessions;
  Hub hub;
  ChannelDelivery delivery;
  Attacher attacher;
  Connections connections;
  Typing typing;
  PresenceTracker presence;
  Receipts receipts;
  Leaderboards leaderboards;
  BroadcastDesk broadcasts;
  CommandParser parser;
  RateLimiter messages;
  std::vector<Task> later;  // run at the beginning of flush()
  std::vector<SessionRef> console_watchers;
  SteadyTime next_second{};
  SteadyTime next_minute{};
};

}  // namespace kith
