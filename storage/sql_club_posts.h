// What is posted in a club, and its feed (engine/ports/clubs.h).
#pragma once

#include "engine/ports/clubs.h"
#include "storage/sql_session.h"

namespace kith {

Result<CreatedPost> create_post(WriteContext& context, const Actor& actor, const CreatePost& post);
Result<FeedPage> read_feed(SqlConnection& db, const Actor& actor, const ClubId& club,
                           const std::optional<std::string>& cursor, std::uint32_t limit);

// Puts something at the top of the club's feed: of type event, `source` is the event's channel.
void append_feed(SqlConnection& db, ChannelKey club, FeedItem::Type type, std::int64_t source);

}  // namespace kith
