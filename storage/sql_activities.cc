#include "storage/sql_activities.h"

#include <sodium.h>

#include <algorithm>

#include "storage/sql_badges.h"
#include "storage/sql_calendar.h"
#include "storage/sql_membership.h"
#include "storage/sql_scores.h"
#include "storage/sql_streaks.h"

namespace kith {
namespace {

struct StoredActivity {
  ActivityId id;
  std::string kind;
  WallTime occurred_at{};
  std::int64_t value = 0;
  std::string category;
  WallTime recorded_at{};
};

std::optional<StoredActivity> find_activity(SqlConnection& db, UserKey user, ActivityOrigin origin,
                                            std::string_view key) {
  auto row = db.query(
      "SELECT id, kind, occurred_at, value, category, recorded_at FROM activities"
      " WHERE user_id = $1 AND origin = $2 AND idempotency_key = $3",
      user, static_cast<int>(origin), key);
  if (!row.next()) return std::nullopt;
  return StoredActivity{.id = ActivityId{row.uuid(0)},
                        .kind = std::string(row.text(1)),
                        .occurred_at = row.time(2),
                        .value = row.integer(3),
                        .category = std::string(row.text(4)),
                        .recorded_at = row.time(5)};
}

bool same(const StoredActivity& stored, const Activity& activity) {
  return stored.kind == activity.kind && stored.occurred_at == activity.occurred_at &&
         stored.value == activity.value.value_or(0) && stored.category == activity.category;
}

// What the activity feeds, as it is now, and the badges that came with it.
Recorded answer_again(const RewardJob& job, const StoredActivity& stored) {
  Recorded out{.activity = stored.id, .duplicate = true};
  SqlConnection& db = job.context.db;
  const auto streaks = read_streaks(db, job.rules, job.user.key, job.now);
  for (const StreakRule* rule : job.rules.streaks_of(stored.kind)) {
    for (const StreakState& state : streaks) {
      if (state.type == rule->type) out.streaks.push_back(state);
    }
  }
  if (!out.streaks.empty()) out.streak = out.streaks.front();
  const auto scores = read_category_scores(db, job.user.key);
  if (const ActivityRule* rule = job.rules.activity(stored.kind)) {
    for (const ScoreEffect& effect : rule->scores) {
      const auto category = category_of(job.rules, effect, stored.category);
      for (const CategoryScore& score : scores) {
        if (score.category != category) continue;
        out.scores.push_back({.category = score.category, .score = score.score});
      }
    }
  }
  out.composite_tenths = composite_tenths(job.rules, scores);
  for (EarnedBadge& badge : read_badges(db, job.rules, job.user.key).earned) {
    if (badge.earned_at == stored.recorded_at) out.badges.push_back(std::move(badge));
  }
  return out;
}

void insert_activity(RewardJob& job, ActivityOrigin origin, const Activity& activity) {
  job.context.db.execute(
      "INSERT INTO activities(user_id, origin, idempotency_key, id, kind, occurred_at, recorded_at,"
      " value, category) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      job.user.key, static_cast<int>(origin), activity.idempotency_key, activity.id, activity.kind,
      activity.occurred_at, job.now, activity.value.value_or(0), activity.category);
}

Result<const ActivityRule*> allowed(const RewardRules& rules, ActivityOrigin origin,
                                    const Activity& activity, WallTime now) {
  const ActivityRule* rule = rules.activity(activity.kind);
  if (rule == nullptr) return fail(ErrorCode::bad_request, "no such kind of activity", "kind");
  const auto other =
      origin == ActivityOrigin::engine ? ActivitySource::client : ActivitySource::engine;
  if (rule->source == other) {
    return fail(ErrorCode::bad_request, "the server sees these for itself", "kind");
  }
  if (activity.occurred_at > now + rules.future) {
    return fail(ErrorCode::bad_request, "lies in the future", "occurred_at");
  }
  if (activity.occurred_at < now - rules.late) {
    return fail(ErrorCode::bad_request, "is too long ago to count", "occurred_at");
  }
  if (!activity.category.empty() &&
      (!is_rule_name(activity.category) || !rules.may_score(activity.category))) {
    return fail(ErrorCode::bad_request, "no such category", "category");
  }
  const bool needs_value =
      std::ranges::any_of(rule->scores, [](const ScoreEffect& effect) { return !effect.points; });
  if (needs_value && !activity.value) {
    return fail(ErrorCode::bad_request, "is needed for this kind", "value");
  }
  if (origin == ActivityOrigin::streak_call && rules.streaks_of(activity.kind).empty()) {
    return fail(ErrorCode::bad_request, "feeds no streak", "kind");
  }
  return rule;
}

// Would it score in one more category that the profile does not list, where the user has as many as
// one may?
bool is_one_too_many(const RewardJob& job, const ActivityRule& rule, const Activity& activity) {
  const RewardRules& rules = job.rules;
  const bool named = std::ranges::any_of(
      rule.scores, [](const ScoreEffect& effect) { return effect.category.empty(); });
  const std::string_view category = named ? activity.category : std::string_view();
  if (category.empty() || rules.category(category) != nullptr) return false;
  const auto scores = read_category_scores(job.context.db, job.user.key);
  if (std::ranges::find(scores, category, &CategoryScore::category) != scores.end()) return false;
  return std::ranges::count_if(scores, [&](const CategoryScore& score) {
           return rules.category(score.category) == nullptr;
         }) >= kOpenCategoriesMax;
}

Recorded record(RewardJob& job, const ActivityRule& rule, ActivityOrigin origin,
                const Activity& activity) {
  insert_activity(job, origin, activity);
  // A clock that runs ahead must not reach tomorrow.
  const WallTime at = std::min(activity.occurred_at, job.now);
  const Deed deed{.kind = activity.kind,
                  .at = at,
                  .day = job.calendar.day_of(at),
                  .total = activity.value.value_or(0),
                  .category = activity.category};
  Rewarded rewarded = reward_deed(job, rule, deed);
  Recorded out{.activity = activity.id,
               .duplicate = false,
               .streaks = std::move(rewarded.streaks),
               .scores = std::move(rewarded.scores),
               .badges = std::move(rewarded.badges),
               .composite_tenths = rewarded.composite_tenths,
               .streak = std::move(rewarded.streak)};
  return out;
}

ActivityId new_activity_id(WallTime now) {
  UuidGenerator generator([] {
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof(bits));
    return bits;
  });
  return ActivityId{generator.next(now)};
}

}  // namespace

