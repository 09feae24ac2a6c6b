#include "storage/sql_logins.h"

#include "engine/ports/refresh_retry.h"
#include "protocol/json_writer.h"
#include "storage/sql_accounts.h"
#include "storage/sql_audit.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

struct LoginRef {
  std::int64_t key = 0;
  AuthSessionId id;
  UserRef user;
};

std::string session_json(const AuthSessionId& session) {
  std::string out;
  JsonWriter(out).begin_object().field("session_id", session).end_object();
  return out;
}

void insert_token(SqlConnection& db, std::int64_t session, const TokenHash& hash, WallTime now,
                  WallTime expires) {
  db.execute(
      "INSERT INTO refresh_tokens(hash, session_id, issued_at, expires_at) "
      "VALUES($1, $2, $3, $4)",
      hash, session, now, expires);
}

void touch_user(SqlConnection& db, UserKey user, WallTime now) {
  db.execute(
      "UPDATE users SET last_active_at = $1 "
      "WHERE id = $2 AND (last_active_at IS NULL OR last_active_at < $1)",
      now, user);
}

// Ends a login that stands: its row, its event on the user's own channel, its audit entry.
Committed end_login(WriteContext& context, const LoginRef& login, const char* action,
                    WallTime now) {
  context.hold(login.user.id);
  context.db.execute("UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
                     now, login.key);
  append_audit(
      context.db,
      {.at = now, .action = action, .user = login.user.key, .detail = session_json(login.id)});
  const ChannelRef own{.key = ChannelKey{static_cast<std::int64_t>(login.user.key)},
                       .id = login.user.id};
  Committed out;
  out.events.push_back(append_log(context, own,
                                  {.type = EventType::session_revoked,
                                   .at = now,
                                   .user = login.user,
                                   .payload = session_json(login.id)}));
  return out;
}

struct StoredToken {
  LoginRef login;
  WallTime expires{};
  bool used = false;
  bool revoked = false;
};
std::optional<StoredToken> find_token(SqlConnection& db, const TokenHash& hash) {
  auto row = db.query(
      "SELECT s.id, s.public_id, s.user_id, c.public_id, t.expires_at, t.used_at, s.revoked_at "
      "FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id "
      "JOIN channels c ON c.id = s.user_id WHERE t.hash = $1",
      hash);
  if (!row.next()) return std::nullopt;
  return StoredToken{.login = {.key = row.integer(0),
                               .id = AuthSessionId{row.uuid(1)},
                               .user = {.key = UserKey{row.integer(2)}, .id = UserId{row.uuid(3)}}},
                     .expires = row.time(4),
                     .used = !row.is_null(5),
                     .revoked = !row.is_null(6)};
}

// What it asks for is the token that the first use was answered with, unused and young.
bool is_retry(SqlConnection& db, const LoginRef& login, const RefreshRotation& rotation) {
  auto row = db.query(
      "SELECT 1 FROM refresh_tokens WHERE hash = $1 AND session_id = $2 AND used_at IS NULL "
      "AND issued_at > $3 AND expires_at > $4",
      rotation.next, login.key, rotation.now - kRefreshRetryTime, rotation.now);
  return row.next();
}

Result<RotationOutcome> refreshed(WriteContext& context, const LoginRef& login, WallTime now) {
  context.db.execute("UPDATE sessions SET last_used_at = $1 WHERE id = $2", now, login.key);
  touch_user(context.db, login.user.key, now);
  auto user = read_user(context.db, login.user.id);
  if (!user) return refresh_refused();  // erased meanwhile
  return RotationOutcome{.refreshed = Refreshed{.user = std::move(*user), .session = login.id},
                         .revoked = {}};
}

}  // namespace

Status create_session(WriteContext& context, const NewSession& session) {
  SqlConnection& db = context.db;
  if (!context.user_id(session.user)) return fail(ErrorCode::not_found, "no such user");
  std::int64_t key = 0;
  {
    auto row = db.query(
        "INSERT INTO sessions(public_id, user_id, created_at, last_used_at, client_address, "
        "user_agent) VALUES($1, $2, $3, $3, $4, $5) RETURNING id",
        session.id, session.user, session.now, session.client_address, session.user_agent);
    if (row.next()) key = row.integer(0);
  }
  insert_token(db, key, session.refresh_hash, session.now, session.refresh_expires);
  touch_user(db, session.user, session.now);
  std::string detail;
  JsonWriter(detail)
      .begin_object()
      .field("session_id", session.id)
      .field("client_address", session.client_address)
      .field("user_agent", session.user_agent)
      .end_object();
  append_audit(db, {.at = session.now,
                    .action = "auth.login",
                    .user = session.user,
                    .detail = std::move(detail)});
  return Nothing{};
}

