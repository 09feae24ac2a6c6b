#include "engine/club_json.h"

namespace kith {

void write_club_members(JsonWriter& json, const ClubRecord& club) {
  json.field("id", club.id).field("slug", club.slug).field("name", club.name);
  json.field("description", club.description).field("city", club.city);
  json.key("tags").raw(club.tags_json);
  json.field("privacy_level", to_string(club.privacy)).field("owner_id", club.owner);
  json.field("chat_id", club.chat).field("member_count", std::int64_t{club.member_count});
  json.field("version", club.version).field("created_at", club.created_at);
  json.field("updated_at", club.updated_at);
}

void write_club(JsonWriter& json, const ClubRecord& club) {
  json.begin_object();
  write_club_members(json, club);
  json.key("membership").begin_object().field("status", to_string(club.status));
  json.key("role");
  if (club.status == ClubStatus::approved) {
    json.string(to_string(club.role));
  } else {
    json.null();
  }
  json.end_object().end_object();
}

void write_post(JsonWriter& json, const PostView& post) {
  json.begin_object().field("id", post.id);
  json.field("type", post.content.empty() && !post.event ? "media" : "post");
  json.key("author").begin_object().field("id", post.author);
  json.field("display_name", post.author_name).end_object();
  json.field("content", post.content).key("media").raw(post.media_json);
  if (post.event) json.field("event_id", *post.event);
  json.field("created_at", post.created_at).end_object();
}

}  // namespace kith
