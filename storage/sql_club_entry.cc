#include "storage/sql_club_entry.h"

#include "protocol/json_writer.h"
#include "storage/sql_activities.h"
#include "storage/sql_audit.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_event_access.h"
#include "storage/sql_membership.h"
#include "storage/sql_notices.h"
#include "storage/sql_rsvps.h"

namespace kith {
namespace {

std::string status_payload(std::string_view status, std::optional<ClubRole> role = {}) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("status", status);
  if (role) json.field("role", to_string(*role));
  json.end_object();
  return payload;
}

DurableEvent log_member(WriteContext& context, const Actor& actor, const ClubEntry& entry) {
  return append_log(context, entry.standing.club,
                    {.type = EventType::club_member,
                     .at = actor.now,
                     .user = entry.user,
                     .by = reference(actor),
                     .payload = status_payload("approved", entry.role)});
}

void enter_chat(WriteContext& context, const Actor& actor, const Arrival& arrival) {
  SqlConnection& db = context.db;
  const auto row = find_participant(db, arrival.chat.key, arrival.user.key);
  const bool was_in = row && row->status == ParticipantStatus::in;
  db.execute(
      "INSERT INTO chat_participants(chat_id, user_id, role, status, joined_at) "
      "VALUES($1, $2, $3, 0, $4) ON CONFLICT(chat_id, user_id) DO UPDATE SET "
      "role = excluded.role, status = 0, banned_until = NULL, joined_at = excluded.joined_at",
      arrival.chat.key, arrival.user.key, static_cast<int>(arrival.role), actor.now);
  if (!was_in) {
    db.execute("UPDATE chat_chats SET participant_count = participant_count + 1 WHERE id = $1",
               arrival.chat.key);
  }
  context.rights_changed(arrival.chat.key);
}

std::string joined_payload(const Actor& actor, const ClubEntry& entry) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("club_id", entry.standing.club.id);
  json.field("role", to_string(entry.role)).field("by", actor.user).end_object();
  return payload;
}

// Nothing where they were not in the chat and are not to be banned from it.
std::optional<DurableEvent> exit_chat(WriteContext& context, const Actor& actor,
                                      const ClubExit& exit) {
  SqlConnection& db = context.db;
  const ChannelRef& chat = exit.standing.chat;
  const auto row = find_participant(db, chat.key, exit.user.key);
  const bool was_in = row && row->status == ParticipantStatus::in;
  const bool banned = exit.status == ClubStatus::banned;
  if (!was_in && !banned) return std::nullopt;
  db.execute(
      "INSERT INTO chat_participants(chat_id, user_id, role, status, banned_until, joined_at) "
      "VALUES($1, $2, 0, $3, $4, $5) ON CONFLICT(chat_id, user_id) DO UPDATE SET "
      "role = 0, status = excluded.status, banned_until = excluded.banned_until",
      chat.key, exit.user.key,
      static_cast<int>(banned ? ParticipantStatus::banned : ParticipantStatus::gone),
      banned ? std::optional(exit.until.value_or(kForGood)) : std::nullopt, actor.now);
  if (was_in) {
    db.execute("UPDATE chat_chats SET participant_count = participant_count - 1 WHERE id = $1",
               chat.key);
  }
  context.rights_changed(chat.key);
  LogRow event{.type = banned ? EventType::system_moderation : EventType::participant_leave,
               .at = actor.now,
               .user = exit.user,
               .by = reference(actor)};
  if (banned) {
    event.action = command::ModerationAction::ban;
    event.reason = exit.reason;
    event.until = exit.until;
  }
  return append_log(context, chat, std::move(event));
}

std::string_view leave_status(const Actor& actor, const ClubExit& exit) {
  if (exit.status == ClubStatus::banned) return "banned";
  return exit.user.key == actor.key ? "left" : "removed";
}

// event.leave of each; they are numbered with the club's.
void leave_events(WriteContext& context, const Actor& actor, const UserRef& user,
                  const std::vector<ChannelRef>& lost, std::vector<DurableEvent>& events) {
  for (const ChannelRef& channel : lost) {
    events.push_back(append_log(context, channel,
                                {.type = EventType::event_leave,
                                 .at = actor.now,
                                 .user = user,
                                 .by = reference(actor),
                                 .payload = status_payload("removed")}));
  }
}

// What they answered to events that they see no more: their seats are for others.
void withdraw_answers(WriteContext& context, const ClubDeparture& departure, WallTime now,
                      std::vector<DurableEvent>& events) {
  const Actor who{.user = departure.user.id, .key = departure.user.key, .now = now};
  for (EventRow& event : answered_events_lost(context.db, departure, now)) {
    withdraw_rsvp(context, who, event, events);
  }
}

void touch_with(WriteContext& context, const ClubStanding& standing,
                const std::vector<ChannelRef>& others) {
  std::vector<ChannelKey> keys{standing.club.key, standing.chat.key};
  for (const ChannelRef& channel : others) keys.push_back(channel.key);
  touch_channels(context, std::move(keys));
}

}  // namespace

