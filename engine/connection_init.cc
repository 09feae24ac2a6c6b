// The part of Connections that opens a session: connection.init, its channels, connection.refresh.
#include "engine/attacher.h"
#include "engine/connections.h"
#include "engine/hub.h"
#include "engine/replies.h"

namespace kith {

struct Connections::Pending {
  std::string id;  // of the frame
  bool epoch_matches = false;
  bool follow_chats = false;
  bool follow_clubs = false;
  bool follow_events = false;
  bool path_malformed = false;
  std::vector<ResumeEntry> resume;
};

// A bad token is refused wherever it stood, also where connection.init would bring a good one.
void Connections::check_token(Session& session) {
  const auto claimed =
      context_.ports.authenticator.verify(session.opening->token, context_.now.wall);
  if (!claimed) refuse_token(session, claimed.error());
}

void Connections::init(Session& session, std::string_view id, const command::ConnectionInit& init) {
  const std::unique_ptr<OpenSocket> opening = std::move(session.opening);
  const std::string_view token = init.token.empty() ? opening->token : init.token;
  const auto claimed = context_.ports.authenticator.verify(token, context_.now.wall);
  if (!claimed) {
    refuse_token(session, claimed.error());
    return;
  }
  auto pending = std::make_unique<Pending>();
  pending->id = id;
  pending->epoch_matches = init.epoch == context_.options.epoch;
  pending->follow_chats = init.follow_chats;
  pending->follow_clubs = init.follow_clubs;
  pending->follow_events = init.follow_events;
  pending->path_malformed = opening->chat_malformed;
  pending->resume = init.resume;
  session.state = Session::State::authenticating;
  session.identity = *claimed;
  update_reading(session);
  prepare_channels(session, *pending);
  if (opening->token.empty() || opening->token == token) {
    ask_admission(session, std::move(pending));
  } else {
    check_login(session, opening->token, std::move(pending));
  }
}

// The token that the socket came with is not the one that counts, but its login must stand as well.
void Connections::check_login(Session& session, std::string token,
                              std::unique_ptr<Pending> pending) {
  context_.ports.authenticator.authenticate(
      std::move(token), context_.now.wall,
      dropping_if_it_throws(session.ref, [this, ref = session.ref, pending = std::move(pending)](
                                             Result<Identity> identity) mutable {
        Session* alive = context_.sessions->find(ref);
        if (alive == nullptr) return;
        if (!identity) {
          refuse_token(*alive, identity.error());
        } else {
          ask_admission(*alive, std::move(pending));
        }
      }));
}

// Asked once, and only now that every channel is followed: a login or a right that ends behind this
// snapshot ends with an event that finds the session in the channel.
void Connections::ask_admission(Session& session, std::unique_ptr<Pending> pending) {
  std::vector<ChannelId> channels;
  channels.reserve(session.subscriptions.size());
  for (const auto& subscription : session.subscriptions) {
    channels.push_back(subscription->channel->id);
  }
  context_.ports.authenticator.admit(
      session.identity, std::move(channels),
      dropping_if_it_throws(session.ref, [this, ref = session.ref, pending = std::move(pending)](
                                             Result<Admission> admission) mutable {
        admitted(ref, std::move(pending), std::move(admission));
      }));
}

void Connections::refuse_token(Session& session, const Error& error) {
  if (error.code == ErrorCode::unavailable) {
    close(session, CloseCode::over_capacity, "the store is unavailable");
  } else {
    close(session, CloseCode::bad_token, "the token does not hold");
  }
}

void Connections::admitted(SessionRef ref, std::unique_ptr<Pending> asked,
                           Result<Admission> admission) {
  Session* session = context_.sessions->find(ref);
  if (session == nullptr) return;
  if (!admission) {
    refuse_token(*session, admission.error());
    return;
  }
  if (overtaken(*session, *admission)) {
    ask_admission(*session, std::move(asked));
    return;
  }
  const Pending& pending = *asked;
  if (pending.path_malformed) {
    close(*session, CloseCode::chat_gone, "no such chat id");
    return;
  }
  session->identity = admission->identity;
  session->sink->identified(session->identity.user);
  if (!context_.ports.sockets.acquire(session->identity.user)) {
    close(*session, CloseCode::too_many_sockets, "too many sockets of this user");
    return;
  }
  session->quota_held = true;
  make_ready(*session, pending);
  session = context_.sessions->find(ref);
  if (session != nullptr) context_.attacher->admitted(*session, std::move(admission->channels));
  session = context_.sessions->find(ref);
  if (session != nullptr) attach_others(*session, pending);
  session = context_.sessions->find(ref);
  if (session != nullptr) update_reading(*session);
}

// Another socket's later answer has opened the user's own channel meanwhile: what lies between, the
// end of this very login perhaps, was passed over here.
bool Connections::overtaken(const Session& session, const Admission& admission) const {
  const auto& own = admission.channels.front();
  const Channel& channel = *session.subscriptions.front()->channel;
  return own && own->head < channel.sequencer.opened_at();
}

void Connections::make_ready(Session& session, const Pending& pending) {
  session.state = Session::State::live;
  session.follow_chats = pending.follow_chats;
  session.follow_clubs = pending.follow_clubs;
  session.follow_events = pending.follow_events;
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
  for (const ResumeEntry& entry : pending.resume) {
    if (entry.channel) continue;
    note_refusal(context_, session, "connection.init", ErrorCode::not_found);
    write_error(
        context_, session,
        {.code = ErrorCode::not_found, .message = "no such channel", .channel = entry.text});
  }
  schedule_expiry(session);
}

// Own channel, the path's, those of `resume` in the client's order.
void Connections::prepare_channels(Session& session, Pending& pending) {
  const auto prepare = [&](const ChannelId& channel, std::optional<Seq> after, bool by_path) {
    return context_.attacher->prepare(session, channel,
                                      {.after = after,
                                       .position_good = pending.epoch_matches,
                                       .by_init = true,
                                       .by_path = by_path});
  };
  const auto position = [&](const ChannelId& channel) -> std::optional<Seq> {
    for (const ResumeEntry& entry : pending.resume) {
      if (entry.channel == channel) return entry.after;
    }
    return std::nullopt;
  };
  const ChannelId own(session.identity.user);
  prepare(own, position(own), false);
  if (session.path_chat) prepare(*session.path_chat, position(*session.path_chat), true);
  // What stays in the list is refused once the session is ready.
  std::erase_if(pending.resume, [&](const ResumeEntry& entry) {
    if (!entry.channel) return false;
    return session.find(*entry.channel) != nullptr || prepare(*entry.channel, entry.after, false);
  });
}

void Connections::attach_others(Session& session, const Pending& pending) {
  for (const ResumeEntry& entry : pending.resume) {
    if (!entry.channel) continue;
    context_.attacher->subscribe(
        session, *entry.channel,
        {.after = entry.after, .position_good = pending.epoch_matches, .by_init = true}, false);
  }
  follow_all(session);
}

void Connections::refresh(Session& session, std::string_view id,
                          const command::ConnectionRefresh& refresh) {
  const auto claimed = context_.ports.authenticator.verify(refresh.token, context_.now.wall);
  if (!claimed) {
    refuse_refresh(session, id, claimed.error());
    return;
  }
  ++session.in_flight;
  ask_refresh(session.ref, std::string(id), *claimed);
}

void Connections::refuse_refresh(Session& session, std::string_view id, const Error& error) {
  write_error(context_, session,
              {.id = id, .code = error.code, .message = "the token does not hold"});
}

void Connections::ask_refresh(SessionRef ref, std::string id, const Claimed& claimed) {
  context_.ports.authenticator.admit(
      claimed, {ChannelId(claimed.user)},
      dropping_if_it_throws(
          ref, [this, ref, id = std::move(id), claimed](Result<Admission> admission) mutable {
            Session* alive = context_.sessions->find(ref);
            if (alive == nullptr) return;
            if (admission && outdated(*alive, *admission)) {
              ask_refresh(ref, std::move(id), claimed);
              return;
            }
            --alive->in_flight;
            refreshed(*alive, id, admission);
            alive = context_.sessions->find(ref);
            if (alive != nullptr) update_reading(*alive);
          }));
}

// The user's own channel has told of something since that snapshot: of the end of this very login,
// perhaps, which found the socket under its former one.
bool Connections::outdated(const Session& session, const Admission& admission) const {
  if (admission.identity.user != session.identity.user) return false;
  const Subscription* own = session.find(ChannelId(session.identity.user));
  const auto& channel = admission.channels.front();
  return own != nullptr && channel && own->channel->sequencer.delivered() > channel->head;
}

void Connections::refreshed(Session& session, std::string_view id,
                            const Result<Admission>& admission) {
  if (!admission) {
    refuse_refresh(session, id, admission.error());
    return;
  }
  if (admission->identity.user != session.identity.user) {
    close(session, CloseCode::bad_token, "another user's token");
    return;
  }
  session.identity = admission->identity;
  session.expiry_warned = false;
  if (!id.empty()) {
    std::string json;
    JsonWriter(json).begin_object().field("type", "ack").field("id", id).end_object();
    write_frame(session, json);
  }
  schedule_expiry(session);
}

}  // namespace kith
