// The database as a whole, before it is used: brought up to date, and with what all nodes share.
#pragma once

#include <string>

#include "protocol/result.h"
#include "storage/append_job.h"
#include "storage/postgres_connection.h"
#include "storage/postgres_history.h"

namespace kith {

struct PostgresDatabase {
  std::string epoch;
  std::string signing_secret;
  DigestKey digest_key{};
  KnownHistory history{};
};

// One node at a time migrates and makes what is missing, under an advisory lock; the others wait.
// Errors as open_storage() has them.
Result<PostgresDatabase> open_postgres_database(const PostgresOptions& options);

// Beside running servers: nothing is written.
Result<PostgresDatabase> look_into_postgres_database(const PostgresOptions& options);

}  // namespace kith