std::vector<DurableEvent> enter_club(WriteContext& context, const Actor& actor,
                                     const ClubEntry& entry) {
  SqlConnection& db = context.db;
  const ClubStanding& club = entry.standing;
  touch_with(context, club, {own_channel(entry.user)});
  db.execute(
      "INSERT INTO club_memberships(club_id, user_id, role, status, joined_at) "
      "VALUES($1, $2, $3, 0, $4) ON CONFLICT(club_id, user_id) DO UPDATE SET "
      "role = excluded.role, status = 0, banned_until = NULL, message = '', "
      "joined_at = excluded.joined_at",
      club.club.key, entry.user.key, static_cast<int>(entry.role), actor.now);
  db.execute("UPDATE clubs SET member_count = member_count + 1 WHERE id = $1", club.club.key);
  const Arrival arrival{.chat = club.chat, .user = entry.user, .role = chat_role_of(entry.role)};
  enter_chat(context, actor, arrival);
  std::vector<DurableEvent> events;
  events.push_back(log_member(context, actor, entry));
  events.push_back(log_join(context, actor, arrival));
  events.push_back(notify(context, {.user = entry.user,
                                    .type = "club.joined",
                                    .payload = joined_payload(actor, entry),
                                    .at = actor.now,
                                    .by = actor.key}));
  events.push_back(notify_joined(context, actor, arrival));
  see_activity(context,
               {.kind = "club_joined",
                .user = entry.user,
                .at = actor.now,
                .key = "club_joined:" + club.club.id.text()},
               events);
  return events;
}

std::vector<DurableEvent> exit_club(WriteContext& context, const Actor& actor,
                                    const ClubExit& exit) {
  SqlConnection& db = context.db;
  const ClubStanding& club = exit.standing;
  const bool was_in = exit.membership.approved();
  const bool banned = exit.status == ClubStatus::banned;
  const ClubDeparture departure{.club = club.club.key, .user = exit.user, .banned = banned};
  std::vector<ChannelRef> lost;
  if (was_in) lost = event_channels_lost(db, departure);
  std::vector<ChannelRef> touched = lost;
  if (was_in || banned) {
    for (const EventRow& event : answered_events_lost(db, departure, actor.now)) {
      touched.push_back(event.channel);
      touched.push_back(event.chat);
    }
  }
  touch_with(context, club, touched);
  const auto banned_until = banned ? std::optional(exit.until.value_or(kForGood)) : std::nullopt;
  db.execute(
      "INSERT INTO club_memberships(club_id, user_id, status, banned_until, joined_at) "
      "VALUES($1, $2, $3, $4, $5) ON CONFLICT(club_id, user_id) DO UPDATE SET "
      "role = 0, status = excluded.status, banned_until = excluded.banned_until, message = ''",
      club.club.key, exit.user.key, static_cast<int>(exit.status), banned_until, actor.now);
  std::vector<DurableEvent> events;
  if (was_in) {
    db.execute("UPDATE clubs SET member_count = member_count - 1 WHERE id = $1", club.club.key);
    events.push_back(append_log(context, club.club,
                                {.type = EventType::club_leave,
                                 .at = actor.now,
                                 .user = exit.user,
                                 .by = reference(actor),
                                 .payload = status_payload(leave_status(actor, exit))}));
  }
  if (auto left = exit_chat(context, actor, exit)) events.push_back(std::move(*left));
  if (was_in || banned) withdraw_answers(context, departure, actor.now, events);
  leave_events(context, actor, exit.user, lost, events);
  return events;
}

std::vector<DurableEvent> change_club_role(WriteContext& context, const Actor& actor,
                                           const ClubEntry& entry) {
  SqlConnection& db = context.db;
  const ClubStanding& club = entry.standing;
  std::vector<ChannelRef> lost;
  if (entry.role < ClubRole::organizer) {
    lost =
        event_channels_lost(db, {.club = club.club.key, .user = entry.user, .stays_member = true});
  }
  touch_with(context, club, lost);
  db.execute("UPDATE club_memberships SET role = $1 WHERE club_id = $2 AND user_id = $3",
             static_cast<int>(entry.role), club.club.key, entry.user.key);
  db.execute("UPDATE chat_participants SET role = $1 WHERE chat_id = $2 AND user_id = $3",
             static_cast<int>(chat_role_of(entry.role)), club.chat.key, entry.user.key);
  context.rights_changed(club.chat.key);
  std::vector<DurableEvent> events;
  events.push_back(log_member(context, actor, entry));
  leave_events(context, actor, entry.user, lost, events);
  return events;
}

void audit_club(WriteContext& context, const Actor& actor, std::string action,
                const ClubAudit& entry) {
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("club_id", entry.club);
  if (entry.user) json.field("user_id", *entry.user);
  if (!entry.detail.empty()) json.field("detail", entry.detail);
  json.end_object();
  append_audit(context.db, {.at = actor.now,
                            .action = std::move(action),
                            .user = actor.key,
                            .detail = std::move(detail)});
}

}  // namespace kith
