#include "storage/sql_event_notices.h"

#include <array>

#include "protocol/json_writer.h"
#include "storage/sql_membership.h"
#include "storage/sql_notices.h"
#include "storage/sql_waiting_list.h"

namespace kith {
namespace {

constexpr std::uint32_t kToldAtOnce = 100;

struct Lead {
  EventNotice kind;
  std::chrono::hours before;
};
constexpr std::array kLeads{Lead{EventNotice::day_before, std::chrono::hours{24}},
                            Lead{EventNotice::hour_before, std::chrono::hours{1}}};

void put(SqlConnection& db, const EventRow& event, EventNotice kind, WallTime due) {
  db.execute(
      "INSERT INTO event_notices(event_id, kind, due_at, told_up_to) VALUES($1, $2, $3, 0) "
      "ON CONFLICT(event_id, kind) DO UPDATE SET due_at = excluded.due_at, told_up_to = 0",
      event.channel.key, static_cast<int>(kind), due);
}

void drop(SqlConnection& db, const EventRow& event, EventNotice kind) {
  db.execute("DELETE FROM event_notices WHERE event_id = $1 AND kind = $2", event.channel.key,
             static_cast<int>(kind));
}

std::string_view type_of(EventNotice kind) {
  switch (kind) {
    case EventNotice::cancelled:
      return "event.cancelled";
    case EventNotice::moved:
      return "event.moved";
    default:
      return "event.reminder";
  }
}

void write_about(JsonWriter& json, const EventRow& event) {
  json.field("event_id", event.record.id).field("title", event.record.fields.title);
  json.field("start_time", event.record.fields.start_time);
}

// Who is to be told next.
std::vector<UserRef> next_page(SqlConnection& db, const EventRow& event, EventNotice kind,
                               std::int64_t after) {
  // A reminder is for those who come or may; the rest is for who waits for a seat as well.
  const bool reminds = kind == EventNotice::day_before || kind == EventNotice::hour_before;
  const RsvpStatus last = reminds ? RsvpStatus::maybe : RsvpStatus::waitlisted;
  std::vector<UserRef> page;
  auto rows = db.query(
      "SELECT a.user_id, c.public_id FROM event_attendees a JOIN channels c ON c.id = a.user_id "
      "WHERE a.event_id = $1 AND a.user_id > $2 AND a.status <> $3 AND a.status <= $4 "
      "ORDER BY a.user_id LIMIT $5",
      event.channel.key, after, static_cast<int>(RsvpStatus::declined), static_cast<int>(last),
      kToldAtOnce);
  while (rows.next()) {
    page.push_back({.key = UserKey{rows.integer(0)}, .id = UserId{rows.uuid(1)}});
  }
  return page;
}

// Where it came so late that it says nothing any more.
bool is_stale(const EventRecord& event, EventNotice kind, WallTime now) {
  if (kind == EventNotice::cancelled) return event.fields.end_time <= now;
  return event.status != EventStatus::published || event.fields.start_time <= now;
}

struct DueRow {
  WallTime due_at{};
  std::int64_t told_up_to = 0;
};
std::optional<DueRow> find_row(SqlConnection& db, const EventRow& event, EventNotice kind) {
  auto row =
      db.query("SELECT due_at, told_up_to FROM event_notices WHERE event_id = $1 AND kind = $2",
               event.channel.key, static_cast<int>(kind));
  if (!row.next()) return std::nullopt;
  return DueRow{.due_at = row.time(0), .told_up_to = row.integer(1)};
}

void tell_page(WriteContext& context, const EventRow& event, const DueNotice& due,
               const std::vector<UserRef>& page, DueWork& out, WallTime now) {
  std::string about;
  JsonWriter json(about);
  json.begin_object();
  write_about(json, event);
  json.end_object();
  std::vector<ChannelKey> channels;
  for (const UserRef& user : page) channels.push_back(own_channel(user).key);
  touch_channels(context, std::move(channels));
  for (const UserRef& user : page) {
    out.events.push_back(notify(
        context,
        {.user = user, .type = std::string(type_of(due.kind)), .payload = about, .at = now}));
  }
}

}  // namespace

void plan_notices(SqlConnection& db, const NoticePlan& plan, WallTime now) {
  const EventStatus before = plan.before.record.status;
  const EventStatus after = plan.after.record.status;
  if (after == EventStatus::cancelled) {
    db.execute("DELETE FROM event_notices WHERE event_id = $1", plan.after.channel.key);
    if (before == EventStatus::published) put(db, plan.after, EventNotice::cancelled, now);
    return;
  }
  if (after != EventStatus::published) return;
  const bool published = before != EventStatus::published;
  const WallTime start = plan.after.record.fields.start_time;
  if (published || start != plan.before.record.fields.start_time) {
    for (const Lead& lead : kLeads) {
      if (start - lead.before > now) {
        put(db, plan.after, lead.kind, start - lead.before);
      } else {
        drop(db, plan.after, lead.kind);
      }
    }
  }
  if (!published && plan.moved) put(db, plan.after, EventNotice::moved, now);
}

void plan_line(SqlConnection& db, const EventRow& event, WallTime now) {
  put(db, event, EventNotice::line_moves, now);
}

DurableEvent tell_of_seat(WriteContext& context, const Actor& who, const EventRow& event,
                          const RsvpId& rsvp) {
  std::string about;
  JsonWriter json(about);
  json.begin_object();
  write_about(json, event);
  json.field("rsvp_id", rsvp).end_object();
  return notify(context, {.user = {.key = who.key, .id = who.user},
                          .type = "rsvp.confirmed",
                          .payload = std::move(about),
                          .at = who.now});
}

DurableEvent tell_of_answer(WriteContext& context, const Actor& who, const EventRow& event,
                            const AttendeeRow& answer) {
  std::string about;
  JsonWriter json(about);
  json.begin_object();
  write_about(json, event);
  json.field("rsvp_id", answer.id).field("status", to_string(answer.status)).end_object();
  return notify(context, {.user = {.key = who.key, .id = who.user},
                          .type = "event.joined",
                          .payload = std::move(about),
                          .at = who.now,
                          .by = who.key});
}

std::optional<DueNotice> find_due_notice(SqlConnection& db, WallTime now) {
  auto row = db.query(
      "SELECT c.public_id, n.kind FROM event_notices n JOIN channels c ON c.id = n.event_id "
      "WHERE n.due_at <= $1 ORDER BY n.due_at LIMIT 1",
      now);
  if (!row.next()) return std::nullopt;
  return DueNotice{.event = EventId{row.uuid(0)}, .kind = static_cast<EventNotice>(row.integer(1))};
}

Result<DueWork> run_due_notice(WriteContext& context, const DueNotice& due, WallTime now) {
  SqlConnection& db = context.db;
  context.hold(due.event);
  auto event = find_event(db, due.event);
  const auto row = event ? find_row(db, *event, due.kind) : std::nullopt;
  DueWork out{.events = {}, .more = true};
  if (!row || row->due_at > now) return out;
  if (due.kind == EventNotice::line_moves) {
    drop(db, *event, due.kind);
    move_up(context, {.user = event->creator.id, .key = event->creator.key, .now = now}, *event,
            out.events);
    return out;
  }
  std::vector<UserRef> page;
  if (!is_stale(event->record, due.kind, now)) {
    page = next_page(db, *event, due.kind, row->told_up_to);
    tell_page(context, *event, due, page, out, now);
  }
  if (page.size() < kToldAtOnce) {
    drop(db, *event, due.kind);
  } else {
    db.execute("UPDATE event_notices SET told_up_to = $1 WHERE event_id = $2 AND kind = $3",
               page.back().key, event->channel.key, static_cast<int>(due.kind));
  }
  return out;
}

}  // namespace kith