Result<Recorded> record_activity(WriteContext& context, const Actor& actor, ActivityOrigin origin,
                                 const Activity& activity) {
  const UserRef user{.key = actor.key, .id = actor.user};
  touch_channels(context, {own_channel(user).key});
  std::vector<DurableEvent> events;
  std::vector<BoardMoved> boards;
  const Calendar calendar = load_calendar(context.db, user.key);
  RewardJob job{.context = context,
                .rules = *context.rewards,
                .user = user,
                .calendar = calendar,
                .now = actor.now,
                .events = events,
                .boards = boards};
  const auto stored = find_activity(context.db, user.key, origin, activity.idempotency_key);
  if (stored && same(*stored, activity)) return answer_again(job, *stored);
  if (stored) {
    return fail(ErrorCode::conflict, "this idempotency_key came with another activity",
                "idempotency_key");
  }
  const auto rule = allowed(job.rules, origin, activity, actor.now);
  if (!rule) return rule.error();
  if (is_one_too_many(job, **rule, activity)) {
    return fail(ErrorCode::bad_request,
                "is not of the profile, and you have scored in " +
                    std::to_string(kOpenCategoriesMax) + " such ones already",
                "category");
  }
  Recorded out = record(job, **rule, origin, activity);
  out.events = std::move(events);
  out.boards = std::move(boards);
  return out;
}

void see_activity(WriteContext& context, const SeenActivity& seen,
                  std::vector<DurableEvent>& events) {
  const ActivityRule* rule = context.rewards->activity(seen.kind);
  if (rule == nullptr || rule->source == ActivitySource::client) return;
  touch_channels(context, {own_channel(seen.user).key});
  if (find_activity(context.db, seen.user.key, ActivityOrigin::engine, seen.key)) return;
  // Told by the look that every shard takes at the boards.
  std::vector<BoardMoved> boards;
  const Calendar calendar = load_calendar(context.db, seen.user.key);
  RewardJob job{.context = context,
                .rules = *context.rewards,
                .user = seen.user,
                .calendar = calendar,
                .now = seen.at,
                .events = events,
                .boards = boards};
  const Activity activity{.id = new_activity_id(seen.at),
                          .kind = std::string(seen.kind),
                          .occurred_at = seen.at,
                          .value = seen.value,
                          .category = {},
                          .idempotency_key = seen.key};
  record(job, *rule, ActivityOrigin::engine, activity);
}

}  // namespace kith
