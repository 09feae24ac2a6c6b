#include "storage/postgres_settling.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenTries = 100ms;

// Nothing: ask again.
std::optional<Settled> ask(PostgresConnection& connection,
                           const UnsettledTransaction& transaction) {
  connection.begin_read(SqlConnection::Snapshot::each_statement);
  if (!connection.failure() && connection.timeline() != transaction.timeline) {
    return Settled::unknown;
  }
  const auto id = static_cast<std::int64_t>(transaction.id);
  connection.execute("SELECT pg_advisory_xact_lock_shared((19288::bigint << 48) | $1)", id);
  const std::string text = std::to_string(transaction.id);
  auto rows = connection.query("SELECT pg_xact_status($1::text::xid8)", text);
  if (!rows.next()) return std::nullopt;
  if (rows.text(0) == "committed") return Settled::committed;
  if (rows.text(0) == "aborted") return Settled::undone;
  // Still in progress: it had not come to take its lock. Without a word: too old to be remembered.
  return rows.is_null(0) ? std::optional(Settled::unknown) : std::nullopt;
}

// Writes something, since a COMMIT of nothing waits for nobody.
bool commit_behind_it(PostgresConnection& connection) {
  connection.begin_write();
  connection.execute("UPDATE meta SET value = value WHERE key = 'epoch'");
  if (!connection.failure()) connection.commit();
  return !connection.failure();
}

void clear(PostgresConnection& connection) {
  connection.clear_failure();
  if (connection.in_transaction()) connection.rollback();
  connection.clear_failure();
}

}  // namespace

Settled settle(PostgresConnection& connection, const UnsettledTransaction& transaction,
               std::chrono::steady_clock::time_point until, const SettlingPause& pause) {
  connection.clear_failure();
  if (transaction.id == 0) return Settled::unknown;
  do {
    auto answer = ask(connection, transaction);
    clear(connection);
    if (answer == Settled::committed && !commit_behind_it(connection)) answer.reset();
    clear(connection);
    if (answer) return *answer;
  } while (std::chrono::steady_clock::now() < until && pause(kBetweenTries));
  return Settled::unknown;
}

}  // namespace kith
