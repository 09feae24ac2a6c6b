#include "storage/sql_broadcasts.h"

#include <algorithm>

#include "storage/sql_chat_cursor.h"
#include "storage/sql_club_entry.h"
#include "storage/sql_event_access.h"
#include "storage/sql_idempotency.h"

namespace kith {
namespace {

Error no_such_broadcast() {
  return fail(ErrorCode::not_found, "no such broadcast");
}

Result<StoredBroadcast> find_broadcast(SqlConnection& db, const ClubStanding& standing,
                                       const BroadcastId& id) {
  auto row = db.query(KITH_SELECT_BROADCASTS "WHERE b.public_id = $1 AND b.club_id = $2", id,
                      standing.club.key);
  if (!row.next()) return no_such_broadcast();
  return read_stored_broadcast(row);
}

std::uint32_t count_role(SqlConnection& db, ChannelKey club, ClubRole role) {
  auto row = db.query(
      "SELECT COUNT(*) FROM (SELECT 1 FROM club_memberships "
      "WHERE club_id = $1 AND status = 0 AND role = $2 LIMIT $3) found",
      club, static_cast<int>(role), kRoleAudienceMax + 1);
  return row.next() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

// Nothing: the audience is in order.
std::optional<Error> refuse_audience(SqlConnection& db, const ClubStanding& standing,
                                     const CreateBroadcast& create,
                                     std::optional<ChannelKey> event) {
  if (create.audience == BroadcastAudience::guests &&
      (!event || !is_event_of_club(db, *event, standing.club.key))) {
    return fail(ErrorCode::not_found, "no such event of this club", "audience");
  }
  if (create.audience == BroadcastAudience::role &&
      count_role(db, standing.club.key, create.role) > kRoleAudienceMax) {
    return fail(ErrorCode::too_large, "too many have this role: tell all of the club", "audience");
  }
  return std::nullopt;
}

constexpr int kOrganizersTold = 100;

std::vector<UserId> organizers_to_tell(SqlConnection& db, ChannelKey club) {
  std::vector<UserId> out;
  auto rows = db.query(
      "SELECT c.public_id FROM club_memberships m JOIN channels c ON c.id = m.user_id "
      "WHERE m.club_id = $1 AND m.role > 0 AND m.role >= $2 AND m.status = 0 "
      "ORDER BY m.user_id LIMIT $3",
      club, static_cast<int>(ClubRole::organizer), kOrganizersTold);
  while (rows.next()) out.push_back(UserId{rows.uuid(0)});
  return out;
}

void insert_broadcast(SqlConnection& db, const Actor& actor, const CreateBroadcast& create,
                      ChannelKey club, std::optional<ChannelKey> event) {
  db.execute(
      "INSERT INTO club_broadcasts(public_id, club_id, author_id, content, audience, "
      "audience_role, audience_event_id, status, send_at, created_at) "
      "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      create.id, club, actor.key, create.content_json, static_cast<int>(create.audience),
      static_cast<int>(create.role), event, static_cast<int>(BroadcastStatus::scheduled),
      create.send_at.value_or(actor.now), actor.now);
}

}  // namespace

StoredBroadcast read_stored_broadcast(const SqlCursor& row) {
  StoredBroadcast out;
  out.key = row.integer(0);
  out.club = ChannelKey{row.integer(1)};
  out.author = UserKey{row.integer(2)};
  if (!row.is_null(3)) out.event = ChannelKey{row.integer(3)};
  BroadcastRecord& record = out.record;
  record.id = BroadcastId{row.uuid(4)};
  record.club = ClubId{row.uuid(5)};
  record.author = UserId{row.uuid(6)};
  record.content_json = row.text(7);
  record.audience = static_cast<BroadcastAudience>(row.integer(8));
  if (!row.is_null(9)) record.role = static_cast<ClubRole>(row.integer(9));
  if (!row.is_null(10)) record.event = EventId{row.uuid(10)};
  record.status = static_cast<BroadcastStatus>(row.integer(11));
  record.created_at = row.time(12);
  record.send_at = row.time(13);
  record.sent_at = row.maybe_time(14);
  record.audience_count = static_cast<std::uint64_t>(row.integer(15));
  record.delivered = static_cast<std::uint64_t>(row.integer(16));
  return out;
}

Result<ChangedBroadcast> create_broadcast(WriteContext& context, const Actor& actor,
                                          const CreateBroadcast& create) {
  SqlConnection& db = context.db;
  context.hold(create.club);
  const auto standing = require_club_role(db, create.club, actor.key, ClubRole::organizer);
  if (!standing) return standing.error();
  if (create.idempotency) {
    const auto made = find_idempotent(db, actor, *create.idempotency);
    if (!made) return made.error();
    const auto id = *made ? BroadcastId::parse(**made) : std::nullopt;
    if (id) {
      auto stored = find_broadcast(db, *standing, *id);
      if (!stored) return stored.error();
      return ChangedBroadcast{
          .broadcast = std::move(stored->record), .created = false, .events = {}};
    }
  }
  const auto event = create.event ? context.channel_key(*create.event) : std::nullopt;
  if (auto refused = refuse_audience(db, *standing, create, event)) return std::move(*refused);
  insert_broadcast(db, actor, create, standing->club.key, event);
  if (create.idempotency) keep_idempotent(db, actor, *create.idempotency, create.id.text());
  auto stored = find_broadcast(db, *standing, create.id);
  if (!stored) return stored.error();
  ChangedBroadcast out;
  if (stored->record.send_at <= actor.now) {
    out.events = send_broadcast(context, actor.now, *stored);
  } else {
    out.organizers = organizers_to_tell(db, standing->club.key);
  }
  out.broadcast = std::move(stored->record);
  audit_club(context, actor, "club.broadcast", {.club = create.club});
  return out;
}

Result<ChangedBroadcast> cancel_broadcast(WriteContext& context, const Actor& actor,
                                          const BroadcastName& name) {
  SqlConnection& db = context.db;
  context.hold(name.club);
  const auto standing = require_club_role(db, name.club, actor.key, ClubRole::organizer);
  if (!standing) return standing.error();
  auto stored = find_broadcast(db, *standing, name.id);
  if (!stored) return stored.error();
  ChangedBroadcast out;
  // Another node may be sending it at this moment: one of the two finds it no more scheduled.
  if (stored->record.status == BroadcastStatus::scheduled &&
      db.execute("UPDATE club_broadcasts SET status = $1 WHERE id = $2 AND status = $3",
                 static_cast<int>(BroadcastStatus::cancelled), stored->key,
                 static_cast<int>(BroadcastStatus::scheduled)) == 1) {
    stored->record.status = BroadcastStatus::cancelled;
    out.organizers = organizers_to_tell(db, standing->club.key);
    audit_club(context, actor, "club.broadcast_cancel", {.club = name.club});
  }
  if (stored->record.status != BroadcastStatus::cancelled) {
    return fail(ErrorCode::conflict, "the broadcast was sent");
  }
  out.broadcast = std::move(stored->record);
  return out;
}

Result<BroadcastRecord> read_broadcast(SqlConnection& db, UserKey reader,
                                       const BroadcastName& name) {
  const auto standing = require_club_role(db, name.club, reader, ClubRole::organizer);
  if (!standing) return standing.error();
  auto stored = find_broadcast(db, *standing, name.id);
  if (!stored) return stored.error();
  stored->record.seen = count_seen(db, *stored);
  return std::move(stored->record);
}

Result<BroadcastList> list_broadcasts(SqlConnection& db, const Actor& actor, const ClubId& club,
                                      const std::optional<std::string>& cursor,
                                      std::uint32_t limit) {
  const auto standing = require_club_role(db, club, actor.key, ClubRole::organizer);
  if (!standing) return standing.error();
  const ChannelKey key = standing->club.key;
  std::int64_t before = INT64_MAX;
  if (cursor) {
    const auto place = parse_chat_cursor(db, actor.key, *cursor);
    if (!place || place->chat != key) {
      return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    }
    before = static_cast<std::int64_t>(place->activity);
  }
  limit = std::clamp(limit, 1u, limits::kClubListMax);
  auto rows = db.query(KITH_SELECT_BROADCASTS
                       "WHERE b.club_id = $1 AND b.id < $2 ORDER BY b.id DESC LIMIT $3",
                       key, before, limit + 1);
  BroadcastList out;
  std::int64_t last = 0;
  while (rows.next()) {
    if (out.broadcasts.size() == limit) {
      out.next_cursor =
          make_chat_cursor(db, actor.key, {.activity = static_cast<Position>(last), .chat = key});
      break;
    }
    auto stored = read_stored_broadcast(rows);
    last = stored.key;
    out.broadcasts.push_back(std::move(stored.record));
  }
  return out;
}

}  // namespace kith
