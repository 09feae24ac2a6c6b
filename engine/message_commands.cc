// Frames that change what a chat holds: each is answered when it is committed.
#include "engine/engine_impl.h"
#include "engine/replies.h"
#include "protocol/failpoint.h"

namespace kith {

void Engine::Impl::handle(Session& session, ReplyTo to, command::MessageNew& message) {
  ++session.in_flight;
  if (const auto limited = limit(session.identity.user)) {
    answer_error(to, *limited, message.client_message_id);
    return;
  }
  Append append{.chat = message.chat,
                .sender_key = session.identity.key,
                .sender = session.identity.user,
                .message = MessageId{context.ids.next(context.now.wall)},
                .client_message_id = std::string(message.client_message_id),
                .content = std::move(message.content),
                .reply_to = message.reply_to,
                .sent_at = context.now.wall};
  context.ports.log.append(
      std::move(append), [this, to = std::move(to), received = context.now.steady](
                             Append&& sent, Result<Appended> appended) {
        connections.drop_if_it_throws(
            to.session, [&] { on_appended(to, received, std::move(sent), std::move(appended)); });
      });
}

void Engine::Impl::on_appended(const ReplyTo& to, SteadyTime received, Append&& append,
                               Result<Appended> appended) {
  KITH_FAILPOINT("completion");
  if (!appended) {
    answer_error(to, appended.error(), append.client_message_id);
    return;
  }
  context.counters.ack_latency.record(
      std::chrono::duration<double, std::milli>(context.now.steady - received).count());
  std::string ack = ack_frame({.id = to.id,
                               .chat = append.chat,
                               .message = appended->message,
                               .client_message_id = append.client_message_id,
                               .seq = appended->seq,
                               .sent_at = appended->sent_at,
                               .duplicate = appended->duplicate});
  Session* session = finish_command(to, appended->duplicate ? Outcome::duplicate : Outcome::ok);
  if (appended->duplicate) {
    if (session != nullptr) session->sink->write(ack);
    return;
  }
  delivery.publish_one(message_event(std::move(append), *appended), to.session, std::move(ack));
}

Callback<Committed> Engine::Impl::ack_change(Session& session, ReplyTo to, ChatId chat,
                                             std::optional<MessageId> message) {
  ++session.in_flight;
  return [this, to = std::move(to), chat, message](Result<Committed> committed) {
    connections.drop_if_it_throws(to.session,
                                  [&] { on_changed(to, chat, message, std::move(committed)); });
  };
}

void Engine::Impl::on_changed(const ReplyTo& to, ChatId chat, std::optional<MessageId> message,
                              Result<Committed> committed) {
  if (!committed) {
    answer_error(to, committed.error());
    return;
  }
  const bool changed = !committed->events.empty();
  Session* alive = finish_command(to, changed ? Outcome::ok : Outcome::duplicate);
  Ack ack{.id = to.id, .chat = chat, .message = message, .duplicate = !changed};
  if (!changed) {
    if (alive != nullptr) write_ack(*alive, ack);
    return;
  }
  // The chat's event is the one acked; others (of users' own channels) go their way.
  for (DurableEvent& event : committed->events) {
    const bool own = event.channel == ChannelId(chat) && ack.seq == 0;
    if (own) ack.seq = event.seq;
    delivery.publish_one(std::move(event), own ? std::optional(to.session) : std::nullopt,
                         own ? ack_frame(ack) : std::string());
  }
  alive = sessions.find(to.session);
  if (ack.seq == 0 && alive != nullptr) write_ack(*alive, ack);
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::MessageUpdate& update) {
  auto done = ack_change(session, to, update.chat, update.message);
  if (auto limited = limit(session.identity.user)) return done(std::move(*limited));
  context.ports.chats.edit(
      actor(session.identity),
      {.chat = update.chat, .message = update.message, .content = std::move(update.content)},
      std::move(done));
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::MessageDelete& remove) {
  auto done = ack_change(session, to, remove.chat, remove.message);
  if (auto limited = limit(session.identity.user)) return done(std::move(*limited));
  context.ports.chats.remove(
      actor(session.identity),
      {.chat = remove.chat, .message = remove.message, .reason = std::string(remove.reason)},
      std::move(done));
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Reaction& reaction) {
  auto done = ack_change(session, to, reaction.chat, reaction.message);
  if (auto limited = limit(session.identity.user)) return done(std::move(*limited));
  context.ports.chats.react(actor(session.identity),
                            {.chat = reaction.chat,
                             .message = reaction.message,
                             .emoji = std::string(reaction.emoji),
                             .add = reaction.add},
                            std::move(done));
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::Moderation& moderation) {
  auto done = ack_change(session, to, moderation.chat, moderation.message);
  if (auto limited = limit(session.identity.user)) return done(std::move(*limited));
  context.ports.chats.moderate(actor(session.identity),
                               {.chat = moderation.chat,
                                .action = moderation.action,
                                .message = moderation.message,
                                .user = moderation.user,
                                .reason = std::string(moderation.reason),
                                .until = moderation.until},
                               std::move(done));
}

void Engine::Impl::handle(Session& session, ReplyTo to, command::DeliveryRead& read) {
  ++session.in_flight;
  const SessionRef origin = session.ref;
  mark_read(session.identity, read.chat, read.last_read, origin,
            [this, to = std::move(to), chat = read.chat,
             message = read.last_read](Result<MarkedRead> marked) {
              if (!marked) {
                answer_error(to, marked.error());
                return;
              }
              Session* alive = finish_command(to, marked->moved ? Outcome::ok : Outcome::duplicate);
              if (alive == nullptr || to.id.empty()) return;
              write_ack(
                  *alive,
                  {.id = to.id, .chat = chat, .message = message, .duplicate = !marked->moved});
            });
}

}  // namespace kith
