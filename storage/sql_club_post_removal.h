// Posts that go: from the feed, from their table, and out of the club's log, where a tombstone
// stands in their place: {"post": {"id", "type": "tombstone"}}. The club's channel is told by
// club.post with the same.
#pragma once

#include <vector>

#include "engine/ports/clubs.h"
#include "storage/sql_session.h"

namespace kith {

// Clubs::remove_post.
Result<Committed> remove_post(WriteContext& context, const Actor& actor, const ClubId& club,
                              const PostId& post);

struct StoredPost {
  std::int64_t key = 0;
  PostId id;
  UserRef author;
  std::optional<Seq> seq;  // of its event; nothing: from before this was noted
  WallTime created_at{};
};
// The author's oldest in the club, a transaction's worth.
std::vector<StoredPost> posts_of(SqlConnection& db, ChannelKey club, UserKey author);
DurableEvent take_post_away(WriteContext& context, const ChannelRef& club, const StoredPost& post,
                            WallTime now);

}  // namespace kith
