#include "storage/sql_accounts.h"

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_json_texts.h"
#include "storage/sql_outbox.h"
#include "storage/sql_ports.h"
#include "storage/sql_profiles.h"

namespace kith {

std::string email_key_of(std::string_view email) {
  std::string out(email);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

UserRecord read_user_columns(const SqlCursor& row) {
  UserRecord out;
  out.key = UserKey{row.integer(0)};
  out.id = UserId{row.uuid(1)};
  out.email = row.text(2);
  out.display_name = row.text(3);
  out.bio = row.text(4);
  out.city = row.text(5);
  out.avatar_url = row.text(6);
  out.interests_json = row.text(7);
  out.role = static_cast<SystemRole>(row.integer(8));
  out.created_at = row.time(9);
  out.last_active_at = row.maybe_time(10);
  out.email_verified = !row.is_null(11);
  return out;
}

Result<UserRecord> create_user(WriteContext& context, const NewUser& user) {
  SqlConnection& db = context.db;
  const std::string email_key = email_key_of(user.email);
  {
    auto taken = db.query("SELECT 1 FROM users WHERE email_key = $1", email_key);
    if (taken.next()) return fail(ErrorCode::conflict, "this email is taken", "email");
  }
  const ChannelKey key = context.insert_channel(user.id);
  const bool has_password = !user.password_hash.empty();
  db.execute(
      "INSERT INTO users(id, email, email_key, password_hash, display_name, bio, city, "
      "signup_source, created_at, updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
      key, user.email, email_key,
      has_password ? std::optional<std::string_view>(user.password_hash) : std::nullopt,
      user.display_name, user.bio, user.city, user.signup_source, user.now);
  db.execute("INSERT INTO user_profiles(user_id, interests) VALUES($1, $2)", key,
             user.interests_json);
  index_interests(db, UserKey{static_cast<std::int64_t>(key)}, texts_of_json(user.interests_json));
  std::string detail;
  JsonWriter(detail).begin_object().field("user_id", user.id).end_object();
  append_audit(db, {.at = user.now,
                    .action = "user.create",
                    .user = UserKey{static_cast<std::int64_t>(key)},
                    .detail = std::move(detail)});
  // Who has no password yet is asked to set one; that verifies the address as well.
  request_account_mail(context,
                       has_password ? OutgoingKind::verify_email : OutgoingKind::reset_password,
                       user.email, user.now);
  return read_user(db, user.id);
}

Result<Credentials> find_credentials(SqlConnection& db, const std::string& email) {
  const std::string email_key = email_key_of(email);
  auto row =
      db.query("SELECT " KITH_USER_COLUMNS
               ", u.password_hash FROM users u JOIN channels c ON c.id = u.id "
               "LEFT JOIN user_profiles f ON f.user_id = u.id "
               "WHERE u.email_key = $1 AND u.deleted_at IS NULL AND u.password_hash IS NOT NULL",
               email_key);
  if (!row.next()) return fail(ErrorCode::not_found, "no such user");
  return Credentials{.user = read_user_columns(row),
                     .password_hash = std::string(row.text(kUserColumns))};
}

Result<UserRecord> read_user(SqlConnection& db, const UserId& user) {
  auto row = db.query("SELECT " KITH_USER_COLUMNS
                      " FROM channels c JOIN users u ON u.id = c.id "
                      "LEFT JOIN user_profiles f ON f.user_id = u.id "
                      "WHERE c.public_id = $1 AND c.kind = $2 AND u.deleted_at IS NULL",
                      user, static_cast<int>(IdKind::user));
  if (!row.next()) return fail(ErrorCode::not_found, "no such user");
  return read_user_columns(row);
}

Status probe_commit(WriteContext& context) {
  context.db.execute("UPDATE meta SET value = value WHERE key = 'epoch'");
  return Nothing{};
}

}  // namespace kith
