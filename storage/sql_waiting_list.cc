#include "storage/sql_waiting_list.h"

#include "protocol/json_writer.h"
#include "storage/sql_activities.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_event_chat.h"
#include "storage/sql_event_notices.h"
#include "storage/sql_events.h"
#include "storage/sql_membership.h"

namespace kith {
namespace {

Actor as(const UserRef& user, WallTime now) {
  return {.user = user.id, .key = user.key, .now = now};
}

bool fits(const EventRecord& event, std::uint32_t people) {
  const auto& capacity = event.fields.capacity;
  return !capacity || std::uint64_t{event.seats_taken} + people <= *capacity;
}

// Of those in line whoever could come at all, as the event is now: it may have become smaller since
// they asked, or an event for premium members. $1 to $5 are bound by may_come().
#define KITH_WHO_MAY_COME                                                        \
  "FROM event_attendees a JOIN users u ON u.id = a.user_id "                     \
  "JOIN channels c ON c.id = a.user_id WHERE a.event_id = $1 AND a.status = $2 " \
  "AND a.guest_count < $3 AND ($4 = 0 OR u.premium_tier <> 'free' OR u.role = $5) "

constexpr std::uint32_t kNoCapacity = 1'000'000'000;

template <typename... More>
SqlCursor may_come(SqlConnection& db, const char* sql, const EventRow& event, More... more) {
  const EventFields& fields = event.record.fields;
  return db.query(sql, event.channel.key, static_cast<int>(RsvpStatus::waitlisted),
                  fields.capacity.value_or(kNoCapacity), fields.premium_only ? 1 : 0,
                  static_cast<int>(SystemRole::premium_plus), more...);
}

}  // namespace

bool line_stands(SqlConnection& db, const EventRow& event) {
  if (event.record.waiting == 0) return false;
  return may_come(db, "SELECT 1 " KITH_WHO_MAY_COME "LIMIT 1", event).next();
}

std::vector<Waiting> next_in_line(SqlConnection& db, const EventRow& event) {
  std::vector<Waiting> line;
  EventRecord record = event.record;
  if (record.waiting == 0 || record.status != EventStatus::published) return line;
  if (record.fields.ticketing.paid) return line;  // nobody gets in without having paid
  auto rows = may_come(db,
                       "SELECT a.user_id, c.public_id, a.public_id, a.guest_count, a.place, "
                       "a.updated_at " KITH_WHO_MAY_COME "ORDER BY a.place LIMIT $6",
                       event, kMovedUpAtOnce);
  while (rows.next()) {
    Waiting next{.user = {.key = UserKey{rows.integer(0)}, .id = UserId{rows.uuid(1)}},
                 .row = {.id = RsvpId{rows.uuid(2)},
                         .status = RsvpStatus::waitlisted,
                         .guest_count = static_cast<std::uint32_t>(rows.integer(3)),
                         .place = static_cast<Seq>(rows.integer(4)),
                         .updated_at = rows.time(5)}};
    if (!fits(record, next.row.seats())) break;
    record.seats_taken += next.row.seats();
    line.push_back(std::move(next));
  }
  return line;
}

DurableEvent log_rsvp(WriteContext& context, const EventRow& event, const Actor& who,
                      RsvpStatus status) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("status", to_string(status));
  json.field("attendees_count", std::int64_t{event.record.seats_taken}).end_object();
  return append_log(context, event.channel,
                    {.type = EventType::rsvp_updated,
                     .at = who.now,
                     .user = UserRef{.key = who.key, .id = who.user},
                     .payload = std::move(payload)});
}

void write_seats(SqlConnection& db, const EventRow& event) {
  db.execute("UPDATE events SET seats_taken = $1, waiting = $2 WHERE id = $3",
             event.record.seats_taken, event.record.waiting, event.channel.key);
}

void see_rsvp(WriteContext& context, const Actor& who, const EventRow& event,
              std::vector<DurableEvent>& events) {
  see_activity(context,
               {.kind = "rsvp",
                .user = reference(who),
                .at = who.now,
                .key = "rsvp:" + event.channel.id.text()},
               events);
}

void confirm_waiting(WriteContext& context, WallTime now, EventRow& event,
                     const std::vector<Waiting>& line, std::vector<DurableEvent>& events) {
  EventRecord& record = event.record;
  for (const Waiting& next : line) {
    const Actor who = as(next.user, now);
    record.seats_taken += next.row.seats();
    record.waiting -= std::min(record.waiting, next.row.seats());
    events.push_back(log_rsvp(context, event, who, RsvpStatus::confirmed));
    context.db.execute(
        "UPDATE event_attendees SET status = $1, place = $2, updated_at = $3 "
        "WHERE event_id = $4 AND user_id = $5",
        static_cast<int>(RsvpStatus::confirmed), events.back().seq, now, event.channel.key,
        next.user.key);
    enter_chat(context, event, who, events);
    events.push_back(tell_of_seat(context, who, event, next.row.id));
    see_rsvp(context, who, event, events);
  }
  if (line.empty()) return;
  write_seats(context.db, event);
  if (line.size() == kMovedUpAtOnce) plan_line(context.db, event, now);
}

void move_up(WriteContext& context, const Actor& actor, EventRow& event,
             std::vector<DurableEvent>& events) {
  if (is_over(event.record, actor.now)) return;
  const auto line = next_in_line(context.db, event);
  if (line.empty()) return;
  std::vector<ChannelKey> channels{event.chat.key};
  for (const Waiting& next : line) channels.push_back(own_channel(next.user).key);
  touch_channels(context, std::move(channels));
  confirm_waiting(context, actor.now, event, line, events);
}

}  // namespace kith
