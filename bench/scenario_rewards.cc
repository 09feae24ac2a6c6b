// rewards: activities over HTTP, some of them told of twice, a live board watched over sockets; and
// then the question whether every counter is the sum of what was acked.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <stdexcept>

#include "bench/json_fields.h"
#include "bench/rewards_work.h"
#include "bench/scenarios.h"
#include "protocol/time_format.h"

namespace kith::bench {
namespace {

using Question = RewardCheck::Question;

constexpr std::size_t kWatchersDefault = 100;
constexpr std::chrono::milliseconds kLookAgain{100};

LedgerDay today() {
  const auto days = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return static_cast<LedgerDay>(days.time_since_epoch().count());
}

std::string what_came(const HttpReply& reply) {
  return reply.status == 0 ? reply.trouble : fmt::format("HTTP {} {}", reply.status, reply.body);
}

// A category of the run's own, so that what was scored before is in nobody's way, and its board:
// that comes into being with its first score.
struct OwnBoard {
  std::string category;
  std::string id;
};
OwnBoard make_board(const Seed& seed, const RunOptions& options) {
  const Target& target = options.client.nodes.front().target;
  const std::string& token = seed.users.front().token;
  OwnBoard board{.category = fmt::format("bench_{:08x}", options.client.run), .id = {}};
  const HttpReply told = ask_patiently(
      target,
      {.method = "POST",
       .path = "/activities",
       .token = token,
       .body = fmt::format(R"({{"kind":"points","idempotency_key":"{:08x}-first","value":1,)"
                           R"("category":"{}","occurred_at":"{}"}})",
                           options.client.run, board.category,
                           format_time(std::chrono::floor<std::chrono::milliseconds>(
                               std::chrono::system_clock::now())))},
      options.client.reconnect_for);
  if (told.status == 0)
    throw std::runtime_error(options.client.nodes.front().url + ": " + told.trouble);
  if (told.status != 200) {
    throw std::runtime_error(fmt::format(
        "the first activity was not taken ({}): the server's app profile must have `points`, "
        "`daily_checkin` and open_categories, as the default one has",
        what_came(told)));
  }
  const HttpReply page = ask_once(
      target, {.path = "/leaderboards?limit=1&category=" + board.category, .token = token});
  simdjson::dom::parser parser;
  if (const auto answer = parse_reply(parser, page)) board.id = text_of(*answer, "board_id");
  if (board.id.empty()) {
    throw std::runtime_error("the server has no leaderboard for what was scored: " +
                             what_came(page));
  }
  return board;
}

Seed with_board(const Seed& seed, const OwnBoard& board) {
  Seed out = seed;
  out.chats.push_back({.id = board.id, .members = {}});
  return out;
}

Crowd watchers_of(const Seed& seed, const RunOptions& options) {
  Crowd crowd(seed);
  const std::size_t count = options.connections > 0 ? options.connections : kWatchersDefault;
  for (std::size_t i = 0; i < count; ++i) {
    crowd.add({.user = i % seed.users.size(), .chats = {seed.chats.size() - 1}, .measured = false});
  }
  return crowd;
}

class Rewards {
 public:
  Rewards(const Seed& seed, const RunOptions& options, OwnBoard board)
      : seed_(seed),
        options_(options),
        board_(std::move(board)),
        users_(options.users > 0 ? std::min(options.users, seed.users.size()) : seed.users.size()),
        fresh_streak_(users_, true),
        ledger_(users_),
        activities_(seed, {.category = board_.category,
                           .run = options.client.run,
                           .users = users_,
                           .check_ins_percent = options.check_ins_percent,
                           .repeats_percent = options.repeats_percent,
                           .today = today()}),
        before_(seed, board_.category, {Question::streaks},
                [this](std::size_t user, Question, const simdjson::dom::element& answer) {
                  const StreakAnswer streak = check_ins_in(answer);
                  fresh_streak_[user] = streak.seen.longest == 0 && streak.freezes == 0;
                }),
        after_(seed, board_.category, {Question::streaks, Question::scores, Question::board},
               [this](std::size_t user, Question question, const simdjson::dom::element& answer) {
                 judge(user, question, answer);
               }) {}

