// Following everything of a kind that the user belongs to, chats, clubs or events: what they are in
// when they connect, and what they join later (PROTOCOL section 2).
#include <simdjson.h>

#include <array>

#include "engine/attacher.h"
#include "engine/connections.h"
#include "engine/delivery.h"
#include "engine/hub.h"
#include "engine/ports/clubs.h"
#include "engine/ports/events.h"
#include "engine/replies.h"

namespace kith {

// The lists come in the order asked.
void Connections::follow_all(Session& session) {
  const EnginePorts& ports = context_.ports;
  const UserKey user = session.identity.key;
  const std::uint32_t limit = context_.options.channels_per_socket;
  if (session.follow_chats) {
    ports.chats.followable(user, limit, following<ChatId>(session.ref, "chats"));
  }
  if (session.follow_clubs && ports.clubs != nullptr) {
    ports.clubs->followable(user, limit, following<ClubId>(session.ref, "clubs"));
  }
  if (session.follow_events && ports.events != nullptr) {
    ports.events->followable(user, context_.now.wall, limit,
                             following<EventId>(session.ref, "events"));
  }
}

template <typename IdType>
Callback<std::vector<IdType>> Connections::following(SessionRef ref, const char* kind) {
  return dropping_if_it_throws(ref, [this, ref, kind](Result<std::vector<IdType>> list) {
    Session* alive = context_.sessions->find(ref);
    if (alive == nullptr) return;
    if (!list) {
      const std::string message = std::string("the ") + kind + " could not be followed";
      write_error(
          context_, *alive,
          {.code = list.error().code, .message = message, .retry_after = list.error().retry_after});
      return;
    }
    for (const IdType& id : *list) {
      if (alive->find(ChannelId(id)) != nullptr) continue;
      context_.attacher->subscribe(*alive, id, {.by_follow = true}, false);
    }
  });
}

namespace {

// Of notification.new: what one has joined. Nothing where it tells of something else.
std::optional<ChannelId> joined_channel(const std::string& notification) {
  struct Kind {
    std::string_view type;
    std::string_view member;  // of its payload
    IdKind kind;
  };
  constexpr std::array kKinds = {Kind{"chat.joined", "chat_id", IdKind::chat},
                                 Kind{"club.joined", "club_id", IdKind::club},
                                 Kind{"event.joined", "event_id", IdKind::event}};
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view type;
  if (parser.parse(notification).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (root["type"].get(type) != simdjson::SUCCESS) return std::nullopt;
  for (const Kind& kind : kKinds) {
    std::string_view text;
    if (type != kind.type) continue;
    if (root["payload"][kind.member].get(text) != simdjson::SUCCESS) return std::nullopt;
    const auto uuid = parse_id(kind.kind, text);
    return uuid ? std::optional(ChannelId(kind.kind, *uuid)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

// Sessions that follow everything of that kind follow what their user has joined as well.
void ChannelDelivery::joined(Channel& channel, const DurableEvent& event) {
  const auto id = joined_channel(event.payload);
  if (!id) return;
  context_.hub->flush_channel(channel);  // the notification comes before what it brings about
  std::vector<SessionRef> followers;
  for (const Subscription* member : channel.members) {
    if (member->session->follows(id->kind)) followers.push_back(member->session->ref);
  }
  for (const SessionRef ref : followers) {
    Session* session = context_.sessions->find(ref);
    if (session == nullptr || session->find(*id) != nullptr) continue;
    context_.attacher->subscribe(*session, *id, AttachRequest{.by_follow = true}, false);
  }
}

}  // namespace kith
