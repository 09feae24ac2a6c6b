#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "bench/http_connection.h"
#include "bench/json_fields.h"
#include "bench/report_text.h"
#include "bench/scenarios.h"
#include "bench/scrape.h"

namespace kith::bench {
namespace {

// Between two broadcasts: each has the server to itself, as one of an organizer has, and what its
// last members had to wait is known before the next.
constexpr std::chrono::milliseconds kLull{300};
static_assert(kLull >= Run::kPublished);
// Members who say that they have seen the broadcasts, where there are so many.
constexpr std::size_t kReadersMax = 20;
constexpr std::chrono::milliseconds kLookAtNumbers{100};
constexpr const char* kCommits = "kith_storage_commits_total";

// The seed with the club as one more chat, which its members follow.
Seed with_club(const Seed& seed) {
  if (seed.clubs.empty()) {
    throw std::runtime_error("the seed file has no club: kithd seed --clubs 1");
  }
  Seed out = seed;
  SeedChat club{.id = seed.clubs.front().id, .members = {}};
  const std::size_t members = seed.clubs.front().members;
  for (std::size_t user = 0; user < members; ++user) club.members.push_back(user);
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
      note_phase();
    }
    run_.end_measuring();
    tell();
    run_.stop_load();
    const bool drained = run_.drain() && run_.watch(Run::kPublished);
    bystanders_.merge(run_.take_phase().in_windows);
    run_.figure("bystander_broadcast_p99_ms", bystanders_.measured_ms(99));
    if (drained) check_numbers();
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
    // Where bystanders write, the commits are theirs.
    const auto& nodes = run_.client().nodes;
    const bool alone = club_.bystander_chats.empty();
    const auto commits = alone ? scrape(nodes, kCommits) : std::nullopt;
    const auto begun = Clock::now();
    run_.windows().open(begun);
    std::string text = marked_text(run_.client().run, begun);
    const std::size_t bytes = run_.client().payload.pick(mix_bits(ids_.size()));
    if (text.size() < bytes) text.resize(bytes, 'x');
    const HttpReply posted =
        ask(seed_.clubs.front().owner,
            {.method = "POST",
             .path = broadcasts_path(),
             .body = fmt::format(R"({{"content":{{"type":"text","text":"{}"}},"audience":"all"}})",
                                 text)});
    if (posted.status != 201) {
      run_.fail(fmt::format("the broadcast was refused: {} {}", posted.status,
                            posted.status == 0 ? posted.trouble : posted.body));
      return false;
    }
    const bool all =
        run_.watch_until(options_.drain_within, "not every member has got the broadcast",
                         [&] { return run_.sum(&Tally::broadcasts) >= before + club_.members; });
    run_.windows().close(Clock::now());
    if (all && commits) {
      if (const auto now = scrape(nodes, kCommits)) commits_.push_back(*now - *commits);
    }
    simdjson::dom::parser parser;
    simdjson::dom::element answer;
    if (parser.parse(posted.body).get(answer) == simdjson::SUCCESS) {
      ids_.emplace_back(text_of(answer, "id"));
    }
    return all;
  }

  // Of bystanders only what was due while it was on its way: the calm behind it would flatter.
  void note_phase() {
    const Latencies phase = run_.take_phase();
    spans_ms_.push_back(phase.broadcast.max_ms() - phase.broadcast.percentile_ms(0.001));
    last_ms_ = std::max(last_ms_, phase.broadcast.max_ms());
    bystanders_.merge(phase.in_windows);
  }

  std::string broadcasts_path() const { return "/clubs/" + seed_.clubs.front().id + "/broadcasts"; }

  HttpReply ask(std::size_t user, HttpCall call) const {
    call.token = seed_.users[user].token;
    return ask_once(run_.client().nodes.front().target, call);
  }

  struct Numbers {
    std::uint64_t delivered = 0;
    std::uint64_t seen = 0;
    bool operator==(const Numbers&) const = default;
  };
  Numbers numbers_of(const std::string& broadcast) const {
    const HttpReply reply =
        ask(seed_.clubs.front().owner, {.path = broadcasts_path() + "/" + broadcast});
    simdjson::dom::parser parser;
    simdjson::dom::element answer;
    if (parser.parse(reply.body).get(answer) != simdjson::SUCCESS) return {};
    return {.delivered = number_of(answer, "delivered"), .seen = number_of(answer, "seen")};
  }

  // What the server says of each broadcast is what the clients have seen of it: as many sockets as
  // got it, and as many members as say that they have read on behind it.
  void check_numbers() {
    const Seq last = run_.heads().head(seed_.chats.size() - 1);
    const Numbers expected{.delivered = club_.members,
                           .seen = std::min(kReadersMax, club_.members - 1)};
    for (std::size_t reader = 1; reader <= expected.seen; ++reader) {
      const HttpReply read = ask(reader, {.method = "POST",
                                          .path = "/clubs/" + seed_.clubs.front().id + "/read",
                                          .body = fmt::format(R"({{"seq":{}}})", last)});
      if (read.status / 100 == 2) continue;
      return run_.fail(fmt::format("a read position was refused: {} {}", read.status, read.body));
    }
    std::uint64_t wrong = 0;
    std::string example;
    for (const std::string& id : ids_) {
      const auto until = Clock::now() + options_.drain_within;
      Numbers said = numbers_of(id);
      // They are noted once a second.
      while (said != expected && Clock::now() < until && run_.watch(kLookAtNumbers)) {
        said = numbers_of(id);
      }
      run_.figure("delivered", static_cast<double>(said.delivered));
      run_.figure("seen", static_cast<double>(said.seen));
      if (said == expected || wrong++ > 0) continue;
      example = fmt::format("{}: delivered {} of {}, seen by {} of {}", id, said.delivered,
                            expected.delivered, said.seen, expected.seen);
    }
    run_.figure("wrong_numbers", static_cast<double>(wrong));
    if (wrong > 0) {
      run_.wrong(fmt::format("{} broadcasts have not the numbers that the clients saw: {}", wrong,
                             example));
    }
  }

  void tell() {
    std::sort(spans_ms_.begin(), spans_ms_.end());
    run_.figure("broadcasts", static_cast<double>(spans_ms_.size()));
    run_.figure("members_online", static_cast<double>(club_.members));
    run_.figure("first_to_last_p50_ms", spans_ms_[spans_ms_.size() / 2]);
    run_.figure("first_to_last_max_ms", spans_ms_.back());
    run_.figure("last_after_send_max_ms", last_ms_);
    run_.figure("club_members", static_cast<double>(seed_.clubs.front().members));
    if (commits_.empty()) return;
    std::sort(commits_.begin(), commits_.end());
    run_.figure("store_commits_p50", commits_[commits_.size() / 2]);
  }

  Run& run_;
  const Seed& seed_;
  const RunOptions& options_;
  const ClubCrowd& club_;
  std::vector<double> spans_ms_;
  double last_ms_ = 0;
  std::vector<std::string> ids_;
  std::vector<double> commits_;  // from a request to its last delivery
  Histogram bystanders_;
};

}  // namespace

Report run_club_broadcast(const Seed& seed, const RunOptions& options) {
  const Seed all = with_club(seed);
  const ClubCrowd club = club_crowd(all, options);
  Run run("club", all, club.crowd, options);
  if (club.bystander_chats.empty()) run.expect_no_deliveries();
  if (run.connect({.per_second = options.connects_per_second})) {
    ClubBroadcasts(run, all, options, club).play();
  }
  return run.finish();
}

}  // namespace kith::bench
