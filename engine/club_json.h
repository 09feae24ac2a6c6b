// Clubs and what is posted in them as JSON: the same in answers over HTTP and in events.
#pragma once

#include <optional>
#include <string_view>

#include "engine/ports/clubs.h"
#include "protocol/json_writer.h"

namespace kith {

// The club's own members, without the reader's place in it: what an event tells to everybody.
void write_club_members(JsonWriter& json, const ClubRecord& club);
// As one object, with the reader's place: {..., "membership":{"status":...,"role":...}}.
void write_club(JsonWriter& json, const ClubRecord& club);

struct PostView {
  PostId id;
  UserId author;
  std::string_view author_name;
  std::string_view content;
  std::string_view media_json;  // a JSON array of media ids
  std::optional<EventId> event{};
  WallTime created_at{};
};
// {"id","type":"post"|"media","author":{...},"content","media":[...],"event_id"?,"created_at"}
void write_post(JsonWriter& json, const PostView& post);

}  // namespace kith
