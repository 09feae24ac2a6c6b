// Durable events (PROTOCOL sections 1 and 4): what a channel's log holds, as the engine gets it
// from a commit or from a page of the log, and how it is written. One structure for all types, so
// that a live event and its replay go through the same encoder; the table says what is set.
//
//   type               user         by              message  other
//   message_new        sender       -               itself   client_message_id, content, reply_to
//   message_update     sender       -               it       content
//   message_delete     sender       who removed     it       -
//   reaction_add/rem.  who          -               it       emoji
//   participant_join   who came     who brought     -        role
//   participant_leave  who went     who removed     -        -
//   system_moderation  target       moderator       target   action, reason, until
//   session_revoked    owner        -               -        payload: {"session_id":"ses_..."}
//   notification_new   owner        -               -        payload: the notification object
//   notification_read  owner        -               -        payload: notification_id or up_to, ...
//   score_updated      owner        -               -        payload: its members
//   streak_updated     owner        -               -        payload: its members
//   badge_earned       owner        -               -        payload: its members
//   club_broadcast     -            -               -        payload: broadcast_id, author_id, ...
//   club_post          -            -               -        payload: {"post":{...}}
//   event_updated      -            -               -        payload: {"event":{...}}
//   rsvp_updated       whose        -               -        payload: status, attendees_count
//   club_member        who          who let in      -        payload: status, role
//   club_leave         who went     who removed     -        payload: status
//   event_leave        who lost it  whose doing     -        payload: status
//   club_updated       -            -               -        payload: {"club":{...}}
//   app_event          -            -               -        payload: name, data
//   feed_item          -            -               -        payload: {"item":{...}}
//   icebreaker_prompt  -            -               -        payload: the prompt of the day
//   user_updated       -            -               -        payload: changed, updated_at
//
// A payload that is an object of members stands beside `user_id` and `by` in the event itself.
//
// `content` is of now: the canonical JSON, or the tombstone where the message is gone or hidden.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/command.h"
#include "protocol/ids.h"

namespace kith {

// Stored in channel_log.type: numbers are for ever.
enum class EventType : std::uint8_t {
  message_new = 1,
  message_update = 2,
  message_delete = 3,
  reaction_add = 4,
  reaction_remove = 5,
  participant_join = 6,
  participant_leave = 7,
  system_moderation = 8,
  session_revoked = 9,
  notification_new = 10,
  club_broadcast = 11,
  club_post = 12,
  event_updated = 13,
  rsvp_updated = 14,
  score_updated = 15,
  streak_updated = 16,
  badge_earned = 17,
  notification_read = 18,  // on one of the user's devices
  club_member = 20,        // is in it, with this role
  club_leave = 21,
  event_leave = 22,  // the right to an event's channel went, with the club's for example
  club_updated = 23,
  app_event = 24,  // published by another back end (server API)
  feed_item = 25,
  icebreaker_prompt = 26,
  user_updated = 27,  // what one says of oneself, on one's own channel
};

std::string_view to_string(EventType type);  // "message.new", ...

// What a number of the log or of the bus stands for; nothing for those that are not given out.
std::optional<EventType> parse_event_type(std::uint8_t number);

// Types whose event ends the right of `user` to its channel (system_moderation besides: a ban).
bool ends_right(EventType type);
// Types whose own part is all in `payload`: its members are spliced into the event.
bool has_payload_members(EventType type);

enum class ParticipantRole : std::uint8_t { member = 0, moderator = 1, owner = 2 };
std::string_view to_string(ParticipantRole role);
std::optional<ParticipantRole> parse_participant_role(std::string_view text);

struct DurableEvent {
  EventType type = EventType::message_new;
  ChannelId channel;
  Seq seq = 0;
  WallTime at{};
  std::optional<UserId> user;
  std::optional<UserId> by;
  std::optional<MessageId> message;
  std::optional<MessageId> reply_to;
  std::string client_message_id;
  std::string content;
  std::string emoji;
  ParticipantRole role = ParticipantRole::member;
  command::ModerationAction action = command::ModerationAction::hide;
  std::string reason;
  std::optional<WallTime> until;
  std::string payload;  // one JSON value
};

// The `reason` of the mutes that a block is for both of a direct chat. They are in nobody's name.
inline constexpr std::string_view kBlockReason = "blocked";
inline bool tells_block(const DurableEvent& event) {
  return event.action == command::ModerationAction::mute && !event.by &&
         event.reason == kBlockReason;
}

// Appends the event's JSON object, `type` first.
void append_event_json(std::string& out, const DurableEvent& event);
// Appends it as one unmasked WebSocket text frame, ready for every subscriber.
void append_event_frame(std::string& out, const DurableEvent& event);

// Appends `json` as one unmasked text frame.
void append_text_frame(std::string& out, std::string_view json);

struct Ack {
  std::string_view id;  // the frame's; empty: none is written
  ChatId chat;          // all zeros: none is written
  std::optional<MessageId> message;
  std::string_view client_message_id;  // empty: none
  Seq seq = 0;                         // 0: none is written
  std::optional<WallTime> sent_at;
  bool duplicate = false;
};
// {"type":"ack","id":...,"ack_token":...,"chat_id":...,...}; parts that are absent are left out.
void append_ack_json(std::string& out, const Ack& ack);

struct ErrorFrame {
  std::string_view id;
  ErrorCode code = ErrorCode::internal;
  std::string_view message;
  std::string_view client_message_id;
  std::string_view channel;  // where it is about a channel
  std::optional<std::chrono::milliseconds> retry_after;
};
void append_error_json(std::string& out, const ErrorFrame& error);

}  // namespace kith
