// Streaks, scores and badges as the answers have them, and what their requests share.
#pragma once

#include "engine/ports/reward_ledger.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "protocol/json_writer.h"

namespace kith {

void write_streak(JsonWriter& json, const StreakState& streak);
void write_badges(JsonWriter& json, const std::vector<EarnedBadge>& badges);

// The path's user: an id, or "me".
PathId<UserId> path_user(const RequestContext& context, std::size_t index);
// 403 where the path names somebody else.
std::optional<HttpResponse> refuse_others(const RequestContext& context, UserId user);

// A field of the body as a time (RFC 3339); noted where it is none.
WallTime time_of(JsonBody& body, std::string_view field);
// A whole number within +- kActivityValueMax; nothing where it is absent.
std::optional<std::int64_t> value_of(JsonBody& body, std::string_view field);

}  // namespace kith
