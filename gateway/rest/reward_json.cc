#include "gateway/rest/reward_json.h"

namespace kith {

void write_streak(JsonWriter& json, const StreakState& streak) {
  json.begin_object().field("streak_type", streak.type);
  json.field("current_streak", std::int64_t{streak.current});
  json.field("longest_streak", std::int64_t{streak.longest});
  json.field("at_risk", streak.at_risk);
  json.field("freezes", std::int64_t{streak.freezes});
  json.field("period", streak.period == PeriodUnit::day ? "day" : "week");
  json.key("ends_at");
  if (streak.lapses) {
    json.time(*streak.lapses);
  } else {
    json.null();
  }
  json.key("last_incremented_at");
  if (streak.last_incremented_at) {
    json.time(*streak.last_incremented_at);
  } else {
    json.null();
  }
  json.end_object();
}

void write_badges(JsonWriter& json, const std::vector<EarnedBadge>& badges) {
  json.begin_array();
  for (const EarnedBadge& badge : badges) {
    json.begin_object().field("code", badge.code).field("name", badge.name);
    json.field("earned_at", badge.earned_at).end_object();
  }
  json.end_array();
}

PathId<UserId> path_user(const RequestContext& context, std::size_t index) {
  if (context.parameters[index] == "me") return {.id = context.who->user, .refusal = {}};
  return path_id<UserId>(context, index);
}

std::optional<HttpResponse> refuse_others(const RequestContext& context, UserId user) {
  if (user == context.who->user) return std::nullopt;
  return refused(context, problem(403, "this is for the user alone"));
}

WallTime time_of(JsonBody& body, std::string_view field) {
  const std::string text = body.text(field, {.min = 1, .max = 40});
  const auto time = parse_time(text);
  if (!time && !text.empty()) body.note(field, "must be a time: 2024-04-20T17:30:00Z");
  return time.value_or(WallTime{});
}

std::optional<std::int64_t> value_of(JsonBody& body, std::string_view field) {
  if (!body.has(field)) return std::nullopt;
  const auto element = body.element(field);
  std::int64_t value = 0;
  const bool whole = element->get(value) == simdjson::SUCCESS;
  if (!whole || value < -kActivityValueMax || value > kActivityValueMax) {
    body.note(field, "must be a whole number from -1000000000 to 1000000000");
  }
  return value;
}

}  // namespace kith
