#include "bench/rewards_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "bench/json_fields.h"
#include "protocol/time_format.h"

namespace kith::bench {
namespace {

constexpr std::string_view kStreak = "daily_checkin";
// Days before today that an activity may be of: a server takes what is up to 30 days late.
constexpr LedgerDay kDaysBack = 25;
constexpr std::int64_t kValueMax = 100;
// A repeat follows what it repeats so soon that either may be under way.
constexpr std::uint64_t kRepeatWithin = 50;

std::uint64_t salted(std::uint32_t run, std::uint64_t item, std::uint64_t salt) {
  return mix_bits(mix_bits((std::uint64_t{run} << 32U) ^ salt) ^ item);
}

std::string midday_of(LedgerDay day) {
  const std::chrono::sys_days date{std::chrono::days{day}};
  return format_time(WallTime{date + std::chrono::hours(12)});
}

}  // namespace

std::optional<simdjson::dom::element> parse_reply(simdjson::dom::parser& parser,
                                                  const HttpReply& reply) {
  simdjson::dom::element answer;
  if (parser.parse(reply.body).get(answer) != simdjson::SUCCESS) return std::nullopt;
  return answer;
}

std::uint64_t RewardActivities::activity_of(std::uint64_t item) const {
  for (;;) {
    const std::uint64_t random = salted(options_.run, item, 1);
    const bool repeats = static_cast<double>(random % 10'000) < options_.repeats_percent * 100;
    if (!repeats || item == 0) return item;
    item -= 1 + (random >> 16U) % std::min(item, kRepeatWithin);
  }
}

RewardActivities::Plan RewardActivities::plan(std::uint64_t activity) const {
  const std::uint64_t random = salted(options_.run, activity, 2);
  const auto days_back = static_cast<LedgerDay>((random >> 40U) % kDaysBack);
  return {.user = (random >> 16U) % options_.users,
          .check_in = static_cast<double>(random % 10'000) < options_.check_ins_percent * 100,
          .value = 1 + static_cast<std::int64_t>((random >> 32U) % kValueMax),
          .day = options_.today - 1 - days_back};
}

HttpWork::Item RewardActivities::make(std::uint64_t item) {
  const std::uint64_t activity = activity_of(item);
  const Plan planned = plan(activity);
  auto operation = planned.check_in ? RewardOperation::check_in : RewardOperation::points;
  if (activity != item) operation = RewardOperation::repeat;
  std::string body = fmt::format(
      R"({{"kind":"{}","idempotency_key":"{:08x}-{}","occurred_at":"{}")",
      planned.check_in ? kStreak : "points", options_.run, activity, midday_of(planned.day));
  if (!planned.check_in) {
    body += fmt::format(R"(,"value":{},"category":"{}")", planned.value, options_.category);
  }
  return {.operation = static_cast<std::size_t>(operation),
          .call = {.method = "POST",
                   .path = "/activities",
                   .token = seed_.users[planned.user].token,
                   .body = body + '}'}};
}

void RewardActivities::answered(std::uint64_t item, const HttpCall&, const HttpReply& reply,
                                HttpOutcome outcome) {
  const std::uint64_t activity = activity_of(item);
  if (told_.size() <= activity) told_.resize(std::max(activity + 1, told_.size() * 2));
  if (outcome == HttpOutcome::unknown) told_[activity].unknown = true;
  if (outcome != HttpOutcome::done) return;
  if (activity != item) ++repeats_acked_;
  acked(activity, reply);
}

void RewardActivities::acked(std::uint64_t activity, const HttpReply& reply) {
  Told& told = told_[activity];
  const auto answer = parse_reply(parser_, reply);
  const std::uint64_t id = answer ? fingerprint(text_of(*answer, "activity_id")) : 0;
  if (id == 0) {
    return wrong_.note(fmt::format("activity {} was acked without an activity_id", activity));
  }
  if (told.id != 0 && told.id != id) {
    wrong_.note(fmt::format("key {:08x}-{} is two activities", options_.run, activity));
  }
  told.id = id;
  if (flag_of(*answer, "duplicate")) return;
  if (told.fresh) {
    wrong_.note(fmt::format("key {:08x}-{} was taken as new twice", options_.run, activity));
  }
  told.fresh = true;
}

void RewardActivities::enter(RewardLedger& ledger) const {
  for (std::uint64_t activity = 0; activity < told_.size(); ++activity) {
    const Told& told = told_[activity];
    const bool known = told.id != 0;
    if (!known && !told.unknown) continue;
    const Plan planned = plan(activity);
    if (planned.check_in) {
      ledger.add_check_in(planned.user, planned.day, known);
    } else {
      ledger.add_points(planned.user, planned.value, known);
    }
  }
}

HttpWork::Item RewardCheck::make(std::uint64_t item) {
  const SeedUser& user = seed_.users[item / questions_.size()];
  std::string path;
  switch (questions_[item % questions_.size()]) {
    case Question::streaks:
      path = "/streaks/me";
      break;
    case Question::scores:
      path = "/users/me/scores";
      break;
    case Question::board:
      path = "/leaderboards?around_me=true&limit=1&category=" + category_;
      break;
  }
  return {.operation = 0, .call = {.path = std::move(path), .token = user.token}};
}

void RewardCheck::answered(std::uint64_t item, const HttpCall& call, const HttpReply& reply,
                           HttpOutcome outcome) {
  const auto answer = outcome == HttpOutcome::done ? parse_reply(parser_, reply) : std::nullopt;
  if (!answer) {
    return unanswered_.note(fmt::format("GET {}: {} {}", call.path, reply.status,
                                        reply.status == 0 ? reply.trouble : reply.body));
  }
  answer_(item / questions_.size(), questions_[item % questions_.size()], *answer);
}

std::optional<std::int64_t> score_in(const simdjson::dom::element& scores,
                                     std::string_view category) {
  simdjson::dom::array categories;
  if (scores["categories"].get(categories) != simdjson::SUCCESS) return std::nullopt;
  for (const auto each : categories) {
    if (text_of(each, "category") == category) return signed_of(each, "score");
  }
  return std::nullopt;
}

std::optional<std::int64_t> board_score_in(const simdjson::dom::element& board) {
  simdjson::dom::element me;
  if (board["me"].get(me) != simdjson::SUCCESS || me.is_null()) return std::nullopt;
  return signed_of(me, "score");
}

StreakAnswer check_ins_in(const simdjson::dom::element& streaks) {
  simdjson::dom::array list;
  if (streaks["streaks"].get(list) != simdjson::SUCCESS) return {};
  for (const auto each : list) {
    if (text_of(each, "streak_type") != kStreak) continue;
    return {.seen = {.current = signed_of(each, "current_streak"),
                     .longest = signed_of(each, "longest_streak")},
            .freezes = signed_of(each, "freezes")};
  }
  return {};
}

}  // namespace kith::bench
