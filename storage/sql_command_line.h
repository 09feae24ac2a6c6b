// What the command line asks of a SQL store, at once and on its own connection.
#pragma once

#include "storage/epoch.h"
#include "storage/sql_ports.h"

namespace kith {

// What a failure of SQL makes of an answer.
template <typename T>
Result<T> unless_failed(SqlConnection& connection, Result<T> result) {
  if (!connection.failure()) return result;
  Error error = fail(ErrorCode::unavailable, connection.failure()->text);
  connection.clear_failure();
  return error;
}

// In a transaction of its own.
inline Status grant_now(SqlConnection& db, const UserId& user, SystemRole role, WallTime now) {
  WriteContext context(db);
  db.begin_write();
  Status granted = unless_failed(db, grant_role(context, user, role, now));
  if (granted) {
    context.write_heads();
    db.commit();
    granted = unless_failed(db, std::move(granted));
  }
  if (db.in_transaction()) db.rollback();
  return granted;
}

inline Status renew_epoch_now(SqlConnection& db) {
  db.begin_write();
  const auto rows = db.execute("UPDATE meta SET value = $1 WHERE key = 'epoch'", new_epoch());
  if (!db.failure()) db.commit();
  Status done = unless_failed(db, Status(Nothing{}));
  if (db.in_transaction()) db.rollback();
  if (done && rows == 0) return fail(ErrorCode::unavailable, "the store has no epoch yet");
  return done;
}

}  // namespace kith
