// Who stands where in a chat, and which message is meant: what every operation on a chat asks
// first.
//
// All of it reads the connection's present snapshot or transaction. Errors: not_found, told alike
// where there is no such thing and where the user may not see it; see sql_connection.h for
// failures.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/ports/chats.h"
#include "storage/sql_connection.h"
#include "storage/sql_session.h"

namespace kith {

// Stored in chat_participants.status: numbers are for ever.
enum class ParticipantStatus : std::uint8_t { in = 0, gone = 1, banned = 2 };

// Stored in chat_messages.moderation_status, by whose word it is; anything but `no` hides.
enum class HiddenBy : std::uint8_t { no = 0, moderator = 1, server = 2, sender = 3 };

// In muted_until and banned_until: without an end.
inline constexpr WallTime kForGood = WallTime::max();

// A participant's place in a chat.
struct Standing {
  ChannelRef channel;
  ChatType type = ChatType::group;
  ParticipantRole role = ParticipantRole::member;
  std::optional<WallTime> muted_until;
  std::uint32_t participants = 0;
  Seq last_read_seq = 0;
  Seq head = 0;  // as of the last commit: a write job asks its WriteContext instead

  bool muted(WallTime now) const { return muted_until && *muted_until > now; }
  bool moderates() const { return role >= ParticipantRole::moderator; }
};
Result<Standing> require_participant(SqlConnection& db, const ChatId& chat, UserKey user);
// The same for one who wants to say something. forbidden: muted at `actor.now`.
Result<Standing> require_speaker(SqlConnection& db, const ChatId& chat, const Actor& actor);
// The same for one who wants to keep order. forbidden: neither moderator nor owner.
Result<Standing> require_moderator(SqlConnection& db, const ChatId& chat, UserKey user);

// Anybody's row in a chat, also of those who went or were banned.
struct ParticipantRow {
  ParticipantRole role = ParticipantRole::member;  // member for whoever is not in it
  ParticipantStatus status = ParticipantStatus::in;
  std::optional<WallTime> muted_until;
  std::optional<WallTime> banned_until;
  // While a block stands in a direct chat, where muted_until is the block's: the mute beneath it,
  // zero where there is none.
  std::optional<WallTime> mute_under_block;

  bool banned(WallTime now) const {
    return status == ParticipantStatus::banned && banned_until && *banned_until > now;
  }
};
std::optional<ParticipantRow> find_participant(SqlConnection& db, ChannelKey chat, UserKey user);

struct StoredMessage {
  MessageRef ref;
  Seq seq = 0;
  UserRef sender;
  // member where the sender is not in the chat any more
  ParticipantRole sender_role = ParticipantRole::member;
  bool deleted = false;
  HiddenBy hidden = HiddenBy::no;

  bool tombstone() const { return deleted || hidden != HiddenBy::no; }
};
Result<StoredMessage> require_message(SqlConnection& db, ChannelKey chat, const MessageId& message);

// A user who exists and was not erased.
std::optional<UserRef> find_live_user(SqlConnection& db, const UserId& user);

// Chats::access. forbidden instead of not_found.
Result<Attached> read_access(SqlConnection& db, UserKey user, const ChatId& chat);

inline UserRef reference(const Actor& actor) {
  return {.key = actor.key, .id = actor.user};
}

// forbidden: somebody's role, in a chat or a club, is as high as that of who acts on them, or
// higher.
inline Error not_below_you() {
  return fail(ErrorCode::forbidden, "this user's role is not below yours");
}

}  // namespace kith
