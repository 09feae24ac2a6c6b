// Three nodes are restarted one after the other under load (RELIABILITY F23), and nodes that start
// on an empty database at once, some of which die while they migrate it (F33).
#include <signal.h>

#include <sstream>

#include "tests/chaos/nodes.h"
#include "tests/support/await.h"

namespace kith::test {
namespace {

// Ten seconds are the goal of both; the rest is for a busy machine.
constexpr auto kExitWithin = 20s;
constexpr auto kBackWithin = 15s;
// What takes longer is told, with the words of the node about its end.
constexpr auto kExitUsually = 5s;

std::string words_about_its_end(const TestServer& node) {
  std::istringstream log(node.log());
  std::string out;
  for (std::string line; std::getline(log, line);) {
    if (line.find("\"server.draining\"") != std::string::npos) out.clear();  // of this end alone
    out += line + "\n";
  }
  return out;
}

TEST_CASE("a rolling restart under load: clients notice a reconnect and nothing else") {
  RedisServer redis;
  Nodes nodes({.redis_ports = {redis.port()}});
  nodes.await_state("ready", 15s);
  nodes.begin();
  std::vector<std::chrono::milliseconds> exits;
  std::vector<std::chrono::milliseconds> heals;
  const std::size_t rounds = shortly_or_long<std::size_t>(1, 20);
  for (std::size_t i = 0; i < rounds * nodes.count(); ++i) {
    CAPTURE(i);
    const std::size_t index = i % nodes.count();
    nodes.run_for(300ms);
    const auto asked = Clock::now();
    CHECK(nodes.node(index).terminate() == 0);
    exits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - asked));
    CHECK(exits.back() < kExitWithin);
    if (exits.back() > kExitUsually) MESSAGE(words_about_its_end(nodes.node(index)));
    nodes.start(index);
    heals.push_back(nodes.healed("a node was restarted", kBackWithin));
    for (std::size_t client = index; client < nodes.clients().size(); client += nodes.count()) {
      nodes.clients()[client]->move_to(index);
    }
  }
  const Nodes::Outcome outcome = nodes.finish();
  CHECK(outcome.hardly_refused());
  CHECK(outcome.moves >= rounds);
  MESSAGE("exits: ", summary(exits), "; back: ", summary(heals), "; ", text_of(outcome));
}

struct Starting {
  explicit Starting(const std::string& url, const std::string& orders)
      : process({.command = {KITH_KITHD_FAILPOINTS, "--listen", "127.0.0.1:" + std::to_string(port),
                             "--data", (directory.path() / "data").string(), "--set",
                             "storage.url=" + url},
                 .stdout_file = {},
                 .stderr_file = directory.path() / "log",
                 .environment = {{"KITH_FAIL", orders}}}) {}
  bool is_ready() {
    try {
      return HttpClient(port).get("/readyz").status == 200;
    } catch (const std::runtime_error&) {
      return false;  // it does not listen yet
    }
  }
  std::string log() const { return read_file(directory.path() / "log"); }

  TemporaryDirectory directory;
  const std::uint16_t port = free_port();
  Process process;
};

TEST_CASE("nodes migrate an empty database at once, and some die at it: the rest make it whole") {
  const std::size_t rounds = shortly_or_long<std::size_t>(2, 50);
  for (std::size_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const std::string url = PostgresServer::shared().new_database();
    const std::string dying = round % 2 == 0 ? "in_migration:kill" : "after_migration:kill";
    std::vector<std::unique_ptr<Starting>> doomed;
    std::vector<std::unique_ptr<Starting>> others;
    doomed.push_back(std::make_unique<Starting>(url, dying));
    for (int i = 0; i < 2; ++i) others.push_back(std::make_unique<Starting>(url, ""));
    const auto deadline = Clock::now() + 60s;
    for (auto& each : others) {
      const auto is_ready = [&] {
        if (each->is_ready()) return true;
        REQUIRE_MESSAGE(each->process.running(), each->log());
        return false;
      };
      const bool ready = await_condition(deadline, 5ms, is_ready);
      REQUIRE_MESSAGE(ready, each->log());
    }
    // It may have come last, and found nothing to do.
    const auto doomed_ended = [&] { return !doomed.front()->process.running(); };
    REQUIRE(await_condition(deadline, 5ms,
                            [&] { return doomed_ended() || doomed.front()->is_ready(); }));
    if (doomed_ended()) CHECK(doomed.front()->process.wait() == 128 + SIGKILL);
    // Every step once, and one history for all.
    const std::string steps =
        PostgresServer::ask(url, "SELECT count(*) || ' ' || max(number) FROM schema_migrations");
    CHECK(steps.substr(0, steps.find(' ')) == steps.substr(steps.find(' ') + 1));
    std::set<std::string> epochs;
    for (auto& each : others) {
      epochs.insert(HttpClient(each->port).get("/status").json()["epoch"].text());
      each->process.signal(SIGTERM);
      CHECK(each->process.wait() == 0);
    }
    CHECK(epochs.size() == 1);
    doomed.clear();
    PostgresServer::shared().drop_database(url);
  }
}

}  // namespace
}  // namespace kith::test
