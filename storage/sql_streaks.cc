#include "storage/sql_streaks.h"

#include <map>

#include "protocol/assert.h"
#include "protocol/json_writer.h"
#include "storage/sql_calendar.h"
#include "storage/sql_notices.h"

namespace kith {
namespace {

struct StreakRow {
  StreakCount count;
  std::uint32_t shown_current = 0;
  std::uint32_t shown_longest = 0;
  bool shown_at_risk = false;
  WallTime last_incremented_at{};
};

std::optional<StreakRow> load_row(SqlConnection& db, UserKey user, std::string_view type) {
  auto row = db.query(
      "SELECT current_count, longest_count, run_count, freezes, last_period, last_incremented_at,"
      " at_risk FROM streaks WHERE user_id = $1 AND streak_type = $2",
      user, type);
  if (!row.next()) return std::nullopt;
  const auto number = [&row](int column) {
    return static_cast<std::uint32_t>(row.integer(column));
  };
  return StreakRow{.count = {.current = number(2),
                             .longest = number(1),
                             .freezes = number(3),
                             .last = static_cast<Period>(row.integer(4))},
                   .shown_current = number(0),
                   .shown_longest = number(1),
                   .shown_at_risk = row.integer(6) != 0,
                   .last_incremented_at = row.time(5)};
}

void save_row(SqlConnection& db, UserKey user, std::string_view type, const StreakRow& row,
              const StreakNow& shown) {
  db.execute(
      "INSERT INTO streaks(user_id, streak_type, current_count, longest_count, run_count, freezes,"
      " last_period, last_incremented_at, at_risk, due_at)"
      " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
      " ON CONFLICT(user_id, streak_type) DO UPDATE SET current_count = excluded.current_count,"
      " longest_count = excluded.longest_count, run_count = excluded.run_count,"
      " freezes = excluded.freezes, last_period = excluded.last_period,"
      " last_incremented_at = excluded.last_incremented_at, at_risk = excluded.at_risk,"
      " due_at = excluded.due_at",
      user, type, shown.current, row.count.longest, row.count.current, row.count.freezes,
      row.count.last, row.last_incremented_at, shown.at_risk ? 1 : 0, shown.due);
}

StreakState state_of(const StreakRule& rule, const StreakNow& now,
                     std::optional<WallTime> incremented) {
  return {.type = rule.type,
          .period = rule.period,
          .current = now.current,
          .longest = now.longest,
          .freezes = now.freezes,
          .at_risk = now.at_risk,
          .lapses = now.lapses,
          .last_incremented_at = incremented};
}

bool differs(const StreakRow& row, const StreakNow& now) {
  return row.shown_current != now.current || row.shown_longest != now.longest ||
         row.shown_at_risk != now.at_risk;
}

void tell_streak(RewardJob& job, const StreakState& state) {
  std::string payload;
  JsonWriter(payload)
      .begin_object()
      .field("streak_type", state.type)
      .field("current_streak", std::int64_t{state.current})
      .field("longest_streak", std::int64_t{state.longest})
      .field("at_risk", state.at_risk)
      .end_object();
  tell(job, EventType::streak_updated, std::move(payload));
}

std::string begin_of_warning(std::string_view type) {
  return R"({"streak_type":")" + std::string(type) + '"';
}

// Beside streak.updated, for whoever has no socket open.
void warn_of_end(RewardJob& job, const StreakState& state) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("streak_type", state.type);
  json.field("current_streak", std::int64_t{state.current});
  if (state.lapses) json.field("ends_at", *state.lapses);
  json.end_object();
  KITH_ASSERT(payload.starts_with(begin_of_warning(state.type)));
  job.events.push_back(notify(job.context, {.user = job.user,
                                            .type = std::string(kStreakWarning),
                                            .payload = std::move(payload),
                                            .at = job.now,
                                            .ends_at = state.lapses}));
}

// From the days on which something of its kinds was done.
StreakCount count_anew(SqlConnection& db, const StreakRule& rule, const Calendar& calendar,
                       UserKey user) {
  std::map<Period, bool> periods;
  for (const std::string& kind : rule.kinds) {
    auto rows = db.query(
        "SELECT day, first_at FROM activity_days WHERE user_id = $1 AND kind = $2 ORDER BY day",
        user, kind);
    while (rows.next()) {
      const Period period = period_of(rule.period, static_cast<Day>(rows.integer(0)));
      const bool early = rows.time(1) < start_of(calendar, rule.period, period) + rule.grace;
      periods[period] = periods[period] || early;
    }
  }
  std::vector<ActivePeriod> active;
  active.reserve(periods.size());
  for (const auto& [period, early] : periods) active.push_back({.period = period, .early = early});
  return count_streak(rule, calendar, active);
}

// Could the deed change anything? `row` may be null.
enum class Meaning : std::uint8_t { nothing, next, anew };
Meaning meaning_of(const StreakRule& rule, const StreakRow* row, const ActivePeriod& active,
                   bool day_is_new) {
  if (row == nullptr) return Meaning::anew;
  if (active.period > row->count.last) return Meaning::next;
  const bool may_spare = rule.grace.count() > 0 && active.early;
  if (active.period == row->count.last) return may_spare ? Meaning::anew : Meaning::nothing;
  return day_is_new || may_spare ? Meaning::anew : Meaning::nothing;
}

}  // namespace

