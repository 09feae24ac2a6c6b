#include "storage/sql_club_access.h"

namespace kith {
namespace {

Error no_such_club() {
  return fail(ErrorCode::not_found, "no such club, or you are not in it");
}

// Of the columns id, status, role, banned_until from `first` on.
Membership read_membership(const SqlCursor& row, int first) {
  if (row.is_null(first)) return {};
  Membership out{.key = row.integer(first),
                 .status = static_cast<ClubStatus>(row.integer(first + 1)),
                 .banned_until = row.maybe_time(first + 3)};
  if (out.approved()) out.role = static_cast<ClubRole>(row.integer(first + 2));
  return out;
}

}  // namespace

Membership find_membership(SqlConnection& db, ChannelKey club, UserKey user) {
  auto row = db.query(
      "SELECT id, status, role, banned_until FROM club_memberships "
      "WHERE club_id = $1 AND user_id = $2",
      club, user);
  return row.next() ? read_membership(row, 0) : Membership{};
}

bool is_club_member(SqlConnection& db, ChannelKey club, UserKey user) {
  return find_membership(db, club, user).approved();
}

Result<ClubStanding> find_club(SqlConnection& db, const ClubId& club, UserKey user) {
  auto row = db.query(
      "SELECT k.id, k.chat_id, h.public_id, k.privacy_level, m.id, m.status, m.role, "
      "m.banned_until FROM channels c JOIN clubs k ON k.id = c.id "
      "JOIN channels h ON h.id = k.chat_id "
      "LEFT JOIN club_memberships m ON m.club_id = k.id AND m.user_id = $1 "
      "WHERE c.public_id = $2 AND c.kind = $3 AND k.closed_at IS NULL",
      user, club, static_cast<int>(IdKind::club));
  if (!row.next()) return no_such_club();
  return ClubStanding{.club = {.key = ChannelKey{row.integer(0)}, .id = club},
                      .chat = {.key = ChannelKey{row.integer(1)}, .id = ChatId{row.uuid(2)}},
                      .privacy = static_cast<ClubPrivacy>(row.integer(3)),
                      .membership = read_membership(row, 4)};
}

Result<ClubStanding> require_club_content(SqlConnection& db, const ClubId& club, UserKey user) {
  auto standing = find_club(db, club, user);
  if (standing && !standing->sees_content()) return no_such_club();
  return standing;
}

Result<ClubStanding> require_club_role(SqlConnection& db, const ClubId& club, UserKey user,
                                       ClubRole least) {
  auto standing = require_club_content(db, club, user);
  if (standing && !standing->has_role(least)) {
    return fail(ErrorCode::forbidden, least == ClubRole::member
                                          ? "only members of the club may do this"
                                          : "your role in the club does not allow this");
  }
  return standing;
}

std::optional<ClubId> club_of_chat(SqlConnection& db, const ChatId& chat) {
  auto row = db.query(
      "SELECT k.public_id FROM channels c JOIN chat_chats h ON h.id = c.id "
      "JOIN channels k ON k.id = h.context_id "
      "WHERE c.public_id = $1 AND c.kind = $2 AND h.type = $3",
      chat, static_cast<int>(IdKind::chat), static_cast<int>(ChatType::club));
  if (!row.next()) return std::nullopt;
  return ClubId{row.uuid(0)};
}

ParticipantRole chat_role_of(ClubRole role) {
  switch (role) {
    case ClubRole::member:
      return ParticipantRole::member;
    case ClubRole::moderator:
    case ClubRole::organizer:
      return ParticipantRole::moderator;
    case ClubRole::owner:
      return ParticipantRole::owner;
  }
  return ParticipantRole::member;
}

}  // namespace kith