  void play(Run& run, HttpLoad& load) {
    load.begin_at_once(before_, before_.items(users_));
    if (!settled(run, load, "what the users had before could not be read")) return;
    run.start({});
    run.intend(options_.closed ? 0 : options_.messages_per_second);
    run.begin_measuring();
    begin_load(load, activities_, options_);
    const bool whole = run.watch(options_.duration);
    run.end_measuring();
    if (!whole || !settled(run, load, "not every activity was answered within the --drain")) return;
    ledger_.add_points(0, 1, true);  // the board's first
    activities_.enter(ledger_);
    load.begin_at_once(after_, after_.items(users_));
    if (!settled(run, load, "the counters could not be read back within the --drain")) return;
    walk_board();
    compare_watchers(run);
    tell(run);
  }

 private:
  bool settled(Run& run, const HttpLoad& load, std::string otherwise) {
    return run.watch_until(options_.drain_within, std::move(otherwise),
                           [&] { return load.finished(); });
  }

  void judge(std::size_t user, Question question, const simdjson::dom::element& answer) {
    const auto note = [&](Wrong& wrong, std::string_view what,
                          const std::optional<std::string>& fault) {
      if (fault) wrong.note(fmt::format("{} of {}: {}", what, seed_.users[user].id, *fault));
    };
    switch (question) {
      case Question::streaks:
        if (fresh_streak_[user]) {
          const LedgerDay now = today();
          note(streaks_, "streak",
               ledger_.judge_streak(user, check_ins_in(answer).seen, {now - 1, now}));
        }
        break;
      case Question::scores:
        note(scores_, "score", ledger_.judge_score(user, score_in(answer, board_.category)));
        break;
      case Question::board:
        note(boards_, "board entry", ledger_.judge_score(user, board_score_in(answer)));
        break;
    }
  }

  // Page by page: ranks without a hole, no score above the one before, everybody who has one.
  void walk_board() {
    const Target& target = options_.client.nodes.front().target;
    simdjson::dom::parser parser;
    std::uint64_t rank = 0;
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    std::uint64_t total = 0;
    std::string cursor;
    do {
      const HttpReply page = ask_once(
          target, {.path = fmt::format("/leaderboards?limit={}&category={}{}{}", kBoardRanksMax,
                                       board_.category, cursor.empty() ? "" : "&cursor=", cursor),
                   .token = seed_.users.front().token});
      const auto answer = parse_reply(parser, page);
      simdjson::dom::array items;
      if (page.status != 200 || !answer || (*answer)["items"].get(items) != simdjson::SUCCESS) {
        return boards_.note("a page of it could not be read: " + what_came(page));
      }
      if (rank == 0) {
        top_.clear();
        put_in_entries((*answer)["items"].value(), top_);
      }
      for (const auto item : items) {
        const std::int64_t score = signed_of(item, "score");
        if (number_of(item, "rank") != ++rank || score > before) {
          boards_.note(fmt::format("rank {} has {} behind {}, as number {}",
                                   number_of(item, "rank"), score, before, rank));
        }
        before = score;
      }
      total = number_of(*answer, "total");
      cursor = text_of(*answer, "next_cursor");
    } while (!cursor.empty());
    std::uint64_t scorers = 0;
    for (std::size_t user = 0; user < users_; ++user) scorers += ledger_.has_points(user) ? 1 : 0;
    const bool everybody = total == rank && total >= scorers;
    if (!everybody || (ledger_.unknown() == 0 && total != scorers)) {
      boards_.note(
          fmt::format("{} stand on it, it says {}, and {} have scored", rank, total, scorers));
    }
  }

