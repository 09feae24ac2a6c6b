// crud: what an app asks of a server all day, over HTTP connections that are kept alive; some
// follow the clubs over sockets. At the end every post that was acked must stand in its club's
// feed, and no post twice.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "bench/crud_town.h"
#include "bench/json_fields.h"
#include "bench/rewards_work.h"
#include "bench/scenarios.h"

namespace kith::bench {
namespace {

constexpr std::size_t kFollowersDefault = 10;
constexpr int kFeedPage = 50;
constexpr std::string_view kPostText = "What a day, number ";  // and the item's, which is its own

class CrudWork : public HttpWork {
 public:
  CrudWork(const Seed& seed, const CrudTown& town, OperationMix mix, std::uint32_t run)
      : seed_(seed), town_(town), mix_(std::move(mix)), run_(run) {}

  Item make(std::uint64_t item) override {
    const std::uint64_t random = mix_bits(mix_bits(run_) ^ item);
    const std::size_t operation = mix_.pick(random);
    const std::size_t user = (random >> 12U) % town_.users;
    HttpCall call = call_of(static_cast<CrudOperation>(operation), user, item, random >> 32U);
    call.token = seed_.users[user].token;
    return {.operation = operation, .call = std::move(call)};
  }

  void answered(std::uint64_t, const HttpCall& call, const HttpReply& reply,
                HttpOutcome outcome) override {
    if (outcome != HttpOutcome::done || call.method != "POST" || !call.path.ends_with("/posts")) {
      return;
    }
    const auto answer = parse_reply(parser_, reply);
    posts_[call.path].push_back(answer ? std::string(text_of(*answer, "id")) : std::string());
  }

  // By the path that they were posted to.
  const std::map<std::string, std::vector<std::string>>& posts() const { return posts_; }

 private:
  HttpCall call_of(CrudOperation operation, std::size_t user, std::uint64_t item,
                   std::uint64_t random) const {
    const std::string club = "/clubs/" + town_.clubs[town_.club_of(user)];
    const std::string key = fmt::format("{:08x}-{}", run_, item);
    switch (operation) {
      case CrudOperation::get_user:
        return {.path = "/users/" + seed_.users[random % town_.users].id};
      case CrudOperation::get_me:
        return {.path = "/users/me"};
      case CrudOperation::update_user:
        return {.method = "PATCH",
                .path = "/users/" + seed_.users[user].id,
                .body = fmt::format(R"({{"bio":"Seen last at {}"}})", item)};
      case CrudOperation::list_clubs:
        return {.path = "/clubs?limit=20&city=Austin"};
      case CrudOperation::get_club:
        return {.path = "/clubs/" + town_.clubs[random % town_.clubs.size()]};
      case CrudOperation::club_feed:
        return {.path = club + "/feed?limit=20"};
      case CrudOperation::create_post:
        return {.method = "POST",
                .path = club + "/posts",
                .body = fmt::format(R"({{"content":"{}{}"}})", kPostText, item),
                .idempotency_key = key};
      case CrudOperation::get_event:
        return {.path = "/events/" + town_.events[random % town_.events.size()]};
      case CrudOperation::list_events:
        return {.path = "/events?limit=20"};
      case CrudOperation::create_event:
        return {.method = "POST",
                .path = "/events",
                .body = R"({"title":"Mine","start_time":"2100-01-01T10:00:00Z",)"
                        R"("end_time":"2100-01-01T12:00:00Z"})",
                .idempotency_key = key};
      case CrudOperation::rsvp: {
        constexpr std::array<std::string_view, 3> kAnswers = {"going", "maybe", "declined"};
        return {.method = "POST",
                .path = "/events/" + town_.events[random % town_.events.size()] + "/rsvp",
                .body = fmt::format(R"({{"status":"{}"}})", kAnswers[(random >> 16U) % 3])};
      }
      case CrudOperation::home_feed:
        break;
    }
    return {.path = "/feed?limit=20"};
  }

