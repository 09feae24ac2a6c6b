// Sending broadcasts, and what becomes of them (sql_broadcasts.h).
//
// Once, however many ask: the row's step from scheduled to sent is one UPDATE with a condition, in
// the transaction that writes the event. Who comes second finds nothing to do.
#include <sodium.h>

#include <algorithm>
#include <map>

#include "protocol/json_writer.h"
#include "storage/sql_broadcasts.h"
#include "storage/sql_channel_access.h"
#include "storage/sql_club_access.h"
#include "storage/sql_event_access.h"
#include "storage/sql_membership.h"

namespace kith {
namespace {

// Due ones of one transaction.
constexpr int kSentAtOnce = 16;
constexpr int kPassedAtOnce = 100;

Uuid new_uuid(WallTime now) {
  UuidGenerator generator([] {
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof(bits));
    return bits;
  });
  return generator.next(now);
}

struct Audience {
  std::vector<ChannelRef> channels;
  std::uint64_t count = 0;
};

std::uint64_t count_members(SqlConnection& db, ChannelKey club) {
  auto row = db.query("SELECT member_count FROM clubs WHERE id = $1", club);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::vector<ChannelRef> channels_of_role(SqlConnection& db, const StoredBroadcast& stored) {
  std::vector<ChannelRef> out;
  auto rows = db.query(
      "SELECT m.user_id, c.public_id FROM club_memberships m JOIN channels c ON c.id = m.user_id "
      "WHERE m.club_id = $1 AND m.status = 0 AND m.role = $2 ORDER BY m.user_id LIMIT $3",
      stored.club, static_cast<int>(stored.record.role), kRoleAudienceMax);
  while (rows.next()) {
    out.push_back({.key = ChannelKey{rows.integer(0)}, .id = UserId{rows.uuid(1)}});
  }
  return out;
}

Audience audience_of(SqlConnection& db, const StoredBroadcast& stored) {
  Audience out;
  switch (stored.record.audience) {
    case BroadcastAudience::all:
      out.channels = {{.key = stored.club, .id = stored.record.club}};
      out.count = count_members(db, stored.club);
      break;
    case BroadcastAudience::guests:
      if (!stored.event || !stored.record.event) break;
      out.channels = {{.key = *stored.event, .id = *stored.record.event}};
      out.count = count_guests(db, *stored.event);
      break;
    case BroadcastAudience::role:
      out.channels = channels_of_role(db, stored);
      out.count = out.channels.size();
      break;
  }
  return out;
}

bool step_from_scheduled(SqlConnection& db, const StoredBroadcast& stored, BroadcastStatus to,
                         std::optional<WallTime> sent_at) {
  return db.execute(
             "UPDATE club_broadcasts SET status = $1, sent_at = $2 WHERE id = $3 AND status = $4",
             static_cast<int>(to), sent_at, stored.key,
             static_cast<int>(BroadcastStatus::scheduled)) == 1;
}

std::vector<StoredBroadcast> due_broadcasts(SqlConnection& db, WallTime now) {
  std::vector<StoredBroadcast> due;
  auto rows = db.query(KITH_SELECT_BROADCASTS
                       "WHERE b.status = 0 AND b.send_at <= $1 ORDER BY b.send_at LIMIT $2",
                       now, kSentAtOnce);
  while (rows.next()) due.push_back(read_stored_broadcast(rows));
  return due;
}

BroadcastProgress progress_of(SqlConnection& db, const StoredBroadcast& stored) {
  return {.id = stored.record.id,
          .club = stored.record.club,
          .author = stored.record.author,
          .status = stored.record.status,
          .audience_count = stored.record.audience_count,
          .delivered = stored.record.delivered,
          .seen = count_seen(db, stored)};
}

}  // namespace

std::string broadcast_payload(const BroadcastRecord& record) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("broadcast_id", record.id).field("club_id", record.club);
  json.field("author_id", record.author).key("content").raw(record.content_json).end_object();
  return payload;
}

