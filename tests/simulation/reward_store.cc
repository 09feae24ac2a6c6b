#include "tests/simulation/reward_store.h"

#include <algorithm>

#include "protocol/assert.h"
#include "storage/migrations.h"
#include "storage/sql_activities.h"
#include "storage/sql_scores.h"
#include "storage/sql_streaks.h"
#include "storage/sqlite_connection.h"

namespace kith::simulation {

namespace {

const RewardRules& rules() {
  static const RewardRules all = [] {
    RewardRules made;
    made.activities = {{.kind = "daily_checkin"},
                       {.kind = "points", .scores = {{.category = "", .points = {}}}}};
    made.streaks = {{.type = "daily_checkin", .kinds = {"daily_checkin"}}};
    made.categories = {{.name = "overall"}};
    made.open_categories = true;
    return made;
  }();
  return all;
}

}  // namespace

RewardStore::RewardStore(const std::vector<UserRef>& users) {
  auto opened = SqliteConnection::open(":memory:", SqliteConnection::Mode::create);
  KITH_ASSERT(opened.ok());
  db_ = std::move(*opened);
  const Status migrated = migrate(*db_);
  KITH_ASSERT(migrated.ok());
  context_ = std::make_unique<WriteContext>(*db_);
  context_->rewards = &rules();
  db_->begin_write();
  for (const UserRef& user : users) {
    db_->execute("INSERT INTO channels(id, kind, public_id) VALUES($1, $2, $3)", user.key,
                 static_cast<int>(IdKind::user), user.id);
    db_->execute("INSERT INTO users(id, display_name, created_at, updated_at) VALUES($1, '', 0, 0)",
                 user.key);
  }
  db_->commit();
  KITH_ASSERT(!db_->failure());
}

Result<Recorded> RewardStore::record(const Actor& actor, ActivityOrigin origin,
                                     const Activity& activity) {
  db_->begin_write();
  context_->begin_job();
  auto recorded = record_activity(*context_, actor, origin, activity);
  KITH_ASSERT(!db_->failure());
  if (!recorded) {
    context_->undo_job();
    db_->rollback();
    context_->forget();
    return recorded;
  }
  context_->write_heads();
  db_->commit();
  KITH_ASSERT(!db_->failure());
  context_->committed();
  return recorded;
}

void RewardStore::lose(const char* sql) {
  db_->begin_write();
  db_->execute(sql);
  db_->commit();
  KITH_ASSERT(!db_->failure());
}

std::optional<std::int64_t> RewardStore::score_of(UserKey user) {
  db_->begin_read(SqlConnection::Snapshot::one);
  const auto scores = read_category_scores(*db_, user);
  db_->commit();
  const auto found =
      std::ranges::find(scores, std::string_view(kCategory), &CategoryScore::category);
  return found == scores.end() ? std::nullopt : std::optional(found->score);
}

StreakState RewardStore::streak_of(UserKey user, WallTime now) {
  db_->begin_read(SqlConnection::Snapshot::one);
  const auto streaks = read_streaks(*db_, rules(), user, now);
  db_->commit();
  return streaks.empty() ? StreakState{} : streaks.front();
}

}  // namespace kith::simulation
