// Clubs themselves: making, reading, changing and finding them (engine/ports/clubs.h). Who is in
// them stands in sql_club_members.h, what is posted in sql_club_posts.h.
#pragma once

#include "engine/ports/clubs.h"
#include "storage/sql_session.h"

namespace kith {

Result<CreatedClub> create_club(WriteContext& context, const Actor& actor,
                                const CreateClub& create);
Result<UpdatedClub> update_club(WriteContext& context, const Actor& actor,
                                const UpdateClub& update);
Result<ClubRecord> read_club(SqlConnection& db, UserKey reader, const ClubId& club);
Result<ClubList> search_clubs(SqlConnection& db, const Actor& actor, const ClubSearch& search);

// What cities and tags are compared by: ASCII letters folded, the rest byte by byte.
std::string folded_text(std::string_view text);

// The columns of a ClubRecord as read by $1, for queries that go on with WHERE;
// read_club_columns() reads them where they stand first, and behind them the club's key.
#define KITH_SELECT_CLUBS                                                                       \
  "SELECT c.public_id, k.slug, k.name, k.description, k.city, k.tags, k.privacy_level, "        \
  "o.public_id, h.public_id, k.member_count, k.version, k.created_at, k.updated_at, m.status, " \
  "m.role, k.id FROM clubs k JOIN channels c ON c.id = k.id "                                   \
  "JOIN channels o ON o.id = k.owner_id JOIN channels h ON h.id = k.chat_id "                   \
  "LEFT JOIN club_memberships m ON m.club_id = k.id AND m.user_id = $1 "
ClubRecord read_club_columns(const SqlCursor& row);

}  // namespace kith
