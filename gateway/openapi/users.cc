// Users, what they say of themselves, their logins and blocks.
#include "engine/ports/feeds.h"
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

Schema changes_of_profile() {
  return object({{"display_name?", name_text(1, 80)},
                 {"bio?", text(0, 1000)},
                 {"city?", name_text(0, 100)},
                 {"avatar_url?", text(0, 500).says("an https URL")},
                 {"interests?", list(name_text(1, 64), 50)},
                 {"icebreaker_prompt_id?", text(0, 64)}});
}

std::vector<Operation> profile_operations() {
  return {
      {.method = get,
       .pattern = "/users/me",
       .id = "getMe",
       .tag = "users",
       .summary = "One's own profile",
       .answers = {{200, ref("Profile")}},
       .with = kETag},
      {.method = patch,
       .pattern = "/users/me",
       .id = "updateMe",
       .tag = "users",
       .summary = "Changes what one says of oneself; null takes away, but for the name",
       .body = changes_of_profile(),
       .answers = {{200, object({{"success", boolean()}})}},
       .with = kIfMatch},
      {.method = get,
       .pattern = "/users/{user_id}",
       .id = "getUser",
       .tag = "users",
       .summary = "A profile. 404 where a block stands between the two",
       .answers = {{200, ref("Profile")}},
       .with = kETag},
      {.method = patch,
       .pattern = "/users/{user_id}",
       .id = "updateUser",
       .tag = "users",
       .summary = "Changes what one says of oneself; null takes away, but for the name",
       .body = changes_of_profile(),
       .answers = {{200, object({{"success", boolean()}})}},
       .refusals = {403},
       .with = kIfMatch},
      {.method = get,
       .pattern = "/users/{user_id}/recommendations",
       .id = "recommendPeople",
       .tag = "users",
       .summary = "People to get to know, best first; for oneself",
       .query = paged(10, 50),
       .answers = {{200, page(object({{"id", id(IdKind::user)},
                                      {"display_name", text()},
                                      {"mutual_interests", list(text())},
                                      {"shared_clubs", integer()},
                                      {"compatibility_score", number().says("0 to 1")},
                                      {"reason", text().says("what counts most in it")},
                                      {"icebreaker_prompt", text()}}))}},
       .refusals = {403}},
      {.method = get,
       .pattern = "/icebreakers/today",
       .id = "getIcebreaker",
       .tag = "users",
       .summary = "The prompt of the day",
       .answers = {{200, object({{"id", text()}, {"prompt", text()}})}}},
      {.method = get,
       .pattern = "/feed",
       .id = "getFeed",
       .tag = "users",
       .summary = "One's day: what is new in one's clubs, who comes to their events, and events in "
                  "one's city; newest first",
       .query = paged(20, kFeedItemsMax),
       .answers = {{200, page(ref("FeedItem"))}}},
      {.method = get,
       .pattern = "/users/me/export",
       .id = "exportMe",
       .tag = "users",
       .summary = "All that is stored about oneself, page by page",
       .query = paged(200, 500),
       .answers = {{200, page(map(anything()).says("with its `kind`"))}}},
  };
}

}  // namespace

std::vector<Member> sign_up_fields(std::string_view password) {
  return {{"email", text(1, 254)},
          {password, text(1, 256).says(
                         "at least as many characters as the server is configured to ask for: 8, "
                         "unless configured otherwise")},
          {"display_name", name_text(1, 80)},
          {"bio?", text(0, 1000)},
          {"city?", name_text(0, 100)},
          {"signup_source?", text(0, 32)},
          {"interests?", list(name_text(1, 64), 50)}};
}

std::vector<Operation> user_operations() {
  std::vector<Operation> all = {
      {.method = post,
       .pattern = "/users",
       .id = "createUser",
       .tag = "users",
       .summary = "Signs up",
       .body = object(sign_up_fields("password")),
       .answers = {{201, object({{"id", id(IdKind::user)},
                                 {"display_name", text()},
                                 {"city", text()},
                                 {"interests", list(text())},
                                 {"created_at", time()}})}},
       .refusals = {409}},
      {.method = del,
       .pattern = "/users/me",
       .id = "eraseMe",
       .tag = "users",
       .summary = "Ends one's account: its logins at once, and what is stored about one after that",
       .body = object({{"password", text(1, 256)}}),
       .answers = {{202, object({{"user_id", id(IdKind::user)},
                                 {"status", one_of({"erasing"})},
                                 {"requested_at", time()},
                                 {"message", text()}})}},
       .refusals = {403, 409}},
      {.method = get,
       .pattern = "/users/me/sessions",
       .id = "listSessions",
       .tag = "users",
       .summary = "One's logins",
       .answers = {{200, page(object({{"id", id(IdKind::session)},
                                      {"current", boolean()},
                                      {"created_at", time()},
                                      {"last_used_at", time()},
                                      {"client_address", text()},
                                      {"user_agent", text()}}))}}},
      {.method = del,
       .pattern = "/users/me/sessions/{session_id}",
       .id = "endSession",
       .tag = "users",
       .summary = "Ends a login: its tokens hold no more, its sockets close",
       .answers = {{204}}},
      {.method = get,
       .pattern = "/users/me/blocks",
       .id = "listBlocks",
       .tag = "users",
       .summary = "Whom one has blocked",
       .answers = {{200, page(object({{"user_id", id(IdKind::user)},
                                      {"display_name", text()},
                                      {"since", time()}}))}}},
      {.method = post,
       .pattern = "/users/{user_id}/block",
       .id = "blockUser",
       .tag = "users",
       .summary = "Blocks; works both ways: in their direct chat neither says anything, or sees "
                  "whether the other is there",
       .answers = {{204}},
       .refusals = {422}},
      {.method = del,
       .pattern = "/users/{user_id}/block",
       .id = "unblockUser",
       .tag = "users",
       .summary = "Takes the block away",
       .answers = {{204}}},
  };
  for (Operation& operation : profile_operations()) all.push_back(std::move(operation));
  return all;
}

}  // namespace kith::api
