#include "storage/sql_broadcast_notices.h"

#include "protocol/json_writer.h"
#include "storage/sql_broadcasts.h"

namespace kith {
namespace {

// What a member may see: what was sent to all of their clubs since they joined, and what was sent
// to their role (it stands on their own channel). $1 is the user.
#define KITH_BROADCAST_NOTICES                                                            \
  "FROM club_broadcasts b JOIN club_broadcast_places p ON p.broadcast_id = b.id "         \
  "JOIN club_memberships m ON m.club_id = b.club_id AND m.user_id = $1 AND m.status = 0 " \
  "JOIN channels c ON c.id = b.club_id JOIN channels a ON a.id = b.author_id "            \
  "LEFT JOIN channel_reads r ON r.channel_id = p.channel_id AND r.user_id = $1 "          \
  "WHERE b.notice_id IS NOT NULL AND b.sent_at >= m.joined_at AND "                       \
  "((b.audience = 0 AND p.channel_id = b.club_id) OR (b.audience = 2 AND p.channel_id = $1)) "

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
  // Reads the channel up to it: unread is a position.
  bool mark_read(WriteContext& context, UserKey user, const NotificationId& id,
                 WallTime now) const override {
    SqlConnection& db = context.db;
    ChannelKey channel{};
    Seq seq = 0;
    {
      auto row = db.query("SELECT p.channel_id, p.seq " KITH_BROADCAST_NOTICES
                          "AND b.notice_id = $2 AND coalesce(r.last_read_seq, 0) < p.seq",
                          user, id);
      if (!row.next()) return false;
      channel = ChannelKey{row.integer(0)};
      seq = static_cast<Seq>(row.integer(1));
    }
    raise_read_position(db, {.channel = channel, .user = user, .seq = seq, .at = now});
    return true;
  }
};

}  // namespace

const NoticeSource& broadcast_notices() {
  static const BroadcastNotices notices;
  return notices;
}

}  // namespace kith
