#include "storage/sql_club_post_removal.h"

#include "protocol/json_writer.h"
#include "storage/sql_club_access.h"
#include "storage/sql_club_entry.h"

namespace kith {
namespace {

constexpr int kPostsAtOnce = 50;

#define KITH_SELECT_POSTS                                                                      \
  "SELECT p.id, p.public_id, p.author_id, a.public_id, p.seq, p.created_at FROM club_posts p " \
  "JOIN channels a ON a.id = p.author_id "

StoredPost read_post(const SqlCursor& row) {
  StoredPost out{.key = row.integer(0),
                 .id = PostId{row.uuid(1)},
                 .author = {.key = UserKey{row.integer(2)}, .id = UserId{row.uuid(3)}},
                 .seq = {},
                 .created_at = row.time(5)};
  if (const auto seq = row.maybe_integer(4)) out.seq = static_cast<Seq>(*seq);
  return out;
}

// Of a post from before its place was noted: among those of the same moment.
std::optional<Seq> find_place(SqlConnection& db, ChannelKey club, const StoredPost& post) {
  const std::string id = '"' + post.id.text() + '"';
  auto rows = db.query(
      "SELECT seq, detail FROM channel_log WHERE channel_id = $1 AND type = $2 AND at = $3", club,
      static_cast<int>(EventType::club_post), post.created_at);
  while (rows.next()) {
    if (rows.text(1).find(id) != std::string_view::npos) return static_cast<Seq>(rows.integer(0));
  }
  return std::nullopt;
}

}  // namespace

std::vector<StoredPost> posts_of(SqlConnection& db, ChannelKey club, UserKey author) {
  std::vector<StoredPost> out;
  auto rows =
      db.query(KITH_SELECT_POSTS "WHERE p.author_id = $1 AND p.club_id = $2 ORDER BY p.id LIMIT $3",
               author, club, kPostsAtOnce);
  while (rows.next()) out.push_back(read_post(rows));
  return out;
}

DurableEvent take_post_away(WriteContext& context, const ChannelRef& club, const StoredPost& post,
                            WallTime now) {
  SqlConnection& db = context.db;
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("post").begin_object().field("id", post.id).field("type", "tombstone");
  json.end_object().end_object();
  if (const auto seq = post.seq ? post.seq : find_place(db, club.key, post)) {
    db.execute("UPDATE channel_log SET detail = $1 WHERE channel_id = $2 AND seq = $3", payload,
               club.key, *seq);
  }
  db.execute("DELETE FROM club_feed WHERE source_id = $1 AND club_id = $2 AND type <> $3", post.key,
             club.key, static_cast<int>(FeedItem::Type::event));
  db.execute("DELETE FROM club_posts WHERE id = $1", post.key);
  context.content_went();
  return append_log(context, club,
                    {.type = EventType::club_post, .at = now, .payload = std::move(payload)});
}

Result<Committed> remove_post(WriteContext& context, const Actor& actor, const ClubId& club,
                              const PostId& post) {
  SqlConnection& db = context.db;
  context.hold(club);
  const auto standing = require_club_content(db, club, actor.key);
  if (!standing) return standing.error();
  std::optional<StoredPost> stored;
  {
    auto row = db.query(KITH_SELECT_POSTS "WHERE p.public_id = $1 AND p.club_id = $2", post,
                        standing->club.key);
    if (row.next()) stored = read_post(row);
  }
  if (!stored) return fail(ErrorCode::not_found, "no such post");
  const bool own = stored->author.key == actor.key;
  if (!own && !standing->has_role(ClubRole::organizer)) {
    return fail(ErrorCode::forbidden, "only its author and the club's organizers may remove it");
  }
  Committed out;
  out.events.push_back(take_post_away(context, standing->club, *stored, actor.now));
  if (!own) {
    audit_club(context, actor, "club.post_remove", {.club = club, .user = stored->author.id});
  }
  return out;
}

}  // namespace kith
