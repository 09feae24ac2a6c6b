#include "storage/sql_reward_upkeep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <span>

#include "storage/sql_badges.h"
#include "storage/sql_calendar.h"
#include "storage/sql_membership.h"
#include "storage/sql_streaks.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

// Of one step, whose transaction others wait for: a few milliseconds, also where each of a sender's
// ten statements is a round trip.
constexpr std::ptrdiff_t kSendersAtOnce = 20;
constexpr std::ptrdiff_t kSendersAtOnceShared = 10;
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

// $1: a quarter, ms; behind position $2, up to $3.
constexpr const char* kMessagesOfSenders =
    "SELECT sender_id, sent_at / $1, min(sent_at), count(*), max(position) FROM chat_messages"
    " WHERE position > $2 AND position <= $3 GROUP BY 1, 2";
// SQLite groups what it has sorted: that was half of what such a read took.
constexpr const char* kMessagesOneByOne =
    "SELECT sender_id, sent_at / $1, sent_at, 1, position FROM chat_messages"
    " WHERE position > $2 AND position <= $3";

using SenderQuarter = std::pair<UserKey, std::int64_t>;  // sender, quarter

// What progress says of a piece that was begun: "to sender quarter", three numbers.
struct Begun {
  Position to = 0;
  SenderQuarter last{UserKey{-1}, 0};
};
std::optional<Begun> parse_begun(std::string_view text) {
  std::array<std::int64_t, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::int64_t& number : numbers) {
    if (at != end && *at == ' ') ++at;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc{}) return std::nullopt;
    at = next;
  }
  return Begun{.to = static_cast<Position>(numbers[0]), .last = {UserKey{numbers[1]}, numbers[2]}};
}

std::string begun_text(Position to, const UnfedMessages::Sent& last) {
  return fmt::format("{} {} {}", to, static_cast<std::int64_t>(last.sender), last.quarter);
}

// What was said before an account went earns it nothing, and leaves no row.
bool is_erased(SqlConnection& db, UserKey user) {
  return db.query("SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NOT NULL", user).next();
}

}  // namespace

UnfedMessages read_unfed_messages(SqlConnection& db, Position places) {
  const Progress progress = progress_of(db, "messages");
  const auto begun = parse_begun(progress.detail);
  UnfedMessages out{.from = static_cast<Position>(progress.position), .progress = progress.detail};
  const Position settled = begun ? begun->to : db.settled_position();
  const Position end = begun ? settled : std::min(settled, out.from + places);
  const bool cut = end < settled;
  // Where not all is read, what it goes on from is the piece's end, whether messages lie in it or
  // not.
  out.to = cut ? end : out.from;
  std::map<SenderQuarter, UnfedMessages::Sent> sent;
  auto rows = db.query(db.is_shared() ? kMessagesOfSenders : kMessagesOneByOne,
                       std::int64_t{kQuarter / 1ms}, out.from, end);
  while (rows.next()) {
    out.to = std::max(out.to, static_cast<Position>(rows.integer(4)));
    const SenderQuarter key{UserKey{rows.integer(0)}, rows.integer(1)};
    if (begun && key <= begun->last) continue;
    const auto [at, added] = sent.try_emplace(
        key,
        UnfedMessages::Sent{.sender = key.first, .quarter = key.second, .first = rows.time(2)});
    at->second.first = std::min(at->second.first, rows.time(2));
    at->second.times += rows.integer(3);
  }
  for (const auto& [key, messages] : sent) out.sent.push_back(messages);
  if (begun) out.to = begun->to;
  out.more = begun || cut;
  return out;
}

Result<FedMessages> feed_messages(WriteContext& context, const UnfedMessages& unfed, WallTime now) {
  const RewardRules& rules = *context.rewards;
  const ActivityRule* rule = rules.activity(kMessageKind);
  if (rule == nullptr) return FedMessages{};
  const auto count = std::min(context.db.is_shared() ? kSendersAtOnceShared : kSendersAtOnce,
                              std::ssize(unfed.sent));
  const auto end = unfed.sent.begin() + count;
  FedMessages done{.rest = {.from = unfed.from, .to = unfed.to, .more = unfed.more}};
  done.rest.sent.assign(end, unfed.sent.end());
  const bool whole = done.rest.sent.empty();
  if (!whole) done.rest.progress = begun_text(unfed.to, *(end - 1));
  const std::int64_t moved = context.db.execute(
      "UPDATE reward_progress SET position = $1, detail = $2"
      " WHERE name = 'messages' AND position = $3 AND detail = $4",
      whole ? unfed.to : unfed.from, done.rest.progress, unfed.from, unfed.progress);
  if (moved == 0) return FedMessages{};  // another node was there first
  done.upkeep.more = !whole || unfed.more;
  const std::span<const UnfedMessages::Sent> some(unfed.sent.begin(), end);
  std::vector<ChannelKey> channels;
  for (const auto& sent : some) channels.push_back(channel_of(sent.sender));
  touch_channels(context, std::move(channels));
  for (const auto& sent : some) {
    const auto id = context.user_id(sent.sender);
    if (!id || is_erased(context.db, sent.sender)) continue;
    const Calendar calendar = load_calendar(context.db, sent.sender);
    RewardJob job{.context = context,
                  .rules = rules,
                  .user = {.key = sent.sender, .id = *id},
                  .calendar = calendar,
                  .now = now,
                  .events = done.upkeep.events,
                  .boards = done.upkeep.boards};
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
