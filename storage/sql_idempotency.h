// What a client's Idempotency-Key stands for (PROTOCOL section 7): kept for 24 hours per user, path
// and key, written in the transaction of what was made.
#pragma once

#include <optional>
#include <string>

#include "engine/ports/chats.h"
#include "storage/sql_connection.h"

namespace kith {

inline constexpr std::chrono::hours kIdempotencyLifetime{24};

// The public id that this key made before; nothing: it is new, or older than its lifetime.
// conflict: it came with another request.
Result<std::optional<std::string>> find_idempotent(SqlConnection& db, const Actor& actor,
                                                   const Idempotency& key);
// When what it made was made; nothing: there is no such key.
std::optional<WallTime> idempotent_since(SqlConnection& db, const Actor& actor,
                                         const Idempotency& key);
// Also lets go of keys that are past their lifetime.
void keep_idempotent(SqlConnection& db, const Actor& actor, const Idempotency& key,
                     const std::string& result);

}  // namespace kith
