// Forgetting a user (Profiles::erase, run_erasures): what the law calls erasure.
//
// The request and the job. One transaction ends the account; the rest is a job in many small ones,
// each of which moves user_erasures on from where it had found it. So it goes on where it was
// stopped, and what several nodes begin is done once. It begins a few seconds later: by then what
// was under way for the user has ended and the sockets are cut, so nothing is written behind it.
//
//   goes     email, password, profile; messages (tombstones, with message.delete) and reactions;
//            posts; what broadcasts said; memberships and answers to events (others move up);
//            activities, streaks, scores, badges, places on leaderboards; notifications, settings,
//            logins, calendars, blocks both ways, what waits to be sent, idempotency keys, personal
//            parts of the audit log (also of what others did to the user), texts of reports,
//            moderators' notes about the user's messages; the user's own log
//   passes   a club to its staff and else its members, the highest role and then the longest there
//   on       first, and so does a group chat without another owner; events of a club to its owner
//   ends     a club without another member (closed: told to nobody), events of one's own
//            (cancelled, without text and place)
//   stays    the user's id, which others' logs name, with an empty name; when messages were sent;
//            emojis in logs; what they did on duty, to others (cases, services); the fact that this
//            user was erased, and when
//
// What others have been told, in notifications and events that name the user or an event of
// theirs, keeps its ids and times and loses its texts: passes over all notifications, the whole log
// and the leaderboards that are over, on a reader's connection, see to that; so do passes over the
// cases of moderation and the audit log. (What a node's memory
// holds of a channel's last events, for those who come back to it, goes with its last follower.)
#pragma once

#include <optional>

#include "engine/ports/profiles.h"
#include "storage/sql_erasure_scan.h"
#include "storage/sql_session.h"

namespace kith {

// Stored in user_erasures.step; taken in this order.
enum class ErasureStep : std::uint8_t {
  clubs = 0,
  events = 1,
  rsvps = 2,
  posts = 3,
  broadcasts = 4,
  chats = 5,  // and the messages in each
  reactions = 6,
  rows = 7,
  audit = 8,
  boards = 9,
  snapshots = 10,  // of leaderboards that are over
  notices = 11,    // others' that name the user
  log = 12,        // the same
  own_log = 13,
  cases = 14,         // what moderators noted of the user's messages
  others_audit = 15,  // personal parts of what others did that name the user
};
inline constexpr ErasureStep kLastErasureStep = ErasureStep::others_audit;

Result<Committed> begin_erasure(WriteContext& context, const Actor& actor,
                                const AuthSessionId& login);

struct DueErasure {
  UserRef user;
  ErasureStep step = ErasureStep::clubs;
  std::int64_t position = 0;  // within the step
  ErasureScan scan;           // of the steps that scan
};
// Nothing: none is due.
std::optional<DueErasure> find_due_erasure(SqlConnection& db, WallTime now);
// One part of it; where another node was quicker, nothing.
Result<ErasureWork> run_erasure(WriteContext& context, const DueErasure& due, WallTime now);

}  // namespace kith
