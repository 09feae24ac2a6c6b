// A club's broadcasts.
#include "gateway/openapi/operation.h"

#include "protocol/limits.h"

namespace kith::api {

using enum HttpMethod;

std::vector<Operation> broadcast_operations() {
  return {
      {.method = post,
       .pattern = "/clubs/{club_id}/broadcasts",
       .id = "createBroadcast",
       .tag = "broadcasts",
       .summary = "Sends to a club's people, now or later",
       .body =
           object({{"content", ref("Content")},
                   {"audience", text(1, 64).says("all, rsvp: and an event's id, role: and a role")},
                   {"send_at?", time().says("at most a year ahead")}}),
       .answers = {{201, ref("Broadcast")}, {200, ref("Broadcast")}},
       .refusals = {403, 409},
       .with = kIdempotencyKey},
      {.method = get,
       .pattern = "/clubs/{club_id}/broadcasts",
       .id = "listBroadcasts",
       .tag = "broadcasts",
       .summary = "A club's broadcasts, newest first; for its organizers",
       .query = paged(20, limits::kClubListMax),
       .answers = {{200, page(ref("Broadcast"))}},
       .refusals = {403}},
      {.method = get,
       .pattern = "/clubs/{club_id}/broadcasts/{broadcast_id}",
       .id = "getBroadcast",
       .tag = "broadcasts",
       .summary = "A broadcast with its numbers",
       .answers = {{200, ref("Broadcast")}},
       .refusals = {403}},
      {.method = del,
       .pattern = "/clubs/{club_id}/broadcasts/{broadcast_id}",
       .id = "cancelBroadcast",
       .tag = "broadcasts",
       .summary = "Cancels one that was not sent yet",
       .answers = {{200, ref("Broadcast")}},
       .refusals = {403, 409}},
  };
}

}  // namespace kith::api
