#include "storage/sql_badges.h"

#include <algorithm>

#include "protocol/json_writer.h"
#include "storage/sql_notices.h"
#include "storage/sql_scores.h"

namespace kith {
namespace {

using Criterion = BadgeRule::Criterion;

std::optional<WallTime> earned_at(SqlConnection& db, UserKey user, std::string_view code) {
  auto row = db.query("SELECT earned_at FROM user_badges WHERE user_id = $1 AND badge_code = $2",
                      user, code);
  return row.next() ? std::optional(row.time(0)) : std::nullopt;
}

TotalCount totals_of(SqlConnection& db, UserKey user, std::string_view kind) {
  auto row = db.query("SELECT times, total FROM activity_totals WHERE user_id = $1 AND kind = $2",
                      user, kind);
  return row.next() ? TotalCount{.times = row.integer(0), .total = row.integer(1)} : TotalCount{};
}

std::int64_t longest_streak(SqlConnection& db, UserKey user, std::string_view type) {
  auto row = db.query("SELECT longest_count FROM streaks WHERE user_id = $1 AND streak_type = $2",
                      user, type);
  return row.next() ? row.integer(0) : 0;
}

std::optional<std::int64_t> score_in(SqlConnection& db, UserKey user, std::string_view category) {
  auto row = db.query("SELECT score FROM user_scores WHERE user_id = $1 AND category = $2", user,
                      category);
  return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

bool was_there(SqlConnection& db, UserKey user, const BadgeRule& rule) {
  if (rule.subject.empty()) {
    return db
        .query("SELECT 1 FROM activity_days WHERE user_id = $1 AND day >= $2 AND day <= $3 LIMIT 1",
               user, rule.first, rule.last)
        .next();
  }
  return db
      .query(
          "SELECT 1 FROM activity_days WHERE user_id = $1 AND kind = $2 AND day >= $3"
          " AND day <= $4 LIMIT 1",
          user, rule.subject, rule.first, rule.last)
      .next();
}

// Who has the same score shares the rank. 0: none.
std::int64_t rank_in(SqlConnection& db, UserKey user, const BadgeRule& rule) {
  const auto score = score_in(db, user, rule.subject);
  if (!score) return 0;
  {
    auto row = db.query(
        "SELECT count(*) FROM (SELECT 1 FROM user_scores WHERE category = $1 LIMIT $2) AS ranked",
        rule.subject, rule.among);
    if (!row.next() || row.integer(0) < rule.among) return 0;
  }
  auto row = db.query(
      "SELECT count(*) FROM (SELECT 1 FROM user_scores WHERE category = $1 AND score > $2"
      " LIMIT $3) AS ahead",
      rule.subject, *score, rule.target);
  return row.next() ? row.integer(0) + 1 : 0;
}

// How far the user is, of rule.target; of a rank: 1 where it is reached.
std::int64_t reached(SqlConnection& db, UserKey user, const BadgeRule& rule) {
  switch (rule.criterion) {
    case Criterion::count:
      return totals_of(db, user, rule.subject).times;
    case Criterion::sum:
      return totals_of(db, user, rule.subject).total;
    case Criterion::streak:
      return longest_streak(db, user, rule.subject);
    case Criterion::score:
      return score_in(db, user, rule.subject).value_or(0);
    case Criterion::rank: {
      const std::int64_t rank = rank_in(db, user, rule);
      return rank > 0 && rank <= rule.target ? 1 : 0;
    }
    case Criterion::date:
      return was_there(db, user, rule) ? 1 : 0;
  }
  return 0;
}

std::int64_t target_of(const BadgeRule& rule) {
  const bool once = rule.criterion == Criterion::rank || rule.criterion == Criterion::date;
  return once ? 1 : rule.target;
}

bool crosses(std::int64_t before, std::int64_t now, std::int64_t target) {
  return before < target && now >= target;
}

// Is it worth a look, after this deed?
bool concerns(const BadgeRule& rule, const Deed& deed, const DeedCounts& counts) {
  const bool of_kind = rule.subject == deed.kind;
  switch (rule.criterion) {
    case Criterion::count:
      return of_kind && crosses(counts.total.times - deed.times, counts.total.times, rule.target);
    case Criterion::sum:
      return of_kind && crosses(counts.total.total - deed.total, counts.total.total, rule.target);
    case Criterion::date:
      return (of_kind || rule.subject.empty()) && counts.day.times == deed.times &&
             rule.first <= deed.day && deed.day <= rule.last;
    case Criterion::streak:
      return std::ranges::any_of(counts.streaks, [&](const auto& streak) {
        return streak.type == rule.subject && crosses(streak.before, streak.now, rule.target);
      });
    case Criterion::score:
      return std::ranges::any_of(counts.scores, [&](const ScoreState& score) {
        return score.category == rule.subject &&
               crosses(score.score - score.delta, score.score, rule.target);
      });
    case Criterion::rank:
      return std::ranges::any_of(counts.scores, [&](const ScoreState& score) {
        return score.category == rule.subject && score.delta > 0;
      });
  }
  return false;
}

EarnedBadge award(RewardJob& job, const BadgeRule& rule) {
  job.context.db.execute(
      "INSERT INTO user_badges(user_id, badge_code, earned_at) VALUES($1, $2, $3)", job.user.key,
      rule.code, job.now);
  std::string payload;
  JsonWriter(payload)
      .begin_object()
      .field("code", rule.code)
      .field("name", rule.name)
      .field("earned_at", job.now)
      .end_object();
  tell(job, EventType::badge_earned, payload);
  job.events.push_back(notify(
      job.context,
      {.user = job.user, .type = "badge.earned", .payload = std::move(payload), .at = job.now}));
  return {.code = rule.code, .name = rule.name, .earned_at = job.now};
}

}  // namespace

std::vector<EarnedBadge> feed_badges(RewardJob& job, const Deed& deed, const DeedCounts& counts) {
  SqlConnection& db = job.context.db;
  std::vector<EarnedBadge> out;
  for (const BadgeRule& rule : job.rules.badges) {
    if (!concerns(rule, deed, counts) || earned_at(db, job.user.key, rule.code)) continue;
    if (rule.criterion == Criterion::rank && reached(db, job.user.key, rule) < 1) continue;
    out.push_back(award(job, rule));
  }
  return out;
}

std::vector<EarnedBadge> award_missing(RewardJob& job) {
  SqlConnection& db = job.context.db;
  std::vector<EarnedBadge> out;
  for (const BadgeRule& rule : job.rules.badges) {
    if (earned_at(db, job.user.key, rule.code)) continue;
    if (reached(db, job.user.key, rule) >= target_of(rule)) out.push_back(award(job, rule));
  }
  return out;
}

BadgeList read_badges(SqlConnection& db, const RewardRules& rules, UserKey user) {
  BadgeList out;
  {
    auto rows = db.query(
        "SELECT badge_code, earned_at FROM user_badges WHERE user_id = $1"
        " ORDER BY earned_at, badge_code",
        user);
    while (rows.next()) {
      // One that the profile has no more keeps its code for a name.
      const BadgeRule* rule = rules.badge(rows.text(0));
      const std::string code(rows.text(0));
      out.earned.push_back(
          {.code = code, .name = rule ? rule->name : code, .earned_at = rows.time(1)});
    }
  }
  for (const BadgeRule& rule : rules.badges) {
    if (std::ranges::find(out.earned, rule.code, &EarnedBadge::code) != out.earned.end()) continue;
    const std::int64_t target = target_of(rule);
    // A rank is looked at when one scores: whom others have put there meanwhile has not earned it.
    const std::int64_t so_far = rule.criterion == Criterion::rank ? 0 : reached(db, user, rule);
    const std::int64_t current = std::clamp(so_far, std::int64_t{0}, target);
    out.progress.push_back(
        {.code = rule.code, .name = rule.name, .current = current, .target = target});
  }
  return out;
}

}  // namespace kith
