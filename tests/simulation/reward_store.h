// Rewards and boards in the model of the store: the very functions that the SQL stores run, on a
// database in memory, each activity one transaction. Made when somebody first asks for it.
#pragma once

#include <simdjson.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ports/boards.h"
#include "engine/ports/reward_ledger.h"
#include "storage/sql_connection.h"
#include "storage/sql_session.h"

namespace kith::simulation {

class RewardStore {
 public:
  static constexpr const char* kCategory = "sim";
  // The badges: for so many activities of points, so long a row of check-ins, so high a score.
  static constexpr std::array<std::string_view, 3> kBadges = {"times", "row", "score"};
  static constexpr std::int64_t kBadgeTimes = 5;
  static constexpr std::int64_t kBadgeRow = 3;
  static constexpr std::int64_t kBadgeScore = 100;

  // Users as the store's tables have them.
  RewardStore(const std::vector<UserRef>& users, WallTime now);

  // The events bear the numbers of no log that anybody follows.
  Result<Recorded> record(const Actor& actor, ActivityOrigin origin, const Activity& activity);
  // As though nothing had ever been told of: a repeat counts again.
  void forget_keys() { lose("DELETE FROM activities"); }
  // Of everybody's score.
  void lose_a_point() { lose("UPDATE user_scores SET score = score - 1"); }
  // As though nobody had ever done anything; what is told of late meets no day before it.
  void forget_days() { lose("DELETE FROM activity_days"); }
  // As though nobody had been given a badge, nor done what the first of them is for.
  void forget_badges();
  // The boards stand as though the user's last move, by so much, had not been.
  void lose_move(UserKey user, std::int64_t delta);

  // Of kCategory.
  std::optional<std::int64_t> score_of(UserKey user);
  // Of check-ins.
  StreakState streak_of(UserKey user, WallTime now);
  std::set<std::string> badges_of(UserKey user);
  // How often the user's log has said so.
  struct BadgeTold {
    std::uint32_t events = 0;
    std::uint32_t notices = 0;
  };
  BadgeTold badge_told(UserKey user, std::string_view code) const;

  // --- boards (engine/ports/boards.h) ---
  Result<BoardPage> page(const Actor& reader, const BoardQuery& query);
  Result<BoardTopPtr> top(const ChannelId& board);
  Result<BoardLook> look(const std::vector<ChannelId>& boards, WallTime now);
  Result<std::vector<BoardMoved>> roll(WallTime now);
  // The one that clients follow: kCategory, everywhere, of all time.
  const ChannelId& board() const { return board_; }
  // What it was at that revision; null: it never had it.
  const BoardTop* board_at(std::uint64_t revision) const;
  const BoardTop& board_now() const { return *board_history_.rbegin()->second; }

 private:
  template <typename Work>
  auto write(Work work);
  template <typename Work>
  auto read(Work work);
  void lose(const char* sql);
  void count_badges(UserKey user, const DurableEvent& event);
  void keep_board();

  std::unique_ptr<SqlConnection> db_;
  std::unique_ptr<WriteContext> context_;
  ChannelId board_;
  std::map<std::uint64_t, BoardTopPtr> board_history_;  // by revision
  std::map<std::pair<UserKey, std::string>, BadgeTold> badges_told_;
  simdjson::dom::parser parser_;
};

}  // namespace kith::simulation
