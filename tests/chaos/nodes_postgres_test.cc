// Three nodes and their Postgres on its bad days (RELIABILITY F11, F13, F14): restarted in three
// ways, silent, slow, out of connections, and cut off behind a COMMIT. What was acked stands; what
// cannot be done is refused, soon; and all is well again by itself.
#include <libpq-fe.h>

#include "tests/chaos/nodes.h"
#include "tests/support/await.h"
#include "tests/support/postgres_proxy.h"

namespace kith::test {
namespace {

using Stop = PostgresServer::Stop;

constexpr auto kServesWithin = 20s;  // 5 s are the goal; the rest is for a busy machine
// Two seconds are the goal (F11).
constexpr auto kAnswerMax = 10s;

// Own in each test: what is broken here must be nobody else's.
struct BadDay {
  explicit BadDay(std::vector<std::string> settings = {}) : postgres(std::move(settings)) {}
  PostgresServer postgres;
  std::string url = postgres.new_database();
  RedisServer redis;
};

void conclude(Nodes& nodes, const char* what, const std::vector<std::chrono::milliseconds>& heals) {
  const Nodes::Outcome outcome = nodes.finish();
  CHECK(outcome.slowest_answer < kAnswerMax);
  MESSAGE(std::string(what), ": ", summary(heals), "; ", text_of(outcome));
}

TEST_CASE("Postgres is restarted, fast, immediate and by kill -9") {
  BadDay scene;
  Nodes nodes({.storage_urls = {scene.url}, .redis_ports = {scene.redis.port()}});
  nodes.begin();
  std::vector<std::chrono::milliseconds> heals;
  const std::size_t rounds = shortly_or_long<std::size_t>(1, 8);
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const Stop how : {Stop::fast, Stop::immediate, Stop::kill}) {
      CAPTURE(round);
      nodes.run_for(300ms);
      scene.postgres.restart(how);
      heals.push_back(nodes.healed("Postgres was restarted", kServesWithin));
    }
  }
  conclude(nodes, "restarts", heals);
}

TEST_CASE("Postgres falls silent: whoever sends is told within seconds, and it heals") {
  BadDay scene;
  Nodes nodes({.storage_urls = {scene.url}, .redis_ports = {scene.redis.port()}, .patience = 15s});
  nodes.begin();
  std::vector<std::chrono::milliseconds> heals;
  const std::size_t times = shortly_or_long<std::size_t>(1, 5);
  for (std::size_t i = 0; i < times; ++i) {
    nodes.run_for(300ms);
    scene.postgres.freeze();
    nodes.run_for(shortly_or_long<std::chrono::milliseconds>(3s, 10s));
    scene.postgres.thaw();
    heals.push_back(nodes.healed("Postgres was silent", kServesWithin));
  }
  conclude(nodes, "silences", heals);
}

TEST_CASE("Postgres is slow, locked, and out of connections") {
  BadDay scene({"max_connections=40"});
  Nodes nodes({.storage_urls = {scene.url}, .redis_ports = {scene.redis.port()}});
  nodes.begin();
  nodes.run_for(300ms);
  std::vector<std::chrono::milliseconds> heals;
  PostgresServer::ask(scene.url, "BEGIN; LOCK TABLE chat_messages; SELECT pg_sleep(3); COMMIT");
  heals.push_back(nodes.healed("a table was locked", kServesWithin));

  PostgresServer::ask(scene.url,
                      "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS"
                      " $$BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END$$;"
                      "CREATE TRIGGER slow BEFORE INSERT ON chat_messages FOR EACH ROW"
                      " EXECUTE FUNCTION be_slow()");
  nodes.run_for(1s);
  PostgresServer::ask(scene.url, "DROP TRIGGER slow ON chat_messages");
  heals.push_back(nodes.healed("inserts were slow", kServesWithin));

  // All places are taken, and then the nodes lose theirs.
  std::vector<std::unique_ptr<PGconn, void (*)(PGconn*)>> hogs;
  for (bool room = true; room;) {
    hogs.emplace_back(PQconnectdb(scene.url.c_str()), PQfinish);
    room = PQstatus(hogs.back().get()) == CONNECTION_OK;
    REQUIRE(hogs.size() < 100);
  }
  REQUIRE(hogs.size() >= 2);
  const std::size_t refused = nodes.clients().front()->refused();
  PQclear(PQexec(hogs.front().get(),
                 "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE application_name = 'kithd'"));
  for (bool room = true; room;) {  // before the nodes are back
    hogs.emplace_back(PQconnectdb(scene.url.c_str()), PQfinish);
    room = PQstatus(hogs.back().get()) == CONNECTION_OK;
    REQUIRE(hogs.size() < 200);
  }
  const auto deadline = Clock::now() + 30s;
  while (nodes.clients().front()->refused() == refused) {
    // Whoever of them had been quicker goes again.
    PQclear(PQexec(hogs.front().get(),
                   "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   " WHERE application_name = 'kithd'"));
    hogs.emplace_back(PQconnectdb(scene.url.c_str()), PQfinish);
    REQUIRE(Clock::now() < deadline);
    REQUIRE(hogs.size() < 2000);
    std::this_thread::sleep_for(5ms);
  }
  hogs.clear();
  heals.push_back(nodes.healed("Postgres was out of connections", kServesWithin));
  conclude(nodes, "slow, locked, full", heals);
}

TEST_CASE("connections are cut when the server has committed, and has not been heard") {
  BadDay scene;
  std::vector<std::unique_ptr<PostgresProxy>> proxies;
  Nodes::Options options{.redis_ports = {scene.redis.port()}};
  for (std::size_t i = 0; i < options.nodes; ++i) {
    proxies.push_back(std::make_unique<PostgresProxy>(scene.postgres.socket_path()));
    options.storage_urls.push_back(
        scene.postgres.url_by_way_of(scene.url, proxies.back()->host(), PostgresProxy::kPort));
  }
  Nodes nodes(options);
  nodes.begin();
  std::vector<std::chrono::milliseconds> heals;
  const std::size_t cuts = shortly_or_long<std::size_t>(12, 100);
  for (std::size_t i = 0; i < cuts; ++i) {
    CAPTURE(i);
    PostgresProxy& proxy = *proxies[i % proxies.size()];
    proxy.arm(i % 4 == 3 ? PostgresProxy::Cut::at_answer : PostgresProxy::Cut::at_commit);
    REQUIRE(await_condition(Clock::now() + 30s, 1ms, [&] { return proxy.cut_done(); }));
    heals.push_back(nodes.healed("a connection was cut", kServesWithin));
  }
  conclude(nodes, "cuts behind a COMMIT", heals);
}

}  // namespace
}  // namespace kith::test
