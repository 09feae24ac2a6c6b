// What frames and HTTP share: every change is rate-limited here, handed to its port, and published
// once it is committed.
#include <type_traits>

#include "engine/engine_impl.h"
#include "engine/replies.h"
#include "protocol/json_writer.h"

namespace kith {

namespace {

template <typename T, typename... All>
constexpr std::size_t index_in(std::type_identity<std::variant<All...>>) {
  std::size_t index = 0;
  const bool found = ((std::is_same_v<T, All> || (++index, false)) || ...);
  return found ? index : throw "no such command";
}

bool is_duplicate(const Appended& appended) {
  return appended.duplicate;
}
bool is_duplicate(const Committed& committed) {
  return committed.events.empty();
}
bool is_duplicate(const MarkedRead& marked) {
  return !marked.moved;
}
bool is_duplicate(const Nothing&) {
  return false;
}

// Counts what comes of it, under the type of the frame that asks for the same.
template <typename Frame, typename T>
Callback<T> counted(Counters& counters, Callback<T> done) {
  constexpr std::size_t kType = index_in<Frame>(std::type_identity<Command>{});
  return
      [&of_type = counters.http_changes[kType], done = std::move(done)](Result<T> result) mutable {
        Outcome outcome = Outcome::refused;
        if (result) {
          outcome = is_duplicate(*result) ? Outcome::duplicate : Outcome::ok;
        } else if (result.error().code == ErrorCode::unavailable ||
                   result.error().code == ErrorCode::internal) {
          outcome = Outcome::unavailable;
        }
        ++of_type[static_cast<std::size_t>(outcome)];
        done(std::move(result));
      };
}

}  // namespace

Actor Engine::Impl::actor(const Identity& who) const {
  return Actor{.user = who.user, .key = who.key, .now = context.now.wall};
}

std::optional<Error> Engine::Impl::limit(const UserId& user) {
  const auto wait = messages.take(user, context.now.steady);
  if (!wait) {
    if (messages.is_due()) tell_spent();
    return std::nullopt;
  }
  ++context.counters.rate_limited;
  return Error{
      .code = ErrorCode::rate_limited, .message = "too many messages", .retry_after = *wait};
}

void Engine::Impl::tell_spent() {
  const std::vector<RateLimiter::Spent> due = messages.take_due();
  if (!context.ports.bus.reaches_others()) return;
  for (const RateLimiter::Spent& spent : due) {
    auto event = std::make_shared<BusEvent>();
    event->kind = BusKind::spent;
    event->channel = kLimitsChannel;
    event->user = spent.user;
    event->seq = spent.count;
    context.ports.bus.publish(std::move(event));
  }
}

void Engine::Impl::publish_committed(Committed committed) {
  delivery.publish(std::move(committed.events));
}

void Engine::Impl::mark_read(const Identity& who, ChatId chat, MessageId last_read,
                             std::optional<SessionRef> origin, Callback<MarkedRead> done) {
  context.ports.chats.mark_read(actor(who), chat, last_read,
                                [this, user = who.user, chat, last_read, origin,
                                 done = std::move(done)](Result<MarkedRead> marked) mutable {
                                  if (marked && marked->moved) {
                                    receipts.moved(chat, user, last_read, marked->seq,
                                                   marked->participants, origin);
                                  }
                                  done(std::move(marked));
                                });
}

void Engine::Impl::tell_channel_read(const UserId& user, const ChannelId& read, Seq seq) {
  const ChannelId own(user);
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "channel.read").field("channel", own);
  writer.field("read_channel", read).field("last_read_seq", seq);
  writer.field("read_at", context.now.wall).end_object();
  delivery.publish_state(own, IdHash{}(read) | 1, json);
}

void Engine::send(const Identity& who, Append append, Callback<Appended> done) {
  done = counted<command::MessageNew>(impl_->context.counters, std::move(done));
  if (auto limited = impl_->limit(who.user)) {
    return impl_->answer_later(std::move(done), std::move(*limited));
  }
  append.sender_key = who.key;
  append.sender = who.user;
  append.message = new_message_id();
  append.sent_at = impl_->context.now.wall;
  impl_->context.ports.log.append(std::move(append), [this, done = std::move(done)](
                                                         Append&& sent,
                                                         Result<Appended> appended) mutable {
    if (appended && !appended->duplicate) {
      const std::string ack = ack_frame({.chat = sent.chat,
                                         .message = appended->message,
                                         .client_message_id = sent.client_message_id,
                                         .seq = appended->seq,
                                         .sent_at = appended->sent_at});
      impl_->delivery.publish_one(message_event(std::move(sent), *appended), std::nullopt, {}, ack);
    }
    done(std::move(appended));
  });
}

namespace {

// Publishes what was committed, then tells the caller.
auto published(Engine& engine, Callback<Committed> done) {
  return [&engine, done = std::move(done)](Result<Committed> committed) mutable {
    if (committed) engine.publish(committed->events);
    done(std::move(committed));
  };
}

}  // namespace