  const Seed& seed_;
  const CrudTown& town_;
  OperationMix mix_;
  std::uint32_t run_;
  simdjson::dom::parser parser_;
  std::map<std::string, std::vector<std::string>> posts_;
};

Seed with_clubs(const Seed& seed, const CrudTown& town) {
  Seed out = seed;
  out.chats.clear();
  for (SeedUser& user : out.users) user.chats.clear();
  for (const std::string& club : town.clubs) out.chats.push_back({.id = club, .members = {}});
  return out;
}

Crowd followers_of(const Seed& seed, const CrudTown& town, const RunOptions& options) {
  Crowd crowd(seed);
  const std::size_t count = options.connections > 0 ? options.connections : kFollowersDefault;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t user = i % town.users;
    crowd.add({.user = user, .chats = {town.club_of(user)}, .measured = false});
  }
  return crowd;
}

// How often each id stands in a feed, and how often each text of this scenario's posts.
struct ClubFeed {
  std::map<std::string, int> ids;
  std::map<std::string, int> texts;
};

// None where a page was refused.
std::optional<ClubFeed> read_feed(const Target& target, const std::string& path,
                                  const std::string& token) {
  ClubFeed feed;
  simdjson::dom::parser parser;
  std::string cursor;
  do {
    const HttpReply page =
        ask_once(target, {.path = fmt::format("{}/feed?limit={}{}{}", path, kFeedPage,
                                              cursor.empty() ? "" : "&cursor=", cursor),
                          .token = token});
    const auto answer = parse_reply(parser, page);
    simdjson::dom::array items;
    if (page.status != 200 || !answer || (*answer)["items"].get(items) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    for (const auto item : items) {
      ++feed.ids[std::string(text_of(item, "id"))];
      const std::string_view text = text_of(item, "content");
      if (text.starts_with(kPostText)) ++feed.texts[std::string(text)];
    }
    cursor = text_of(*answer, "next_cursor");
  } while (!cursor.empty());
  return feed;
}

// What was acked stands in its feed once; and what was said once, whatever came of its answers,
// stands once at most. The clubs are the run's own.
void check_posts(Run& run, const Seed& seed, const CrudTown& town, const CrudWork& work) {
  Wrong lost;
  Wrong doubled;
  std::map<std::string, int> texts;
  for (std::size_t club = 0; club < town.clubs.size(); ++club) {
    const std::string path = "/clubs/" + town.clubs[club];
    const auto feed = read_feed(run.client().nodes.front().target, path, seed.users[club].token);
    if (!feed) return run.wrong("the feed of " + path + " could not be read");
    for (const auto& [text, times] : feed->texts) texts[text] += times;
    const auto posts = work.posts().find(path + "/posts");
    if (posts == work.posts().end()) continue;
    for (const std::string& id : posts->second) {
      const auto found = feed->ids.find(id);
      if (found == feed->ids.end() || found->second != 1) lost.note(id + " of " + path);
    }
  }
  for (const auto& [text, times] : texts) {
    for (int more = 1; more < times; ++more) doubled.note(fmt::format("\"{}\"", text));
  }
  run.figure("posts_lost", static_cast<double>(lost.count));
  run.figure("posts_doubled", static_cast<double>(doubled.count));
  if (lost.count > 0) {
    run.wrong(fmt::format("{} acked posts do not stand in their club's feed exactly once: {}",
                          lost.count, lost.example));
  }
  if (doubled.count > 0) {
    run.wrong(fmt::format("{} posts were made more than once: {}", doubled.count, doubled.example));
  }
}

// A server without a home feed has none to be asked for.
OperationMix mix_of(const Seed& seed, const RunOptions& options, std::vector<std::string>& notes) {
  OperationMix mix = options.operations.value_or(OperationMix("crud"));
  if (!mix.makes(CrudOperation::home_feed)) return mix;
  const Node& node = options.client.nodes.front();
  const HttpReply feed =
      ask_patiently(node.target, {.path = "/feed?limit=1", .token = seed.users.front().token},
                    options.client.reconnect_for);
  if (feed.status == 0) throw std::runtime_error(node.url + ": " + feed.trouble);
  if (feed.status != 404) return mix;
  mix.without(CrudOperation::home_feed);
  if (mix.empty()) throw std::runtime_error("--mix: the server has no GET /feed");
  notes.push_back("The server has no GET /feed: home_feed was left out.");
  return mix;
}

}  // namespace

Report run_crud(const Seed& seed, const RunOptions& options) {
  std::vector<std::string> notes;
  OperationMix mix = mix_of(seed, options, notes);
  const CrudTown town = build_crud_town(seed, options);
  const Seed all = with_clubs(seed, town);
  CrudWork work(all, town, std::move(mix), options.client.run);
  HttpLoad load({.nodes = options.client.nodes,
                 .connections = options.http_connections,
                 .retry_for = options.client.reconnect_for},
                operations_of("crud"));
  Run run("crud", all, followers_of(all, town, options), options);
  for (std::string& note : notes) run.caution(std::move(note));
  run.attach(load);
  run.expect_no_deliveries();
  const auto settled = [&] {
    return run.watch_until(options.drain_within, "not every request was answered in the --drain",
                           [&] { return load.finished(); });
  };
  if (run.connect({.per_second = options.connects_per_second})) {
    run.start({});
    run.intend(options.closed ? 0 : options.messages_per_second);
    run.begin_measuring();
    begin_load(load, work, options);
    const bool whole = run.watch(options.duration);
    run.end_measuring();
    run.figure("users", static_cast<double>(town.users));
    run.figure("clubs", static_cast<double>(town.clubs.size()));
    run.figure("events", static_cast<double>(town.events.size()));
    run.figure("followers", static_cast<double>(run.crowd().clients().size()));
    if (whole && settled()) check_posts(run, all, town, work);
  }
  return run.finish();
}

}  // namespace kith::bench
