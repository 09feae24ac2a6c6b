#include "storage/sql_events.h"

#include "engine/event_json.h"
#include "storage/sql_accounts.h"
#include "storage/sql_audit.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_event_notices.h"
#include "storage/sql_home_feed.h"
#include "storage/sql_idempotency.h"
#include "storage/sql_json_texts.h"
#include "storage/sql_membership.h"
#include "storage/sql_waiting_list.h"

namespace kith {
namespace {

void audit(WriteContext& context, const Actor& actor, std::string action, const EventId& event) {
  std::string detail;
  JsonWriter(detail).begin_object().field("event_id", event).end_object();
  append_audit(context.db, {.at = actor.now,
                            .action = std::move(action),
                            .user = actor.key,
                            .detail = std::move(detail)});
}

std::optional<std::int64_t> latitude_of(const EventFields& fields) {
  if (!fields.place || !fields.place->point) return std::nullopt;
  return fields.place->point->latitude_e7;
}
std::optional<std::int64_t> longitude_of(const EventFields& fields) {
  if (!fields.place || !fields.place->point) return std::nullopt;
  return fields.place->point->longitude_e7;
}
std::optional<std::string> place_name_of(const EventFields& fields) {
  if (!fields.place) return std::nullopt;
  return fields.place->name;
}

struct NewEventKeys {
  ChannelRef event;
  ChannelRef chat;
  std::optional<ChannelKey> club;
};

void insert_event(SqlConnection& db, const Actor& actor, const NewEventKeys& keys,
                  const EventFields& fields) {
  db.execute(
      "INSERT INTO chat_chats(id, type, context_id, name, participant_count, created_at) "
      "VALUES($1, $2, $3, $4, 1, $5)",
      keys.chat.key, static_cast<int>(ChatType::event), keys.event.key, fields.title, actor.now);
  db.execute(
      "INSERT INTO chat_participants(chat_id, user_id, role, joined_at) VALUES($1, $2, $3, $4)",
      keys.chat.key, actor.key, static_cast<int>(ParticipantRole::owner), actor.now);
  db.execute(
      "INSERT INTO events(id, creator_id, club_id, chat_id, status, visibility, title, "
      "description, start_time, end_time, place_name, latitude_e7, longitude_e7, city, city_key, "
      "capacity, premium_only, ticket_paid, price_cents, currency, tags, created_at, updated_at) "
      "VALUES($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
      "$19, $20, $21, $21)",
      keys.event.key, actor.key, keys.club, keys.chat.key, static_cast<int>(fields.visibility),
      fields.title, fields.description, fields.start_time, fields.end_time, place_name_of(fields),
      latitude_of(fields), longitude_of(fields), fields.city, email_key_of(fields.city),
      fields.capacity, fields.premium_only ? 1 : 0, fields.ticketing.paid ? 1 : 0,
      fields.ticketing.price_cents, fields.ticketing.currency, texts_to_json(fields.tags),
      actor.now);
}

Result<ChangedEvent> answer(WriteContext& context, const Actor& actor, const EventId& event) {
  auto standing = require_event(context.db, event, actor.key);
  if (!standing) return standing.error();
  return ChangedEvent{.event = present_event(context.db, *standing, actor.key), .events = {}};
}

// The club whose event it is to be. Nothing: nobody's but the actor's.
Result<std::optional<ClubStanding>> club_of(SqlConnection& db, const Actor& actor,
                                            const CreateEvent& create) {
  if (!create.club) return std::optional<ClubStanding>();
  auto standing = find_club(db, *create.club, actor.key);
  if (!standing) return fail(ErrorCode::not_found, "no such club", "club_id");
  if (!runs_events(standing->membership)) {
    return fail(ErrorCode::forbidden, "only organizers of the club may do this");
  }
  return std::optional(std::move(*standing));
}

std::optional<Error> refuse_fields(const EventFields& fields, bool of_club) {
  if (fields.end_time <= fields.start_time) {
    return fail(ErrorCode::bad_request, "must be later than start_time", "end_time");
  }
  if (fields.end_time - fields.start_time > kEventLengthMax) {
    return fail(ErrorCode::bad_request, "must be within 31 days of start_time", "end_time");
  }
  if (fields.visibility == EventVisibility::club && !of_club) {
    return fail(ErrorCode::bad_request, "an event of no club cannot be for its members",
                "visibility");
  }
  return std::nullopt;
}

}  // namespace

bool is_over(const EventRecord& event, WallTime now) {
  return event.fields.end_time <= now;
}

DurableEvent log_event_updated(WriteContext& context, const Actor& actor, const EventRow& event) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("event");
  write_event(json, event.record, {.now = actor.now, .preview = false, .readers = false});
  json.end_object();
  return append_log(context, event.channel,
                    {.type = EventType::event_updated, .at = actor.now, .payload = payload});
}

