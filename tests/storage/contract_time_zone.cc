// A time zone that was taken by mistake is put right within the hour, and no day gains by it.
#include "protocol/limits.h"
#include "tests/storage/rewards_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

std::string effective(const Result<ZoneChange>& change) {
  REQUIRE_MESSAGE(change.ok(), change.error().message);
  return format_time(change->effective_at);
}

TEST_CASE_TEMPLATE("a change of one's zone that has not begun can be put right for an hour",
                   Adapter, SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  fixture.do_now(user, "daily_checkin", now);
  CHECK(effective(fixture.move(user, "Europe/Berlin", now)) == "2024-04-26T22:00:00.000Z");
  // As though it had been taken at once.
  CHECK(effective(fixture.move(user, "America/New_York", now + 59min)) ==
        "2024-04-26T04:00:00.000Z");
  CHECK(fixture.streak(user, "daily_checkin", now + 59min).lapses ==
        time_of("2024-04-27T04:00:00Z"));
  // The hour does not begin anew with it, and nor does the week.
  const auto late = fixture.move(user, "Europe/Berlin", now + limits::kZoneCorrection);
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().code == ErrorCode::rate_limited);
  CHECK(late.error().retry_after == 7 * 24h - 1h);
  CHECK(fixture.move(user, "Europe/Berlin", now + 7 * 24h).ok());
}

TEST_CASE_TEMPLATE("a zone that days have begun in by a move stays for the week", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T23:50:00Z");
  fixture.do_now(user, "daily_checkin", now);
  CHECK(effective(fixture.move(user, "Africa/Abidjan", now)) == "2024-04-26T00:00:00.000Z");
  CHECK(outcome(fixture.move(user, "Asia/Tokyo", now + 20min)) == "rate_limited");
}

TEST_CASE_TEMPLATE("the first zone of all can be put right, after something was done too", Adapter,
                   SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const WallTime now = time_of("2024-04-25T10:00:00Z");
  CHECK(fixture.move(user, "Asia/Tokyo", now)->effective_at == now);
  fixture.do_now(user, "daily_checkin", now + 10min);
  CHECK(effective(fixture.move(user, "Europe/Berlin", now + 20min)) == "2024-04-25T22:00:00.000Z");
  CHECK(outcome(fixture.move(user, "UTC", now + 1h)) == "rate_limited");
}

}  // namespace
}  // namespace kith
