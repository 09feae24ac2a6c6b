// Rewards under everything at once, against a slow and obvious model: users who move between time
// zones tell of activities on time, late, out of order, from the future, twice and with another
// content; the clock jumps, forward over days and now and then back; streaks roll over when they
// do; messages are fed in between; the store is closed and opened again, and on SQLite the disk is
// now and then full for one activity, which is then told of again under its key. In the end each
// streak, score, series and badge is the model's,
// and the log of each user tells the same story.
//
// A failure prints its seed: KITH_REWARDS_SEED=N runs that one.
#include <cstdlib>
#include <optional>
#include <random>
#include <type_traits>

#include "tests/storage/faulty_disk.h"
#include "tests/storage/rewards_model.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr const char* kZones[] = {"UTC",          "Europe/Berlin",      "America/New_York",
                                  "Etc/GMT+12",   "Pacific/Kiritimati", "Asia/Kathmandu",
                                  "Africa/Cairo", "Australia/Lord_Howe"};

class World {
 public:
  // `disk`: the one that the store is on; null: it has no say in that.
  World(const std::string& url, std::uint64_t seed, FaultyDisk* disk)
      : disk_(disk), fixture_(url, model_rules()), rules_(model_rules()), random_(seed) {
    for (std::uint64_t i = 0; i < 3; ++i) {
      users_.emplace_back();
      users_.back().user = fixture_.store().add_user(numbered("user", i));
    }
    chat_ = fixture_.store().add_group({users_[0].user, users_[1].user, users_[2].user});
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      latest_ = std::max(latest_, now_);
    }
    now_ = latest_;
    fixture_.feed_messages(now_);
    fixture_.roll_over(now_);
    for (ModelUser& user : users_) compare(user);
  }
  int commits_cut() const { return commits_cut_; }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  ModelUser& anybody() { return users_[pick(users_.size())]; }

  void step() {
    if (pick(60) == 0) fixture_.store().reopen();
    switch (pick(12)) {
      case 0:
        now_ += std::chrono::minutes(pick(3 * 24 * 60));
        break;
      case 1:
        now_ += std::chrono::minutes(pick(12 * 60));
        break;
      case 2:
        if (pick(5) == 0) now_ -= std::chrono::minutes(pick(6 * 60));
        break;
      case 3:
        fixture_.roll_over(now_);
        break;
      case 4:
        move(anybody());
        break;
      case 5:
        say(anybody());
        break;
      case 6:
        repeat(anybody());
        break;
      default:
        tell(anybody());
        break;
    }
  }

  void say(ModelUser& user) {
    Append message = fixture_.store().message(user.user, chat_, "text");
    message.sent_at = now_;
    REQUIRE(fixture_.shard().append(std::move(message)).ok());
    user.apply(rules_, {.kind = "message", .at = now_}, {}, now_);
    if (pick(3) == 0) fixture_.feed_messages(now_);
  }

  void move(ModelUser& user) {
    // Days that were lived on a clock that ran ahead are not lived again.
    if (now_ < latest_) return;
    const std::string zone = kZones[pick(std::size(kZones))];
    fixture_.feed_messages(now_);
    const auto change = fixture_.move(user.user, zone, now_);
    if (zone == user.zone) {
      CHECK(change.ok());
      return;
    }
    if (!change) {
      CHECK(change.error().code == ErrorCode::rate_limited);
      REQUIRE(user.moved.has_value());
      CHECK(*user.moved + 24h > now_);
      return;
    }
    const bool corrects = user.moved && *user.moved + limits::kZoneCorrection > now_;
    const TimeZonePtr found = find_users_zone(zone);
    if (user.done.empty()) {
      CHECK(change->effective_at == now_);
      user.first = found;
      user.moved = now_;
    } else {
      const ZoneSpan span = user.calendar().move(found, now_);
      CHECK(change->effective_at == span.from);
      std::erase_if(user.spans, [&](const ZoneSpan& other) { return other.from > now_; });
      user.spans.push_back(span);
    }
    user.zone = zone;
    if (!corrects) user.moved = now_;
  }

  RewardFixture::Deed random_deed() {
    constexpr const char* kKinds[] = {"daily_checkin", "daily_checkin", "train", "points"};
    RewardFixture::Deed deed{.kind = kKinds[pick(4)], .at = now_};
    switch (pick(6)) {
      case 0:
        deed.at -= std::chrono::minutes(pick(35 * 24 * 60));  // some too late
        break;
      case 1:
        deed.at -= std::chrono::minutes(pick(40 * 60));
        break;
      case 2:
        deed.at += std::chrono::seconds(pick(240));  // some in the future
        break;
      default:
        break;
    }
    if (deed.kind == "points") {
      deed.value = static_cast<std::int64_t>(pick(60)) - 20;
      if (pick(2) == 0) deed.category = pick(3) == 0 ? "running" : "skills";
    }
    return deed;
  }

  // Where the disk had no room for it, it is told of again, and nothing of the first time is there.
  Result<Recorded> record(const ModelUser& user, const RewardFixture::Deed& deed) {
    const bool full = disk_ != nullptr && pick(8) == 0;
    if (full) disk_->full = true;
    auto recorded = fixture_.record(user.user, deed, now_);
    if (!full) return recorded;
    disk_->full = false;
    if (outcome(recorded) != "unavailable") return recorded;
    ++commits_cut_;
    return fixture_.record(user.user, deed, now_);
  }

  void tell(ModelUser& user) {
    RewardFixture::Deed deed = random_deed();
    deed.key = numbered("key", ++keys_);
    const auto recorded = record(user, deed);
    const bool taken = deed.at <= now_ + 120s && deed.at >= now_ - 24h * 30;
    REQUIRE(recorded.ok() == taken);
    if (!taken) {
      CHECK(recorded.error().field == "occurred_at");
      return;
    }
    CHECK_FALSE(recorded->duplicate);
    user.by_key[deed.key] = deed;
    user.apply(rules_,
               {.kind = deed.kind, .at = std::min(deed.at, now_), .value = deed.value.value_or(0)},
               deed.category, now_);
    CHECK(recorded->badges.size() == user.badges.size() - badges_told_[user.user.id]);
    badges_told_[user.user.id] = user.badges.size();
  }

  void repeat(ModelUser& user) {
    if (user.by_key.empty()) return;
    const auto known =
        std::next(user.by_key.begin(), static_cast<std::ptrdiff_t>(pick(user.by_key.size())));
    RewardFixture::Deed deed = known->second;
    const bool changed = pick(3) == 0;
    if (changed) deed.at += 1ms;
    const auto again = fixture_.record(user.user, deed, now_);
    if (changed) {
      CHECK(outcome(again) == "conflict");
      return;
    }
    REQUIRE(again.ok());
    CHECK(again->duplicate);
    CHECK(again->events.empty());
  }

  void compare(ModelUser& user) {
    INFO("user " << user.user.display_name << " at " << format_time(now_));
    for (const StreakRule& rule : rules_.streaks) {
      const SlowStreak expected = slow_streak(rule, user.calendar(), user.times_of(rule), now_);
      const StreakState found = fixture_.streak(user.user, rule.type, now_);
      INFO(rule.type);
      CHECK(found.current == expected.current);
      CHECK(found.longest == expected.longest);
      CHECK(found.at_risk == expected.at_risk);
    }
    for (const CategoryShare& share : fixture_.scores(user.user, {}, now_).categories) {
      INFO(share.category);
      CHECK(share.score == user.scores[share.category]);
    }
    compare_series(user);
    std::set<std::string> earned;
    for (const EarnedBadge& badge : fixture_.badges(user.user).earned) earned.insert(badge.code);
    CHECK(earned == user.badges);
    compare_log(user);
  }

  void compare_series(ModelUser& user) {
    const Day today = user.calendar().day_of(now_);
    const Scores scores =
        fixture_.scores(user.user, {.series = true, .from = ScoreQuery::Bound(today - 50)}, now_);
    REQUIRE(scores.series.size() == 51);
    for (const ScorePoint& point : scores.series) {
      for (const CategoryScore& score : point.categories) {
        std::int64_t expected = 0;
        for (const auto& [place, delta] : user.score_days) {
          if (place.first == score.category && place.second <= point.start) expected += delta;
        }
        INFO(format_day(point.start) << " " << score.category);
        CHECK(score.score == expected);
      }
    }
  }

  // What was told adds up to what there is.
  void compare_log(ModelUser& user) {
    std::map<std::string, std::string> last_streak;
    std::map<std::string, std::int64_t> deltas;
    std::map<std::string, int> badges;
    Seq seq = 0;
    for (const DurableEvent& event : fixture_.store().log_of(ChannelId(user.user.id))) {
      CHECK(event.seq == ++seq);
      if (event.type == EventType::streak_updated) {
        last_streak[part_of_json(event.payload, "streak_type")] = event.payload;
      } else if (event.type == EventType::score_updated) {
        std::int64_t& sum = deltas[part_of_json(event.payload, "category")];
        sum += std::stoll(part_of_json(event.payload, "delta"));
        CHECK(sum == std::stoll(part_of_json(event.payload, "score")));
      } else if (event.type == EventType::badge_earned) {
        CHECK(++badges[part_of_json(event.payload, "code")] == 1);
      }
    }
    CHECK(badges.size() == user.badges.size());
    for (const StreakState& streak : fixture_.streaks(user.user, now_)) {
      if (streak.longest == 0) continue;
      const std::string& told = last_streak["\"" + streak.type + "\""];
      INFO(told);
      REQUIRE_FALSE(told.empty());
      CHECK(std::stoul(part_of_json(told, "current_streak")) == streak.current);
      CHECK(std::stoul(part_of_json(told, "longest_streak")) == streak.longest);
      CHECK(part_of_json(told, "at_risk") == (streak.at_risk ? "true" : "false"));
    }
  }

  FaultyDisk* const disk_;
  int commits_cut_ = 0;
  RewardFixture fixture_;
  const RewardRules rules_;
  std::mt19937_64 random_;
  std::vector<ModelUser> users_;
  std::map<UserId, std::size_t> badges_told_;
  ChatId chat_;
  WallTime now_ = time_of("2024-03-20T12:00:00Z");
  WallTime latest_ = now_;
  std::uint64_t keys_ = 0;
};

TEST_CASE_TEMPLATE("streaks, scores and badges are the model's, whatever happens", Adapter,
                   SQL_STORES) {
  const char* one = std::getenv("KITH_REWARDS_SEED");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t last = one != nullptr ? first : first + 11;
  std::optional<FaultyDisk> disk;
  if constexpr (std::is_same_v<Adapter, SqliteAdapter>) disk.emplace();
  int commits_cut = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    INFO("KITH_REWARDS_SEED=" << seed);
    World world(Adapter::kUrl, seed, disk ? &*disk : nullptr);
    world.run(220);
    commits_cut += world.commits_cut();
  }
  if (disk && one == nullptr) CHECK(commits_cut > 0);
}

}  // namespace
}  // namespace kith
