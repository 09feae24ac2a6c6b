// Lists of clubs' members, and of the clubs of a member (sql_club_members.h).
#include <algorithm>

#include "storage/sql_chat_cursor.h"
#include "storage/sql_club_access.h"
#include "storage/sql_club_members.h"

namespace kith {

Result<ClubMembers> list_members(SqlConnection& db, const Actor& actor,
                                 const ClubMembersQuery& query) {
  const auto standing = query.status == ClubStatus::approved
                            ? require_club_content(db, query.club, actor.key)
                            : require_club_role(db, query.club, actor.key, ClubRole::moderator);
  if (!standing) return standing.error();
  const std::uint32_t limit = std::clamp(query.limit, 1u, limits::kClubListMax);
  std::int64_t after = 0;
  if (query.cursor) {
    const auto place = parse_chat_cursor(db, actor.key, *query.cursor);
    if (!place || place->chat != standing->club.key) {
      return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    }
    after = static_cast<std::int64_t>(place->activity);
  }
  ClubMembers out;
  std::int64_t last = 0;
  auto rows = db.query(
      "SELECT m.id, c.public_id, u.display_name, u.avatar_url, m.role, m.joined_at, m.message "
      "FROM club_memberships m JOIN users u ON u.id = m.user_id "
      "JOIN channels c ON c.id = m.user_id "
      "WHERE m.club_id = $1 AND m.status = $2 AND m.id > $3 ORDER BY m.id LIMIT $4",
      standing->club.key, static_cast<int>(query.status), after, limit + 1);
  while (rows.next()) {
    if (out.members.size() == limit) {
      out.next_cursor = make_chat_cursor(
          db, actor.key, {.activity = static_cast<Position>(last), .chat = standing->club.key});
      break;
    }
    last = rows.integer(0);
    out.members.push_back({.user = UserId{rows.uuid(1)},
                           .display_name = std::string(rows.text(2)),
                           .avatar_url = std::string(rows.text(3)),
                           .role = static_cast<ClubRole>(rows.integer(4)),
                           .status = query.status,
                           .joined_at = rows.time(5),
                           .message = std::string(rows.text(6))});
  }
  return out;
}

std::vector<ClubId> list_followable_clubs(SqlConnection& db, UserKey user, std::uint32_t limit) {
  std::vector<ClubId> out;
  auto rows = db.query(
      "SELECT c.public_id FROM club_memberships m JOIN channels c ON c.id = m.club_id "
      "WHERE m.user_id = $1 AND m.status = 0 ORDER BY "
      "coalesce((SELECT l.position FROM channel_log l WHERE l.channel_id = m.club_id "
      "ORDER BY l.seq DESC LIMIT 1), 0) DESC, m.club_id DESC LIMIT $2",
      user, limit);
  while (rows.next()) out.push_back(ClubId{rows.uuid(0)});
  return out;
}

}  // namespace kith
