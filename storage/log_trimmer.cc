#include "storage/log_trimmer.h"

#include <vector>

#include "storage/sql_board_runs.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr int kRowsAtOnce = 200;
constexpr auto kPassEvery = 1h;
constexpr auto kIdempotencyKept = 24h;
constexpr auto kSessionsKept = 24h * 30;
constexpr auto kDeadLettersKept = 24h * 30;

}  // namespace

LogTrimmer::LogTrimmer(Options options)
    : options_(options), next_(std::chrono::steady_clock::now() + 1min) {}

bool LogTrimmer::step(SqlConnection& connection) {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::int64_t rows = trim(connection, now);
  const bool again = !connection.failure() && (rows > 0 || !pass_done_);
  if (!again) cursor_ = 0;
  next_ = std::chrono::steady_clock::now() +
          (again ? std::chrono::steady_clock::duration(50ms) : kPassEvery);
  return !connection.failure();
}

std::int64_t LogTrimmer::trim(SqlConnection& connection, WallTime now) {
  connection.begin_write();
  if (!connection.claim_upkeep()) {  // another node is at it; or SQL fails
    if (!connection.failure()) connection.commit();
    pass_done_ = true;
    return 0;
  }
  std::int64_t rows = trim_log(connection, now);
  rows += sweep_boards(connection, kRowsAtOnce);
  rows += connection.execute(
      "DELETE FROM idempotency_keys WHERE (user_id, path, key) IN (SELECT user_id, path, key"
      " FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
      now - kIdempotencyKept, kRowsAtOnce);
  rows += connection.execute(
      "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens"
      " WHERE expires_at < $1 LIMIT $2)",
      now, kRowsAtOnce);
  // A revoked session is what makes its access tokens worth nothing: it outlives them by far.
  rows += connection.execute(
      "DELETE FROM sessions WHERE id IN (SELECT s.id FROM sessions s WHERE s.last_used_at < $1"
      " AND coalesce(s.revoked_at, 0) < $1 AND NOT EXISTS (SELECT 1 FROM refresh_tokens t"
      " WHERE t.session_id = s.id) LIMIT $2)",
      now - kSessionsKept, kRowsAtOnce);
  rows += trim_notifications(connection, now);
  connection.commit();
  return connection.failure() ? 0 : rows;
}

std::int64_t LogTrimmer::trim_notifications(SqlConnection& connection, WallTime now) const {
  // Rows lie about in the order of their times: only the oldest are looked at.
  std::int64_t rows = connection.execute(
      "DELETE FROM notifications WHERE id IN (SELECT id FROM (SELECT id, created_at"
      " FROM notifications ORDER BY id LIMIT $1) oldest WHERE created_at < $2)",
      kRowsAtOnce, now - options_.keep_notifications);
  rows += connection.execute(
      "DELETE FROM account_tokens WHERE hash IN (SELECT hash FROM account_tokens"
      " WHERE expires_at < $1 LIMIT $2)",
      now, kRowsAtOnce);
  rows += connection.execute(
      "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE dead_at < $1 LIMIT $2)",
      now - kDeadLettersKept, kRowsAtOnce);
  return rows;
}

std::int64_t LogTrimmer::trim_log(SqlConnection& connection, WallTime now) {
  std::vector<Position> old;
  std::vector<ChannelHead> heads;
  pass_done_ = true;
  {
    auto rows = connection.query(
        "SELECT l.position, l.channel_id, l.seq, c.last_seq, l.at FROM channel_log l"
        " JOIN channels c ON c.id = l.channel_id WHERE l.position > $1 ORDER BY l.position"
        " LIMIT $2",
        cursor_, kRowsAtOnce);
    int looked_at = 0;
    while (rows.next()) {
      // Rows lie in commit order, so about in the order of their times.
      if (rows.time(4) >= now - options_.keep) break;
      pass_done_ = ++looked_at < kRowsAtOnce;
      cursor_ = rows.integer(0);
      if (rows.integer(2) + static_cast<std::int64_t>(options_.keep_events) > rows.integer(3)) {
        continue;
      }
      old.push_back(static_cast<Position>(rows.integer(0)));
      heads.push_back(
          {.channel = ChannelKey{rows.integer(1)}, .seq = static_cast<Seq>(rows.integer(2))});
    }
  }
  // Without these rows no replay can run over their numbers.
  connection.raise_trimmed(heads);
  connection.delete_log_rows(old);
  return static_cast<std::int64_t>(old.size());
}

}  // namespace kith
