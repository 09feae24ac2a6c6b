// Clubs, who is in them, and what stands in their feeds.
#include "gateway/openapi/operation.h"

#include "protocol/limits.h"

namespace kith::api {

using enum HttpMethod;

namespace {

std::vector<Member> club_fields(std::string_view name) {
  return {{name, name_text(1, 100)},
          {"description?", text(0, 2000)},
          {"city?", name_text(0, 100)},
          {"tags?", list(name_text(1, 40), 20)},
          {"privacy_level?", one_of({"public", "private"})}};
}

std::vector<Operation> membership_operations() {
  const Schema role = one_of({"member", "moderator", "organizer", "owner"});
  const Schema status = one_of({"approved", "none", "banned", "pending"});
  return {
      {.method = post,
       .pattern = "/clubs/{club_id}/join",
       .id = "joinClub",
       .tag = "clubs",
       .summary = "Joins a public club, or asks a private one's organizers",
       .body = object({{"message?", text(0, 500)}}),
       .answers = {{200, object({{"status", status}})}},
       .refusals = {403},
       .with = kBodyMayBeAbsent},
      {.method = post,
       .pattern = "/clubs/{club_id}/leave",
       .id = "leaveClub",
       .tag = "clubs",
       .summary = "Leaves, or takes a request back",
       .answers = {{200, object({{"status", status}})}},
       .refusals = {409}},
      {.method = get,
       .pattern = "/clubs/{club_id}/members",
       .id = "listClubMembers",
       .tag = "clubs",
       .summary = "Who is in it; who asks or is banned, for moderators and above",
       .query = paged(50, limits::kClubListMax,
                      {{.name = "status", .schema = one_of({"approved", "pending", "banned"})}}),
       .answers = {{200, page(object({{"user_id", id(IdKind::user)},
                                      {"display_name", text()},
                                      {"avatar_url", or_null(text())},
                                      {"role", role},
                                      {"status", status},
                                      {"joined_at", time()},
                                      {"message?", text()}}))}},
       .refusals = {403}},
      {.method = post,
       .pattern = "/clubs/{club_id}/members/{user_id}",
       .id = "changeClubMember",
       .tag = "clubs",
       .summary = "Lets in, refuses, removes, bans, or gives a role",
       .body = object({{"action", one_of({"approve", "reject", "ban", "unban", "remove", "role"})},
                       {"role?", role.says("needed by role")},
                       {"reason?", text(0, 500)},
                       {"until?", time().says("of a ban; without it for good")}}),
       .answers = {{200,
                    object({{"user_id", id(IdKind::user)}, {"status", status}, {"role?", role}})}},
       .refusals = {403, 409}},
  };
}

std::vector<Operation> feed_operations() {
  return {
      {.method = post,
       .pattern = "/clubs/{club_id}/posts",
       .id = "createClubPost",
       .tag = "clubs",
       .summary = "Posts; at least one of the three",
       .body =
           object({{"content?", text(0, 4000)},
                   {"media_ids?", list(text(1, limits::kMediaIdBytesMax), limits::kAttachmentsMax)},
                   {"event_id?", id(IdKind::event)}}),
       .answers = {{201, object({{"id", id(IdKind::post)}, {"created_at", time()}})},
                   {200, object({{"id", id(IdKind::post)}, {"created_at", time()}})}},
       .refusals = {403, 409},
       .with = kIdempotencyKey},
      {.method = del,
       .pattern = "/clubs/{club_id}/posts/{post_id}",
       .id = "removeClubPost",
       .tag = "clubs",
       .summary = "Takes a post away: one's own, or as an organizer",
       .answers = {{204}},
       .refusals = {403}},
      {.method = get,
       .pattern = "/clubs/{club_id}/feed",
       .id = "getClubFeed",
       .tag = "clubs",
       .summary = "Posts, events and media, newest first",
       .query = paged(20, limits::kClubListMax),
       .answers = {{200, page(ref("ClubFeedItem"))}}},
      {.method = post,
       .pattern = "/clubs/{club_id}/read",
       .id = "markClubRead",
       .tag = "clubs",
       .summary = "Moves one's position in the club's channel, only forward",
       .body = object({{"seq", integer(1, std::int64_t{1} << 53)}}),
       .answers = {{200, object({{"club_id", id(IdKind::club)},
                                 {"last_read_seq", integer()},
                                 {"moved", boolean()}})}},
       .refusals = {403}},
  };
}

}  // namespace

std::vector<Operation> club_operations() {
  const Schema made = object({{"id", id(IdKind::club)}, {"slug", text()}});
  std::vector<Operation> all = {
      {.method = post,
       .pattern = "/clubs",
       .id = "createClub",
       .tag = "clubs",
       .summary = "Makes a club, which one owns",
       .body = object(club_fields("name")),
       .answers = {{201, made}, {200, made}},
       .refusals = {403, 409},
       .with = kIdempotencyKey},
      {.method = get,
       .pattern = "/clubs",
       .id = "listClubs",
       .tag = "clubs",
       .summary = "Clubs by words, city, tag or slug, newest first",
       .query = paged(20, limits::kClubListMax,
                      {{.name = "q", .schema = text(0, 200)},
                       {.name = "city", .schema = text(0, 200)},
                       {.name = "tag", .schema = text(0, 200)},
                       {.name = "slug", .schema = text(0, 200)},
                       {.name = "mine", .schema = boolean()}}),
       .answers = {{200, page(ref("Club"))}}},
      {.method = get,
       .pattern = "/clubs/{club_id}",
       .id = "getClub",
       .tag = "clubs",
       .summary = "A club",
       .answers = {{200, ref("Club")}},
       .with = kETag},
      {.method = patch,
       .pattern = "/clubs/{club_id}",
       .id = "updateClub",
       .tag = "clubs",
       .summary = "Changes it; by its organizers",
       .body = object(club_fields("name?")),
       .answers = {{200, ref("Club")}},
       .refusals = {403},
       .with = kIfMatch},
  };
  for (auto* const part : {&membership_operations, &feed_operations}) {
    for (Operation& operation : part()) all.push_back(std::move(operation));
  }
  return all;
}

}  // namespace kith::api
