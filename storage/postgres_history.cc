#include "storage/postgres_history.h"

#include "storage/epoch.h"

namespace kith {
namespace {

std::string read_epoch(SqlConnection& connection) {
  auto rows = connection.query("SELECT value FROM meta WHERE key = 'epoch'");
  return rows.next() ? std::string(rows.text(0)) : std::string();
}

std::optional<KnownHistory::Row> read_newest(SqlConnection& connection) {
  auto rows =
      connection.query("SELECT position, id FROM chat_messages ORDER BY position DESC LIMIT 1");
  if (!rows.next()) return std::nullopt;
  return KnownHistory::Row{.position = static_cast<Position>(rows.integer(0)),
                           .message = MessageId{rows.uuid(1)}};
}

}  // namespace

KnownHistory read_history(PostgresConnection& connection, std::string epoch) {
  return {.epoch = std::move(epoch),
          .timeline = connection.timeline(),
          .newest = read_newest(connection)};
}

void PostgresHistory::note(const AppendJob& job) {
  if (!job.outcome || !*job.outcome || (*job.outcome)->duplicate) return;
  const Appended& appended = **job.outcome;
  known_.newest = KnownHistory::Row{.position = appended.position, .message = appended.message};
  noted_ = true;
}

Status PostgresHistory::check(PostgresConnection& connection) {
  if (connection.timeline() == known_.timeline || gone_) return Nothing{};
  bool stands = false;
  if (known_.newest) {
    auto rows = connection.query("SELECT id FROM chat_messages WHERE position = $1",
                                 known_.newest->position);
    stands = rows.next() && MessageId{rows.uuid(0)} == known_.newest->message;
  }
  if (connection.failure()) return fail(ErrorCode::unavailable, connection.failure()->text);
  if (stands) {
    known_.timeline = connection.timeline();
  } else {
    gone_ = "the database has failed over (timeline " + connection.timeline() + " instead of " +
            known_.timeline + "), and lacks what was committed before";
  }
  return Nothing{};
}

std::optional<std::string> PostgresHistory::look(PostgresConnection& connection) {
  connection.begin_read(SqlConnection::Snapshot::each_statement);
  const std::string epoch = read_epoch(connection);
  // Who has written nothing of late goes by what others have.
  if (!std::exchange(noted_, false) && !gone_) {
    if (const auto newest = read_newest(connection)) known_.newest = newest;
  }
  connection.commit();
  if (connection.failure()) return std::nullopt;
  if (!epoch.empty() && epoch != known_.epoch) return "another node has named its history anew";
  if (doubted_ && !gone_) gone_ = "the database lacks events that have been delivered";
  return gone_ ? name_anew(connection) : std::nullopt;
}

// Only where nobody else has done it: one failover, one new name.
std::optional<std::string> PostgresHistory::name_anew(PostgresConnection& connection) const {
  connection.begin_write();
  connection.execute("UPDATE meta SET value = $1 WHERE key = 'epoch' AND value = $2", new_epoch(),
                     known_.epoch);
  if (!connection.failure()) connection.commit();
  return connection.failure() ? std::nullopt : gone_;
}

}  // namespace kith
