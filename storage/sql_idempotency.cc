#include "storage/sql_idempotency.h"

namespace kith {

Result<std::optional<std::string>> find_idempotent(SqlConnection& db, const Actor& actor,
                                                   const Idempotency& key) {
  auto row = db.query(
      "SELECT request_digest, result FROM idempotency_keys "
      "WHERE user_id = $1 AND path = $2 AND key = $3 AND created_at > $4",
      actor.key, key.path, key.key, actor.now - kIdempotencyLifetime);
  if (!row.next()) return std::optional<std::string>();
  if (row.text(0) != key.request_digest) {
    return fail(ErrorCode::conflict, "this Idempotency-Key came with another request");
  }
  return std::optional<std::string>(row.text(1));
}

std::optional<WallTime> idempotent_since(SqlConnection& db, const Actor& actor,
                                         const Idempotency& key) {
  auto row = db.query(
      "SELECT created_at FROM idempotency_keys WHERE user_id = $1 AND path = $2 AND key = $3",
      actor.key, key.path, key.key);
  return row.next() ? std::optional(row.time(0)) : std::nullopt;
}

void keep_idempotent(SqlConnection& db, const Actor& actor, const Idempotency& key,
                     const std::string& result) {
  db.execute("DELETE FROM idempotency_keys WHERE created_at <= $1",
             actor.now - kIdempotencyLifetime);
  db.execute(
      "INSERT INTO idempotency_keys(user_id, path, key, request_digest, result, created_at) "
      "VALUES($1, $2, $3, $4, $5, $6)",
      actor.key, key.path, key.key, key.request_digest, result, actor.now);
}

}  // namespace kith
