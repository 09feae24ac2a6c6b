// What a user has been told: typed notifications with history and a read mark, and what they want
// to be told of, where and when. Thread and callbacks as in event_log.h.
//
// A notification is made by whatever brings it about, in the same transaction
// (storage/sql_notices); this port is for those who read them. Lists go by id, newest first: ids
// rise with time.
//
// Errors: unavailable as in event_log.h; others as noted.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "protocol/ids.h"

namespace kith {

// Every type that there is: none is made beside these, and no other can be chosen.
inline constexpr std::array<std::string_view, 15> kNoticeTypes = {
    "badge.earned",        "chat.joined",    "chat.role_changed", "club.broadcast",
    "club.join_requested", "club.joined",    "club.rejected",     "event.cancelled",
    "event.joined",        "event.moved",    "event.reminder",    "moderation.case",
    "role.changed",        "rsvp.confirmed", "streak.at_risk"};
inline bool is_notice_type(std::string_view type) {
  return std::ranges::find(kNoticeTypes, type) != kNoticeTypes.end();
}
std::string list_of_notice_types();  // "badge.earned, chat.joined, ..."

struct NotificationRecord {
  NotificationId id;
  std::string type;          // of kNoticeTypes
  std::string payload_json;  // one object
  WallTime created_at{};
  std::optional<WallTime> read_at{};
};

struct NotificationList {
  std::vector<NotificationRecord> items;  // newest first
  std::uint32_t unread_count = 0;         // at most limits::kUnreadCountMax
  std::optional<std::string> next_cursor{};
};

struct NoticesRead {
  std::uint32_t unread_count = 0;      // afterwards
  std::vector<DurableEvent> events{};  // to be published; none: nothing changed
  std::vector<BroadcastId> passed{};   // broadcasts whose `seen` this has changed
};

// How a channel that leads out of the server is used for a type. Stored: numbers are for ever.
enum class NoticeMode : std::uint8_t { off = 0, now = 1, digest = 2 };
std::string_view to_string(NoticeMode mode);
std::optional<NoticeMode> parse_notice_mode(std::string_view text);

// Minutes of the local day; from later than to: over midnight. Never the same.
struct QuietHours {
  std::uint16_t from = 0;
  std::uint16_t to = 0;
  bool operator==(const QuietHours&) const = default;
};

enum class DigestEvery : std::uint8_t { hour = 0, day = 1, week = 2 };
std::string_view to_string(DigestEvery every);
std::optional<DigestEvery> parse_digest_every(std::string_view text);
struct DigestTimes {
  DigestEvery every = DigestEvery::day;
  std::uint16_t minute = 8 * 60;  // of the local day, where it is not every hour
  std::uint8_t weekday = 1;       // 0 is Sunday; where it is every week
  bool operator==(const DigestTimes&) const = default;
};

// What a user wants of one type; nothing: as for types without a choice.
struct NoticeChoice {
  std::string type;
  // False: it is in the history, but counts as read from the start, and its event says `silent`.
  bool in_app = true;
  std::optional<NoticeMode> web_hook{};
  std::optional<NoticeMode> email{};
};

struct NoticePreferences {
  std::string time_zone = "UTC";  // IANA
  std::optional<QuietHours> quiet{};
  DigestTimes digest{};
  NoticeMode web_hook = NoticeMode::now;
  NoticeMode email = NoticeMode::digest;
  std::vector<NoticeChoice> types{};  // by name
};

// What is set stays; what is nothing is left as it was.
struct PreferencesChange {
  std::optional<std::string> time_zone{};
  std::optional<std::optional<QuietHours>> quiet{};
  std::optional<DigestTimes> digest{};
  std::optional<NoticeMode> web_hook{};
  std::optional<NoticeMode> email{};
  struct Type {
    std::string type;
    std::optional<NoticeChoice> choice{};  // nothing: back to what holds for all
  };
  std::vector<Type> types{};
};

class Notifications {
 public:
  virtual ~Notifications() = default;

  // bad_request: not one of our cursors.
  virtual void list(Actor actor, std::optional<std::string> cursor, std::uint32_t limit,
                    Callback<NotificationList> done) = 0;
  // Marks one as read, or all up to one, that one included. A mark only moves forward. not_found:
  // the user has no such notification.
  virtual void mark_read(Actor actor, NotificationId id, Callback<NoticesRead> done) = 0;
  virtual void mark_read_to(Actor actor, NotificationId up_to, Callback<NoticesRead> done) = 0;

  virtual void preferences(Actor actor, Callback<NoticePreferences> done) = 0;
  // All of the change or none. bad_request with a field: a zone that does not exist. too_large
  // (field types): more than limits::kNoticeTypesMax types with a choice.
  virtual void change_preferences(Actor actor, PreferencesChange change,
                                  Callback<NoticePreferences> done) = 0;
};

}  // namespace kith
