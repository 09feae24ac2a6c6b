#include "storage/migrations.h"

#include <sodium.h>

#include <array>
#include <cstring>
#include <string>

#include "protocol/failpoint.h"

namespace kith {
namespace {

using Checksum = std::array<std::uint8_t, 32>;

Checksum checksum_of(const Migration& migration) {
  Checksum sum{};
  crypto_generichash(sum.data(), sum.size(), reinterpret_cast<const unsigned char*>(migration.sql),
                     std::strlen(migration.sql), nullptr, 0);
  return sum;
}

Error refuse_schema(const std::string& line) {
  return fail(ErrorCode::unavailable, line);
}

Error sql_failure(const SqlConnection& connection) {
  return refuse_schema("the schema could not be brought up to date: " + connection.failure()->text);
}

// How many of the steps are there. Errors as migrate().
Result<std::size_t> count_applied(SqlConnection& connection,
                                  std::span<const Migration> migrations) {
  std::size_t applied = 0;
  auto rows =
      connection.query("SELECT number, name, checksum FROM schema_migrations ORDER BY number");
  while (rows.next()) {
    if (applied == migrations.size()) {
      return fail(ErrorCode::conflict, "the database was written by a newer kithd (schema " +
                                           std::to_string(rows.integer(0)) + ", this one knows " +
                                           std::to_string(migrations.size()) + ")");
    }
    const Migration& step = migrations[applied];
    const Checksum sum = checksum_of(step);
    if (rows.integer(0) != step.number || rows.text(2).size() != sum.size() ||
        std::memcmp(rows.text(2).data(), sum.data(), sum.size()) != 0) {
      return refuse_schema("schema step " + std::string(rows.text(1)) +
                           " of the database is not the one that this kithd knows");
    }
    ++applied;
  }
  if (connection.failure()) return sql_failure(connection);
  return applied;
}

bool apply(SqlConnection& connection, const Migration& migration) {
  connection.begin_write();
  if (!connection.failure()) connection.run_script(migration.sql);
  KITH_FAILPOINT("in_migration");
  connection.execute("INSERT INTO schema_migrations(number, name, checksum) VALUES($1, $2, $3)",
                     migration.number, migration.name, checksum_of(migration));
  connection.commit();
  KITH_FAILPOINT("after_migration");
  return !connection.failure();
}

}  // namespace

Status migrate(SqlConnection& connection, std::span<const Migration> migrations) {
  connection.run_script(std::string("CREATE TABLE IF NOT EXISTS schema_migrations("
                                    "number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum ") +
                        (connection.is_shared() ? "BYTEA" : "BLOB") + " NOT NULL)");
  if (connection.failure()) return sql_failure(connection);
  const auto applied = count_applied(connection, migrations);
  if (!applied) return applied.error();
  for (const Migration& migration : migrations.subspan(*applied)) {
    if (apply(connection, migration)) continue;
    const Error error = sql_failure(connection);
    connection.clear_failure();
    if (connection.in_transaction()) connection.rollback();
    connection.clear_failure();
    return error;
  }
  return Nothing{};
}

Status check_migrated(SqlConnection& connection, std::span<const Migration> migrations) {
  const auto applied = count_applied(connection, migrations);
  if (!applied) return applied.error();
  if (*applied < migrations.size()) {
    return refuse_schema("the database has an older schema: start the server once");
  }
  return Nothing{};
}

}  // namespace kith