std::vector<DurableEvent> send_broadcast(WriteContext& context, WallTime now,
                                         StoredBroadcast& stored) {
  SqlConnection& db = context.db;
  if (!step_from_scheduled(db, stored, BroadcastStatus::sent, now)) return {};
  BroadcastRecord& record = stored.record;
  const Audience audience = audience_of(db, stored);
  record.status = BroadcastStatus::sent;
  record.sent_at = now;
  record.audience_count = audience.count;
  db.execute("UPDATE club_broadcasts SET audience_count = $1, notice_id = $2 WHERE id = $3",
             audience.count, NotificationId{new_uuid(now)}, stored.key);
  std::vector<ChannelKey> keys;
  for (const ChannelRef& channel : audience.channels) keys.push_back(channel.key);
  touch_channels(context, std::move(keys));
  const std::string payload = broadcast_payload(record);
  std::vector<DurableEvent> events;
  for (const ChannelRef& channel : audience.channels) {
    events.push_back(append_log(
        context, channel, {.type = EventType::club_broadcast, .at = now, .payload = payload}));
    db.execute(
        "INSERT INTO club_broadcast_places(channel_id, seq, broadcast_id) VALUES($1, $2, $3)",
        channel.key, events.back().seq, stored.key);
  }
  return events;
}

bool is_broadcast_due(SqlConnection& db, WallTime now) {
  auto row =
      db.query("SELECT 1 FROM club_broadcasts WHERE status = 0 AND send_at <= $1 LIMIT 1", now);
  return row.next();
}

Result<SentBroadcasts> send_due_broadcasts(WriteContext& context, WallTime now) {
  SqlConnection& db = context.db;
  SentBroadcasts out;
  auto due = due_broadcasts(db, now);
  out.more = due.size() == kSentAtOnce;
  std::vector<ChannelKey> clubs;
  for (const StoredBroadcast& stored : due) clubs.push_back(stored.club);
  touch_channels(context, std::move(clubs));
  for (StoredBroadcast& stored : due) {
    const Membership author = find_membership(db, stored.club, stored.author);
    if (!author.approved() || author.role < ClubRole::organizer) {
      step_from_scheduled(db, stored, BroadcastStatus::cancelled, std::nullopt);
      continue;
    }
    auto events = send_broadcast(context, now, stored);
    std::move(events.begin(), events.end(), std::back_inserter(out.events));
  }
  return out;
}

// Positions say how far everybody has read who follows the channel: who came later is none of those
// that audience_count counts.
std::uint64_t count_seen(SqlConnection& db, const StoredBroadcast& stored) {
  auto row = db.query(
      "SELECT COUNT(*) FROM club_broadcast_places p "
      "JOIN club_broadcasts b ON b.id = p.broadcast_id JOIN channel_reads r "
      "ON r.channel_id = p.channel_id AND r.last_read_seq >= p.seq WHERE p.broadcast_id = $1 "
      "AND (b.audience = 2 OR (b.audience = 0 AND EXISTS (SELECT 1 FROM club_memberships m "
      "WHERE m.club_id = b.club_id AND m.user_id = r.user_id AND m.status = 0 "
      "AND m.joined_at <= b.sent_at)) OR (b.audience = 1 AND EXISTS (SELECT 1 "
      "FROM event_attendees x WHERE x.event_id = b.audience_event_id AND x.user_id = r.user_id "
      "AND x.status <= 1 AND x.created_at <= b.sent_at)))",
      stored.key);
  const auto seen = row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
  // A guest may have declined at first, and come after all once it was sent.
  return std::min(seen, stored.record.audience_count);
}
static_assert(static_cast<int>(RsvpStatus::maybe) == 1);

