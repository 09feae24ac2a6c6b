#include "storage/memory_accounts.h"

#include "engine/ports/refresh_retry.h"
#include "protocol/json_writer.h"

namespace kith::memory {

namespace {

std::string folded(std::string_view email) {
  std::string out(email);
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return out;
}

Error no_such_user() {
  return fail(ErrorCode::not_found, "no such user");
}
Error unauthorized() {
  return fail(ErrorCode::unauthorized, "the token does not hold");
}

void touch(User& user, WallTime now) {
  if (!user.record.last_active_at || *user.record.last_active_at < now) {
    user.record.last_active_at = now;
  }
}

Committed revoke(Tables& tables, Login& login, WallTime now) {
  login.revoked = true;
  LogEntry row;
  row.type = EventType::session_revoked;
  row.at = now;
  row.user = login.user;
  JsonWriter(row.detail).begin_object().field("session_id", login.id).end_object();
  Committed out;
  out.events.push_back(tables.append(own_channel(login.user), std::move(row)));
  return out;
}

// engine/ports/refresh_retry.h.
bool is_retry(const Tables& tables, const Login& login, const Rotation& rotation) {
  const auto next = tables.refresh_tokens.find(rotation.next);
  return next != tables.refresh_tokens.end() && next->second.session == login.id &&
         !next->second.used && next->second.issued > rotation.now - kRefreshRetryTime &&
         next->second.expires > rotation.now;
}

}  // namespace

Result<UserRecord> create_user(Tables& tables, const NewUser& user) {
  if (tables.users_by_email.contains(folded(user.email))) {
    return fail(ErrorCode::conflict, "this email is taken", "email");
  }
  const ChannelKey channel = tables.add_channel(user.id);
  const UserKey key{static_cast<std::int64_t>(channel)};
  UserRecord record;
  record.id = user.id;
  record.key = key;
  record.email = user.email;
  record.display_name = user.display_name;
  record.bio = user.bio;
  record.city = user.city;
  record.interests_json = user.interests_json;
  record.created_at = user.now;
  tables.users_by_email.emplace(folded(user.email), key);
  tables.users.emplace(key, User{.record = record, .password_hash = user.password_hash});
  return record;
}

Result<Credentials> find_credentials(Tables& tables, const std::string& email) {
  const auto found = tables.users_by_email.find(folded(email));
  if (found == tables.users_by_email.end()) return no_such_user();
  const User& user = tables.users.at(found->second);
  return Credentials{.user = user.record, .password_hash = user.password_hash};
}

Result<UserRecord> find_user(Tables& tables, const UserId& id) {
  const auto key = tables.find_user(id);
  if (!key) return no_such_user();
  return tables.users.at(*key).record;
}

Result<Nothing> create_session(Tables& tables, const NewSession& session) {
  const auto user = tables.users.find(session.user);
  if (user == tables.users.end()) return no_such_user();
  tables.logins[session.id] = {.id = session.id, .user = session.user};
  tables.refresh_tokens[session.refresh_hash] = {
      .session = session.id, .issued = session.now, .expires = session.refresh_expires};
  touch(user->second, session.now);
  return Nothing{};
}

Rotated rotate_refresh(Tables& tables, const Rotation& rotation) {
  const auto token = tables.refresh_tokens.find(rotation.used);
  if (token == tables.refresh_tokens.end()) return {unauthorized(), std::nullopt};
  Login& login = tables.logins.at(token->second.session);
  if (login.revoked) return {unauthorized(), std::nullopt};
  // Used before: by this very request, whose answer was lost, or else whoever comes now or whoever
  // came then has stolen it.
  if (token->second.used && is_retry(tables, login, rotation)) {
    touch(tables.users.at(login.user), rotation.now);
    return {Refreshed{.user = tables.users.at(login.user).record, .session = login.id},
            std::nullopt};
  }
  if (token->second.used) return {unauthorized(), revoke(tables, login, rotation.now)};
  if (token->second.expires <= rotation.now) return {unauthorized(), std::nullopt};
  token->second.used = true;
  // What has expired is refused as unknown, so it need not be kept.
  std::erase_if(tables.refresh_tokens, [&](const auto& other) {
    return other.second.session == login.id && other.second.expires <= rotation.now;
  });
  touch(tables.users.at(login.user), rotation.now);
  tables.refresh_tokens[rotation.next] = {
      .session = login.id, .issued = rotation.now, .expires = rotation.next_expires};
  return {Refreshed{.user = tables.users.at(login.user).record, .session = login.id}, std::nullopt};
}

Result<Committed> revoke_session(Tables& tables, UserKey user, const AuthSessionId& session,
                                 WallTime now) {
  if (!tables.users.contains(user)) return no_such_user();
  Login& login =
      tables.logins.try_emplace(session, Login{.id = session, .user = user}).first->second;
  if (login.user != user) return fail(ErrorCode::not_found, "no such session");
  if (login.revoked) return Committed{};
  return revoke(tables, login, now);
}

Result<AuthenticatedUser> authenticate(Tables& tables, const UserId& user,
                                       const AuthSessionId& session) {
  const auto key = tables.find_user(user);
  if (!key) return unauthorized();
  AuthenticatedUser out{.user = tables.users.at(*key).record};
  out.user.email.clear();
  const auto login = tables.logins.find(session);
  out.session_known = login != tables.logins.end();
  if (out.session_known && (login->second.revoked || login->second.user != *key)) {
    return unauthorized();
  }
  return out;
}

}  // namespace kith::memory
