#include "storage/sql_broadcast_notices.h"

#include <algorithm>
#include <iterator>

#include "engine/ports/events.h"
#include "protocol/json_writer.h"
#include "storage/sql_broadcasts.h"

namespace kith {
namespace {

// What a user may see, and where it stands: what was sent to all of their clubs since they joined,
// what was sent to their role there (it stands on their own channel), and what was sent to those
// who come to an event since they answered. $1 is the user.
#define KITH_BROADCAST_NOTICES                                                                \
  "FROM (SELECT b.id AS broadcast_id, b.club_id AS channel_id FROM club_memberships m "       \
  "JOIN club_broadcasts b ON b.club_id = m.club_id AND b.audience = 0 "                       \
  "AND b.sent_at >= m.joined_at WHERE m.user_id = $1 AND m.status = 0 "                       \
  "UNION ALL SELECT b.id, m.user_id FROM club_memberships m "                                 \
  "JOIN club_broadcasts b ON b.club_id = m.club_id AND b.audience = 2 "                       \
  "AND b.sent_at >= m.joined_at WHERE m.user_id = $1 AND m.status = 0 "                       \
  "UNION ALL SELECT b.id, x.event_id FROM event_attendees x "                                 \
  "JOIN club_broadcasts b ON b.audience_event_id = x.event_id AND b.audience = 1 "            \
  "AND b.sent_at >= x.created_at WHERE x.user_id = $1 AND x.status <= 1) mine "               \
  "JOIN club_broadcasts b ON b.id = mine.broadcast_id "                                       \
  "JOIN club_broadcast_places p ON p.broadcast_id = b.id AND p.channel_id = mine.channel_id " \
  "JOIN channels c ON c.id = b.club_id JOIN channels a ON a.id = b.author_id "                \
  "LEFT JOIN channel_reads r ON r.channel_id = p.channel_id AND r.user_id = $1 "              \
  "WHERE b.notice_id IS NOT NULL "
static_assert(static_cast<int>(RsvpStatus::maybe) == 1);

// A place that a user has not read so far.
struct UnreadPlace {
  ChannelKey channel{};
  Seq read = 0;
  Seq seq = 0;
};
UnreadPlace unread_place(const SqlCursor& row) {
  return {.channel = ChannelKey{row.integer(0)},
          .read = static_cast<Seq>(row.integer(1)),
          .seq = static_cast<Seq>(row.integer(2))};
}
// Reads the channel up to it: unread is a position.
void move_past(SqlConnection& db, const UnreadPlace& place, const NoticeReading& reading,
               std::vector<BroadcastId>& passed) {
  raise_read_position(
      db, {.channel = place.channel, .user = reading.user, .seq = place.seq, .at = reading.now});
  auto more = passed_broadcasts(db, place.channel, place.read, place.seq);
  std::ranges::move(more, std::back_inserter(passed));
}

std::string payload_of(const SqlCursor& row) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("broadcast_id", BroadcastId{row.uuid(1)});
  json.field("club_id", ClubId{row.uuid(2)}).field("author_id", UserId{row.uuid(3)});
  json.key("content").raw(row.text(4)).end_object();
  return payload;
}

class BroadcastNotices final : public NoticeSource {
 public:
  std::vector<NotificationRecord> page(SqlConnection& db, UserKey user,
                                       const NotificationId& before,
                                       std::uint32_t limit) const override {
    std::vector<NotificationRecord> out;
    auto rows = db.query(
        "SELECT b.notice_id, b.public_id, c.public_id, a.public_id, b.content, b.sent_at, "
        "CASE WHEN r.last_read_seq >= p.seq THEN r.last_read_at "
        "WHEN b.author_id = $1 THEN b.sent_at END " KITH_BROADCAST_NOTICES
        "AND b.notice_id < $2 ORDER BY b.notice_id DESC LIMIT $3",
        user, before, limit);
    while (rows.next()) {
      out.push_back({.id = NotificationId{rows.uuid(0)},
                     .type = "club.broadcast",
                     .payload_json = payload_of(rows),
                     .created_at = rows.time(5),
                     .read_at = rows.maybe_time(6)});
    }
    return out;
  }
  std::uint32_t unread(SqlConnection& db, UserKey user, const NotificationId& mark,
                       std::uint32_t most) const override {
    auto row = db.query(
        "SELECT COUNT(*) FROM (SELECT 1 " KITH_BROADCAST_NOTICES
        "AND b.notice_id > $2 AND b.author_id <> $1 AND coalesce(r.last_read_seq, 0) < p.seq "
        "LIMIT $3) unread",
        user, mark, most);
    return row.next() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
  }
  bool holds(SqlConnection& db, UserKey user, const NotificationId& id) const override {
    return db.query("SELECT 1 " KITH_BROADCAST_NOTICES "AND b.notice_id = $2", user, id).next();
  }
  bool mark_read(WriteContext& context, const NoticeReading& reading, const NotificationId& id,
                 std::vector<BroadcastId>& passed) const override {
    std::optional<UnreadPlace> place;
    {
      auto row = context.db.query(
          "SELECT p.channel_id, coalesce(r.last_read_seq, 0), p.seq " KITH_BROADCAST_NOTICES
          "AND b.notice_id = $2 AND coalesce(r.last_read_seq, 0) < p.seq",
          reading.user, id);
      if (row.next()) place = unread_place(row);
    }
    if (!place) return false;
    move_past(context.db, *place, reading, passed);
    return true;
  }
  void mark_read_to(WriteContext& context, const NoticeReading& reading,
                    const NotificationId& up_to, std::vector<BroadcastId>& passed) const override {
    std::vector<UnreadPlace> places;
    {
      auto rows = context.db.query(
          "SELECT p.channel_id, MAX(coalesce(r.last_read_seq, 0)), "
          "MAX(p.seq) " KITH_BROADCAST_NOTICES
          "AND b.notice_id <= $2 AND coalesce(r.last_read_seq, 0) < p.seq "
          "GROUP BY p.channel_id ORDER BY p.channel_id",
          reading.user, up_to);
      while (rows.next()) places.push_back(unread_place(rows));
    }
    for (const UnreadPlace& place : places) move_past(context.db, place, reading, passed);
  }
};

}  // namespace

const NoticeSource& broadcast_notices() {
  static const BroadcastNotices notices;
  return notices;
}

}  // namespace kith