Result<std::vector<BroadcastId>> note_deliveries(
    WriteContext& context, const std::vector<BroadcastDelivery>& deliveries) {
  SqlConnection& db = context.db;
  // In the order of their keys: other nodes do the same.
  std::map<std::int64_t, std::uint64_t> sockets;
  for (const BroadcastDelivery& delivery : deliveries) {
    const auto channel = context.channel_key(delivery.channel);
    if (!channel) continue;
    auto row = db.query(
        "SELECT broadcast_id FROM club_broadcast_places WHERE channel_id = $1 AND seq = $2",
        *channel, delivery.seq);
    if (row.next()) sockets[row.integer(0)] += delivery.sockets;
  }
  std::vector<BroadcastId> out;
  for (const auto& [broadcast, count] : sockets) {
    auto row = db.query(
        "UPDATE club_broadcasts SET delivered = delivered + $1 WHERE id = $2 RETURNING public_id",
        count, broadcast);
    while (row.next()) out.push_back(BroadcastId{row.uuid(0)});
  }
  return out;
}

std::vector<BroadcastProgress> read_progress(SqlConnection& db,
                                             const std::vector<BroadcastId>& broadcasts) {
  std::vector<BroadcastProgress> out;
  for (const BroadcastId& id : broadcasts) {
    auto row = db.query(KITH_SELECT_BROADCASTS "WHERE b.public_id = $1", id);
    if (row.next()) out.push_back(progress_of(db, read_stored_broadcast(row)));
  }
  return out;
}

std::vector<BroadcastId> passed_broadcasts(SqlConnection& db, ChannelKey channel, Seq from,
                                           Seq to) {
  std::vector<BroadcastId> out;
  auto rows = db.query(
      "SELECT b.public_id FROM club_broadcast_places p "
      "JOIN club_broadcasts b ON b.id = p.broadcast_id "
      "WHERE p.channel_id = $1 AND p.seq > $2 AND p.seq <= $3 ORDER BY p.seq DESC LIMIT $4",
      channel, from, to, kPassedAtOnce);
  while (rows.next()) out.push_back(BroadcastId{rows.uuid(0)});
  return out;
}

void raise_read_position(SqlConnection& db, const ReadPosition& position) {
  db.execute(
      "INSERT INTO channel_reads(channel_id, user_id, last_read_seq, last_read_at) "
      "VALUES($1, $2, $3, $4) ON CONFLICT(channel_id, user_id) DO UPDATE SET "
      "last_read_seq = excluded.last_read_seq, last_read_at = excluded.last_read_at "
      "WHERE channel_reads.last_read_seq < excluded.last_read_seq",
      position.channel, position.user, position.seq, position.at);
}

// Holds no channel: a hot one's readers would wait for each other. What was committed when the
// client learned its number is in the table.
Result<ReadChannel> mark_channel_read(WriteContext& context, const Actor& actor,
                                      const ChannelId& channel, Seq seq) {
  SqlConnection& db = context.db;
  const auto key = context.channel_key(channel);
  if (!key || !find_channel_reader(db, channel, *key, actor.key)) {
    return fail(ErrorCode::not_found, "no such channel");
  }
  {
    auto row = db.query("SELECT last_seq FROM channels WHERE id = $1", *key);
    if (row.next() && seq > static_cast<Seq>(row.integer(0))) {
      return fail(ErrorCode::bad_request, "the channel has not come so far", "seq");
    }
  }
  ReadChannel out{.last_read_seq = 0, .moved = false, .passed = {}};
  {
    auto row =
        db.query("SELECT last_read_seq FROM channel_reads WHERE channel_id = $1 AND user_id = $2",
                 *key, actor.key);
    if (row.next()) out.last_read_seq = static_cast<Seq>(row.integer(0));
  }
  if (seq <= out.last_read_seq) return out;
  raise_read_position(db, {.channel = *key, .user = actor.key, .seq = seq, .at = actor.now});
  out.passed = passed_broadcasts(db, *key, out.last_read_seq, seq);
  out.last_read_seq = seq;
  out.moved = true;
  return out;
}

}  // namespace kith
