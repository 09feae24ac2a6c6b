#include "storage/sql_club_posts.h"

#include <algorithm>

#include "engine/club_json.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_chat_cursor.h"
#include "storage/sql_club_access.h"
#include "storage/sql_event_access.h"
#include "storage/sql_idempotency.h"

namespace kith {
namespace {

std::string media_json_of(const std::vector<std::string>& media) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const std::string& id : media) json.string(id);
  json.end_array();
  return out;
}

std::string display_name_of(SqlConnection& db, UserKey user) {
  auto row = db.query("SELECT display_name FROM users WHERE id = $1", user);
  return row.next() ? std::string(row.text(0)) : std::string();
}

// The post that this Idempotency-Key made, also where it was removed since; nothing: it is new.
Result<std::optional<CreatedPost>> find_made(SqlConnection& db, const Actor& actor,
                                             const CreatePost& post) {
  if (!post.idempotency) return std::optional<CreatedPost>();
  const auto made = find_idempotent(db, actor, *post.idempotency);
  if (!made) return made.error();
  const auto id = *made ? PostId::parse(**made) : std::nullopt;
  if (!id) return std::optional<CreatedPost>();
  const auto at = idempotent_since(db, actor, *post.idempotency);
  return std::optional(
      CreatedPost{.id = *id, .created_at = at.value_or(actor.now), .created = false, .events = {}});
}

std::int64_t insert_post(SqlConnection& db, const Actor& actor, ChannelKey club,
                         const CreatePost& post, std::optional<ChannelKey> event) {
  const std::string media = media_json_of(post.media_ids);  // bound, so it outlives the step
  auto row = db.query(
      "INSERT INTO club_posts(public_id, club_id, author_id, content, media_ids, event_id, "
      "created_at) VALUES($1, $2, $3, $4, $5, $6, $7) RETURNING id",
      post.id, club, actor.key, post.content, media, event, actor.now);
  return row.next() ? row.integer(0) : 0;
}

}  // namespace

std::string feed_post(const SqlCursor& row) {
  PostView post{.id = PostId{row.uuid(kFeedPostId)},
                .author = UserId{row.uuid(4)},
                .author_name = row.text(5),
                .content = row.text(6),
                .media_json = row.text(7),
                .created_at = row.time(8)};
  if (!row.is_null(9)) post.event = EventId{row.uuid(9)};
  std::string out;
  JsonWriter json(out);
  write_post(json, post);
  return out;
}

void append_feed(SqlConnection& db, ChannelKey club, const FeedEntry& entry) {
  db.execute("INSERT INTO club_feed(club_id, type, source_id, created_at) VALUES($1, $2, $3, $4)",
             club, static_cast<int>(entry.type), entry.source, entry.at);
}

Result<CreatedPost> create_post(WriteContext& context, const Actor& actor, const CreatePost& post) {
  SqlConnection& db = context.db;
  context.hold(post.club);
  const auto standing = require_club_role(db, post.club, actor.key, ClubRole::member);
  if (!standing) return standing.error();
  auto made = find_made(db, actor, post);
  if (!made) return made.error();
  if (*made) return std::move(**made);
  std::optional<ChannelKey> event;
  if (post.event) {
    event = context.channel_key(*post.event);
    if (!event || !sees_event(db, *event, actor.key)) {
      return fail(ErrorCode::not_found, "no such event", "event_id");
    }
  }
  const ChannelKey club = standing->club.key;
  const std::int64_t key = insert_post(db, actor, club, post, event);
  const bool media_alone = post.content.empty() && !post.event;
  append_feed(db, club,
              {.type = media_alone ? FeedItem::Type::media : FeedItem::Type::post,
               .source = key,
               .at = actor.now});
  if (post.idempotency) keep_idempotent(db, actor, *post.idempotency, post.id.text());
  const std::string author = display_name_of(db, actor.key);
  const std::string media = media_json_of(post.media_ids);
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("post");
  write_post(json, {.id = post.id,
                    .author = actor.user,
                    .author_name = author,
                    .content = post.content,
                    .media_json = media,
                    .event = post.event,
                    .created_at = actor.now});
  json.end_object();
  CreatedPost out{.id = post.id, .created_at = actor.now, .events = {}};
  out.events.push_back(
      append_log(context, standing->club,
                 {.type = EventType::club_post, .at = actor.now, .payload = std::move(payload)}));
  db.execute("UPDATE club_posts SET seq = $1 WHERE id = $2", out.events.back().seq, key);
  return out;
}

Result<FeedPage> read_feed(SqlConnection& db, const Actor& actor, const ClubId& club,
                           const std::optional<std::string>& cursor, std::uint32_t limit) {
  const auto standing = require_club_content(db, club, actor.key);
  if (!standing) return standing.error();
  const ChannelKey key = standing->club.key;
  const bool member = standing->membership.approved();  // whom the club's own channel told anyway
  std::int64_t before = INT64_MAX;
  if (cursor) {
    const auto place = parse_chat_cursor(db, actor.key, *cursor);
    if (!place || place->chat != key) {
      return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    }
    before = static_cast<std::int64_t>(place->activity);
  }
  limit = std::clamp(limit, 1u, limits::kClubListMax);
  auto rows = db.query("SELECT " KITH_FEED_COLUMNS " " KITH_FEED_TABLES
                       "WHERE f.club_id = $1 AND f.id < $2 ORDER BY f.id DESC LIMIT $3",
                       key, before, limit + 1);
  FeedPage out;
  std::int64_t last = 0;
  for (std::uint32_t seen = 0; rows.next(); ++seen) {
    if (seen == limit) {
      out.next_cursor =
          make_chat_cursor(db, actor.key, {.activity = static_cast<Position>(last), .chat = key});
      break;
    }
    last = rows.integer(0);
    const auto type = static_cast<FeedItem::Type>(rows.integer(1));
    if (type != FeedItem::Type::event) {
      if (!rows.is_null(kFeedPostId)) {
        out.items.push_back({.type = type, .json = feed_post(rows)});
      }
      continue;
    }
    const auto event = shown_event(db, ChannelKey{rows.integer(2)}, actor);
    const bool listed = event && (member || event->visibility != EventVisibility::link);
    if (listed) out.items.push_back({.type = type, .json = event_card(*event)});
  }
  return out;
}

}  // namespace kith
