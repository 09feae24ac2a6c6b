// Activities, streaks, scores, badges and leaderboards.
#include "gateway/openapi/operation.h"

#include "engine/ports/reward_ledger.h"
#include "protocol/limits.h"

namespace kith::api {

using enum HttpMethod;

namespace {

Schema recorded_schema() {
  return object(
      {{"activity_id", id(IdKind::activity)},
       {"duplicate", boolean()},
       {"streaks", list(ref("Streak"))},
       {"scores", list(object({{"category", text()}, {"score", integer()}, {"delta", integer()}}))},
       {"composite?", number()},
       {"badges", list(ref("Badge"))}});
}

Schema scores_schema() {
  const Schema point =
      object({{"start", text().says("a day: 2024-04-20")},
              {"composite", number()},
              {"categories", list(object({{"category", text()}, {"score", integer()}}))}});
  return object(
      {{"composite", number()},
       {"categories",
        list(object({{"category", text()}, {"score", integer()}, {"weight", integer()}}))},
       {"series?", list(point)}});
}

std::vector<Operation> activity_operations() {
  const Schema kind = text(1, kRuleNameBytesMax);
  return {
      {.method = post,
       .pattern = "/activities",
       .id = "recordActivity",
       .tag = "rewards",
       .summary = "Says what one did, once; the Idempotency-Key stands in for a missing "
                  "idempotency_key",
       .body =
           object({{"kind", kind},
                   {"occurred_at", time()},
                   {"value?", integer(-kActivityValueMax, kActivityValueMax)},
                   {"category?", text(1, kRuleNameBytesMax)
                                     .says("one that the profile lists; where it lets others be "
                                           "named, a user has at most 50 of those: 422")},
                   {"idempotency_key?", text(1, 64)},
                   {"user_id?", id(IdKind::user).says("one's own")}}),
       .answers = {{200, recorded_schema()}},
       .refusals = {403, 409},
       .with = kIdempotencyKey},
      {.method = post,
       .pattern = "/streaks/{user_id}",
       .id = "feedStreak",
       .tag = "rewards",
       .summary = "Says what one did, for the first streak that it feeds",
       .body = object({{"event", kind}, {"occurred_at", time()}}),
       .answers = {{200, object({{"current_streak", integer()}, {"longest_streak", integer()}})}},
       .refusals = {403, 409},
       .with = kIdempotencyKey},
      {.method = get,
       .pattern = "/streaks/{user_id}",
       .id = "getStreaks",
       .tag = "rewards",
       .summary = "One's own streaks",
       .answers = {{200, object({{"streaks", list(ref("Streak"))}})}},
       .refusals = {403}},
      {.method = patch,
       .pattern = "/users/me/time_zone",
       .id = "setTimeZone",
       .tag = "rewards",
       .summary =
           "The zone that one's days are of; 429 within a week of the last change, but for an "
           "hour in which a mistake can be put right",
       .body = object({{"time_zone", text(1, 64)}}),
       .answers = {{200, object({{"time_zone", text()}, {"effective_at", time()}})}},
       .refusals = {409}},
  };
}

std::vector<Operation> board_operations() {
  return {
      {.method = get,
       .pattern = "/leaderboards",
       .id = "getLeaderboard",
       .tag = "rewards",
       .summary = "The board of a category, in a city or everywhere, over a period",
       .query = paged(
           50, limits::kLeaderboardLimitMax,
           {{.name = "city", .schema = text(0, 100)},
            {.name = "category", .schema = text(0, 64)},
            {.name = "period", .schema = one_of({"day", "week", "month", "season", "all_time"})},
            {.name = "around_me", .schema = boolean()}}),
       .answers = {{200, page(ref("BoardEntry"), {{"board_id", or_null(id(IdKind::board))},
                                                  {"revision", integer()},
                                                  {"total", integer()},
                                                  {"me", or_null(ref("BoardMe"))}})}},
       .refusals = {422}},
      {.method = get,
       .pattern = "/leaderboards/past",
       .id = "getPastLeaderboard",
       .tag = "rewards",
       .summary = "How a period ended: the one that `at` lies in, or the last that is over",
       .query = {{.name = "city", .schema = text(0, 100)},
                 {.name = "category", .schema = text(0, 64)},
                 {.name = "period",
                  .schema = one_of({"day", "week", "month", "season", "all_time"})
                                .says("week where it is not given")},
                 {.name = "at", .schema = time()},
                 {.name = "limit",
                  .schema = integer(1, limits::kLeaderboardLimitMax),
                  .fallback = 10}},
       .answers = {{200, object({{"items", list(object({{"rank", integer()},
                                                        {"user_id", or_null(id(IdKind::user))},
                                                        {"score", integer()}}))},
                                 {"opened_at", time()},
                                 {"closed_at", time()},
                                 {"total", integer()}})}},
       .refusals = {404, 422}},
      {.method = get,
       .pattern = "/leaderboards/me",
       .id = "getLeaderboardPreferences",
       .tag = "rewards",
       .summary = "Does one hide from all boards?",
       .answers = {{200, object({{"hidden", boolean()}})}}},
      {.method = patch,
       .pattern = "/leaderboards/me",
       .id = "setLeaderboardPreferences",
       .tag = "rewards",
       .summary = "Hides from all boards, or shows again",
       .body = object({{"hidden", boolean()}}),
       .answers = {{200, object({{"hidden", boolean()}})}}},
  };
}

}  // namespace

std::vector<Operation> reward_operations() {
  std::vector<Operation> all = {
      {.method = get,
       .pattern = "/users/{user_id}/scores",
       .id = "getScores",
       .tag = "rewards",
       .summary = "One's own scores",
       .query = {{.name = "resolution", .schema = one_of({"day", "week", "month"})},
                 {.name = "from", .schema = text(1, 64).says("a day or a time")},
                 {.name = "to", .schema = text(1, 64).says("a day or a time")}},
       .answers = {{200, scores_schema()}},
       .refusals = {403}},
      {.method = get,
       .pattern = "/badges/{user_id}",
       .id = "getBadges",
       .tag = "rewards",
       .summary = "Somebody's badges; progress is one's own alone",
       .answers = {{200, object({{"badges", list(ref("Badge"))},
                                 {"progress?", list(object({{"code", text()},
                                                            {"name", text()},
                                                            {"current", integer()},
                                                            {"target", integer()}}))}})}}},
  };
  for (Operation& operation : board_operations()) all.push_back(std::move(operation));
  for (Operation& operation : activity_operations()) all.push_back(std::move(operation));
  return all;
}

}  // namespace kith::api
