#include "storage/sql_scores.h"

#include <algorithm>

#include "protocol/json_writer.h"
#include "storage/sql_boards.h"
#include "storage/sql_calendar.h"

namespace kith {
namespace {

std::int64_t& score_of(std::vector<CategoryScore>& scores, std::string_view category) {
  const auto found = std::ranges::find(scores, category, &CategoryScore::category);
  if (found != scores.end()) return found->score;
  return scores.emplace_back(CategoryScore{.category = std::string(category)}).score;
}

void save_score(RewardJob& job, const ScoreState& state, Day day) {
  SqlConnection& db = job.context.db;
  db.execute(
      "INSERT INTO user_scores(user_id, category, score, updated_at) VALUES($1, $2, $3, $4)"
      " ON CONFLICT(user_id, category) DO UPDATE SET score = excluded.score,"
      " updated_at = excluded.updated_at",
      job.user.key, state.category, state.score, job.now);
  db.execute(
      "INSERT INTO score_days(user_id, category, day, delta) VALUES($1, $2, $3, $4)"
      " ON CONFLICT(user_id, category, day) DO UPDATE SET"
      " delta = score_days.delta + excluded.delta",
      job.user.key, state.category, day, state.delta);
}

void tell_score(RewardJob& job, const ScoreStep& step) {
  std::string payload;
  JsonWriter(payload)
      .begin_object()
      .field("category", step.state.category)
      .field("score", step.state.score)
      .field("delta", step.state.delta)
      .key("composite")
      .raw(format_tenths(step.composite_tenths))
      .end_object();
  tell(job, EventType::score_updated, std::move(payload));
}

std::string city_of(SqlConnection& db, UserKey user) {
  auto row = db.query("SELECT city FROM users WHERE id = $1", user);
  return row.next() ? std::string(row.text(0)) : std::string();
}

void move_score(RewardJob& job, const ScoreState& state, WallTime at) {
  const ScoreChange change{.user = job.user,
                           .category = state.category,
                           .delta = state.delta,
                           .total = state.score,
                           .city = city_of(job.context.db, job.user.key),
                           .at = at,
                           .now = job.now};
  for (const BoardMoved& moved : move_boards(job.context, change)) job.boards.push_back(moved);
}

// --- the series ---

struct Range {
  Day from = 0;
  Day to = 0;
};

Day day_of_bound(const Calendar& calendar, const ScoreQuery::Bound& bound) {
  if (const auto* day = std::get_if<Day>(&bound)) return *day;
  return calendar.day_of(std::get<WallTime>(bound));
}

Result<Range> range_of(const ScoreQuery& query, const Calendar& calendar, WallTime now) {
  constexpr int kStepsByDefault = 30;
  Range range;
  range.to = query.to ? day_of_bound(calendar, *query.to) : calendar.day_of(now);
  if (query.from) {
    range.from = day_of_bound(calendar, *query.from);
  } else {
    range.from = step_of(query.resolution, range.to);
    for (int i = 1; i < kStepsByDefault; ++i) {
      range.from = step_of(query.resolution, range.from - 1);
    }
  }
  if (range.from > range.to) return fail(ErrorCode::bad_request, "lies behind to", "from");
  Day step = step_of(query.resolution, range.from);
  for (std::int32_t points = 1; (step = next_step(query.resolution, step)) <= range.to; ++points) {
    if (points == kScorePointsMax) {
      return fail(ErrorCode::bad_request,
                  "is too long ago: a series has 400 points at the most, of a day, week or month",
                  "from");
    }
  }
  return range;
}

std::vector<ScorePoint> read_series(SqlConnection& db, const RewardRules& rules, UserKey user,
                                    const ScoreQuery& query, const Range& range) {
  std::vector<CategoryScore> scores;
  const Day first = step_of(query.resolution, range.from);
  {
    auto rows = db.query(
        "SELECT category, CAST(sum(delta) AS BIGINT) FROM score_days WHERE user_id = $1"
        " AND day < $2 GROUP BY category",
        user, first);
    while (rows.next()) score_of(scores, rows.text(0)) += rows.integer(1);
  }
  std::vector<ScorePoint> series;
  auto rows = db.query(
      "SELECT day, category, delta FROM score_days WHERE user_id = $1 AND day >= $2 AND day <= $3"
      " ORDER BY day",
      user, first, range.to);
  bool more = rows.next();
  for (Day step = first; step <= range.to; step = next_step(query.resolution, step)) {
    const Day next = next_step(query.resolution, step);
    for (; more && rows.integer(0) < next; more = rows.next()) {
      score_of(scores, rows.text(1)) += rows.integer(2);
    }
    series.push_back({.start = step,
                      .composite_tenths = composite_tenths(rules, scores),
                      .categories = all_categories(rules, scores)});
  }
  return series;
}

}  // namespace

std::string_view category_of(const RewardRules& rules, const ScoreEffect& effect,
                             std::string_view named) {
  if (!effect.category.empty()) return effect.category;
  return named.empty() ? std::string_view(rules.default_category) : named;
}

std::vector<CategoryScore> read_category_scores(SqlConnection& db, UserKey user) {
  std::vector<CategoryScore> out;
  auto rows = db.query("SELECT category, score FROM user_scores WHERE user_id = $1", user);
  while (rows.next()) {
    out.push_back({.category = std::string(rows.text(0)), .score = rows.integer(1)});
  }
  return out;
}

std::vector<ScoreStep> feed_scores(RewardJob& job, const ActivityRule& rule, const Deed& deed) {
  std::vector<ScoreStep> steps;
  if (rule.scores.empty()) return steps;
  std::vector<CategoryScore> scores = read_category_scores(job.context.db, job.user.key);
  for (const ScoreEffect& effect : rule.scores) {
    const std::string_view category = category_of(job.rules, effect, deed.category);
    const std::int64_t wanted = effect.points ? *effect.points * deed.times : deed.total;
    std::int64_t& score = score_of(scores, category);
    const std::int64_t next = add_to_score(job.rules.category(category), score, wanted);
    const std::int64_t delta = next - score;
    if (delta == 0) continue;
    score = next;
    ScoreStep step{.state = {.category = std::string(category), .score = next, .delta = delta},
                   .composite_tenths = composite_tenths(job.rules, scores)};
    save_score(job, step.state, deed.day);
    tell_score(job, step);
    move_score(job, step.state, deed.at);
    steps.push_back(std::move(step));
  }
  return steps;
}

Result<Scores> read_scores(SqlConnection& db, const RewardRules& rules, UserKey user,
                           const ScoreQuery& query, WallTime now) {
  Scores out;
  const auto scores = read_category_scores(db, user);
  out.composite_tenths = composite_tenths(rules, scores);
  for (const CategoryScore& score : all_categories(rules, scores)) {
    const CategoryRule* rule = rules.category(score.category);
    out.categories.push_back({.category = score.category,
                              .score = score.score,
                              .weight = rule == nullptr ? 0 : rule->weight});
  }
  if (!query.series) return out;
  const auto range = range_of(query, load_calendar(db, user), now);
  if (!range) return range.error();
  out.series = read_series(db, rules, user, query, *range);
  return out;
}

}  // namespace kith