Result<ChangedEvent> create_event(WriteContext& context, const Actor& actor,
                                  const CreateEvent& create) {
  SqlConnection& db = context.db;
  if (create.idempotency) {
    const auto made = find_idempotent(db, actor, *create.idempotency);
    if (!made) return made.error();
    const auto event = *made ? EventId::parse(**made) : std::nullopt;
    if (event) return answer(context, actor, *event);
  }
  const auto club = club_of(db, actor, create);
  if (!club) return club.error();
  EventFields fields = create.fields;
  const bool closed = *club && (*club)->privacy == ClubPrivacy::closed;
  fields.visibility =
      create.visibility.value_or(closed ? EventVisibility::club : EventVisibility::everybody);
  if (auto refused = refuse_fields(fields, club->has_value())) return *std::move(refused);
  if (fields.city.empty()) {
    if (auto creator = db.query("SELECT city FROM users WHERE id = $1", actor.key);
        creator.next()) {
      fields.city = creator.text(0);
    }
  }

  NewEventKeys keys;
  if (*club) keys.club = (*club)->club.key;
  keys.event = {.key = context.insert_channel(create.id), .id = create.id};
  keys.chat = {.key = context.insert_channel(create.chat), .id = create.chat};
  insert_event(db, actor, keys, fields);
  context.rights_changed(keys.chat.key);
  const Arrival arrival{
      .chat = keys.chat, .user = reference(actor), .role = ParticipantRole::owner};
  touch_channels(context, {keys.event.key, keys.chat.key, own_channel(arrival.user).key});
  if (create.idempotency) keep_idempotent(db, actor, *create.idempotency, create.id.text());
  std::vector<DurableEvent> events;
  events.push_back(log_join(context, actor, arrival));
  events.push_back(notify_joined(context, actor, arrival));
  audit(context, actor, "event.create", create.id);
  auto out = answer(context, actor, create.id);
  if (out) out->events = std::move(events);
  return out;
}

