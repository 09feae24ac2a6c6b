#include "storage/sql_notices.h"

#include <sodium.h>

#include <algorithm>

#include "engine/notice_times.h"
#include "protocol/assert.h"
#include "protocol/json_writer.h"
#include "storage/sql_preferences.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

// With so many of a user's waiting to be sent by one channel, further ones go with a digest.
constexpr std::int64_t kNoticesWaitingMax = 10;
constexpr auto kCrowdedDigest = 15min;

// What decides how a user is told of something.
struct Recipient {
  NoticePreferences preferences;
  NoticeMode web_hook = NoticeMode::off;
  NoticeMode email = NoticeMode::off;
  bool in_app = true;
};

std::optional<Recipient> find_recipient(SqlConnection& db, UserKey user, const std::string& type) {
  auto row = db.query(
      "SELECT c.in_app, c.web_hook, c.email, u.email_verified_at, "
      "u.deleted_at, " KITH_PREFERENCE_COLUMNS
      " FROM users u LEFT JOIN notification_choices c"
      " ON c.user_id = u.id AND c.type = $1"
      " LEFT JOIN notification_settings s ON s.user_id = u.id WHERE u.id = $2",
      type, user);
  if (!row.next()) return std::nullopt;
  Recipient out{.preferences = read_preference_columns(row, 5)};
  out.in_app = row.maybe_integer(0).value_or(1) != 0;
  const bool live = row.is_null(4);
  const auto mode = [&](int column, NoticeMode fallback) {
    const auto chosen = row.maybe_integer(column);
    return chosen ? static_cast<NoticeMode>(*chosen) : fallback;
  };
  if (live) out.web_hook = mode(1, out.preferences.web_hook);
  // A mail to an address that is not known to be theirs could be to anybody.
  if (live && !row.is_null(3)) out.email = mode(2, out.preferences.email);
  return out;
}

NotificationId newest_of(SqlConnection& db, UserKey user) {
  NotificationId newest;
  {
    auto row = db.query(
        "SELECT public_id FROM notifications WHERE user_id = $1 ORDER BY public_id DESC LIMIT 1",
        user);
    if (row.next()) newest = NotificationId{row.uuid(0)};
  }
  auto mark = db.query("SELECT read_id FROM notification_marks WHERE user_id = $1", user);
  if (mark.next()) newest = std::max(newest, NotificationId{mark.uuid(0)});
  return newest;
}

// The way of one notification out by one channel.
class WayOut {
 public:
  WayOut(WriteContext& context, const Notice& notice, const NotificationId& id)
      : context_(context), notice_(notice), id_(id) {}

  // True: it goes with a digest.
  bool hand_on(OutgoingChannel channel, NoticeMode mode, const NoticePreferences& preferences) {
    if (mode == NoticeMode::off) return false;
    if (mode == NoticeMode::digest) {
      const WallTime next = next_digest(*zone_of(preferences), preferences.digest, notice_.at);
      if (join_digest(channel, quiet_end(preferences, next).value_or(next))) return true;
    }
    if (const auto until = quiet_end(preferences, notice_.at + context_.outgoing.delay)) {
      return join_digest(channel, *until);
    }
    if (waiting(channel) >= kNoticesWaitingMax &&
        join_digest(channel, notice_.at + kCrowdedDigest)) {
      return true;
    }
    send_soon(channel);
    return false;
  }

