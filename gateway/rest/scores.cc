// GET /users/{user_id}/scores, GET /badges/{user_id}.
#include "gateway/await_port.h"
#include "gateway/rest/reward_json.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;

namespace {

// A day, "2024-04-20", or an instant of it.
Checked<std::optional<ScoreQuery::Bound>> bound_of(const RequestContext& context,
                                                   std::string_view name) {
  const auto text = context.request.query_value(name);
  if (!text) return std::optional<ScoreQuery::Bound>{};
  if (const auto day = parse_day(*text)) return std::optional<ScoreQuery::Bound>(*day);
  if (const auto time = parse_time(*text)) return std::optional<ScoreQuery::Bound>(*time);
  return problem(400, std::string(name) + " is neither a date nor a time");
}

Checked<ScoreQuery> read_score_query(const RequestContext& context) {
  ScoreQuery query;
  const auto resolution = context.request.query_value("resolution");
  if (resolution == "week") {
    query.resolution = Resolution::week;
  } else if (resolution == "month") {
    query.resolution = Resolution::month;
  } else if (resolution && *resolution != "day") {
    return problem(400, "resolution must be day, week or month");
  }
  for (const auto& [name, bound] :
       {std::pair{std::string_view("from"), &query.from}, {std::string_view("to"), &query.to}}) {
    auto read = bound_of(context, name);
    if (auto* refusal = std::get_if<Problem>(&read)) return std::move(*refusal);
    *bound = std::get<std::optional<ScoreQuery::Bound>>(read);
  }
  query.series = resolution || query.from || query.to;
  return query;
}

void write_point(JsonWriter& json, const ScorePoint& point) {
  json.begin_object().field("start", format_day(point.start));
  json.key("composite").raw(format_tenths(point.composite_tenths));
  json.key("categories").begin_array();
  for (const CategoryScore& score : point.categories) {
    json.begin_object().field("category", score.category).field("score", score.score);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace

asio::awaitable<HttpResponse> rest::get_scores(RequestContext& context) {
  auto [user, refusal] = path_user(context, 0);
  if (!user) co_return std::move(refusal);
  if (auto others = refuse_others(context, *user)) co_return *std::move(others);
  const UserId id = *user;
  const auto read = read_score_query(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const ScoreQuery query = std::get<ScoreQuery>(read);
  const auto scores = co_await await_port<Scores>([&](Callback<Scores> done) {
    context.services.rewards.scores(id, query, context.now.wall, std::move(done));
  });
  if (!scores) {
    // What is wrong stands in the query, not in a body.
    Error error = scores.error();
    if (error.code != ErrorCode::bad_request) co_return refused(context, error);
    co_return refused(context, problem(400, error.field + " " + error.message));
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("composite").raw(format_tenths(scores->composite_tenths));
  json.key("categories").begin_array();
  for (const CategoryShare& share : scores->categories) {
    json.begin_object().field("category", share.category).field("score", share.score);
    json.field("weight", std::int64_t{share.weight}).end_object();
  }
  json.end_array();
  if (query.series) {
    json.key("series").begin_array();
    for (const ScorePoint& point : scores->series) write_point(json, point);
    json.end_array();
  }
  json.end_object();
  co_return json_answer(200, std::move(out));
}

asio::awaitable<HttpResponse> rest::get_badges(RequestContext& context) {
  auto [user, refusal] = path_user(context, 0);
  if (!user) co_return std::move(refusal);
  const UserId id = *user;
  const auto badges = co_await await_port<BadgeList>(
      [&](Callback<BadgeList> done) { context.services.rewards.badges(id, std::move(done)); });
  if (!badges) co_return refused(context, badges.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("badges");
  write_badges(json, badges->earned);
  if (id == context.who->user) {
    json.key("progress").begin_array();
    for (const BadgeProgress& progress : badges->progress) {
      json.begin_object().field("code", progress.code).field("name", progress.name);
      json.field("current", progress.current).field("target", progress.target).end_object();
    }
    json.end_array();
  }
  json.end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
