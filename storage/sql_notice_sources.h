// What the list of notifications is put together from. Each user's own have a row each (the first
// source). What very many get at once needs none: a source that finds it by who belongs to what,
// merged into the list by id, which is by time. Read marks go over all sources: everything up to
// notification_marks.read_id is read, whatever it is.
//
// To add a source: implement NoticeSource, and name it in notice_sources() (sql_notice_sources.cc).
#pragma once

#include <span>
#include <vector>

#include "engine/ports/notifications.h"
#include "storage/sql_session.h"

namespace kith {

// Somebody who reads at this moment.
struct NoticeReading {
  UserKey user{};
  WallTime now{};
};

class NoticeSource {
 public:
  virtual ~NoticeSource() = default;

  // The newest of the user's with ids below `before`, at most `limit`, newest first. `read_at` is
  // set where it is read by itself; the mark is the caller's business.
  virtual std::vector<NotificationRecord> page(SqlConnection& db, UserKey user,
                                               const NotificationId& before,
                                               std::uint32_t limit) const = 0;
  // How many of the user's with ids above the mark are unread; counting stops at `most`.
  virtual std::uint32_t unread(SqlConnection& db, UserKey user, const NotificationId& mark,
                               std::uint32_t most) const = 0;
  // Is it one of this source, and of this user?
  virtual bool holds(SqlConnection& db, UserKey user, const NotificationId& id) const = 0;
  // Marks one as read by itself. False: it was. Broadcasts that this has passed are added.
  virtual bool mark_read(WriteContext& context, const NoticeReading& reading,
                         const NotificationId& id, std::vector<BroadcastId>& passed) const = 0;
  // What reading the list up to there means beyond the mark, which is the caller's business.
  virtual void mark_read_to(WriteContext& context, const NoticeReading& reading,
                            const NotificationId& up_to,
                            std::vector<BroadcastId>& passed) const = 0;
};

std::span<const NoticeSource* const> notice_sources();

// Of all sources; semantics as in Notifications (engine/ports/notifications.h).
Result<NotificationList> list_notifications(SqlConnection& db, const Actor& actor,
                                            const std::optional<std::string>& cursor,
                                            std::uint32_t limit);
Result<NoticesRead> mark_notification_read(WriteContext& context, const Actor& actor,
                                           const NotificationId& id);
Result<NoticesRead> mark_notifications_read_to(WriteContext& context, const Actor& actor,
                                               const NotificationId& up_to);

}  // namespace kith
