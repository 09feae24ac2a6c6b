// What is posted in a club, and its feed (engine/ports/clubs.h).
#pragma once

#include "engine/ports/clubs.h"
#include "storage/sql_session.h"

namespace kith {

Result<CreatedPost> create_post(WriteContext& context, const Actor& actor, const CreatePost& post);
Result<FeedPage> read_feed(SqlConnection& db, const Actor& actor, const ClubId& club,
                           const std::optional<std::string>& cursor, std::uint32_t limit);

// Puts something at the top of the club's feed: of type event, `source` is the event's channel.
struct FeedEntry {
  FeedItem::Type type = FeedItem::Type::post;
  std::int64_t source = 0;
  WallTime at{};
};
void append_feed(SqlConnection& db, ChannelKey club, const FeedEntry& entry);

// What stands in feeds, for queries that have KITH_FEED_TABLES: the entry's id, type and source,
// and the columns that feed_post() reads the post from where they stand first.
#define KITH_FEED_COLUMNS                                                            \
  "f.id, f.type, f.source_id, p.public_id, a.public_id, u.display_name, p.content, " \
  "p.media_ids, p.created_at, e.public_id"
#define KITH_FEED_TABLES                                                                \
  "FROM club_feed f LEFT JOIN club_posts p ON f.type <> 1 AND p.id = f.source_id "      \
  "LEFT JOIN users u ON u.id = p.author_id LEFT JOIN channels a ON a.id = p.author_id " \
  "LEFT JOIN channels e ON e.id = p.event_id "
inline constexpr int kFeedColumns = 10;
inline constexpr int kFeedPostId = 3;  // NULL: it is gone
std::string feed_post(const SqlCursor& row);

}  // namespace kith
