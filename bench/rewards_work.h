// What kith-bench rewards asks of a server: activities, some of them told of twice under one key,
// and at the end what came of each.
//
// An activity's user, kind, value and day follow from its number alone, so the schedule needs no
// memory. Times are midday of the last weeks, in UTC, which is the zone of users who have said
// nothing else: no run crosses a midnight, and every check-in is told of late.
#pragma once

#include <simdjson.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/http_load.h"
#include "bench/operations.h"
#include "bench/reward_ledger.h"

namespace kith::bench {

// Of what a run has found wrong: how much, and the first in words.
struct Wrong {
  std::uint64_t count = 0;
  std::string example;

  void note(std::string what) {
    if (count++ == 0) example = std::move(what);
  }
};

// A response's JSON; none where it is not.
std::optional<simdjson::dom::element> parse_reply(simdjson::dom::parser& parser,
                                                  const HttpReply& reply);

class RewardActivities : public HttpWork {
 public:
  struct Options {
    std::string category;
    std::uint32_t run = 0;  // in every key
    std::size_t users = 0;
    double check_ins_percent = 20;
    double repeats_percent = 10;
    LedgerDay today = 0;
  };
  RewardActivities(const Seed& seed, Options options) : seed_(seed), options_(std::move(options)) {}

  Item make(std::uint64_t item) override;
  void answered(std::uint64_t item, const HttpCall& call, const HttpReply& reply,
                HttpOutcome outcome) override;

  // When the load is over: every activity once.
  void enter(RewardLedger& ledger) const;
  std::uint64_t repeats_acked() const { return repeats_acked_; }
  // One key that was counted as new twice, or that is two activities.
  const Wrong& wrong_repeats() const { return wrong_; }

  // The one that item `i` tells of: itself, or an earlier one again.
  std::uint64_t activity_of(std::uint64_t item) const;

 private:
  struct Plan {
    std::size_t user = 0;
    bool check_in = false;
    std::int64_t value = 0;
    LedgerDay day = 0;
  };
  struct Told {
    std::uint64_t id = 0;  // a fingerprint of the server's; 0: none was acked
    bool fresh = false;    // acked as new
    bool unknown = false;
  };
  Plan plan(std::uint64_t activity) const;
  void acked(std::uint64_t activity, const HttpReply& reply);

  const Seed& seed_;
  Options options_;
  simdjson::dom::parser parser_;
  std::vector<Told> told_;  // by activity
  std::uint64_t repeats_acked_ = 0;
  Wrong wrong_;
};

// One question about each user, of those that `questions` names.
class RewardCheck : public HttpWork {
 public:
  enum class Question : std::uint8_t { streaks, scores, board };
  using Answer = std::function<void(std::size_t user, Question question,
                                    const simdjson::dom::element& answer)>;

  // `answer` is called on the load's thread.
  RewardCheck(const Seed& seed, std::string category, std::vector<Question> questions,
              Answer answer)
      : seed_(seed),
        category_(std::move(category)),
        questions_(std::move(questions)),
        answer_(std::move(answer)) {}

  Item make(std::uint64_t item) override;
  void answered(std::uint64_t item, const HttpCall& call, const HttpReply& reply,
                HttpOutcome outcome) override;

  std::uint64_t items(std::size_t users) const { return users * questions_.size(); }
  const Wrong& unanswered() const { return unanswered_; }

 private:
  const Seed& seed_;
  std::string category_;
  std::vector<Question> questions_;
  Answer answer_;
  simdjson::dom::parser parser_;
  Wrong unanswered_;
};

// What they answer, where it is there.
std::optional<std::int64_t> score_in(const simdjson::dom::element& scores,
                                     std::string_view category);
std::optional<std::int64_t> board_score_in(const simdjson::dom::element& board);
struct StreakAnswer {
  StreakSeen seen;
  std::int64_t freezes = 0;
};
StreakAnswer check_ins_in(const simdjson::dom::element& streaks);

}  // namespace kith::bench
