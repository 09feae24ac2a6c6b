// Order on the server as a whole: who has which role, and the cases that reported messages become.
// For the server's moderators and admins (SystemRole), whatever they are in a chat.
//
// Thread and callbacks as in event_log.h; every change is one transaction with its events, its
// history and its audit entry, and whoever asked publishes the events. Errors: unavailable;
// not_found also for whoever keeps no order, told alike; others as noted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/accounts.h"
#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "protocol/ids.h"

namespace kith {

struct ChangedRole {
  SystemRole role = SystemRole::user;
  std::vector<DurableEvent> events{};  // none: it was so already
};

// Stored: numbers are for ever.
enum class CaseStatus : std::uint8_t { open = 0, resolved = 1 };
enum class CaseResolution : std::uint8_t { dismissed = 0, hidden = 1, muted = 2, banned = 3 };
std::string_view to_string(CaseStatus status);
std::optional<CaseStatus> parse_case_status(std::string_view text);
std::string_view to_string(CaseResolution resolution);
std::optional<CaseResolution> parse_case_resolution(std::string_view text);

struct CaseRecord {
  CaseId id{};
  ChatId chat{};
  MessageId message{};
  UserId sender{};
  CaseStatus status = CaseStatus::open;
  std::optional<UserId> assignee{};
  std::optional<CaseResolution> resolution{};
  std::string note{};
  std::uint32_t reports = 0;
  WallTime created_at{};
  std::optional<WallTime> resolved_at{};
};

struct CaseReport {
  ReportId id{};
  UserId reporter{};
  std::string reason{};
  WallTime at{};
};
// What became of the case, oldest first.
struct CaseStep {
  WallTime at{};
  std::optional<UserId> by{};
  std::string action{};  // reported, assigned, unassigned, resolved
  std::string detail{};  // whom it was assigned to, how it was resolved; may be empty
};
struct CaseDetails {
  CaseRecord record{};
  // The message as it is now, hidden or not: what was edited or deleted since is gone here too.
  std::string content{};  // canonical JSON, or the tombstone
  bool hidden = false;
  bool edited_since = false;          // since the first report
  std::vector<CaseReport> reports{};  // the first kCaseEntriesMax
  std::vector<CaseStep> history{};    // likewise
};
inline constexpr std::uint32_t kCaseEntriesMax = 200;
inline constexpr std::uint32_t kCaseListMax = 100;
// Who is told of a new case: the moderators and admins with the lowest keys.
inline constexpr std::uint32_t kCaseNoticesMax = 50;

struct CaseQuery {
  std::optional<CaseStatus> status{};
  std::optional<UserId> assignee{};
  bool unassigned = false;
  std::optional<std::string> cursor{};
  std::uint32_t limit = kCaseListMax;
};
struct CaseList {
  std::vector<CaseRecord> cases{};  // the newest first
  std::optional<std::string> next_cursor{};
};
struct ChangedCase {
  CaseRecord record{};
  std::vector<DurableEvent> events{};
};
struct ResolveCase {
  CaseId id{};
  CaseResolution resolution = CaseResolution::dismissed;
  std::string note{};
  std::optional<WallTime> until{};  // of a mute or a ban
};

class Moderation {
 public:
  virtual ~Moderation() = default;

  // By an admin (forbidden: others). The user is told by notification.new of type role.changed, by
  // which open sockets have it too. conflict: the last admin.
  virtual void set_role(Actor actor, UserId user, SystemRole role, Callback<ChangedRole> done) = 0;

  // bad_request: not one of our cursors.
  virtual void list(Actor actor, CaseQuery query, Callback<CaseList> done) = 0;
  virtual void get(Actor actor, CaseId id, Callback<CaseDetails> done) = 0;
  // To a moderator or an admin (not_found, field assignee: to none such); nothing: to nobody.
  // conflict: it is resolved.
  virtual void assign(Actor actor, CaseId id, std::optional<UserId> assignee,
                      Callback<ChangedCase> done) = 0;
  // And does what it says to the message or its sender. conflict: it is resolved; the message is
  // deleted, or its sender is not there to be muted.
  virtual void resolve(Actor actor, ResolveCase resolve, Callback<ChangedCase> done) = 0;
};

}  // namespace kith
