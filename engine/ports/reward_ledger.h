// What users did, and what they got for it: activities in; streaks, scores and badges out, by the
// profile's rules (engine/rewards). An activity is one transaction with everything that follows
// from it: its events (streak.updated, score.updated, badge.earned) on the user's own channel, and
// the boards that its scores move.
//
// Thread and callbacks as in event_log.h. Who asked hands the events to Engine::publish. What one
// user does runs in the order of the calls.
//
// Errors: unavailable as in event_log.h; not_found: no such user; others as noted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/ports/boards.h"
#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "engine/rewards/rules.h"
#include "engine/rewards/scores.h"
#include "protocol/event.h"

namespace kith {

struct Activity {
  ActivityId id;     // proposed; a repeat is answered with the original's
  std::string kind;  // bad_request (field kind): not of the profile, or not for a client to tell
  WallTime occurred_at{};
  std::optional<std::int64_t> value;
  std::string category;  // empty: by the rule
  // What makes a repeat one, for ever, among what came from the same source.
  std::string idempotency_key;
};

// Where the keys of activities come from: each has its own. Numbers are for ever.
enum class ActivityOrigin : std::uint8_t { client = 0, streak_call = 1, engine = 2 };

struct StreakState {
  std::string type;
  PeriodUnit period = PeriodUnit::day;
  std::uint32_t current = 0;
  std::uint32_t longest = 0;
  std::uint32_t freezes = 0;
  bool at_risk = false;
  std::optional<WallTime> lapses;  // when it ends unless something is done
  std::optional<WallTime> last_incremented_at;
};
struct ScoreState {
  std::string category;
  std::int64_t score = 0;
  std::int64_t delta = 0;
};
struct EarnedBadge {
  std::string code;
  std::string name;
  WallTime earned_at{};
};

struct Recorded {
  ActivityId activity;
  bool duplicate = false;
  // What changed, or, of a duplicate, what the activity feeds as it is now.
  std::vector<StreakState> streaks;
  std::vector<ScoreState> scores;
  std::vector<EarnedBadge> badges;
  std::int64_t composite_tenths = 0;  // where there are scores
  // Of the first streak that the kind feeds, whether or not it changed.
  std::optional<StreakState> streak;
  std::vector<DurableEvent> events;
  std::vector<BoardMoved> boards;  // for Engine::boards_moved
};

struct BadgeProgress {
  std::string code;
  std::string name;
  std::int64_t current = 0;
  std::int64_t target = 0;
};
struct BadgeList {
  std::vector<EarnedBadge> earned;      // oldest first
  std::vector<BadgeProgress> progress;  // of the others, in the profile's order
};

// Days, or instants whose day in the user's calendar is meant.
struct ScoreQuery {
  using Bound = std::variant<Day, WallTime>;  // both bounds are included
  bool series = false;
  Resolution resolution = Resolution::day;
  std::optional<Bound> from;  // 30 steps before `to`
  std::optional<Bound> to;    // today
};
struct CategoryShare {
  std::string category;
  std::int64_t score = 0;
  std::uint32_t weight = 0;
};
struct ScorePoint {  // as of the end of the step
  Day start = 0;
  std::int64_t composite_tenths = 0;
  std::vector<CategoryScore> categories;
};
struct Scores {
  std::int64_t composite_tenths = 0;
  std::vector<CategoryShare> categories;
  std::vector<ScorePoint> series;
};

struct ZoneChange {
  std::string zone;
  WallTime effective_at{};  // from when on the user's days are those of the zone
};

// What a step of the upkeep committed.
struct RewardUpkeep {
  std::vector<DurableEvent> events;
  std::vector<BoardMoved> boards;
  bool more = false;  // there is more to do at once
  // For how long the oldest of what it did had been due.
  std::chrono::milliseconds lag{0};
};

class RewardLedger {
 public:
  virtual ~RewardLedger() = default;

  // In the transaction, in this order: dedup by origin and key (the original is answered; conflict
  // where kind, time, value or category differ), the kind (bad_request), the time (bad_request,
  // field occurred_at: in the future, or too late to count), the category (bad_request: no such
  // one, or one that is not listed, new for the user, who has kOpenCategoriesMax of those).
  virtual void record(Actor actor, ActivityOrigin origin, Activity activity,
                      Callback<Recorded> done) = 0;

  virtual void streaks(UserId user, WallTime now, Callback<std::vector<StreakState>> done) = 0;
  // bad_request (fields from, to): from lies behind to, or there are more than kScorePointsMax.
  virtual void scores(UserId user, ScoreQuery query, WallTime now, Callback<Scores> done) = 0;
  virtual void badges(UserId user, Callback<BadgeList> done) = 0;

  // bad_request (field time_zone): no such zone. rate_limited: changed not long ago, but for a
  // change of the last limits::kZoneCorrection that has not begun, whose place it takes. At once
  // where nothing was done yet, else as Calendar::move says.
  virtual void set_time_zone(Actor actor, std::string zone, Callback<ZoneChange> done) = 0;

  // --- the upkeep (engine/rewards/upkeep.h); each step is done once however many nodes ask ---
  // Counts the messages that were committed since the last step as `message` activities.
  virtual void feed_messages(WallTime now, Callback<RewardUpkeep> done) = 0;
  // Streaks that have come into danger, or have ended, by `now`.
  virtual void roll_over(WallTime now, Callback<RewardUpkeep> done) = 0;
  // Streaks and badges of users who did something before the profile was as it is.
  virtual void back_fill(WallTime now, Callback<RewardUpkeep> done) = 0;
};

inline constexpr std::int32_t kScorePointsMax = 400;

}  // namespace kith
