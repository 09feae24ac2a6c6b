#include "bench/command_kinds.h"

#include <fmt/format.h>

#include "bench/operations.h"
#include "bench/scenarios.h"

namespace kith::bench {
namespace {

constexpr const char* kLimits =
    "kithd holds every user to limits.messages_per_minute, and what is beyond waits. To measure\n"
    "what it can do, start it with --set limits.messages_per_minute=0.\n";
constexpr const char* kBroadcast =
    "kithd holds every user to limits.messages_per_minute, and what is beyond waits. To measure\n"
    "what it can do, start it with --set limits.messages_per_minute=0.\n"
    "With --club, --assert takes figures.first_to_last_max_ms, figures.bystander_broadcast_p99_ms\n"
    "and figures.wrong_numbers as well; its bystanders have half of --duration to themselves "
    "before\n"
    "the broadcasts, to compare with.\n";
constexpr const char* kSlow =
    "kithd notices a slow reader once more than limits.outbound_bytes (1 MiB) waits for it. In "
    "the\n"
    "example each misses 1.6 MB in its 20 s, where rooms have 20 members and there are 50 of "
    "them.\n"
    "kithd holds every user to limits.messages_per_minute: start it with\n"
    "--set limits.messages_per_minute=0.\n";
constexpr const char* kFreshServer =
    "server.rss_bytes_per_connection takes a server that was just started and has had no clients:\n"
    "a used one takes memory that it has already. kith's own figure is of 10,000 connections with\n"
    "--set shards=1 (bench/RESULTS.md).\n";

constexpr const char* kRewards =
    "Each user's score, streak and entry on the board are read back at the end: they must be what\n"
    "was acked makes. The server's app profile must have `points`, `daily_checkin` and\n"
    "open_categories, as the default one. kithd holds every user to limits.activities_per_minute:\n"
    "start it with --set limits.activities_per_minute=0.\n";

std::string crud_hint() {
  std::string text =
      "Clubs and events are made for the run. Operations for --mix, and their shares "
      "without it:\n";
  for (const Operation& operation : operations_of("crud")) {
    text += fmt::format("  {}={}\n", operation.name, operation.weight);
  }
  return text;
}

}  // namespace

const std::vector<ScenarioKind>& scenario_kinds() {
  static const std::vector<ScenarioKind> kinds = {
      {"rooms", "everybody connected, somebody in each chat always acting", run_rooms,
       "--rate 2500 --duration 30 --mix send=80,edit=5,typing=10,read=3,react=2", kLimits},
      {"broadcast", "one publisher per chat, all others listen", run_broadcast,
       "--in-flight 16 --duration 10", kBroadcast},
      {"sends", "acks alone: nobody listens; read back at the end", run_sends,
       "--connections 50 --in-flight 20 --assert 'ack_p99_ms<25'", kLimits},
      {"idle", "connected, subscribed and silent", run_idle,
       "--duration 60 --server-pid \"$(pidof kithd)\" --assert "
       "'server.rss_bytes_per_connection<2560'",
       kFreshServer},
      {"storm", "the crowd is cut off and comes back at once", run_storm,
       "--missed 10 --bystanders 100 --rate 50 --assert 'figures.bystander_storm_p99_ms<50'",
       kLimits},
      {"slow", "some clients stop reading", run_slow,
       "--slow 50 --rate 200 --payload 20000 --duration 40", kSlow},
      {"rewards", "activities over HTTP, a live board; every counter checked", run_rewards,
       "--rate 500 --repeats 10 --assert 'ack_ms.p99<100'", kRewards},
      {"crud", "a mix of reads and writes over HTTP: users, clubs, events, feeds", run_crud,
       "--rate 500 --mix get_user=60,club_feed=30,create_post=10 --assert "
       "'operations.club_feed.ms.p99<20'",
       crud_hint()},
  };
  return kinds;
}

bool is_http(std::string_view scenario) {
  return !operations_of(scenario).empty();
}

}  // namespace kith::bench
