#include "bench/crud_town.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "bench/json_fields.h"
#include "protocol/time_format.h"

namespace kith::bench {
namespace {

constexpr std::size_t kClubsMax = 10;
constexpr std::size_t kEventsOfClub = 3;

// A list of calls, and of each the `id` that was answered.
class Errands : public HttpWork {
 public:
  explicit Errands(std::vector<HttpCall> calls) : calls_(std::move(calls)), ids_(calls_.size()) {}

  Item make(std::uint64_t item) override { return {.operation = 0, .call = calls_[item]}; }
  void answered(std::uint64_t item, const HttpCall& call, const HttpReply& reply,
                HttpOutcome outcome) override {
    simdjson::dom::element answer;
    const bool done =
        outcome == HttpOutcome::done && parser_.parse(reply.body).get(answer) == simdjson::SUCCESS;
    if (done) {
      ids_[item] = text_of(answer, "id");
    } else if (trouble_.empty()) {
      trouble_ = fmt::format("{} {}: {} {}", call.method, call.path, reply.status,
                             reply.status == 0 ? reply.trouble : reply.body);
    }
  }

  std::uint64_t count() const { return calls_.size(); }
  const std::string& trouble() const { return trouble_; }
  const std::vector<std::string>& ids() const { return ids_; }

 private:
  std::vector<HttpCall> calls_;
  std::vector<std::string> ids_;
  simdjson::dom::parser parser_;
  std::string trouble_;
};

std::vector<std::string> run_errands(HttpLoad& load, std::vector<HttpCall> calls) {
  Errands errands(std::move(calls));
  load.begin_at_once(errands, errands.count());
  load.await_finished();
  if (!errands.trouble().empty()) {
    throw std::runtime_error("making clubs and events: " + errands.trouble());
  }
  return errands.ids();
}

std::string in_days(int days) {
  return format_time(std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now() + std::chrono::days(days)));
}

HttpCall post(const SeedUser& user, std::string path, std::string body) {
  return {.method = "POST", .path = std::move(path), .token = user.token, .body = std::move(body)};
}

std::vector<HttpCall> clubs_to_make(const Seed& seed, std::size_t count, std::uint32_t run) {
  std::vector<HttpCall> calls;
  for (std::size_t i = 0; i < count; ++i) {
    calls.push_back(post(seed.users[i], "/clubs",
                         fmt::format(R"({{"name":"Bench {:08x} {}","description":"Made for a run",)"
                                     R"("city":"Austin","tags":["bench"]}})",
                                     run, i)));
  }
  return calls;
}

std::vector<HttpCall> joins(const Seed& seed, const CrudTown& town) {
  std::vector<HttpCall> calls;
  for (std::size_t user = town.clubs.size(); user < town.users; ++user) {
    calls.push_back(
        post(seed.users[user], "/clubs/" + town.clubs[town.club_of(user)] + "/join", "{}"));
  }
  return calls;
}

std::vector<HttpCall> events_to_make(const Seed& seed, const CrudTown& town) {
  std::vector<HttpCall> calls;
  for (std::size_t i = 0; i < town.clubs.size() * kEventsOfClub; ++i) {
    const std::size_t club = i % town.clubs.size();
    calls.push_back(post(seed.users[club], "/events",
                         fmt::format(R"({{"title":"Hike {}","club_id":"{}","start_time":"{}",)"
                                     R"("end_time":"{}","location":{{"name":"Barton Creek",)"
                                     R"("latitude":30.285,"longitude":-97.735}}}})",
                                     i, town.clubs[club], in_days(7), in_days(8))));
  }
  return calls;
}

std::vector<HttpCall> publications(const Seed& seed, const CrudTown& town) {
  std::vector<HttpCall> calls;
  for (std::size_t i = 0; i < town.events.size(); ++i) {
    calls.push_back(post(seed.users[i % town.clubs.size()], "/events/" + town.events[i],
                         R"({"status":"published"})"));
    calls.back().method = "PATCH";
  }
  return calls;
}

}  // namespace

CrudTown build_crud_town(const Seed& seed, const RunOptions& options) {
  HttpLoad load({.nodes = options.client.nodes,
                 .connections = std::min<std::size_t>(options.http_connections, 16),
                 .retry_for = options.client.reconnect_for},
                operations_of("crud"));
  CrudTown town{
      .users = options.users > 0 ? std::min(options.users, seed.users.size()) : seed.users.size(),
      .clubs = {},
      .events = {}};
  const std::size_t clubs = std::min(kClubsMax, town.users);
  town.clubs = run_errands(load, clubs_to_make(seed, clubs, options.client.run));
  run_errands(load, joins(seed, town));
  town.events = run_errands(load, events_to_make(seed, town));
  run_errands(load, publications(seed, town));
  return town;
}

}  // namespace kith::bench