  // Within the --drain every watcher's copy is the board.
  void compare_watchers(Run& run) {
    const auto until = Clock::now() + options_.drain_within;
    do {
      std::atomic<std::uint64_t> looked = 0;
      std::atomic<std::uint64_t> differ = 0;
      run.for_each([&](LoadClient& client) {
        const BoardCopy* copy = client.board();
        if (copy == nullptr || copy->entries() != top_) ++differ;
        ++looked;
        looked.notify_one();
      });
      const std::uint64_t everybody = run.crowd().clients().size();
      // Also where the run has failed: the threads still run, and what they count is here.
      for (auto now = looked.load(); now < everybody; now = looked.load()) looked.wait(now);
      wrong_watchers_ = differ;
    } while (wrong_watchers_ > 0 && Clock::now() < until && run.watch(kLookAgain));
  }

  void tell(Run& run) {
    const auto unjudged = std::count(fresh_streak_.begin(), fresh_streak_.end(), false);
    const auto figure = [&](std::string_view key, std::uint64_t value) {
      run.figure(key, static_cast<double>(value));
    };
    figure("users", users_);
    figure("activities_acked", ledger_.known());
    figure("outcomes_unknown", ledger_.unknown());
    figure("repeats_acked", activities_.repeats_acked());
    figure("watchers", run.crowd().clients().size());
    figure("board_frames", run.sum(&Tally::board_frames));
    if (const auto frames = run.sum(&Tally::board_frames); frames > 0) {
      figure("board_bytes_per_frame", run.sum(&Tally::board_bytes) / frames);
    }
    figure("board_copies", run.sum(&Tally::board_copies));
    figure("checked_users", users_ - std::min<std::uint64_t>(users_, after_.unanswered().count));
    figure("unjudged_streaks", static_cast<std::uint64_t>(unjudged));
    figure("wrong_watchers", wrong_watchers_);
    const auto judged = [&](std::string_view key, std::string_view what, const Wrong& wrong) {
      figure(key, wrong.count);
      if (wrong.count == 0) return;
      run.wrong(fmt::format("{} {}: {}", wrong.count, what, wrong.example));
    };
    judged("wrong_scores", "scores are not the sum of the acked activities", scores_);
    judged("wrong_streaks", "streaks are not those of the acked check-ins", streaks_);
    judged("wrong_boards", "faults of the board", boards_);
    judged("wrong_repeats", "faults of idempotency", activities_.wrong_repeats());
    if (wrong_watchers_ > 0) {
      run.wrong(fmt::format("{} watchers' copies of the board are not the board", wrong_watchers_));
    }
    for (const RewardCheck* check : {&before_, &after_}) {
      if (check->unanswered().count == 0) continue;
      run.wrong(fmt::format("{} questions about the counters were not answered: {}",
                            check->unanswered().count, check->unanswered().example));
    }
    if (unjudged > 0) {
      run.caution(fmt::format(
          "{} of {} users had a streak or freezes before the run: their streaks were not judged.",
          unjudged, users_));
    }
  }

  const Seed& seed_;
  const RunOptions& options_;
  const OwnBoard board_;
  const std::size_t users_;
  std::vector<bool> fresh_streak_;
  RewardLedger ledger_;
  RewardActivities activities_;
  RewardCheck before_;
  RewardCheck after_;
  std::vector<BoardEntry> top_;
  std::uint64_t wrong_watchers_ = 0;
  Wrong scores_;
  Wrong streaks_;
  Wrong boards_;
};

}  // namespace

Report run_rewards(const Seed& seed, const RunOptions& options) {
  const OwnBoard board = make_board(seed, options);
  const Seed all = with_board(seed, board);
  Rewards rewards(all, options, board);
  HttpLoad load({.nodes = options.client.nodes,
                 .connections = options.http_connections,
                 .retry_for = options.client.reconnect_for},
                operations_of("rewards"));
  Run run("rewards", all, watchers_of(all, options), options);
  run.attach(load);
  run.expect_no_deliveries();
  if (run.connect({.per_second = options.connects_per_second})) rewards.play(run, load);
  return run.finish();
}

}  // namespace kith::bench
