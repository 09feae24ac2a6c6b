// Who is erased is nowhere: on disk, in the log, in a replay, a list or an export of anybody. The
// marks must be found first, so that not finding them afterwards says something.
#include <doctest/doctest.h>

#include "storage/sqlite_connection.h"
#include "tests/support/await.h"
#include "tests/support/canary_life.h"

namespace kith::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kForgottenWithin = 90s;  // some seconds; this is for slow machines

std::vector<std::string> settings() {
  return {"shards=2", "app=default", "limits.messages_per_minute=0"};
}

TEST_CASE("who is erased is gone from the disk by itself, and from all that is told") {
  TestServer server(settings());
  const CanaryLife life(server, 120);
  REQUIRE(life.marks_on_disk() > 100);
  REQUIRE(CanaryLife::marks_in(life.told_to_bob()) > 100);
  const HttpResponse erased = life.erase(life.ada().password);
  REQUIRE_MESSAGE(erased.status == 202, erased.body);
  CHECK(erased.json()["status"].text() == "erasing");
  CHECK_MESSAGE(await_condition(Clock::now() + kForgottenWithin, 200ms,
                                [&] { return life.marks_on_disk() == 0; }),
                life.marks_on_disk(), " marks are still on disk");
  CHECK(life.step() == CanaryLife::kFinished);
  const std::string told = life.told_to_bob();
  CHECK(CanaryLife::marks_in(told) == 0);
  CHECK(told.find(CanaryLife::kKeeper) != std::string::npos);
  CHECK(server.terminate() == 0);
  CHECK(life.marks_on_disk() == 0);
  CHECK(read_file(server.data() / "kith.db").find(CanaryLife::kKeeper) != std::string::npos);
  {
    auto db =
        SqliteConnection::open((server.data() / "kith.db").string(), SqliteConnection::Mode::look);
    REQUIRE(db);
    auto row = (*db)->query("PRAGMA integrity_check");
    REQUIRE(row.next());
    CHECK(row.text(0) == "ok");
  }
  server.start();
  CHECK(CanaryLife::marks_in(life.told_to_bob()) == 0);
}

}  // namespace
}  // namespace kith::test