namespace {

bool same(const Ticketing& left, const Ticketing& right) {
  return left.paid == right.paid && left.price_cents == right.price_cents &&
         left.currency == right.currency;
}

// Returns whether it was another one.
template <typename Value>
bool assign(Value& field, const std::optional<Value>& wanted) {
  if (!wanted || *wanted == field) return false;
  field = *wanted;
  return true;
}

// What a change comes to.
struct Difference {
  bool any = false;
  bool title = false;
  bool moved = false;  // in time or place
};
Difference apply(EventFields& fields, const UpdateEvent& update) {
  Difference out;
  out.title = assign(fields.title, update.title);
  out.moved |= assign(fields.start_time, update.start_time);
  out.moved |= assign(fields.end_time, update.end_time);
  out.moved |= assign(fields.place, update.place);
  out.any = out.title || out.moved;
  out.any |= assign(fields.description, update.description);
  out.any |= assign(fields.city, update.city);
  out.any |= assign(fields.capacity, update.capacity);
  out.any |= assign(fields.tags, update.tags);
  out.any |= assign(fields.visibility, update.visibility);
  out.any |= assign(fields.premium_only, update.premium_only);
  if (update.ticketing && !same(*update.ticketing, fields.ticketing)) {
    fields.ticketing = *update.ticketing;
    out.any = true;
  }
  return out;
}

std::optional<Error> refuse_step(const EventRow& before, const EventRecord& after, WallTime now) {
  const EventStatus from = before.record.status;
  if (from == EventStatus::cancelled) {
    return fail(ErrorCode::conflict, "the event is cancelled", "status");
  }
  if (from == EventStatus::published && after.status == EventStatus::draft) {
    return fail(ErrorCode::conflict, "what was published is no draft again", "status");
  }
  const bool publishes = from == EventStatus::draft && after.status == EventStatus::published;
  if (publishes && is_over(after, now)) {
    return fail(ErrorCode::conflict, "the event would be over already", "end_time");
  }
  if (before.was_published && after.fields.visibility != before.record.fields.visibility) {
    return fail(ErrorCode::conflict, "stands once the event is published", "visibility");
  }
  if (after.fields.capacity && *after.fields.capacity < after.seats_taken) {
    return fail(ErrorCode::conflict, "more people are confirmed already", "capacity");
  }
  return std::nullopt;
}

void write_back(SqlConnection& db, const EventRow& event, const Actor& actor) {
  const EventFields& fields = event.record.fields;
  db.execute(
      "UPDATE events SET status = $1, visibility = $2, title = $3, description = $4, "
      "start_time = $5, end_time = $6, place_name = $7, latitude_e7 = $8, longitude_e7 = $9, "
      "city = $10, city_key = $11, capacity = $12, premium_only = $13, ticket_paid = $14, "
      "price_cents = $15, currency = $16, tags = $17, version = $18, updated_at = $19 "
      "WHERE id = $20",
      static_cast<int>(event.record.status), static_cast<int>(fields.visibility), fields.title,
      fields.description, fields.start_time, fields.end_time, place_name_of(fields),
      latitude_of(fields), longitude_of(fields), fields.city, email_key_of(fields.city),
      fields.capacity, fields.premium_only ? 1 : 0, fields.ticketing.paid ? 1 : 0,
      fields.ticketing.price_cents, fields.ticketing.currency, texts_to_json(fields.tags),
      event.record.version, actor.now, event.channel.key);
}

std::string_view action_of(EventStatus before, EventStatus after) {
  if (before == after) return "event.update";
  return after == EventStatus::published ? "event.publish" : "event.cancel";
}

}  // namespace

Result<ChangedEvent> update_event(WriteContext& context, const Actor& actor,
                                  const UpdateEvent& update) {
  SqlConnection& db = context.db;
  context.hold(update.id);
  auto standing = require_organizer(db, update.id, actor.key);
  if (!standing) return standing.error();
  const EventRow before = standing->row;
  EventRow& event = standing->row;
  EventRecord& record = event.record;
  if (update.expected_version && *update.expected_version != record.version) {
    return fail(ErrorCode::conflict, "the event was changed meanwhile", std::string(kVersionField));
  }
  const Difference difference = apply(record.fields, update);
  record.status = update.status.value_or(record.status);
  const bool steps = record.status != before.record.status;
  if (!difference.any && !steps) return answer(context, actor, update.id);
  if (auto refused = refuse_step(before, record, actor.now)) return *std::move(refused);
  if (auto refused = refuse_fields(record.fields, event.club.has_value())) {
    return *std::move(refused);
  }

  ++record.version;
  record.updated_at = actor.now;
  write_back(db, event, actor);
  if (steps && record.status == EventStatus::published) {
    db.execute("UPDATE events SET published_at = $1 WHERE id = $2", actor.now, event.channel.key);
  }
  if (difference.title) {
    db.execute("UPDATE chat_chats SET name = $1 WHERE id = $2", record.fields.title,
               event.chat.key);
  }
  plan_notices(db, {.before = before, .after = event, .moved = difference.moved}, actor.now);
  std::vector<DurableEvent> events;
  events.push_back(log_event_updated(context, actor, event));
  if (steps && record.status == EventStatus::published && event.club) {
    events.push_back(show_in_feed(context, actor, event));
  }
  move_up(context, actor, event, events);
  audit(context, actor, std::string(action_of(before.record.status, record.status)), update.id);
  auto out = answer(context, actor, update.id);
  if (out) out->events = std::move(events);
  return out;
}

}  // namespace kith
