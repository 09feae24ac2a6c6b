// The durable events (protocol/event.h).
#include "gateway/openapi/socket_messages.h"

namespace kith::api {
namespace {

std::vector<Member> of_chat(std::vector<Member> members) {
  members.insert(members.begin(), {{"chat_id", id(IdKind::chat)}, {"seq", integer()}});
  return members;
}

std::vector<Member> of_channel(std::vector<Member> members) {
  members.insert(members.begin(), {{"channel", text()},
                                   {"seq", integer()},
                                   {"user_id?", id(IdKind::user)},
                                   {"by?", id(IdKind::user)}});
  return members;
}

std::vector<SocketMessage> chat_events() {
  const Schema message = id(IdKind::message);
  const Schema user = id(IdKind::user);
  return {
      {"message.new", "A message",
       of_chat({{"message_id", message},
                {"client_message_id?", text()},
                {"sender_id", user},
                {"content", ref("ShownContent")},
                {"reply_to?", message},
                {"sent_at", time()}})},
      {"message.update", "It has other content",
       of_chat({{"message_id", message}, {"content", ref("ShownContent")}, {"edited_at", time()}})},
      {"message.delete", "It is a tombstone",
       of_chat({{"message_id", message}, {"deleted_at", time()}, {"moderator_id?", user}})},
      {"reaction.add", "Somebody reacts",
       of_chat({{"message_id", message}, {"user_id", user}, {"emoji", text()}})},
      {"reaction.remove", "Somebody takes a reaction back",
       of_chat({{"message_id", message}, {"user_id", user}, {"emoji", text()}})},
      {"participant.join", "Somebody comes in",
       of_chat(
           {{"user_id", user}, {"role", one_of({"member", "moderator", "owner"})}, {"by?", user}})},
      {"participant.leave", "Somebody goes: the end of their right",
       of_chat({{"user_id", user}, {"by?", user}})},
      {"system.moderation",
       "Order is kept. A mute without a moderator whose `reason` is `blocked`: in a direct chat, a "
       "block lies between the two",
       of_chat({{"action", one_of({"hide", "restore", "mute", "unmute", "ban", "unban"})},
                {"message_id?", message},
                {"user_id?", user},
                {"moderator_id?", user},
                {"reason?", text()},
                {"until?", time()}})},
  };
}

std::vector<SocketMessage> own_events() {
  return {
      {"session.revoked", "A login has ended; `all`: every login of the user",
       of_channel({{"session_id", id(IdKind::session)}, {"all?", boolean()}})},
      {"notification.new", "A notification",
       of_channel({{"notification", object({{"id", id(IdKind::notification)},
                                            {"type", text()},
                                            {"payload", anything()},
                                            {"created_at", time()},
                                            {"silent?", boolean()}})}})},
      {"notification.read", "Read on another device",
       of_channel({{"notification_id?", id(IdKind::notification)},
                   {"up_to?", id(IdKind::notification)},
                   {"unread_count", integer()},
                   {"read_at", time()}})},
      {"score.updated", "A score has changed",
       of_channel({{"category", text()},
                   {"score", integer()},
                   {"delta", integer()},
                   {"composite", number()}})},
      {"streak.updated", "A streak has changed",
       of_channel({{"streak_type", text()},
                   {"current_streak", integer()},
                   {"longest_streak", integer()},
                   {"at_risk", boolean()}})},
      {"badge.earned", "A badge",
       of_channel({{"code", text()}, {"name", text()}, {"earned_at", time()}})},
      {"feed.item", "Something new in one's feed", of_channel({{"item", ref("FeedItem")}})},
      {"icebreaker.prompt", "The prompt of the day",
       of_channel({{"prompt_id", text()}, {"prompt", text()}})},
      {"user.updated", "One's own profile was changed, on another device for example",
       of_channel({{"changed", list(text())}, {"updated_at", time()}})},
  };
}

std::vector<SocketMessage> club_events() {
  const Schema status = text();
  return {
      {"club.broadcast", "A broadcast",
       of_channel({{"broadcast_id", id(IdKind::broadcast)},
                   {"club_id", id(IdKind::club)},
                   {"author_id", id(IdKind::user)},
                   {"content", ref("ShownContent")}})},
      {"club.post", "A post, or that it was taken away",
       of_channel({{"post", either({ref("Post"), object({{"id", id(IdKind::post)},
                                                         {"type", one_of({"tombstone"})}})})}})},
      {"club.member", "Who came in, or has another role",
       of_channel({{"status", status}, {"role?", text()}})},
      {"club.leave", "The end of a member's right", of_channel({{"status", status}})},
      {"club.updated", "The club has changed", of_channel({{"club", ref("ChangedClub")}})},
      {"event.updated", "The event has changed", of_channel({{"event", ref("Event")}})},
      {"rsvp.updated", "Somebody has answered",
       of_channel({{"status", status}, {"attendees_count", integer()}})},
      {"event.leave", "The end of a right to the event's channel",
       of_channel({{"status", status}})},
      {"app.event", "Published by another back end",
       of_channel({{"name", text()}, {"data?", anything()}})},
  };
}

}  // namespace

const std::vector<SocketMessage>& durable_events() {
  static const std::vector<SocketMessage> all = [] {
    auto events = chat_events();
    for (auto* const part : {&own_events, &club_events}) {
      for (SocketMessage& event : part()) events.push_back(std::move(event));
    }
    return events;
  }();
  return all;
}

}  // namespace kith::api
