#include "storage/sql_reward_upkeep.h"

#include <limits>
#include <map>

#include "storage/sql_badges.h"
#include "storage/sql_calendar.h"
#include "storage/sql_membership.h"
#include "storage/sql_streaks.h"

namespace kith {
namespace {

// Of one step. What waits behind its transaction waits for some milliseconds.
constexpr int kMessagesAtOnce = 10'000;
constexpr std::size_t kSendersAtOnce = 200;
constexpr int kUsersAtOnce = 50;
constexpr std::chrono::minutes kQuarter{15};
constexpr std::int64_t kDone = std::numeric_limits<std::int64_t>::max();

ChannelKey channel_of(UserKey user) {
  return ChannelKey{static_cast<std::int64_t>(user)};
}

struct Progress {
  std::int64_t position = 0;
  std::string detail;
};
Progress progress_of(SqlConnection& db, const char* name) {
  auto row = db.query("SELECT position, detail FROM reward_progress WHERE name = $1", name);
  return row.next() ? Progress{.position = row.integer(0), .detail = std::string(row.text(1))}
                    : Progress{};
}

// What was said before an account went earns it nothing, and leaves no row.
bool is_erased(SqlConnection& db, UserKey user) {
  return db.query("SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NOT NULL", user).next();
}

}  // namespace

UnfedMessages read_unfed_messages(SqlConnection& db) {
  UnfedMessages out;
  out.from = static_cast<Position>(progress_of(db, "messages").position);
  out.to = out.from;
  const Position settled = db.settled_position();
  using Place = std::pair<UserKey, std::int64_t>;
  std::map<Place, UnfedMessages::Sent> sent;
  auto rows = db.query(
      "SELECT position, sender_id, sent_at FROM chat_messages WHERE position > $1"
      " AND position <= $2 ORDER BY position LIMIT $3",
      out.from, settled, kMessagesAtOnce);
  int read = 0;
  while (rows.next()) {
    const UserKey sender{rows.integer(1)};
    const WallTime at = rows.time(2);
    const Place place(sender, at.time_since_epoch() / kQuarter);
    if (sent.size() == kSendersAtOnce && !sent.contains(place)) {
      out.more = true;
      break;
    }
    UnfedMessages::Sent& entry = sent[place];
    entry.sender = sender;
    entry.first = entry.times == 0 ? at : std::min(entry.first, at);
    ++entry.times;
    out.to = static_cast<Position>(rows.integer(0));
    ++read;
  }
  out.more = out.more || read == kMessagesAtOnce;
  for (const auto& [place, entry] : sent) out.sent.push_back(entry);
  return out;
}

Result<RewardUpkeep> feed_messages(WriteContext& context, const UnfedMessages& unfed,
                                   WallTime now) {
  RewardUpkeep done{.more = unfed.more};
  const RewardRules& rules = *context.rewards;
  const ActivityRule* rule = rules.activity(kMessageKind);
  if (rule == nullptr) return done;
  const std::int64_t moved = context.db.execute(
      "UPDATE reward_progress SET position = $1 WHERE name = 'messages' AND position = $2",
      unfed.to, unfed.from);
  if (moved == 0) return done;  // another node was there first
  std::vector<ChannelKey> channels;
  for (const auto& sent : unfed.sent) channels.push_back(channel_of(sent.sender));
  touch_channels(context, std::move(channels));
  for (const auto& sent : unfed.sent) {
    const auto id = context.user_id(sent.sender);
    if (!id || is_erased(context.db, sent.sender)) continue;
    const Calendar calendar = load_calendar(context.db, sent.sender);
    RewardJob job{.context = context,
                  .rules = rules,
                  .user = {.key = sent.sender, .id = *id},
                  .calendar = calendar,
                  .now = now,
                  .events = done.events,
                  .boards = done.boards};
    reward_deed(job, *rule,
                {.kind = kMessageKind,
                 .at = sent.first,
                 .day = calendar.day_of(sent.first),
                 .times = sent.times});
  }
  return done;
}

Result<RewardUpkeep> back_fill_rewards(WriteContext& context, WallTime now) {
  SqlConnection& db = context.db;
  const RewardRules& rules = *context.rewards;
  RewardUpkeep done;
  // Whoever comes second waits here, and goes on from where the first has come to.
  db.execute("UPDATE reward_progress SET position = position WHERE name = 'back_fill'");
  Progress progress = progress_of(db, "back_fill");
  if (progress.detail != rules.fingerprint) progress = {.position = 0, .detail = rules.fingerprint};
  if (progress.position == kDone) return done;
  std::vector<UserKey> users;
  {
    auto rows = db.query(
        "SELECT DISTINCT user_id FROM activity_totals WHERE user_id > $1 ORDER BY user_id LIMIT $2",
        progress.position, kUsersAtOnce);
    while (rows.next()) users.push_back(UserKey{rows.integer(0)});
  }
  done.more = !users.empty();
  const std::int64_t next = users.empty() ? kDone : static_cast<std::int64_t>(users.back());
  db.execute("UPDATE reward_progress SET position = $1, detail = $2 WHERE name = 'back_fill'", next,
             rules.fingerprint);
  std::vector<ChannelKey> channels;
  for (const UserKey user : users) channels.push_back(channel_of(user));
  touch_channels(context, std::move(channels));
  for (const UserKey user : users) {
    const auto id = context.user_id(user);
    if (!id) continue;
    const Calendar calendar = load_calendar(db, user);
    RewardJob job{.context = context,
                  .rules = rules,
                  .user = {.key = user, .id = *id},
                  .calendar = calendar,
                  .now = now,
                  .events = done.events,
                  .boards = done.boards};
    for (const StreakRule& streak : rules.streaks) recount_streak(job, streak);
    award_missing(job);
  }
  return done;
}

}  // namespace kith
