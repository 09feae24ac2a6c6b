#include "storage/sql_account_tokens.h"

#include <sodium.h>

#include <array>

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_logins.h"

namespace kith {
namespace {

constexpr std::size_t kTokenBytes = 32;

Error token_refused() {
  return fail(ErrorCode::unauthorized, "the token is unknown, used or too old", "token");
}

std::optional<UserRef> find_owner(SqlConnection& db, const TokenHash& token, OutgoingKind kind,
                                  WallTime now) {
  auto row = db.query(
      "SELECT t.user_id, c.public_id FROM account_tokens t JOIN users u ON u.id = t.user_id"
      " JOIN channels c ON c.id = t.user_id WHERE t.hash = $1 AND t.kind = $2"
      " AND t.expires_at > $3 AND u.deleted_at IS NULL",
      token, static_cast<int>(kind), now);
  if (!row.next()) return std::nullopt;
  return UserRef{.key = UserKey{row.integer(0)}, .id = UserId{row.uuid(1)}};
}

// Takes the token, and with it all others of its kind: of two who use one at once, one wins.
std::optional<UserRef> use_token(WriteContext& context, const TokenHash& token, OutgoingKind kind,
                                 WallTime now) {
  SqlConnection& db = context.db;
  const auto owner = find_owner(db, token, kind, now);
  if (!owner) return std::nullopt;
  context.hold(owner->id);
  if (db.execute("DELETE FROM account_tokens WHERE hash = $1", token) != 1) return std::nullopt;
  db.execute("DELETE FROM account_tokens WHERE user_id = $1 AND kind = $2", owner->key,
             static_cast<int>(kind));
  return owner;
}

void mark_verified(SqlConnection& db, UserKey user, WallTime now) {
  db.execute(
      "UPDATE users SET email_verified_at = $1, updated_at = $2 WHERE id = $3"
      " AND email_verified_at IS NULL",
      now, now, user);
}

void audit(SqlConnection& db, const UserRef& user, const char* action, WallTime now) {
  std::string detail;
  JsonWriter(detail).begin_object().field("user_id", user.id).end_object();
  append_audit(db, {.at = now, .action = action, .user = user.key, .detail = std::move(detail)});
}

}  // namespace

std::string make_account_token(WriteContext& context, UserKey user, OutgoingKind kind,
                               WallTime now) {
  std::array<unsigned char, kTokenBytes> random{};
  randombytes_buf(random.data(), random.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string digits(sodium_base64_encoded_len(random.size(), kVariant), '\0');
  sodium_bin2base64(digits.data(), digits.size(), random.data(), random.size(), kVariant);
  digits.pop_back();  // the terminator
  std::string text = (kind == OutgoingKind::verify_email ? "vfy_" : "rst_") + digits;
  TokenHash hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  context.db.execute(
      "INSERT INTO account_tokens(hash, user_id, kind, created_at, expires_at)"
      " VALUES($1, $2, $3, $4, $5)",
      hash, user, static_cast<int>(kind), now, now + kAccountTokenLifetime);
  return text;
}

std::int64_t count_account_tokens(SqlConnection& db, UserKey user, OutgoingKind kind,
                                  WallTime now) {
  auto row = db.query(
      "SELECT COUNT(*) FROM account_tokens WHERE user_id = $1 AND kind = $2 AND created_at > $3",
      user, static_cast<int>(kind), now - kAccountTokenLifetime);
  return row.next() ? row.integer(0) : 0;
}

Status verify_email(WriteContext& context, const TokenHash& token, WallTime now) {
  const auto owner = use_token(context, token, OutgoingKind::verify_email, now);
  if (!owner) return token_refused();
  mark_verified(context.db, owner->key, now);
  audit(context.db, *owner, "user.email_verified", now);
  return Nothing{};
}

Status check_reset_token(SqlConnection& db, const TokenHash& token, WallTime now) {
  if (!find_owner(db, token, OutgoingKind::reset_password, now)) return token_refused();
  return Nothing{};
}

Result<Committed> reset_password(WriteContext& context, const NewPassword& password) {
  const auto owner = use_token(context, password.token, OutgoingKind::reset_password, password.now);
  if (!owner) return token_refused();
  SqlConnection& db = context.db;
  db.execute("UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3",
             password.password_hash, password.now, owner->key);
  mark_verified(db, owner->key, password.now);
  audit(db, *owner, "auth.password_reset", password.now);
  return end_all_logins(context, *owner, password.now);
}

}  // namespace kith
