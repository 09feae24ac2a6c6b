#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "bench/http_connection.h"
#include "bench/report_text.h"
#include "bench/scenarios.h"

namespace kith::bench {
namespace {

// Between two broadcasts: each has the server to itself, as one of an organizer has.
constexpr std::chrono::milliseconds kLull{300};

// The seed with the club as one more chat, which its members follow.
Seed with_club(const Seed& seed) {
  if (seed.clubs.empty()) {
    throw std::runtime_error("the seed file has no club: kithd seed --clubs 1");
  }
  Seed out = seed;
  SeedChat club{.id = seed.clubs.front().id, .members = {}};
  for (std::size_t user = 0; user < seed.users.size(); ++user) club.members.push_back(user);
  out.chats.push_back(std::move(club));
  return out;
}

struct ClubCrowd {
  Crowd crowd;
  std::vector<std::size_t> bystander_chats;
  std::size_t members = 0;
};

// Bystanders are the members of the first chats, whole chats of them.
ClubCrowd club_crowd(const Seed& seed, const RunOptions& options) {
  ClubCrowd club{.crowd = Crowd(seed), .bystander_chats = {}, .members = 0};
  const std::size_t club_chat = seed.chats.size() - 1;
  std::size_t bystanders = 0;
  for (std::size_t chat = 0; chat < club_chat && bystanders < options.bystanders; ++chat) {
    club.bystander_chats.push_back(chat);
    for (const std::size_t user : seed.chats[chat].members) {
      club.crowd.add({.user = user, .chats = {chat}, .apart = true});
      ++bystanders;
    }
  }
  for (const std::size_t user : seed.chats[club_chat].members) {
    if (options.connections > 0 && club.members == options.connections) break;
    club.crowd.add({.user = user, .chats = {club_chat}, .measured = false});
    ++club.members;
  }
  return club;
}

class ClubBroadcasts {
 public:
  ClubBroadcasts(Run& run, const Seed& seed, const RunOptions& options, const ClubCrowd& club)
      : run_(run), seed_(seed), options_(options), club_(club) {}

  void play() {
    start_bystanders();
    if (!run_.watch(options_.duration / 2)) return;
    run_.figure("bystander_calm_p99_ms", run_.take_phase().delivery.measured_ms(99));
    run_.begin_measuring();
    const auto until = Clock::now() + options_.duration;
    while (Clock::now() < until) {
      if (!broadcast() || !run_.watch(kLull)) return;
    }
    run_.end_measuring();
    tell();
    run_.stop_load();
    run_.drain();
  }

 private:
  void start_bystanders() {
    run_.start({.start = {},
                .open_loop = {.per_second = options_.messages_per_second,
                              .duration = options_.duration * 2 + options_.drain_within +
                                          options_.ready_within + std::chrono::minutes(10),
                              .ramp = options_.ramp},
                .chats = club_.bystander_chats});
  }

  // One, to everybody.
  bool broadcast() {
    const std::uint64_t before = run_.sum(&Tally::broadcasts);
    const SeedClub& club = seed_.clubs.front();
    const std::string text = marked_text(run_.client().run, Clock::now());
    const HttpReply posted =
        ask_once(run_.client().nodes.front().target,
                 {.method = "POST",
                  .path = "/clubs/" + club.id + "/broadcasts",
                  .token = seed_.users[club.owner].token,
                  .body = fmt::format(
                      R"({{"content":{{"type":"text","text":"{}"}},"audience":"all"}})", text)});
    if (posted.status != 201) {
      run_.fail(fmt::format("the broadcast was refused: {} {}", posted.status,
                            posted.status == 0 ? posted.trouble : posted.body));
      return false;
    }
    const bool all =
        run_.watch_until(options_.drain_within, "not every member has got the broadcast",
                         [&] { return run_.sum(&Tally::broadcasts) >= before + club_.members; });
    Latencies phase = run_.take_phase();
    spans_ms_.push_back(phase.broadcast.max_ms() - phase.broadcast.percentile_ms(0.001));
    last_ms_ = std::max(last_ms_, phase.broadcast.max_ms());
    bystanders_.merge(phase.delivery);
    return all;
  }

  void tell() {
    std::sort(spans_ms_.begin(), spans_ms_.end());
    run_.figure("broadcasts", static_cast<double>(spans_ms_.size()));
    run_.figure("members_online", static_cast<double>(club_.members));
    run_.figure("first_to_last_p50_ms", spans_ms_[spans_ms_.size() / 2]);
    run_.figure("first_to_last_max_ms", spans_ms_.back());
    run_.figure("last_after_send_max_ms", last_ms_);
    run_.figure("bystander_broadcast_p99_ms", bystanders_.measured_ms(99));
  }

  Run& run_;
  const Seed& seed_;
  const RunOptions& options_;
  const ClubCrowd& club_;
  std::vector<double> spans_ms_;
  double last_ms_ = 0;
  Histogram bystanders_;
};

}  // namespace

Report run_club_broadcast(const Seed& seed, const RunOptions& options) {
  const Seed all = with_club(seed);
  const ClubCrowd club = club_crowd(all, options);
  Run run("club", all, club.crowd, options);
  if (run.connect({.per_second = options.connects_per_second})) {
    ClubBroadcasts(run, all, options, club).play();
  }
  return run.finish();
}

}  // namespace kith::bench
