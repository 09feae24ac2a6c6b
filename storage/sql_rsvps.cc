#include "storage/sql_rsvps.h"

#include "storage/sql_activities.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_event_chat.h"
#include "storage/sql_event_cursor.h"
#include "storage/sql_event_notices.h"
#include "storage/sql_events.h"
#include "storage/sql_membership.h"
#include "storage/sql_waiting_list.h"

namespace kith {
namespace {

// One's answer as it stood, and as it is to be.
struct Answer {
  const Actor& actor;
  EventRow& event;
  std::optional<AttendeeRow> before;
  AttendeeRow after;

  bool was(RsvpStatus status) const { return before && before->status == status; }
};

bool is_premium(SqlConnection& db, UserKey user) {
  auto row = db.query("SELECT premium_tier, role FROM users WHERE id = $1", user);
  return row.next() && (row.text(0) != "free" ||
                        row.integer(1) == static_cast<std::int64_t>(SystemRole::premium_plus));
}

std::optional<Error> refuse_answer(SqlConnection& db, const Answer& answer, const SetRsvp& wanted) {
  const EventRecord& event = answer.event.record;
  if (event.status == EventStatus::cancelled) {
    return fail(ErrorCode::conflict, "the event is cancelled");
  }
  if (event.status == EventStatus::draft) {
    return fail(ErrorCode::conflict, "the event is not published yet");
  }
  if (is_over(event, answer.actor.now)) return fail(ErrorCode::conflict, "the event is over");
  if (wanted.wish != RsvpWish::declined && answer.event.club &&
      find_membership(db, *answer.event.club, answer.actor.key).banned(answer.actor.now)) {
    return fail(ErrorCode::forbidden, "you are banned from the event's club");
  }
  if (wanted.wish != RsvpWish::going || answer.was(RsvpStatus::confirmed)) return std::nullopt;
  if (event.fields.premium_only && !is_premium(db, answer.actor.key)) {
    return fail(ErrorCode::forbidden, "the event is for premium members");
  }
  if (event.fields.ticketing.paid) {
    return fail(ErrorCode::payment_required, "tickets cost money, and no payment provider is set");
  }
  return std::nullopt;
}

// Where somebody who wants to come stands: in, waiting, or nowhere.
Result<RsvpStatus> seat(SqlConnection& db, const Answer& answer) {
  const EventRecord& event = answer.event.record;
  const std::uint64_t wanted = answer.after.seats();
  if (!event.fields.capacity) return RsvpStatus::confirmed;
  const std::uint64_t capacity = *event.fields.capacity;
  if (answer.was(RsvpStatus::confirmed)) {
    const std::uint64_t had = answer.before->seats();
    const bool more = wanted > had;
    if (more && (event.seats_taken - had + wanted > capacity || line_stands(db, answer.event))) {
      return fail(ErrorCode::conflict, "there are no seats for more guests", "guest_count");
    }
    return RsvpStatus::confirmed;
  }
  if (wanted > capacity) {
    return fail(ErrorCode::bad_request, "more than the event holds", "guest_count");
  }
  const bool room = event.seats_taken + wanted <= capacity && !line_stands(db, answer.event);
  return room ? RsvpStatus::confirmed : RsvpStatus::waitlisted;
}

Result<RsvpStatus> status_of(SqlConnection& db, const Answer& answer, RsvpWish wish) {
  switch (wish) {
    case RsvpWish::going:
      return seat(db, answer);
    case RsvpWish::maybe:
      return RsvpStatus::maybe;
    case RsvpWish::declined:
      break;
  }
  return RsvpStatus::declined;
}

void count(EventRecord& event, const std::optional<AttendeeRow>& row, std::int64_t sign) {
  if (!row) return;
  const std::int64_t people = sign * std::int64_t{row->seats()};
  if (row->status == RsvpStatus::confirmed) {
    event.seats_taken = static_cast<std::uint32_t>(event.seats_taken + people);
  } else if (row->status == RsvpStatus::waitlisted) {
    event.waiting = static_cast<std::uint32_t>(event.waiting + people);
  }
}

// In line one keeps one's place, unless one wants more seats than before.
bool keeps_place(const Answer& answer) {
  if (!answer.before || answer.before->status != answer.after.status) return false;
  return answer.after.status != RsvpStatus::waitlisted ||
         answer.after.guest_count <= answer.before->guest_count;
}

void write_answer(WriteContext& context, Answer& answer, std::vector<DurableEvent>& events) {
  EventRow& event = answer.event;
  count(event.record, answer.before, -1);
  count(event.record, answer.after, +1);
  events.push_back(log_rsvp(context, event, answer.actor, answer.after.status));
  answer.after.place = keeps_place(answer) ? answer.before->place : events.back().seq;
  context.db.execute(
      "INSERT INTO event_attendees(event_id, user_id, public_id, status, guest_count, place, "
      "created_at, updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $7) "
      "ON CONFLICT(event_id, user_id) DO UPDATE SET status = excluded.status, "
      "guest_count = excluded.guest_count, place = excluded.place, checked_in_at = NULL, "
      "updated_at = excluded.updated_at",
      event.channel.key, answer.actor.key, answer.after.id, static_cast<int>(answer.after.status),
      answer.after.guest_count, answer.after.place, answer.actor.now);
  write_seats(context.db, event);
}

// The actor comes into the chat or leaves it, and whose turn it is gets in.
void seat_others(WriteContext& context, const Answer& answer, std::vector<DurableEvent>& events) {
  EventRow& event = answer.event;
  const auto line = next_in_line(context.db, event);
  std::vector<ChannelKey> channels{event.chat.key, own_channel(reference(answer.actor)).key};
  for (const Waiting& next : line) channels.push_back(own_channel(next.user).key);
  touch_channels(context, std::move(channels));
  if (answer.after.status == RsvpStatus::confirmed) {
    enter_chat(context, event, answer.actor, events);
    see_rsvp(context, answer.actor, event, events);
  } else if (answer.was(RsvpStatus::confirmed)) {
    leave_chat(context, event, answer.actor, events);
  }
  const bool joins = answer.after.status != RsvpStatus::declined &&
                     (!answer.before || answer.was(RsvpStatus::declined));
  if (joins) events.push_back(tell_of_answer(context, answer.actor, event, answer.after));
  confirm_waiting(context, answer.actor.now, event, line, events);
}

}  // namespace

Result<ChangedRsvp> set_rsvp(WriteContext& context, const Actor& actor, const SetRsvp& wanted) {
  SqlConnection& db = context.db;
  context.hold(wanted.event);
  auto standing = require_event(db, wanted.event, actor.key);
  if (!standing) return standing.error();
  Answer answer{.actor = actor,
                .event = standing->row,
                .before = find_attendee(db, standing->row.channel.key, actor.key),
                .after = {}};
  if (auto refused = refuse_answer(db, answer, wanted)) return *std::move(refused);
  answer.after = {.id = answer.before ? answer.before->id : wanted.id,
                  .guest_count = wanted.wish == RsvpWish::declined ? 0 : wanted.guest_count,
                  .updated_at = actor.now};
  const auto status = status_of(db, answer, wanted.wish);
  if (!status) return status.error();
  answer.after.status = *status;
  const bool same = answer.was(*status) && answer.before->guest_count == answer.after.guest_count;
  ChangedRsvp out;
  if (!same) {
    write_answer(context, answer, out.events);
    seat_others(context, answer, out.events);
  }
  // The actor may have been next in line, with fewer guests than before.
  const auto now = find_attendee(db, standing->row.channel.key, actor.key);
  out.rsvp = rsvp_record(db, now.value_or(answer.after), actor.key);
  return out;
}

void withdraw_rsvp(WriteContext& context, const Actor& who, EventRow& event,
                   std::vector<DurableEvent>& events) {
  Answer answer{.actor = who,
                .event = event,
                .before = find_attendee(context.db, event.channel.key, who.key),
                .after = {}};
  if (!answer.before || answer.was(RsvpStatus::declined)) return;
  answer.after = {.id = answer.before->id, .updated_at = who.now};
  write_answer(context, answer, events);
  if (answer.was(RsvpStatus::confirmed)) leave_chat(context, event, who, events);
  if (event.record.waiting > 0 && !is_over(event.record, who.now)) {
    plan_line(context.db, event, who.now);
  }
}

Result<CheckedIn> check_in(WriteContext& context, const Actor& actor, const CheckIn& wanted) {
  SqlConnection& db = context.db;
  context.hold(wanted.event);
  const auto standing = require_organizer(db, wanted.event, actor.key);
  if (!standing) return standing.error();
  const ChannelKey event = standing->row.channel.key;
  const auto user = context.user_key(wanted.user);
  const auto row = user ? find_attendee(db, event, *user) : std::nullopt;
  if (!row || row->status != RsvpStatus::confirmed) {
    return fail(ErrorCode::not_found, "nobody who is confirmed", "user_id");
  }
  if (!wanted.attended) {
    db.execute(
        "UPDATE event_attendees SET checked_in_at = NULL WHERE event_id = $1 AND user_id = $2",
        event, *user);
    return CheckedIn{};
  }
  db.execute(
      "UPDATE event_attendees SET checked_in_at = $1 "
      "WHERE event_id = $2 AND user_id = $3 AND checked_in_at IS NULL",
      actor.now, event, *user);
  auto at =
      db.query("SELECT checked_in_at FROM event_attendees WHERE event_id = $1 AND user_id = $2",
               event, *user);
  CheckedIn done;
  if (at.next()) done.at = at.maybe_time(0);
  see_activity(context,
               {.kind = "attendance",
                .user = {.key = *user, .id = wanted.user},
                .at = actor.now,
                .key = "attendance:" + wanted.event.text()},
               done.events);
  return done;
}

Result<AttendeeList> list_attendees(SqlConnection& db, const Actor& actor,
                                    const AttendeeQuery& query) {
  const auto standing = require_event(db, query.event, actor.key);
  if (!standing) return standing.error();
  if (query.status != RsvpStatus::confirmed && !standing->organizes) {
    return fail(ErrorCode::forbidden, "only the event's organizers see who else has answered");
  }
  std::int64_t after = 0;
  if (query.cursor) {
    const auto place = parse_event_cursor<1>(*query.cursor);
    if (!place) return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    after = (*place)[0];
  }
  AttendeeList out;
  auto rows = db.query(
      "SELECT c.public_id, u.display_name, u.avatar_url, a.public_id, a.guest_count, "
      "a.checked_in_at, a.place FROM event_attendees a JOIN users u ON u.id = a.user_id "
      "JOIN channels c ON c.id = a.user_id "
      "WHERE a.event_id = $1 AND a.status = $2 AND a.place > $3 ORDER BY a.place LIMIT $4",
      standing->row.channel.key, static_cast<int>(query.status), after, query.limit + 1);
  std::int64_t last = 0;
  while (rows.next()) {
    if (out.attendees.size() == query.limit) {
      out.next_cursor = make_event_cursor<1>({last});
      break;
    }
    last = rows.integer(6);
    out.attendees.push_back({.user = {.user = UserId{rows.uuid(0)},
                                      .display_name = std::string(rows.text(1)),
                                      .avatar_url = std::string(rows.text(2))},
                             .rsvp = {.id = RsvpId{rows.uuid(3)},
                                      .status = query.status,
                                      .guest_count = static_cast<std::uint32_t>(rows.integer(4)),
                                      .calendar = {}},
                             .checked_in_at = rows.maybe_time(5)});
  }
  return out;
}

std::vector<AttendeePreview> preview_attendees(SqlConnection& db, ChannelKey event) {
  std::vector<AttendeePreview> out;
  auto rows = db.query(
      "SELECT c.public_id, u.display_name, u.avatar_url FROM event_attendees a "
      "JOIN users u ON u.id = a.user_id JOIN channels c ON c.id = a.user_id "
      "WHERE a.event_id = $1 AND a.status = $2 ORDER BY a.place LIMIT $3",
      event, static_cast<int>(RsvpStatus::confirmed), kAttendeePreviewMax);
  while (rows.next()) {
    out.push_back({.user = UserId{rows.uuid(0)},
                   .display_name = std::string(rows.text(1)),
                   .avatar_url = std::string(rows.text(2))});
  }
  return out;
}

}  // namespace kith