void Engine::edit(const Identity& who, EditMessage edit, Callback<Committed> done) {
  done = counted<command::MessageUpdate>(impl_->context.counters, std::move(done));
  if (auto limited = impl_->limit(who.user)) {
    return impl_->answer_later(std::move(done), std::move(*limited));
  }
  impl_->context.ports.chats.edit(actor(who), std::move(edit), published(*this, std::move(done)));
}

void Engine::remove(const Identity& who, DeleteMessage remove, Callback<Committed> done) {
  done = counted<command::MessageDelete>(impl_->context.counters, std::move(done));
  if (auto limited = impl_->limit(who.user)) {
    return impl_->answer_later(std::move(done), std::move(*limited));
  }
  impl_->context.ports.chats.remove(actor(who), std::move(remove),
                                    published(*this, std::move(done)));
}

void Engine::react(const Identity& who, SetReaction reaction, Callback<Committed> done) {
  done = counted<command::Reaction>(impl_->context.counters, std::move(done));
  if (auto limited = impl_->limit(who.user)) {
    return impl_->answer_later(std::move(done), std::move(*limited));
  }
  impl_->context.ports.chats.react(actor(who), std::move(reaction),
                                   published(*this, std::move(done)));
}

void Engine::moderate(const Identity& who, Moderate moderate, Callback<Committed> done) {
  done = counted<command::Moderation>(impl_->context.counters, std::move(done));
  impl_->context.ports.chats.moderate(actor(who), std::move(moderate),
                                      published(*this, std::move(done)));
}

void Engine::mark_read(const Identity& who, ChatId chat, MessageId last_read,
                       Callback<MarkedRead> done) {
  done = counted<command::DeliveryRead>(impl_->context.counters, std::move(done));
  impl_->mark_read(who, chat, last_read, std::nullopt, std::move(done));
}

void Engine::mark_read(const Identity& who, ChannelId channel, Seq seq,
                       Callback<ReadChannel> done) {
  KITH_ASSERT(impl_->context.ports.broadcasts != nullptr);
  impl_->context.ports.broadcasts->mark_read(
      actor(who), channel, seq,
      [this, user = who.user, channel, done = std::move(done)](Result<ReadChannel> read) mutable {
        if (read) impl_->broadcasts.changed(read->passed);
        if (read && read->moved) impl_->tell_channel_read(user, channel, read->last_read_seq);
        done(std::move(read));
      });
}

void Engine::typing(const Identity& who, ChatId chat, bool start, Callback<Nothing> done) {
  done = counted<command::Typing>(impl_->context.counters, std::move(done));
  impl_->context.ports.chats.access(
      who.key, chat,
      [this, chat, user = who.user, start,
       done = std::move(done)](Result<Attached> attached) mutable {
        const WallTime now = impl_->context.now.wall;
        if (attached && start && attached->muted_until && *attached->muted_until > now) {
          attached = fail(ErrorCode::forbidden, "muted");
        }
        if (attached) impl_->typing.announce(chat, user, start);
        done(attached ? Status(Nothing{}) : Status(attached.error()));
      });
}

void Engine::broadcast_stepped(const BroadcastRecord& broadcast,
                               const std::vector<UserId>& organizers) {
  impl_->broadcasts.stepped(broadcast, organizers);
}

void Engine::broadcasts_passed(const std::vector<BroadcastId>& broadcasts) {
  impl_->broadcasts.changed(broadcasts);
}

void Engine::boards_moved(const std::vector<BoardMoved>& boards) {
  impl_->leaderboards.moved(boards);
}

void Engine::hide_from_boards(const Identity& who, bool hidden, Callback<Nothing> done) {
  if (impl_->context.ports.boards == nullptr) {
    return impl_->answer_later(std::move(done),
                               fail(ErrorCode::unavailable, "this store keeps no leaderboards"));
  }
  impl_->context.ports.boards->hide(
      actor(who), hidden,
      [this, done = std::move(done)](Result<std::vector<BoardMoved>> moved) mutable {
        if (!moved) return done(moved.error());
        boards_moved(*moved);
        done(Nothing{});
      });
}

void Engine::create_chat(const Identity& who, CreateChat create, Callback<CreatedChat> done) {
  create.id = new_chat_id();
  impl_->context.ports.chats.create(
      actor(who), std::move(create),
      [this, done = std::move(done)](Result<CreatedChat> created) mutable {
        if (created) publish(std::move(created->events));
        done(std::move(created));
      });
}

void Engine::add_participant(const Identity& who, ChatId chat, UserId user, ParticipantRole role,
                             Callback<Committed> done) {
  impl_->context.ports.chats.add_participant(actor(who), chat, user, role,
                                             published(*this, std::move(done)));
}

void Engine::remove_participant(const Identity& who, ChatId chat, UserId user,
                                Callback<Committed> done) {
  impl_->context.ports.chats.remove_participant(actor(who), chat, user,
                                                published(*this, std::move(done)));
}

}  // namespace kith
