// The schema, step by step: each step is one transaction, recorded with its checksum in
// schema_migrations. A step that has been applied is never changed; the next one gets a new number.
#pragma once

#include <span>

#include "protocol/result.h"
#include "storage/sql_connection.h"

namespace kith {

struct Migration {
  int number = 0;  // 1, 2, 3 ...
  const char* name = "";
  const char* sql = "";
};

// storage/migrations/sqlite and postgres, embedded by the build.
std::span<const Migration> sqlite_migrations();
std::span<const Migration> postgres_migrations();

// "kith" in the header of the file: how we know our own databases (sqlite.org/fileformat2.html).
inline constexpr std::uint32_t kApplicationId = 0x6b697468;

// Applies what is missing. With one clear line: conflict where a newer kithd has migrated the
// database further; unavailable where a step was changed after it had been applied, or SQL failed.
// Of a shared database under a lock that is the caller's.
Status migrate(SqlConnection& connection,
               std::span<const Migration> migrations = sqlite_migrations());

// The same checks, and that nothing is missing; writes nothing.
Status check_migrated(SqlConnection& connection,
                      std::span<const Migration> migrations = sqlite_migrations());

}  // namespace kith