Error refresh_refused() {
  return fail(ErrorCode::unauthorized, "the refresh token does not hold");
}

Result<RotationOutcome> rotate_refresh(WriteContext& context, const RefreshRotation& rotation) {
  SqlConnection& db = context.db;
  const auto token = find_token(db, rotation.used);
  if (!token || token->revoked) return refresh_refused();
  const auto& login = token->login;
  // Of two who read the token as unused at once, on two nodes, one marks it.
  const bool first = !token->used && token->expires > rotation.now &&
                     db.execute(
                         "UPDATE refresh_tokens SET used_at = $1 WHERE hash = $2"
                         " AND used_at IS NULL",
                         rotation.now, rotation.used) == 1;
  if (!first && !token->used && token->expires <= rotation.now) return refresh_refused();
  if (!first) {
    if (is_retry(db, login, rotation)) return refreshed(context, login, rotation.now);
    return RotationOutcome{
        .refreshed = std::nullopt,
        .revoked = end_login(context, login, "auth.refresh_reuse", rotation.now)};
  }
  // What has expired is refused as unknown, so it need not be kept.
  db.execute("DELETE FROM refresh_tokens WHERE session_id = $1 AND expires_at <= $2", login.key,
             rotation.now);
  insert_token(db, login.key, rotation.next, rotation.now, rotation.next_expires);
  return refreshed(context, login, rotation.now);
}

Result<Committed> revoke_session(WriteContext& context, UserKey user, const AuthSessionId& session,
                                 WallTime now) {
  SqlConnection& db = context.db;
  const auto user_id = context.user_id(user);
  if (!user_id) return fail(ErrorCode::not_found, "no such user");
  context.hold(*user_id);
  LoginRef login{.key = 0, .id = session, .user = {.key = user, .id = *user_id}};
  {
    auto row =
        db.query("SELECT id, user_id, revoked_at FROM sessions WHERE public_id = $1", session);
    if (row.next()) {
      if (UserKey{row.integer(1)} != user) return fail(ErrorCode::not_found, "no such login");
      if (!row.is_null(2)) return Committed{};
      login.key = row.integer(0);
    }
  }
  if (login.key == 0) {  // a token made by the operator: its login gets a row, to stay revoked
    auto row = db.query(
        "INSERT INTO sessions(public_id, user_id, created_at, last_used_at) "
        "VALUES($1, $2, $3, $3) RETURNING id",
        session, user, now);
    if (row.next()) login.key = row.integer(0);
  }
  return end_login(context, login, "auth.logout", now);
}

Committed end_all_logins(WriteContext& context, const UserRef& user, WallTime now) {
  context.hold(user.id);
  std::vector<LoginRef> logins;
  {
    auto rows = context.db.query(
        "SELECT id, public_id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL ORDER BY id",
        user.key);
    while (rows.next()) {
      logins.push_back({.key = rows.integer(0), .id = AuthSessionId{rows.uuid(1)}, .user = user});
    }
  }
  Committed out;
  for (const LoginRef& login : logins) {
    Committed ended = end_login(context, login, "auth.all_ended", now);
    out.events.push_back(std::move(ended.events.front()));
  }
  return out;
}

Result<AuthenticatedUser> authenticate(SqlConnection& db, const UserId& user,
                                       const AuthSessionId& session) {
  auto row = db.query("SELECT " KITH_USER_COLUMNS
                      ", s.user_id, s.revoked_at FROM channels c JOIN users u ON u.id = c.id "
                      "LEFT JOIN user_profiles f ON f.user_id = u.id "
                      "LEFT JOIN sessions s ON s.public_id = $1 "
                      "WHERE c.public_id = $2 AND c.kind = $3 AND u.deleted_at IS NULL",
                      session, user, static_cast<int>(IdKind::user));
  if (!row.next()) return fail(ErrorCode::unauthorized, "the token does not hold");
  AuthenticatedUser out{.user = read_user_columns(row),
                        .session_known = !row.is_null(kUserColumns)};
  out.user.email.clear();
  const bool others = out.session_known && UserKey{row.integer(kUserColumns)} != out.user.key;
  if (others || !row.is_null(kUserColumns + 1)) {
    return fail(ErrorCode::unauthorized, "the token does not hold");
  }
  return out;
}

}  // namespace kith
