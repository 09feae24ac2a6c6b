// `kithd seed --scores`: everybody on the boards of `overall`, everywhere, at once.
#pragma once

#include <vector>

#include "storage/sql_connection.h"

namespace kith {

// User i has the score (i * 7,919) mod 100,000 + 1, so that neighbours are far apart and, from
// 100,000 users on, some are equal. Within the caller's transaction; a million take seconds.
void seed_scores(SqlConnection& db, const std::vector<std::int64_t>& users, WallTime now);

}  // namespace kith
