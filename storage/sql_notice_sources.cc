#include "storage/sql_notice_sources.h"

#include <algorithm>

#include "protocol/json_writer.h"
#include "protocol/limits.h"
#include "storage/sql_broadcast_notices.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_notices.h"

namespace kith {
namespace {

// The rows that notify() writes.
class OwnNotices final : public NoticeSource {
 public:
  std::vector<NotificationRecord> page(SqlConnection& db, UserKey user,
                                       const NotificationId& before,
                                       std::uint32_t limit) const override {
    std::vector<NotificationRecord> out;
    auto rows = db.query(
        "SELECT public_id, type, payload, created_at, read_at FROM notifications"
        " WHERE user_id = $1 AND public_id < $2 ORDER BY public_id DESC LIMIT $3",
        user, before, limit);
    while (rows.next()) {
      out.push_back({.id = NotificationId{rows.uuid(0)},
                     .type = std::string(rows.text(1)),
                     .payload_json = std::string(rows.text(2)),
                     .created_at = rows.time(3),
                     .read_at = rows.maybe_time(4)});
    }
    return out;
  }
  std::uint32_t unread(SqlConnection& db, UserKey user, const NotificationId& mark,
                       std::uint32_t most) const override {
    auto row = db.query(
        "SELECT COUNT(*) FROM (SELECT 1 FROM notifications WHERE user_id = $1 AND public_id > $2"
        " AND read_at IS NULL LIMIT $3) unread",
        user, mark, most);
    return row.next() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
  }
  bool holds(SqlConnection& db, UserKey user, const NotificationId& id) const override {
    return db.query("SELECT 1 FROM notifications WHERE user_id = $1 AND public_id = $2", user, id)
        .next();
  }
  bool mark_read(WriteContext& context, const NoticeReading& reading, const NotificationId& id,
                 std::vector<BroadcastId>&) const override {
    return context.db.execute(
               "UPDATE notifications SET read_at = $1 WHERE user_id = $2 AND public_id = $3"
               " AND read_at IS NULL",
               reading.now, reading.user, id) == 1;
  }
  void mark_read_to(WriteContext&, const NoticeReading&, const NotificationId&,
                    std::vector<BroadcastId>&) const override {}
};

struct NoticeMark {
  NotificationId id;
  std::optional<WallTime> at;
};

NoticeMark mark_of(SqlConnection& db, UserKey user) {
  auto row = db.query("SELECT read_id, read_at FROM notification_marks WHERE user_id = $1", user);
  if (!row.next()) return {};
  return {.id = NotificationId{row.uuid(0)}, .at = row.time(1)};
}

std::uint32_t unread_count(SqlConnection& db, UserKey user, const NotificationId& mark) {
  std::uint32_t count = 0;
  for (const NoticeSource* source : notice_sources()) {
    count += source->unread(db, user, mark, limits::kUnreadCountMax - count);
  }
  return count;
}

const NoticeSource* source_of(SqlConnection& db, UserKey user, const NotificationId& id) {
  for (const NoticeSource* source : notice_sources()) {
    if (source->holds(db, user, id)) return source;
  }
  return nullptr;
}

Error no_such_notification() {
  return fail(ErrorCode::not_found, "there is no such notification");
}

// notification.read, for the user's other devices.
DurableEvent tell_read(WriteContext& context, const Actor& actor, const char* which,
                       const NotificationId& id, std::uint32_t unread) {
  std::string payload;
  JsonWriter(payload)
      .begin_object()
      .field(which, id)
      .field("unread_count", std::int64_t{unread})
      .field("read_at", actor.now)
      .end_object();
  const UserRef user = reference(actor);
  return append_log(context, own_channel(user),
                    {.type = EventType::notification_read,
                     .at = actor.now,
                     .user = user,
                     .payload = std::move(payload)});
}

}  // namespace

std::span<const NoticeSource* const> notice_sources() {
  static const OwnNotices own;
  static const std::array<const NoticeSource*, 2> all = {&own, &broadcast_notices()};
  return all;
}

Result<NotificationList> list_notifications(SqlConnection& db, const Actor& actor,
                                            const std::optional<std::string>& cursor,
                                            std::uint32_t limit) {
  NotificationId before;
  before.uuid.fill(0xFF);
  if (cursor) {
    const auto uuid = parse_crockford(*cursor);
    if (!uuid) return fail(ErrorCode::bad_request, "the cursor is none of ours");
    before.uuid = *uuid;
  }
  NotificationList out;
  for (const NoticeSource* source : notice_sources()) {
    auto more = source->page(db, actor.key, before, limit + 1);
    std::ranges::move(more, std::back_inserter(out.items));
  }
  std::ranges::sort(out.items, std::greater(), &NotificationRecord::id);
  if (out.items.size() > limit) {
    out.items.resize(limit);
    out.next_cursor.emplace();
    append_crockford(*out.next_cursor, out.items.back().id.uuid);
  }
  const NoticeMark mark = mark_of(db, actor.key);
  for (NotificationRecord& item : out.items) {
    if (!item.read_at && item.id <= mark.id) item.read_at = mark.at;
  }
  out.unread_count = unread_count(db, actor.key, mark.id);
  return out;
}

Result<NoticesRead> mark_notification_read(WriteContext& context, const Actor& actor,
                                           const NotificationId& id) {
  SqlConnection& db = context.db;
  context.hold(actor.user);
  const NoticeSource* source = source_of(db, actor.key, id);
  if (source == nullptr) return no_such_notification();
  const NoticeMark mark = mark_of(db, actor.key);
  NoticesRead out;
  const NoticeReading reading{.user = actor.key, .now = actor.now};
  const bool changed = id > mark.id && source->mark_read(context, reading, id, out.passed);
  out.unread_count = unread_count(db, actor.key, mark.id);
  if (changed) {
    out.events.push_back(tell_read(context, actor, "notification_id", id, out.unread_count));
  }
  return out;
}

Result<NoticesRead> mark_notifications_read_to(WriteContext& context, const Actor& actor,
                                               const NotificationId& up_to) {
  SqlConnection& db = context.db;
  context.hold(actor.user);
  if (source_of(db, actor.key, up_to) == nullptr) return no_such_notification();
  const NoticeMark mark = mark_of(db, actor.key);
  NoticesRead out;
  if (up_to > mark.id) {
    db.execute(
        "INSERT INTO notification_marks(user_id, read_id, read_at) VALUES($1, $2, $3)"
        " ON CONFLICT(user_id) DO UPDATE SET read_id = excluded.read_id,"
        " read_at = excluded.read_at",
        actor.key, up_to, actor.now);
    for (const NoticeSource* source : notice_sources()) {
      source->mark_read_to(context, {.user = actor.key, .now = actor.now}, up_to, out.passed);
    }
  }
  const NotificationId now_at = std::max(mark.id, up_to);
  out.unread_count = unread_count(db, actor.key, now_at);
  if (up_to > mark.id) {
    out.events.push_back(tell_read(context, actor, "up_to", up_to, out.unread_count));
  }
  return out;
}

}  // namespace kith
