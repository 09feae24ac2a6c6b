// The steps of an erasure that give up what a user was among others: clubs, events, answers, posts
// and broadcasts. One place in each transaction, taken from the tables as they stand: what is done
// is there no more.
#include <algorithm>
#include <iterator>

#include "protocol/content.h"
#include "storage/sql_broadcasts.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_club_entry.h"
#include "storage/sql_club_post_removal.h"
#include "storage/sql_clubs.h"
#include "storage/sql_erasure_steps.h"
#include "storage/sql_event_notices.h"
#include "storage/sql_events.h"
#include "storage/sql_membership.h"
#include "storage/sql_rsvps.h"

namespace kith {
namespace {

void append(std::vector<DurableEvent>& to, std::vector<DurableEvent> events) {
  std::move(events.begin(), events.end(), std::back_inserter(to));
}

std::optional<UserRef> first_user(SqlCursor rows) {
  if (!rows.next()) return std::nullopt;
  return UserRef{.key = UserKey{rows.integer(0)}, .id = UserId{rows.uuid(1)}};
}

// Staff first, the highest role and then the longest there; else whoever is there longest.
std::optional<UserRef> next_owner(SqlConnection& db, ChannelKey club, UserKey leaving) {
  auto staff = first_user(db.query(
      "SELECT m.user_id, c.public_id FROM club_memberships m JOIN channels c ON c.id = m.user_id "
      "JOIN users u ON u.id = m.user_id WHERE m.club_id = $1 AND m.role > 0 AND m.status = 0 "
      "AND m.user_id <> $2 AND u.deleted_at IS NULL ORDER BY m.role DESC, m.id LIMIT 1",
      club, leaving));
  if (staff) return staff;
  return first_user(db.query(
      "SELECT m.user_id, c.public_id FROM club_memberships m JOIN channels c ON c.id = m.user_id "
      "JOIN users u ON u.id = m.user_id WHERE m.club_id = $1 AND m.status = 0 "
      "AND m.user_id <> $2 AND u.deleted_at IS NULL ORDER BY m.id LIMIT 1",
      club, leaving));
}

// It has no member any more: nobody finds it, and who has asked to join is not in line.
void close_club(WriteContext& context, const ClubStanding& club, WallTime now) {
  SqlConnection& db = context.db;
  const ChannelKey key = club.club.key;
  db.execute(
      "UPDATE clubs SET closed_at = $1, updated_at = $1, slug = $2, name = '', description = '', "
      "city = '', city_key = '', tags = '[]', version = version + 1 WHERE id = $3",
      now, club.club.id.text(), key);
  db.execute("UPDATE chat_chats SET name = '' WHERE id = $1", club.chat.key);
  db.execute("DELETE FROM club_tags WHERE club_id = $1", key);
  db.execute("DELETE FROM club_words WHERE rowid = $1", key);
  // FTS5 keeps the words of deleted rows until its segments are merged.
  if (!db.is_shared()) db.execute("INSERT INTO club_words(club_words) VALUES('optimize')");
  db.execute(
      "UPDATE club_memberships SET status = $1, message = '' WHERE club_id = $2 AND status = $3",
      static_cast<int>(ClubStatus::gone), key, static_cast<int>(ClubStatus::pending));
}

void leave_club_for_good(ErasureJob& job, const ClubStanding& club) {
  WriteContext& context = job.context;
  const bool owner = club.membership.role == ClubRole::owner;
  const auto next = owner ? next_owner(context.db, club.club.key, job.actor.key) : std::nullopt;
  if (next) {
    context.db.execute("UPDATE clubs SET owner_id = $1 WHERE id = $2", next->key, club.club.key);
    append(job.events,
           change_club_role(context, job.actor,
                            {.standing = club, .user = *next, .role = ClubRole::owner}));
  }
  append(
      job.events,
      exit_club(context, job.actor,
                {.standing = club, .user = reference(job.actor), .membership = club.membership}));
  if (owner && !next) close_club(context, club, job.actor.now);
}

// Of the first row, what is next to be given up: nobody else changes it from here on. Nothing:
// there is no row left.
template <typename IdType>
std::optional<IdType> hold_next(ErasureJob& job, SqlCursor rows) {
  if (!rows.next()) return std::nullopt;
  const IdType id{rows.uuid(0)};
  job.context.hold(id);
  return id;
}

// Cancelled, where there is still something to cancel, and without what was said of it.
void blank_event(ErasureJob& job, const EventRow& before) {
  SqlConnection& db = job.context.db;
  EventRow after = before;
  EventFields& fields = after.record.fields;
  fields.title.clear();
  fields.description.clear();
  fields.place.reset();
  fields.city.clear();
  fields.tags.clear();
  if (!is_over(before.record, job.actor.now)) after.record.status = EventStatus::cancelled;
  ++after.record.version;
  after.record.updated_at = job.actor.now;
  db.execute(
      "UPDATE events SET status = $1, title = '', description = '', place_name = NULL, "
      "latitude_e7 = NULL, longitude_e7 = NULL, city = '', city_key = '', tags = '[]', "
      "version = $2, updated_at = $3 WHERE id = $4",
      static_cast<int>(after.record.status), after.record.version, job.actor.now,
      before.channel.key);
  db.execute("UPDATE chat_chats SET name = '' WHERE id = $1", before.chat.key);
  plan_notices(db, {.before = before, .after = after}, job.actor.now);
  job.events.push_back(log_event_updated(job.context, job.actor, after));
}

// Of those the club has an owner for.
void pass_event_on(ErasureJob& job, EventRow event, const UserRef& owner) {
  event.creator = owner;
  event.record.creator = owner.id;
  ++event.record.version;
  event.record.updated_at = job.actor.now;
  job.context.db.execute(
      "UPDATE events SET creator_id = $1, version = $2, updated_at = $3 WHERE id = $4", owner.key,
      event.record.version, job.actor.now, event.channel.key);
  job.events.push_back(log_event_updated(job.context, job.actor, event));
}

std::optional<UserRef> owner_of(SqlConnection& db, const EventRow& event) {
  if (!event.club) return std::nullopt;
  return first_user(
      db.query("SELECT k.owner_id, c.public_id FROM clubs k JOIN channels c ON c.id = k.owner_id "
               "WHERE k.id = $1 AND k.closed_at IS NULL",
               *event.club));
}

struct BroadcastPlace {
  ChannelRef channel;
  Seq seq = 0;
};
std::vector<BroadcastPlace> places_of(SqlConnection& db, std::int64_t broadcast) {
  std::vector<BroadcastPlace> out;
  auto rows = db.query(
      "SELECT p.channel_id, c.kind, c.public_id, p.seq FROM club_broadcast_places p "
      "JOIN channels c ON c.id = p.channel_id WHERE p.broadcast_id = $1 ORDER BY p.channel_id",
      broadcast);
  while (rows.next()) {
    out.push_back({.channel = {.key = ChannelKey{rows.integer(0)},
                               .id = ChannelId(static_cast<IdKind>(rows.integer(1)), rows.uuid(2))},
                   .seq = static_cast<Seq>(rows.integer(3))});
  }
  return out;
}

// Where it was sent it stands as a tombstone, and is told again as one.
void take_broadcast_away(ErasureJob& job, StoredBroadcast& stored) {
  SqlConnection& db = job.context.db;
  db.execute(
      "UPDATE club_broadcasts SET content = $1, status = $2 WHERE id = $3", kTombstoneJson,
      static_cast<int>(stored.record.status == BroadcastStatus::sent ? BroadcastStatus::sent
                                                                     : BroadcastStatus::cancelled),
      stored.key);
  stored.record.content_json = kTombstoneJson;
  const std::string payload = broadcast_payload(stored.record);
  const auto places = places_of(db, stored.key);
  std::vector<ChannelKey> channels;
  for (const BroadcastPlace& place : places) channels.push_back(place.channel.key);
  touch_channels(job.context, std::move(channels));
  for (const BroadcastPlace& place : places) {
    db.execute("UPDATE channel_log SET detail = $1 WHERE channel_id = $2 AND seq = $3", payload,
               place.channel.key, place.seq);
    job.events.push_back(
        append_log(job.context, place.channel,
                   {.type = EventType::club_broadcast, .at = job.actor.now, .payload = payload}));
  }
}

}  // namespace

bool leave_clubs(ErasureJob& job) {
  SqlConnection& db = job.context.db;
  const auto club = hold_next<ClubId>(
      job,
      db.query("SELECT c.public_id FROM club_memberships m JOIN channels c ON c.id = m.club_id "
               "WHERE m.user_id = $1 ORDER BY m.club_id LIMIT 1",
               job.actor.key));
  if (!club) return true;
  const auto standing = find_club(db, *club, job.actor.key);
  if (standing && standing->membership.approved()) leave_club_for_good(job, *standing);
  db.execute("DELETE FROM club_memberships WHERE user_id = $1 AND club_id = $2", job.actor.key,
             job.context.channel_key(*club));
  return false;
}

bool give_events_up(ErasureJob& job) {
  SqlConnection& db = job.context.db;
  const auto id = hold_next<EventId>(
      job, db.query("SELECT c.public_id FROM events e JOIN channels c ON c.id = e.id "
                    "WHERE e.creator_id = $1 AND e.id > $2 ORDER BY e.id LIMIT 1",
                    job.actor.key, job.position));
  if (!id) return true;
  const auto event = find_event(db, *id);
  if (!event) return true;
  const auto owner = owner_of(db, *event);
  if (owner && owner->key != job.actor.key) {
    pass_event_on(job, *event, *owner);
  } else {
    blank_event(job, *event);
  }
  job.position = static_cast<std::int64_t>(event->channel.key);
  return false;
}

bool withdraw_rsvps(ErasureJob& job) {
  SqlConnection& db = job.context.db;
  const auto id = hold_next<EventId>(
      job,
      db.query("SELECT c.public_id FROM event_attendees a JOIN channels c ON c.id = a.event_id "
               "WHERE a.user_id = $1 ORDER BY a.event_id LIMIT 1",
               job.actor.key));
  if (!id) return true;
  auto event = find_event(db, *id);
  if (!event) return true;
  touch_channels(job.context, {event->channel.key, event->chat.key});
  withdraw_rsvp(job.context, job.actor, *event, job.events);
  db.execute("DELETE FROM event_attendees WHERE event_id = $1 AND user_id = $2", event->channel.key,
             job.actor.key);
  return false;
}

bool take_posts_away(ErasureJob& job) {
  SqlConnection& db = job.context.db;
  const auto club = hold_next<ClubId>(
      job, db.query("SELECT c.public_id FROM club_posts p JOIN channels c ON c.id = p.club_id "
                    "WHERE p.author_id = $1 ORDER BY p.id LIMIT 1",
                    job.actor.key));
  if (!club) return true;
  const auto key = job.context.channel_key(*club);
  if (!key) return true;
  for (const StoredPost& post : posts_of(db, *key, job.actor.key)) {
    job.events.push_back(
        take_post_away(job.context, {.key = *key, .id = *club}, post, job.actor.now));
  }
  return false;
}

bool take_broadcasts_away(ErasureJob& job) {
  std::optional<StoredBroadcast> stored;
  {
    auto row = job.context.db.query(KITH_SELECT_BROADCASTS
                                    "WHERE b.author_id = $1 AND b.id > $2 ORDER BY b.id LIMIT 1",
                                    job.actor.key, job.position);
    if (row.next()) stored = read_stored_broadcast(row);
  }
  if (!stored) return true;
  take_broadcast_away(job, *stored);
  job.position = stored->key;
  return false;
}

}  // namespace kith
