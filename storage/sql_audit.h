// The audit log: who did what, append-only, each entry bound to all before it by a hash chain.
//
//   commitment = BLAKE2b-256(salt, user, detail)
//   hash       = BLAKE2b-256(previous hash, id, at, action, commitment)
//
// The chain runs over commitments. What is personal (who, and the detail) stands with its salt in
// audit_details; an erasure empties that table for one user and the chain still verifies, while
// nobody can guess the erased values back, since the salt went with them.
//
// What it shows: an entry changed, inserted, or taken out of the middle. A tail cut off is seen
// only by whoever kept a later hash (AuditVerification::head_hash) outside of the database.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "protocol/result.h"
#include "storage/sql_connection.h"

namespace kith {

using AuditHash = std::array<std::uint8_t, 32>;

struct AuditEntry {
  WallTime at{};
  std::string action;           // "auth.login", "moderation.ban", ...: never personal
  std::optional<UserKey> user;  // who did it
  std::string detail;           // a JSON object
};

// Appends inside the open transaction, behind whatever channels it locks.
void append_audit(SqlConnection& db, const AuditEntry& entry);

// Empties the personal part of what this user did, of so many entries at most. Returns how many.
std::int64_t erase_audit_details(SqlConnection& db, UserKey user, int entries_max);

struct AuditVerification {
  std::uint64_t entries = 0;
  std::uint64_t erased = 0;               // whose details are gone: chain checked, commitment not
  std::optional<std::int64_t> broken_at;  // the first entry that does not hold
  AuditHash head_hash{};                  // of the last entry that holds
};
// Reads the whole log, in constant memory.
AuditVerification verify_audit(SqlConnection& db);

}  // namespace kith
