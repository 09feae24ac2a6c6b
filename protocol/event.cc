#include "protocol/event.h"

#include "protocol/assert.h"
#include "protocol/frame.h"
#include "protocol/json_writer.h"

namespace kith {
namespace {

// The header that a frame of 126 to 65,535 bytes takes: nearly all of them.
constexpr std::size_t kUsualHeaderBytes = 4;

template <typename Value>
void optional_field(JsonWriter& writer, std::string_view name, const Value& value) {
  if (value) writer.field(name, *value);
}

void text_field(JsonWriter& writer, std::string_view name, std::string_view text) {
  if (!text.empty()) writer.field(name, text);
}

// A message without content is one that is gone: never an event that is no JSON.
std::string_view content_of(const DurableEvent& event) {
  return event.content.empty() ? kTombstoneJson : std::string_view(event.content);
}

void write_message_new(JsonWriter& writer, const DurableEvent& event) {
  optional_field(writer, "message_id", event.message);
  text_field(writer, "client_message_id", event.client_message_id);
  optional_field(writer, "sender_id", event.user);
  writer.key("content").raw(content_of(event));
  optional_field(writer, "reply_to", event.reply_to);
  writer.field("sent_at", event.at);
}

void write_message_update(JsonWriter& writer, const DurableEvent& event) {
  optional_field(writer, "message_id", event.message);
  writer.key("content").raw(content_of(event));
  writer.field("edited_at", event.at);
}

void write_message_delete(JsonWriter& writer, const DurableEvent& event) {
  optional_field(writer, "message_id", event.message);
  writer.field("deleted_at", event.at);
  if (event.by != event.user) optional_field(writer, "moderator_id", event.by);
}

void write_reaction(JsonWriter& writer, const DurableEvent& event) {
  optional_field(writer, "message_id", event.message);
  optional_field(writer, "user_id", event.user);
  writer.field("emoji", std::string_view(event.emoji));
}

void write_participant(JsonWriter& writer, const DurableEvent& event) {
  optional_field(writer, "user_id", event.user);
  if (event.type == EventType::participant_join) writer.field("role", to_string(event.role));
  optional_field(writer, "by", event.by);
}

void write_moderation(JsonWriter& writer, const DurableEvent& event) {
  writer.field("action", to_string(event.action));
  optional_field(writer, "message_id", event.message);
  optional_field(writer, "user_id", event.user);
  optional_field(writer, "moderator_id", event.by);
  text_field(writer, "reason", event.reason);
  optional_field(writer, "until", event.until);
}

// The members of the payload's object, behind those that stand already.
void write_payload_members(std::string& out, const DurableEvent& event) {
  const std::string_view payload = event.payload;
  if (payload.empty() || payload == "{}") return;
  KITH_ASSERT(payload.size() > 2 && payload.front() == '{' && payload.back() == '}');
  out += ',';
  out += payload.substr(1, payload.size() - 2);
}

void write_with_payload(std::string& out, JsonWriter& writer, const DurableEvent& event) {
  optional_field(writer, "user_id", event.user);
  optional_field(writer, "by", event.by);
  write_payload_members(out, event);
}

void write_members(std::string& out, JsonWriter& writer, const DurableEvent& event) {
  switch (event.type) {
    case EventType::message_new:
      return write_message_new(writer, event);
    case EventType::message_update:
      return write_message_update(writer, event);
    case EventType::message_delete:
      return write_message_delete(writer, event);
    case EventType::reaction_add:
    case EventType::reaction_remove:
      return write_reaction(writer, event);
    case EventType::participant_join:
    case EventType::participant_leave:
      return write_participant(writer, event);
    case EventType::system_moderation:
      return write_moderation(writer, event);
    case EventType::session_revoked:
    case EventType::notification_read:
    case EventType::score_updated:
    case EventType::streak_updated:
    case EventType::badge_earned:
      return write_payload_members(out, event);
    case EventType::club_broadcast:
    case EventType::club_post:
    case EventType::event_updated:
    case EventType::rsvp_updated:
    case EventType::club_member:
    case EventType::club_leave:
    case EventType::event_leave:
    case EventType::club_updated:
    case EventType::app_event:
    case EventType::feed_item:
    case EventType::icebreaker_prompt:
    case EventType::user_updated:
      return write_with_payload(out, writer, event);
    case EventType::notification_new:
      writer.key("notification")
          .raw(event.payload.empty() ? std::string_view("{}") : std::string_view(event.payload));
      return;
  }
  KITH_ASSERT(false);
}

}  // namespace

std::string_view to_string(EventType type) {
  switch (type) {
    case EventType::message_new:
      return "message.new";
    case EventType::message_update:
      return "message.update";
    case EventType::message_delete:
      return "message.delete";
    case EventType::reaction_add:
      return "reaction.add";
    case EventType::reaction_remove:
      return "reaction.remove";
    case EventType::participant_join:
      return "participant.join";
    case EventType::participant_leave:
      return "participant.leave";
    case EventType::system_moderation:
      return "system.moderation";
    case EventType::session_revoked:
      return "session.revoked";
    case EventType::notification_new:
      return "notification.new";
    case EventType::notification_read:
      return "notification.read";
    case EventType::score_updated:
      return "score.updated";
    case EventType::streak_updated:
      return "streak.updated";
    case EventType::badge_earned:
      return "badge.earned";
    case EventType::club_broadcast:
      return "club.broadcast";
    case EventType::club_post:
      return "club.post";
    case EventType::event_updated:
      return "event.updated";
    case EventType::rsvp_updated:
      return "rsvp.updated";
    case EventType::club_member:
      return "club.member";
    case EventType::club_leave:
      return "club.leave";
    case EventType::event_leave:
      return "event.leave";
    case EventType::club_updated:
      return "club.updated";
    case EventType::app_event:
      return "app.event";
    case EventType::feed_item:
      return "feed.item";
    case EventType::icebreaker_prompt:
      return "icebreaker.prompt";
    case EventType::user_updated:
      return "user.updated";
  }
  KITH_ASSERT(false);
  return "";
}

std::optional<EventType> parse_event_type(std::uint8_t number) {
  const auto type = static_cast<EventType>(number);
  const bool contiguous = type >= EventType::message_new && type <= EventType::notification_read;
  const bool later = type >= EventType::club_member && type <= EventType::user_updated;
  return contiguous || later ? std::optional(type) : std::nullopt;
}

bool ends_right(EventType type) {
  return type == EventType::participant_leave || type == EventType::club_leave ||
         type == EventType::event_leave;
}

bool has_payload_members(EventType type) {
  return type == EventType::session_revoked || type >= EventType::club_broadcast;
}

std::string_view to_string(ParticipantRole role) {
  switch (role) {
    case ParticipantRole::member:
      return "member";
    case ParticipantRole::moderator:
      return "moderator";
    case ParticipantRole::owner:
      return "owner";
  }
  KITH_ASSERT(false);
  return "";
}

std::optional<ParticipantRole> parse_participant_role(std::string_view text) {
  for (const auto role :
       {ParticipantRole::member, ParticipantRole::moderator, ParticipantRole::owner}) {
    if (to_string(role) == text) return role;
  }
  return std::nullopt;
}

void append_event_json(std::string& out, const DurableEvent& event) {
  JsonWriter writer(out);
  writer.begin_object().field("type", to_string(event.type));
  // What may be in any channel has its channel under the same name in all of them.
  const bool of_chats = event.channel.is_chat() && event.type != EventType::app_event;
  writer.field(of_chats ? "chat_id" : "channel", event.channel);
  writer.field("seq", event.seq);
  write_members(out, writer, event);
  writer.end_object();
}

void append_event_frame(std::string& out, const DurableEvent& event) {
  // The JSON goes behind room for the usual header; only where the length asks for another one it
  // is moved: by two bytes when it is tiny, by six when it is huge.
  const std::size_t start = out.size();
  out.append(kUsualHeaderBytes, '\0');
  append_event_json(out, event);
  std::string header;
  append_frame_header(header, Opcode::text, out.size() - start - kUsualHeaderBytes);
  out.replace(start, kUsualHeaderBytes, header);
}

void append_text_frame(std::string& out, std::string_view json) {
  append_frame_header(out, Opcode::text, json.size());
  out += json;
}

void append_ack_json(std::string& out, const Ack& ack) {
  JsonWriter writer(out);
  writer.begin_object().field("type", "ack");
  text_field(writer, "id", ack.id);
  if (ack.message) writer.field("ack_token", std::string_view(ack_token(*ack.message)));
  if (ack.chat != ChatId{}) writer.field("chat_id", ack.chat);
  optional_field(writer, "message_id", ack.message);
  text_field(writer, "client_message_id", ack.client_message_id);
  if (ack.seq != 0) writer.field("seq", ack.seq);
  optional_field(writer, "sent_at", ack.sent_at);
  if (ack.duplicate) writer.field("duplicate", true);
  writer.end_object();
}

void append_error_json(std::string& out, const ErrorFrame& error) {
  JsonWriter writer(out);
  writer.begin_object().field("type", "error");
  text_field(writer, "id", error.id);
  writer.field("code", to_string(error.code)).field("message", error.message);
  if (error.retry_after) {
    writer.field("retry_after_ms", static_cast<std::int64_t>(error.retry_after->count()));
  }
  text_field(writer, "client_message_id", error.client_message_id);
  text_field(writer, "channel", error.channel);
  writer.end_object();
}

}  // namespace kith