 private:
  std::int64_t waiting(OutgoingChannel channel) {
    auto row = context_.db.query(
        "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE user_id = $1 AND channel = $2"
        " AND kind = 1 AND dead_at IS NULL LIMIT $3) waiting",
        notice_.user.key, static_cast<int>(channel), kNoticesWaitingMax);
    return row.next() ? row.integer(0) : 0;
  }
  void send_soon(OutgoingChannel channel) {
    context_.db.execute(
        "INSERT INTO outbox(public_id, channel, kind, user_id, notification_id, created_at, due_at)"
        " VALUES($1, $2, 1, $3, $4, $5, $6)",
        new_delivery_id(notice_.at), static_cast<int>(channel), notice_.user.key, id_, notice_.at,
        notice_.at + context_.outgoing.delay);
  }
  // The one digest that is still open takes it along. Writing to its row, even nothing new, keeps
  // whoever would send it waiting until this transaction is over, or sends this one to the next.
  // False: nothing was done, as it would be over by then.
  bool join_digest(OutgoingChannel channel, WallTime due) {
    if (notice_.ends_at && due >= *notice_.ends_at) return false;
    context_.db.execute(
        "INSERT INTO outbox(public_id, channel, kind, user_id, notification_id, created_at, due_at)"
        " VALUES($1, $2, 2, $3, $4, $5, $6)"
        " ON CONFLICT(user_id, channel) WHERE kind = 2 AND attempts = 0 DO UPDATE SET due_at ="
        " CASE WHEN excluded.due_at < outbox.due_at THEN excluded.due_at ELSE outbox.due_at END",
        new_delivery_id(notice_.at), static_cast<int>(channel), notice_.user.key, id_, notice_.at,
        due);
    return true;
  }

  WriteContext& context_;
  const Notice& notice_;
  const NotificationId& id_;
};

std::string notification_json(const Notice& notice, const NotificationId& id, bool silent) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", id).field("type", notice.type);
  json.key("payload").raw(notice.payload).field("created_at", notice.at);
  if (silent) json.field("silent", true);
  json.end_object();
  return out;
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  randombytes_buf(&bits, sizeof(bits));
  return bits;
}

// unix_ts_ms of a UUIDv7.
WallTime time_of(const Uuid& uuid) {
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | uuid[i];
  return WallTime{std::chrono::milliseconds{ms}};
}

}  // namespace

NotificationId new_notification_id(WallTime now, const NotificationId& after) {
  UuidGenerator generator(random_bits);
  const NotificationId id{generator.next(now)};
  if (id > after) return id;
  return NotificationId{generator.next(time_of(after.uuid) + 1ms)};
}

DeliveryId new_delivery_id(WallTime now) {
  return DeliveryId{UuidGenerator(random_bits).next(now)};
}

ChannelRef own_channel(const UserRef& user) {
  return {.key = ChannelKey{static_cast<std::int64_t>(user.key)}, .id = user.id};
}

DurableEvent notify(WriteContext& context, const Notice& notice) {
  KITH_ASSERT(is_notice_type(notice.type));
  KITH_ASSERT(notice.payload.starts_with('{') && notice.payload.ends_with('}'));
  const ChannelRef own = own_channel(notice.user);
  context.head(own.key);  // held from here on: no two take the same place
  const auto recipient = find_recipient(context.db, notice.user.key, notice.type);
  const bool silent = notice.by == notice.user.key || (recipient && !recipient->in_app);
  const NotificationId id = new_notification_id(notice.at, newest_of(context.db, notice.user.key));
  int held = 0;
  if (recipient && !silent) {
    WayOut way(context, notice, id);
    const auto hand_on = [&](OutgoingChannel channel, bool configured, NoticeMode mode) {
      if (!configured || !way.hand_on(channel, mode, recipient->preferences)) return;
      held |= 1 << static_cast<int>(channel);
    };
    hand_on(OutgoingChannel::web_hook, context.outgoing.web_hook, recipient->web_hook);
    hand_on(OutgoingChannel::email, context.outgoing.email, recipient->email);
  }
  context.db.execute(
      "INSERT INTO notifications(user_id, public_id, type, payload, created_at, read_at, held)"
      " VALUES($1, $2, $3, $4, $5, $6, $7)",
      notice.user.key, id, notice.type, notice.payload, notice.at,
      silent ? std::optional(notice.at) : std::nullopt, held);
  return append_log(context, own,
                    {.type = EventType::notification_new,
                     .at = notice.at,
                     .user = notice.user,
                     .payload = notification_json(notice, id, silent)});
}

}  // namespace kith
