#include "storage/sql_audit.h"

#include <sodium.h>

#include <algorithm>
#include <string_view>

namespace kith {
namespace {

using Salt = std::array<std::uint8_t, 16>;

std::string_view bytes_of(const auto& array) {
  return {reinterpret_cast<const char*>(array.data()), array.size()};
}

// Every part is led by its length, so that no two different lists of parts hash alike.
class ChainHasher {
 public:
  ChainHasher() { crypto_generichash_init(&state_, nullptr, 0, AuditHash{}.size()); }
  ChainHasher& add(std::string_view part) {
    add_number(static_cast<std::int64_t>(part.size()));
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
    return *this;
  }
  ChainHasher& add_number(std::int64_t number) {
    std::array<unsigned char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(number) >> (8 * i));
    }
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  AuditHash finish() {
    AuditHash out{};
    crypto_generichash_final(&state_, out.data(), out.size());
    return out;
  }

 private:
  crypto_generichash_state state_{};
};

AuditHash commit_to(std::string_view salt, std::optional<std::int64_t> user,
                    std::string_view detail) {
  ChainHasher hasher;
  hasher.add(salt).add_number(user ? 1 : 0).add_number(user.value_or(0)).add(detail);
  return hasher.finish();
}

struct Link {
  std::string_view previous_hash;
  std::int64_t id = 0;
  std::int64_t at = 0;
  std::string_view action;
  std::string_view commitment;
};
AuditHash hash_of(const Link& link) {
  ChainHasher hasher;
  hasher.add(link.previous_hash).add_number(link.id).add_number(link.at);
  hasher.add(link.action).add(link.commitment);
  return hasher.finish();
}

}  // namespace

void append_audit(SqlConnection& db, const AuditEntry& entry) {
  db.lock_audit_log();
  std::int64_t id = 1;
  AuditHash previous{};
  {
    auto last = db.query("SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1");
    if (last.next()) {
      id = last.integer(0) + 1;
      const auto hash = last.text(1);
      std::copy_n(hash.begin(), std::min(hash.size(), previous.size()), previous.begin());
    }
  }
  Salt salt{};
  randombytes_buf(salt.data(), salt.size());
  std::optional<std::int64_t> user;
  if (entry.user) user = static_cast<std::int64_t>(*entry.user);
  const auto commitment = commit_to(bytes_of(salt), user, entry.detail);
  const auto hash = hash_of({.previous_hash = bytes_of(previous),
                             .id = id,
                             .at = entry.at.time_since_epoch().count(),
                             .action = entry.action,
                             .commitment = bytes_of(commitment)});
  db.execute(
      "INSERT INTO audit_log(id, at, action, commitment, previous_hash, hash) "
      "VALUES($1, $2, $3, $4, $5, $6)",
      id, entry.at, entry.action, commitment, previous, hash);
  db.execute("INSERT INTO audit_details(audit_id, salt, user_id, detail) VALUES($1, $2, $3, $4)",
             id, salt, user, entry.detail);
}

std::int64_t erase_audit_details(SqlConnection& db, UserKey user, int entries_max) {
  return db.execute(
      "DELETE FROM audit_details WHERE audit_id IN (SELECT audit_id FROM audit_details"
      " WHERE user_id = $1 LIMIT $2)",
      user, entries_max);
}

AuditVerification verify_audit(SqlConnection& db) {
  AuditVerification out;
  auto rows = db.query(
      "SELECT a.id, a.at, a.action, a.commitment, a.previous_hash, a.hash, "
      "d.audit_id, d.salt, d.user_id, d.detail "
      "FROM audit_log a LEFT JOIN audit_details d ON d.audit_id = a.id ORDER BY a.id");
  std::int64_t expected_id = 1;
  while (rows.next()) {
    const std::int64_t id = rows.integer(0);
    const auto hash = hash_of({.previous_hash = rows.text(4),
                               .id = id,
                               .at = rows.integer(1),
                               .action = rows.text(2),
                               .commitment = rows.text(3)});
    const bool erased = rows.is_null(6);
    const bool holds =
        id == expected_id && rows.text(4) == bytes_of(out.head_hash) &&
        rows.text(5) == bytes_of(hash) &&
        (erased ||
         rows.text(3) == bytes_of(commit_to(rows.text(7), rows.maybe_integer(8), rows.text(9))));
    if (!holds) {
      out.broken_at = id;
      return out;
    }
    out.head_hash = hash;
    ++out.entries;
    if (erased) ++out.erased;
    ++expected_id;
  }
  return out;
}

}  // namespace kith
