// POST /activities, POST and GET /streaks/{user_id}, PATCH /users/me/time_zone.
#include "gateway/await_port.h"
#include "gateway/rest/reward_json.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr JsonBody::Length kKindLength{.min = 1, .max = kRuleNameBytesMax};

bool is_key(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// The body's key, or the request's: both say "this once".
std::string key_of(JsonBody& body, std::optional<std::string> header) {
  if (!body.has("idempotency_key") && header) return *std::move(header);
  std::string key = body.text("idempotency_key", {.min = 1, .max = 64});
  if (!is_key(key)) body.note("idempotency_key", "must be 1 to 64 characters that can be seen");
  return key;
}

Checked<Activity> read_activity(const RequestContext& context) {
  auto header = idempotency_key(context.request);
  if (auto* refusal = std::get_if<Problem>(&header)) return std::move(*refusal);
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Activity activity;
  activity.id = ActivityId{fresh_uuid(context.now.wall)};
  activity.kind = body.text("kind", kKindLength);
  activity.occurred_at = time_of(body, "occurred_at");
  activity.value = value_of(body, "value");
  activity.category = body.optional_text("category", kKindLength).value_or("");
  activity.idempotency_key = key_of(body, std::get<std::optional<std::string>>(std::move(header)));
  const auto user = body.optional_id<IdKind::user>("user_id");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  if (user && *user != context.who->user) return problem(403, "user_id must be your own");
  return activity;
}

// What the requirement document has: {event, occurred_at}. Without a key of its own, the event and
// its time are it: the same thing did not happen twice at the same moment.
Checked<Activity> read_streak_event(const RequestContext& context) {
  auto header = idempotency_key(context.request);
  if (auto* refusal = std::get_if<Problem>(&header)) return std::move(*refusal);
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Activity activity;
  activity.id = ActivityId{fresh_uuid(context.now.wall)};
  activity.kind = body.text("event", kKindLength);
  activity.occurred_at = time_of(body, "occurred_at");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  const auto& key = std::get<std::optional<std::string>>(header);
  activity.idempotency_key =
      key ? "key:" + *key
          : "at:" + activity.kind + ':' +
                std::to_string(activity.occurred_at.time_since_epoch().count());
  return activity;
}

Outcome outcome_of(const Result<Recorded>& recorded) {
  if (recorded) return recorded->duplicate ? Outcome::duplicate : Outcome::ok;
  const bool down = recorded.error().code == ErrorCode::unavailable;
  return down ? Outcome::unavailable : Outcome::refused;
}

asio::awaitable<Result<Recorded>> record(RequestContext& context, ActivityOrigin origin,
                                         Activity activity) {
  auto recorded = co_await await_port<Recorded>([&](Callback<Recorded> done) {
    context.services.rewards.record(context.actor(), origin, std::move(activity), std::move(done));
  });
  ++context.services.counters.activities[static_cast<std::size_t>(outcome_of(recorded))];
  if (recorded) {
    context.services.engine.publish(std::move(recorded->events));
    context.services.engine.boards_moved(recorded->boards);
  }
  co_return std::move(recorded);
}

void write_recorded(JsonWriter& json, const Recorded& recorded) {
  json.begin_object().field("activity_id", recorded.activity);
  json.field("duplicate", recorded.duplicate).key("streaks").begin_array();
  for (const StreakState& streak : recorded.streaks) write_streak(json, streak);
  json.end_array().key("scores").begin_array();
  for (const ScoreState& score : recorded.scores) {
    json.begin_object().field("category", score.category).field("score", score.score);
    json.field("delta", score.delta).end_object();
  }
  json.end_array();
  if (!recorded.scores.empty()) {
    json.key("composite").raw(format_tenths(recorded.composite_tenths));
  }
  json.key("badges");
  write_badges(json, recorded.badges);
  json.end_object();
}

}  // namespace

asio::awaitable<HttpResponse> rest::record_activity(RequestContext& context) {
  auto read = read_activity(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  if (auto limited = over_limit(context, context.services.server.activities, "activities"))
    co_return *std::move(limited);
  const auto recorded =
      co_await record(context, ActivityOrigin::client, std::get<Activity>(std::move(read)));
  if (!recorded) co_return refused(context, recorded.error());
  std::string out;
  JsonWriter json(out);
  write_recorded(json, *recorded);
  co_return json_answer(200, std::move(out));
}

asio::awaitable<HttpResponse> rest::feed_streak(RequestContext& context) {
  auto [user, refusal] = path_user(context, 0);
  if (!user) co_return std::move(refusal);
  if (auto others = refuse_others(context, *user)) co_return *std::move(others);
  auto read = read_streak_event(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  if (auto limited = over_limit(context, context.services.server.activities, "activities"))
    co_return *std::move(limited);
  const auto recorded =
      co_await record(context, ActivityOrigin::streak_call, std::get<Activity>(std::move(read)));
  if (!recorded) {
    Error error = recorded.error();
    if (error.field == "kind") error.field = "event";
    co_return refused(context, error);
  }
  const StreakState streak = recorded->streak.value_or(StreakState{});
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("current_streak", std::int64_t{streak.current});
  json.field("longest_streak", std::int64_t{streak.longest}).end_object();
  co_return json_answer(200, std::move(out));
}

asio::awaitable<HttpResponse> rest::get_streaks(RequestContext& context) {
  auto [user, refusal] = path_user(context, 0);
  if (!user) co_return std::move(refusal);
  if (auto others = refuse_others(context, *user)) co_return *std::move(others);
  const UserId id = *user;
  const auto streaks =
      co_await await_port<std::vector<StreakState>>([&](Callback<std::vector<StreakState>> done) {
        context.services.rewards.streaks(id, context.now.wall, std::move(done));
      });
  if (!streaks) co_return refused(context, streaks.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("streaks").begin_array();
  for (const StreakState& streak : *streaks) write_streak(json, streak);
  json.end_array().end_object();
  co_return json_answer(200, std::move(out));
}

namespace {

Checked<std::string> read_zone(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  std::string zone = body.text("time_zone", {.min = 1, .max = 64});
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return zone;
}

}  // namespace

asio::awaitable<HttpResponse> rest::set_time_zone(RequestContext& context) {
  auto read = read_zone(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto change = co_await await_port<ZoneChange>([&](Callback<ZoneChange> done) {
    context.services.rewards.set_time_zone(context.actor(), std::get<std::string>(std::move(read)),
                                           std::move(done));
  });
  if (!change) co_return refused(context, change.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("time_zone", change->zone);
  json.field("effective_at", change->effective_at).end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
