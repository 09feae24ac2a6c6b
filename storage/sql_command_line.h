// What the command line asks of a SQL store, at once and on its own connection.
#pragma once

#include "storage/epoch.h"
#include "storage/sql_ports.h"
#include "storage/sql_service_accounts.h"

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
template <typename T, typename Job>
Result<T> write_now(SqlConnection& db, Job job) {
  WriteContext context(db);
  db.begin_write();
  Result<T> done = unless_failed(db, Result<T>(job(context)));
  if (done) {
    context.write_heads();
    db.commit();
    done = unless_failed(db, std::move(done));
  }
  if (db.in_transaction()) db.rollback();
  return done;
}

inline Status grant_now(SqlConnection& db, const UserId& user, SystemRole role, WallTime now) {
  return write_now<Nothing>(
      db, [&](WriteContext& context) { return grant_role(context, user, role, now); });
}

inline Result<ServiceRecord> create_service_now(SqlConnection& db, const NewService& service) {
  return write_now<ServiceRecord>(
      db, [&](WriteContext& context) { return create_service_account(context, service); });
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
