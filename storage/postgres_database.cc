#include "storage/postgres_database.h"

#include <sodium.h>

#include <cstring>

#include "storage/epoch.h"
#include "storage/migrations.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSecretBytes = 32;
// A step over a large table, and the wait for the node that takes it.
constexpr auto kMigratingMax = 30min;

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string read_meta(SqlConnection& connection, const char* key) {
  auto rows = connection.query("SELECT value FROM meta WHERE key = $1", key);
  return rows.next() ? std::string(rows.text(0)) : std::string();
}

std::string read_or_make(SqlConnection& connection, const char* key, const std::string& made) {
  std::string found = read_meta(connection, key);
  if (!found.empty() || connection.failure()) return found;
  connection.execute("INSERT INTO meta(key, value) VALUES($1, $2)", key, made);
  return made;
}

Result<PostgresDatabase> complete(SqlConnection& connection, const std::string& epoch,
                                  const std::string& secret, const std::string& digest_key) {
  if (connection.failure()) {
    return fail(ErrorCode::unavailable, "the database: " + connection.failure()->text);
  }
  PostgresDatabase database{.epoch = epoch, .signing_secret = secret};
  if (epoch.empty() || digest_key.size() != database.digest_key.size() ||
      secret.size() != kSecretBytes) {
    return fail(ErrorCode::unavailable, "the database lacks what a kithd keeps in it");
  }
  std::memcpy(database.digest_key.data(), digest_key.data(), digest_key.size());
  return database;
}

// The URL may hold a password, and libpq's words about a bad one repeat it.
Status check_url(const std::string& url) {
  char* words = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(url.c_str(), &words);
  PQfreemem(words);
  if (parsed == nullptr) {
    return fail(ErrorCode::unavailable, "storage.url is no URI of Postgres");
  }
  bool sound = true;
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    const std::string_view value = option->val == nullptr ? "" : option->val;
    // An @ or a / in a password that is not percent-encoded: the rest of it would pass for a host,
    // a port or a database, and be repeated in what is said about that.
    if (keyword == "host" || keyword == "dbname") {
      sound = sound && value.find('@') == value.npos;
    }
    if (keyword == "port") sound = sound && value.find_first_not_of("0123456789,") == value.npos;
  }
  PQconninfoFree(parsed);
  if (!sound) {
    return fail(ErrorCode::unavailable,
                "storage.url: percent-encode what is neither letter nor digit in the password");
  }
  return Nothing{};
}

Status prepare(PostgresConnection& connection, const std::string& url) {
  if (sodium_init() < 0) return fail(ErrorCode::unavailable, "libsodium does not start");
  if (const Status sound = check_url(url); !sound) return sound.error();
  return connection.connect();
}

}  // namespace

Result<PostgresDatabase> open_postgres_database(const PostgresOptions& options) {
  PostgresOptions patient = options;
  patient.statement_timeout = kMigratingMax;
  patient.lock_timeout = kMigratingMax;
  PostgresConnection connection(patient);
  if (const Status ready = prepare(connection, options.url); !ready) return ready.error();
  // Of the session: it goes with the connection.
  connection.execute("SELECT pg_advisory_lock(19277::bigint << 48)");
  if (connection.failure()) {
    return fail(ErrorCode::unavailable, "the database: " + connection.failure()->text);
  }
  if (const Status migrated = migrate(connection, postgres_migrations()); !migrated) {
    return fail(migrated.error().code, "the database: " + migrated.error().message);
  }
  connection.begin_write();
  const std::string epoch = read_or_make(connection, "epoch", new_epoch());
  const std::string secret = read_or_make(connection, "signing_secret", random_bytes(kSecretBytes));
  const std::string digest_key =
      read_or_make(connection, "digest_key", random_bytes(DigestKey{}.size()));
  connection.commit();
  auto database = complete(connection, epoch, secret, digest_key);
  if (database) database->history = read_history(connection, epoch);
  if (connection.failure()) return fail(ErrorCode::unavailable, connection.failure()->text);
  return database;
}

Result<PostgresDatabase> look_into_postgres_database(const PostgresOptions& options) {
  PostgresConnection connection(options);
  if (const Status ready = prepare(connection, options.url); !ready) return ready.error();
  if (const Status migrated = check_migrated(connection, postgres_migrations()); !migrated) {
    return fail(migrated.error().code, "the database: " + migrated.error().message);
  }
  const std::string epoch = read_meta(connection, "epoch");
  const std::string secret = read_meta(connection, "signing_secret");
  const std::string digest_key = read_meta(connection, "digest_key");
  return complete(connection, epoch, secret, digest_key);
}

}  // namespace kith
