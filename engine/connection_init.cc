// The part of Connections that opens a session: connection.init, its channels, connection.refresh.
#include "engine/attacher.h"
#include "engine/connections.h"
#include "engine/hub.h"
#include "engine/replies.h"

namespace kith {

struct Connections::Pending {
  std::string id;  // of the frame
  bool epoch_matches = false;
  std::vector<ResumeEntry> resume;
  bool follow_chats = false;
};

// A bad token is refused wherever it stood, also where connection.init would bring a good one. What
// a good one is worth is asked again when init comes: its login may have ended meanwhile.
void Connections::check_token(Session& session) {
  context_.ports.authenticator.authenticate(session.socket.token, context_.now.wall,
                                            [this, ref = session.ref](Result<Identity> identity) {
                                              Session* alive = context_.sessions->find(ref);
                                              if (alive != nullptr && !identity)
                                                refuse_token(*alive, identity.error());
                                            });
}

void Connections::init(Session& session, std::string_view id, const command::ConnectionInit& init) {
  std::string token(init.token.empty() ? std::string_view(session.socket.token) : init.token);
  session.socket.token.clear();
  auto pending = std::make_unique<Pending>();
  pending->id = id;
  pending->epoch_matches = init.epoch == context_.options.epoch;
  pending->resume = init.resume;
  pending->follow_chats = init.follow_chats;
  session.state = Session::State::authenticating;
  update_reading(session);
  context_.ports.authenticator.authenticate(
      std::move(token), context_.now.wall,
      [this, ref = session.ref, pending = std::move(pending)](Result<Identity> identity) {
        authenticated(ref, *pending, std::move(identity));
      });
}

void Connections::refuse_token(Session& session, const Error& error) {
  if (error.code == ErrorCode::unavailable) {
    close(session, CloseCode::over_capacity, "the store is unavailable");
  } else {
    close(session, CloseCode::bad_token, "the token does not hold");
  }
}

void Connections::authenticated(SessionRef ref, Pending& pending, Result<Identity> identity) {
  Session* session = context_.sessions->find(ref);
  if (session == nullptr) return;
  if (!identity) {
    refuse_token(*session, identity.error());
    return;
  }
  if (session->socket.chat_malformed) {
    close(*session, CloseCode::chat_gone, "no such chat id");
    return;
  }
  session->identity = *identity;
  session->sink->identified(identity->user);
  if (!context_.ports.sockets.acquire(session->identity.user)) {
    close(*session, CloseCode::too_many_sockets, "too many sockets of this user");
    return;
  }
  session->quota_held = true;
  make_ready(*session, pending);
  session = context_.sessions->find(ref);
  if (session == nullptr) return;
  update_reading(*session);
}

void Connections::make_ready(Session& session, const Pending& pending) {
  const SessionRef ref = session.ref;
  session.state = Session::State::live;
  --waiting_;
  session.follow_chats = pending.follow_chats;
  const EngineOptions& options = context_.options;
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "connection.ready");
  if (!pending.id.empty()) writer.field("id", pending.id);
  writer.field("session_id", session.identity.session).field("user_id", session.identity.user);
  writer.field("protocol", 1).field("build", options.build).field("epoch", options.epoch);
  writer.field("server_time", context_.now.wall);
  writer.field("ping_interval_ms", static_cast<std::int64_t>(options.ping_interval.count()));
  writer.key("limits").begin_object();
  writer.field("frame_bytes", static_cast<std::int64_t>(options.frame_bytes_max));
  writer.field("channels", std::int64_t{options.channels_per_socket});
  writer.field("messages_per_minute", std::int64_t{options.messages_per_minute});
  writer.end_object().end_object();
  write_frame(session, json);
  schedule_expiry(session);
  Session* alive = context_.sessions->find(ref);
  if (alive != nullptr) attach_asked(*alive, pending);
}

// Own channel, the path's, those of `resume` in the client's order, then those of `follow`.
void Connections::attach_asked(Session& session, const Pending& pending) {
  const ChannelId own(session.identity.user);
  const auto position = [&](const ChannelId& channel) -> std::optional<Seq> {
    for (const ResumeEntry& entry : pending.resume) {
      if (entry.channel == channel) return entry.after;
    }
    return std::nullopt;
  };
  const auto attach = [&](const ChannelId& channel, bool by_path) {
    context_.attacher->subscribe(
        session, channel,
        {.after = position(channel), .position_good = pending.epoch_matches, .by_path = by_path},
        false);
  };
  attach(own, false);
  if (session.socket.chat) attach(*session.socket.chat, true);
  for (const ResumeEntry& entry : pending.resume) {
    if (!entry.channel) {
      write_error(
          context_, session,
          {.code = ErrorCode::not_found, .message = "no such channel", .channel = entry.text});
    } else if (session.find(*entry.channel) == nullptr) {
      attach(*entry.channel, false);
    }
  }
  if (session.follow_chats) follow_chats(session);
}

void Connections::follow_chats(Session& session) {
  context_.ports.chats.followable(session.identity.key, context_.options.channels_per_socket,
                                  [this, ref = session.ref](Result<std::vector<ChatId>> chats) {
                                    Session* alive = context_.sessions->find(ref);
                                    if (alive == nullptr) return;
                                    if (!chats) {
                                      write_error(context_, *alive,
                                                  {.code = chats.error().code,
                                                   .message = "the chats could not be followed",
                                                   .retry_after = chats.error().retry_after});
                                      return;
                                    }
                                    for (const ChatId& chat : *chats) {
                                      if (alive->find(ChannelId(chat)) != nullptr) continue;
                                      context_.attacher->subscribe(*alive, chat,
                                                                   {.by_follow = true}, false);
                                    }
                                  });
}

void Connections::refresh(Session& session, std::string_view id,
                          const command::ConnectionRefresh& refresh) {
  ++session.in_flight;
  context_.ports.authenticator.authenticate(
      std::string(refresh.token), context_.now.wall,
      [this, ref = session.ref, id = std::string(id)](Result<Identity> identity) {
        Session* alive = context_.sessions->find(ref);
        if (alive == nullptr) return;
        --alive->in_flight;
        if (!identity) {
          write_error(
              context_, *alive,
              {.id = id, .code = identity.error().code, .message = "the token does not hold"});
        } else if (identity->user != alive->identity.user) {
          close(*alive, CloseCode::bad_token, "another user's token");
        } else {
          alive->identity = *identity;
          alive->expiry_warned = false;
          if (!id.empty()) {
            std::string json;
            JsonWriter(json).begin_object().field("type", "ack").field("id", id).end_object();
            write_frame(*alive, json);
          }
          schedule_expiry(*alive);
        }
        alive = context_.sessions->find(ref);
        if (alive != nullptr) update_reading(*alive);
      });
}

}  // namespace kith
