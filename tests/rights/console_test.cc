// The console: an admin sees what the server does and may send it home, audited; nobody else.
#include "storage/sqlite_connection.h"
#include "tests/rights/world.h"

namespace kith::test {
namespace {

std::int64_t drains_audited(World& world) {
  auto db = SqliteConnection::open((world.server().data() / "kith.db").string(),
                                   SqliteConnection::Mode::read);
  REQUIRE(db);
  auto row = (*db)->query(
      "SELECT COUNT(*) FROM audit_log JOIN audit_details ON audit_details.audit_id = audit_log.id"
      " WHERE action = 'server.drain' AND user_id ="
      " (SELECT id FROM channels WHERE public_id = $1)",
      *UserId::parse(world.as(Relation::admin).id));
  return row.next() ? row.integer(0) : 0;
}

HttpResponse drain(World& world, Relation relation, const std::string& node) {
  return world.server().http().post("/console/drain", R"({"node":")" + node + "\"}",
                                    world.as(relation).token);
}

TEST_CASE("an admin is told once a second, until no more, and drains the node that was named") {
  World world({"shards=2", "gateway.drain_s=1"});
  WsClient admin = connect(world.server(), world.as(Relation::admin));
  WsClient other = connect(world.server(), world.other(0));
  CHECK(other.ask(R"({"type":"console","watch":true})")["code"].text() == "forbidden");
  CHECK(admin.ask(R"({"type":"console","watch":true})")["type"].text() == "ack");
  const Json first = admin.expect("console.stats");
  const Json second = admin.expect("console.stats");
  CHECK(first["at"].text() < second["at"].text());
  CHECK(second["sessions"]["live"].number() == 2);
  CHECK(second["ack_latency"].size() == second["latency_bounds_ms"].size() + 1);
  CHECK(second["totals"]["frames_in"].number() >= 4);
  CHECK(second["storage"]["healthy"].flag());
  CHECK(other.fence().empty());
  CHECK(admin.ask(R"({"type":"console","watch":false})")["type"].text() == "ack");

  const std::string node = second["node"].text();
  CHECK(drain(world, Relation::admin, "another").status == 409);
  CHECK(drain(world, Relation::owner, node).status == 403);
  CHECK(world.server().http().get("/readyz").status == 200);
  CHECK(drain(world, Relation::admin, node).status == 202);
  CHECK(other.wait_close() == 4001);
  CHECK(admin.wait_close() == 4001);
  CHECK(world.server().process().wait() == 0);
  CHECK(drains_audited(world) == 1);
}

}  // namespace
}  // namespace kith::test