StreakStep feed_streak(RewardJob& job, const StreakRule& rule, const Deed& deed,
                       const DayCount& day) {
  SqlConnection& db = job.context.db;
  auto row = load_row(db, job.user.key, rule.type);
  const Period period = period_of(rule.period, deed.day);
  const bool early = deed.at < start_of(job.calendar, rule.period, period) + rule.grace;
  const ActivePeriod active{.period = period, .early = early};
  StreakStep step{.longest_before = row ? row->count.longest : 0};
  const StreakCount before = row ? row->count : StreakCount{};
  switch (meaning_of(rule, row ? &*row : nullptr, active, day.times == deed.times)) {
    case Meaning::nothing:
      step.state =
          state_of(rule, streak_at(rule, job.calendar, before, job.now), row->last_incremented_at);
      return step;
    case Meaning::next:
      row->count = advance(rule, job.calendar, before, active);
      break;
    case Meaning::anew:
      if (!row) row.emplace();
      row->count = count_anew(db, rule, job.calendar, job.user.key);
      row->count.longest = std::max(row->count.longest, before.longest);
      break;
  }
  if (row->count.current != before.current || row->count.last != before.last) {
    row->last_incremented_at = std::max(row->last_incremented_at, deed.at);
  }
  const StreakNow now = streak_at(rule, job.calendar, row->count, job.now);
  step.state = state_of(rule, now, row->last_incremented_at);
  step.changed = differs(*row, now);
  save_row(db, job.user.key, rule.type, *row, now);
  if (step.changed) tell_streak(job, step.state);
  return step;
}

std::optional<StreakState> recount_streak(RewardJob& job, const StreakRule& rule) {
  SqlConnection& db = job.context.db;
  auto row = load_row(db, job.user.key, rule.type);
  const StreakCount before = row ? row->count : StreakCount{};
  StreakCount count = count_anew(db, rule, job.calendar, job.user.key);
  if (count.current == 0) return std::nullopt;  // it was never fed
  count.longest = std::max(count.longest, before.longest);
  if (row && count == before) return std::nullopt;
  if (!row) row.emplace();
  row->count = count;
  if (row->last_incremented_at == WallTime{}) {
    row->last_incremented_at = start_of(job.calendar, rule.period, count.last);
  }
  const StreakNow now = streak_at(rule, job.calendar, row->count, job.now);
  const StreakState state = state_of(rule, now, row->last_incremented_at);
  save_row(db, job.user.key, rule.type, *row, now);
  if (!differs(*row, now)) return std::nullopt;
  tell_streak(job, state);
  return state;
}

void settle_streak(RewardJob& job, const std::string& type) {
  SqlConnection& db = job.context.db;
  const StreakRule* rule = job.rules.streak(type);
  auto row = load_row(db, job.user.key, type);
  if (rule == nullptr || !row) {  // of a profile that was: nobody waits for it
    db.execute("UPDATE streaks SET due_at = NULL WHERE user_id = $1 AND streak_type = $2",
               job.user.key, type);
    return;
  }
  const StreakNow now = streak_at(*rule, job.calendar, row->count, job.now);
  save_row(db, job.user.key, type, *row, now);
  if (!differs(*row, now)) return;
  const StreakState state = state_of(*rule, now, row->last_incremented_at);
  tell_streak(job, state);
  if (now.at_risk && !row->shown_at_risk) warn_of_end(job, state);
}

std::vector<StreakState> read_streaks(SqlConnection& db, const RewardRules& rules, UserKey user,
                                      WallTime now) {
  std::vector<StreakState> out;
  const Calendar calendar = load_calendar(db, user);
  for (const StreakRule& rule : rules.streaks) {
    const auto row = load_row(db, user, rule.type);
    out.push_back(state_of(rule, streak_at(rule, calendar, row ? row->count : StreakCount{}, now),
                           row ? std::optional(row->last_incremented_at) : std::nullopt));
  }
  return out;
}

std::vector<std::string> warnings_in_force(SqlConnection& db, UserKey user, WallTime now) {
  std::vector<std::string> out;
  auto rows =
      db.query("SELECT streak_type FROM streaks WHERE user_id = $1 AND at_risk = 1 AND due_at > $2",
               user, now);
  while (rows.next()) out.push_back(begin_of_warning(rows.text(0)));
  return out;
}

void reschedule_streaks(WriteContext& context, UserKey user, WallTime now) {
  const Calendar calendar = load_calendar(context.db, user);
  for (const StreakRule& rule : context.rewards->streaks) {
    const auto row = load_row(context.db, user, rule.type);
    if (!row || row->shown_current == 0) continue;
    const StreakNow next = streak_at(rule, calendar, row->count, now);
    // What has ended or come into danger already is told by the roll-over.
    context.db.execute("UPDATE streaks SET due_at = $1 WHERE user_id = $2 AND streak_type = $3",
                       differs(*row, next) ? std::optional(now) : next.due, user, rule.type);
  }
}

}  // namespace kith
