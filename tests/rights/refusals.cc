#include "tests/rights/refusals.h"

#include <doctest/doctest.h>

#include "storage/sqlite_connection.h"
#include "tests/support/await.h"

namespace kith::test {

using namespace std::chrono_literals;

std::vector<std::string> refusals_of(World& world, const User& user) {
  auto db = SqliteConnection::open((world.server().data() / "kith.db").string(),
                                   SqliteConnection::Mode::read);
  REQUIRE(db);
  auto rows = (*db)->query(
      "SELECT d.detail FROM audit_log l JOIN audit_details d ON d.audit_id = l.id"
      " LEFT JOIN channels c ON c.id = d.user_id WHERE l.action = 'access.refused'"
      " AND (c.public_id = $1 OR ($2 = 1 AND c.id IS NULL)) ORDER BY l.id",
      UserId::parse(user.id).value_or(UserId{}), user.id.empty() ? 1 : 0);
  std::vector<std::string> out;
  while (rows.next()) out.emplace_back(rows.text(0));
  return out;
}

std::vector<std::string> await_refusals(World& world, const User& user, std::size_t count) {
  std::vector<std::string> found;
  CHECK(await_condition(Clock::now() + kPatience, 10ms, [&] {
    found = refusals_of(world, user);
    return found.size() >= count;
  }));
  return found;
}

std::size_t told_by(const std::vector<std::string>& entries) {
  std::size_t told = entries.size();
  for (const std::string& detail : entries) {
    const Json left_out = Json::parse(detail)["left_out"];
    if (left_out.present()) told += static_cast<std::size_t>(left_out.number());
  }
  return told;
}

}  // namespace kith::test
