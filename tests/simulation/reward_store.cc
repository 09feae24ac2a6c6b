#include "tests/simulation/reward_store.h"

#include <algorithm>

#include "protocol/assert.h"
#include "storage/migrations.h"
#include "storage/sql_activities.h"
#include "storage/sql_badges.h"
#include "storage/sql_board_reads.h"
#include "storage/sql_board_runs.h"
#include "storage/sql_scores.h"
#include "storage/sql_streaks.h"
#include "storage/sqlite_connection.h"
#include "tests/simulation/frame.h"

namespace kith::simulation {

namespace {

constexpr int kBoardsRolledAtOnce = 50;

const RewardRules& rules() {
  using Criterion = BadgeRule::Criterion;
  static const RewardRules all = [] {
    RewardRules made;
    made.activities = {{.kind = "daily_checkin"},
                       {.kind = "points", .scores = {{.category = "", .points = {}}}}};
    made.streaks = {{.type = "daily_checkin", .kinds = {"daily_checkin"}}};
    made.categories = {{.name = "overall"}};
    made.badges = {{.code = "times",
                    .name = "Times",
                    .criterion = Criterion::count,
                    .subject = "points",
                    .target = RewardStore::kBadgeTimes},
                   {.code = "row",
                    .name = "Row",
                    .criterion = Criterion::streak,
                    .subject = "daily_checkin",
                    .target = RewardStore::kBadgeRow},
                   {.code = "score",
                    .name = "Score",
                    .criterion = Criterion::score,
                    .subject = RewardStore::kCategory,
                    .target = RewardStore::kBadgeScore}};
    made.open_categories = true;
    return made;
  }();
  return all;
}

void insert_users(SqlConnection& db, const std::vector<UserRef>& users) {
  for (const UserRef& user : users) {
    db.execute("INSERT INTO channels(id, kind, public_id) VALUES($1, $2, $3)", user.key,
               static_cast<int>(IdKind::user), user.id);
    db.execute("INSERT INTO users(id, display_name, created_at, updated_at) VALUES($1, '', 0, 0)",
               user.key);
  }
}

}  // namespace

template <typename Work>
auto RewardStore::write(Work work) {
  db_->begin_write();
  context_->begin_job();
  auto outcome = work(*context_);
  KITH_ASSERT(!db_->failure());
  if (!outcome) {
    context_->undo_job();
    db_->rollback();
    context_->forget();
    return outcome;
  }
  context_->write_heads();
  db_->commit();
  KITH_ASSERT(!db_->failure());
  context_->committed();
  return outcome;
}

template <typename Work>
auto RewardStore::read(Work work) {
  db_->begin_read(SqlConnection::Snapshot::one);
  auto outcome = work(*db_);
  db_->commit();
  return outcome;
}

RewardStore::RewardStore(const std::vector<UserRef>& users, WallTime now) {
  auto opened = SqliteConnection::open(":memory:", SqliteConnection::Mode::create);
  KITH_ASSERT(opened.ok());
  db_ = std::move(*opened);
  const Status migrated = migrate(*db_);
  KITH_ASSERT(migrated.ok());
  context_ = std::make_unique<WriteContext>(*db_);
  context_->rewards = &rules();
  // The boards are there from the start, to be followed.
  const auto made = write([&](WriteContext& context) -> Result<ChannelId> {
    insert_users(context.db, users);
    context.db.lock_boards();
    std::vector<BoardMoved> moved;
    const auto boards = current_boards(context, kCategory, "", now, moved);
    return std::ranges::find(boards, BoardPeriod::all_time, &BoardRow::period)->id;
  });
  KITH_ASSERT(made.ok());
  board_ = *made;
  keep_board();
}

Result<Recorded> RewardStore::record(const Actor& actor, ActivityOrigin origin,
                                     const Activity& activity) {
  auto recorded = write(
      [&](WriteContext& context) { return record_activity(context, actor, origin, activity); });
  if (!recorded) return recorded;
  for (const DurableEvent& event : recorded->events) count_badges(actor.key, event);
  if (!recorded->boards.empty()) keep_board();
  return recorded;
}

void RewardStore::count_badges(UserKey user, const DurableEvent& event) {
  const Frame payload(parser_, event.payload);
  if (event.type == EventType::badge_earned) {
    ++badges_told_[{user, std::string(payload.text("code"))}].events;
  }
  if (event.type == EventType::notification_new && payload.text("type") == "badge.earned") {
    ++badges_told_[{user, std::string(payload.at("payload").text("code"))}].notices;
  }
}

void RewardStore::keep_board() {
  auto shown = top(board_);
  KITH_ASSERT(shown.ok());
  board_history_[(*shown)->revision] = *shown;
}

const BoardTop* RewardStore::board_at(std::uint64_t revision) const {
  const auto found = board_history_.find(revision);
  return found == board_history_.end() ? nullptr : found->second.get();
}

void RewardStore::lose(const char* sql) {
  db_->begin_write();
  db_->execute(sql);
  db_->commit();
  KITH_ASSERT(!db_->failure());
}

void RewardStore::forget_badges() {
  static_assert(kBadgeTimes == 5);
  lose("DELETE FROM user_badges");
  lose("UPDATE activity_totals SET times = 4 WHERE times > 4");
}

void RewardStore::lose_move(UserKey user, std::int64_t delta) {
  db_->begin_write();
  db_->execute("UPDATE board_entries SET lag = lag + $1 WHERE user_id = $2", delta, user);
  db_->commit();
  KITH_ASSERT(!db_->failure());
  keep_board();
}

std::optional<std::int64_t> RewardStore::score_of(UserKey user) {
  const auto scores = read([user](SqlConnection& db) { return read_category_scores(db, user); });
  const auto found =
      std::ranges::find(scores, std::string_view(kCategory), &CategoryScore::category);
  return found == scores.end() ? std::nullopt : std::optional(found->score);
}

StreakState RewardStore::streak_of(UserKey user, WallTime now) {
  const auto streaks =
      read([user, now](SqlConnection& db) { return read_streaks(db, rules(), user, now); });
  return streaks.empty() ? StreakState{} : streaks.front();
}

std::set<std::string> RewardStore::badges_of(UserKey user) {
  const auto badges = read([user](SqlConnection& db) { return read_badges(db, rules(), user); });
  std::set<std::string> codes;
  for (const EarnedBadge& badge : badges.earned) codes.insert(badge.code);
  return codes;
}

RewardStore::BadgeTold RewardStore::badge_told(UserKey user, std::string_view code) const {
  const auto found = badges_told_.find({user, std::string(code)});
  return found == badges_told_.end() ? BadgeTold{} : found->second;
}

Result<BoardPage> RewardStore::page(const Actor& reader, const BoardQuery& query) {
  auto found = read([&](SqlConnection& db) { return read_board(db, reader, query); });
  if (!found) return found.error();
  return std::move(found->page);
}

Result<BoardTopPtr> RewardStore::top(const ChannelId& board) {
  return read([&](SqlConnection& db) { return read_board_top(db, board); });
}

Result<BoardLook> RewardStore::look(const std::vector<ChannelId>& boards, WallTime now) {
  return read([&](SqlConnection& db) { return look_at_boards(db, boards, now); });
}

Result<std::vector<BoardMoved>> RewardStore::roll(WallTime now) {
  return write([now](WriteContext& context) -> Result<std::vector<BoardMoved>> {
    return roll_boards(context, now, kBoardsRolledAtOnce);
  });
}

}  // namespace kith::simulation
