#include "gateway/rest/chat_json.h"

#include "protocol/limits.h"

namespace kith {

namespace {

void write_optional_time(JsonWriter& json, std::string_view name,
                         const std::optional<WallTime>& time) {
  json.key(name);
  if (time) {
    json.time(*time);
  } else {
    json.null();
  }
}

// read: every other participant has read it; delivered: at least one other has, or had it written
// to a socket.
std::string_view delivery_status(const MessageRecord& message) {
  if (message.others != 0 && message.read_count >= message.others) return "read";
  return message.read_count != 0 || message.delivered_count != 0 ? "delivered" : "sent";
}

void write_delivery(JsonWriter& json, const MessageRecord& message, std::uint32_t participants) {
  json.key("delivery").begin_object().field("status", delivery_status(message));
  if (participants <= limits::kReceiptsParticipantsMax) {
    json.key("read_by").begin_array();
    for (const UserId& reader : message.read_by) json.id(reader);
    json.end_array();
  } else {
    json.field("read_count", static_cast<std::int64_t>(message.read_count));
  }
  json.end_object();
}

}  // namespace

void write_message(JsonWriter& json, const MessageRecord& message, std::uint32_t participants,
                   WithDelivery with_delivery) {
  json.begin_object();
  json.field("id", message.message).field("sender_id", message.sender).field("seq", message.seq);
  json.field("client_message_id", message.client_message_id);
  json.key("content").raw(message.content);
  json.field("sent_at", message.sent_at);
  write_optional_time(json, "edited_at", message.edited_at);
  write_optional_time(json, "deleted_at", message.deleted_at);
  json.key("reply_to");
  if (message.reply_to) {
    json.id(*message.reply_to);
  } else {
    json.null();
  }
  json.key("reactions").begin_array();
  for (const auto& reaction : message.reactions) {
    json.begin_object().field("emoji", reaction.emoji);
    json.field("count", static_cast<std::int64_t>(reaction.count)).field("me", reaction.me);
    json.end_object();
  }
  json.end_array();
  if (with_delivery == WithDelivery::yes) write_delivery(json, message, participants);
  json.end_object();
}

void write_chat(JsonWriter& json, const ChatRecord& chat) {
  json.begin_object();
  json.field("id", chat.id).field("type", to_string(chat.type)).key("name");
  if (chat.name.empty()) {
    json.null();
  } else {
    json.string(chat.name);
  }
  json.field("created_at", chat.created_at).field("seq", chat.head);
  json.field("participant_count", static_cast<std::int64_t>(chat.participant_count));
  json.field("role", to_string(chat.role)).field("last_read_seq", chat.last_read_seq);
  json.field("unread_count", chat.unread_count).key("last_message");
  if (chat.last_message) {
    write_message(json, *chat.last_message, chat.participant_count, WithDelivery::no);
  } else {
    json.null();
  }
  if (!chat.participants.empty()) {
    json.key("participants").begin_array();
    for (const Participant& participant : chat.participants) {
      json.begin_object().field("user_id", participant.user);
      json.field("display_name", participant.display_name);
      json.field("role", to_string(participant.role));
      json.field("last_read_seq", participant.last_read_seq).end_object();
    }
    json.end_array();
  }
  json.end_object();
}

const DurableEvent* event_of_chat(const Committed& committed, const ChatId& chat) {
  for (const DurableEvent& event : committed.events) {
    if (event.channel == ChannelId(chat)) return &event;
  }
  return nullptr;
}

}  // namespace kith
