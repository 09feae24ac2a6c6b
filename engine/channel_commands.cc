// Frames about the connection and its channels, and those that only ask.
#include "engine/board_json.h"
#include "engine/engine_impl.h"
#include "engine/replies.h"

namespace kith {

namespace {

// Ephemeral frames of one session a minute: typing is worth nothing, so a flood of it is dropped.
constexpr std::uint32_t kTypingPerMinute = 240;

}  // namespace

void Engine::Impl::handle(Session& session, ReplyTo to, command::ConnectionInit& init) {
  if (session.state != Session::State::waiting_init) {
    count(to.command, Outcome::refused);
    write_error(context, session,
                {.id = to.id,
                 .code = ErrorCode::bad_request,
                 .message = "this connection is already initialised"});
    return;
  }
  count(to.command, Outcome::ok);
  connections.init(session, to.id, init);
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::ConnectionRefresh& refresh) {
  count(to.command, Outcome::ok);
  connections.refresh(session, to.id, refresh);
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Subscribe& subscribe) {
  count(to.command, Outcome::ok);
  attacher.subscribe(session, subscribe.channel,
                     {.id = std::move(to.id), .after = subscribe.after_seq}, subscribe.presence);
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Unsubscribe& unsubscribe) {
  // The end of a login comes by the user's own channel: nobody can turn that off.
  if (unsubscribe.channel == ChannelId(session.identity.user)) {
    count(to.command, Outcome::refused);
    write_error(context, session,
                {.id = to.id,
                 .code = ErrorCode::bad_request,
                 .message = "one's own channel stays subscribed"});
    return;
  }
  count(to.command, Outcome::ok);
  Subscription* subscription = session.find(unsubscribe.channel);
  attacher.answer_replaced(session, unsubscribe.channel);
  if (subscription != nullptr && subscription->mode == Subscription::Mode::live) {
    hub.flush_channel(*subscription->channel);
  }
  attacher.unsubscribe(session, unsubscribe.channel);
  write_unsubscribed(session, to.id, unsubscribe.channel, {});
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Typing& typing_command) {
  ++session.in_flight;
  if (session.ephemerals.take(kTypingPerMinute, context.now.steady)) {
    ++context.counters.rate_limited;
    answer_error(to, {.code = ErrorCode::rate_limited,
                      .message = "too many typing frames",
                      .retry_after = std::chrono::milliseconds(250)});
    return;
  }
  const UserId user = session.identity.user;
  auto done = [this, to = std::move(to), chat = typing_command.chat, user,
               start = typing_command.start](Result<Attached> attached) {
    if (!attached) {
      answer_error(to, attached.error());
      return;
    }
    if (start && attached->muted_until && *attached->muted_until > context.now.wall) {
      answer_error(to, fail(ErrorCode::forbidden, "muted"));
      return;
    }
    typing.announce(chat, user, start);
    Session* alive = finish_command(to, Outcome::ok);
    if (alive != nullptr && !to.id.empty()) write_ack(*alive, {.id = to.id, .chat = chat});
  };
  const Subscription* subscription = session.find(ChannelId(typing_command.chat));
  if (subscription != nullptr && subscription->attached) {
    done(Attached{.muted_until = subscription->muted_until});
  } else {
    context.ports.chats.access(session.identity.key, typing_command.chat,
                               connections.dropping_if_it_throws(session.ref, std::move(done)));
  }
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Presence& presence_command) {
  ++session.in_flight;
  auto done = [this, to = std::move(to),
               channel = presence_command.channel](Result<Attached> attached) {
    if (attached && attached->blocked) {
      attached = fail(ErrorCode::forbidden, "who is here is not yours to see");
    }
    if (!attached) {
      answer_error(to, attached.error());
      return;
    }
    Session* alive = finish_command(to, Outcome::ok);
    if (alive == nullptr) return;
    std::string json;
    JsonWriter writer(json);
    const auto snapshot = context.ports.presence.snapshot(channel, limits::kPresenceUsersMax);
    writer.begin_object().field("type", "presence");
    if (!to.id.empty()) writer.field("id", to.id);
    writer.field("channel", channel).field("count", std::int64_t{snapshot.count});
    writer.key("users").begin_array();
    for (const UserId& user : snapshot.users) writer.id(user);
    writer.end_array().end_object();
    write_frame(*alive, json);
  };
  const Subscription* subscription = session.find(presence_command.channel);
  if (subscription != nullptr && subscription->attached) {
    done(Attached{.blocked = subscription->blocked});
  } else {
    context.ports.log.attach(presence_command.channel, session.identity.key,
                             connections.dropping_if_it_throws(session.ref, std::move(done)));
  }
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Leaderboard& leaderboard) {
  ++session.in_flight;
  if (context.ports.boards == nullptr || leaderboard.channel.kind != IdKind::board) {
    answer_error(to, fail(ErrorCode::not_found, "no such leaderboard"));
    return;
  }
  auto done = [this, to = std::move(to), user = session.identity.user,
               channel = leaderboard.channel](Result<BoardPage> page) {
    if (!page) {
      answer_error(to, page.error());
      return;
    }
    Session* alive = finish_command(to, Outcome::ok);
    if (alive == nullptr) return;
    std::string json;
    JsonWriter writer(json);
    writer.begin_object().field("type", "leaderboard");
    if (!to.id.empty()) writer.field("id", to.id);
    writer.field("channel", channel).field("revision", page->revision);
    writer.field("total", page->total).key("entries");
    write_board_entries(writer, page->entries);
    write_board_me(writer.key("me"), user, page->me);
    writer.end_object();
    write_frame(*alive, json);
  };
  leaderboards.ask(actor(session.identity), leaderboard,
                   connections.dropping_if_it_throws(session.ref, std::move(done)));
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Ping&) {
  count(to.command, Outcome::ok);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "pong");
  if (!to.id.empty()) writer.field("id", to.id);
  writer.field("server_time", context.now.wall).end_object();
  write_frame(session, json);
}

}  // namespace kith
