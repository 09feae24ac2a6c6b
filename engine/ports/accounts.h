// Users, logins and refresh tokens. Thread and callbacks as in event_log.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "protocol/ids.h"

namespace kith {

enum class SystemRole : std::uint8_t {
  user = 0,
  moderator = 1,
  organizer = 2,
  admin = 3,
  premium_plus = 4,
};
std::string_view to_string(SystemRole role);
std::optional<SystemRole> parse_system_role(std::string_view text);

struct UserRecord {
  UserId id;
  UserKey key{};
  std::string email;
  std::string display_name;
  std::string bio;
  std::string city;
  std::string avatar_url;
  std::string interests_json = "[]";  // a JSON array of strings
  SystemRole role = SystemRole::user;
  WallTime created_at{};
  std::optional<WallTime> last_active_at;
  bool email_verified = false;
};

struct NewUser {
  UserId id;
  std::string email;          // as given; compared without case
  std::string password_hash;  // libsodium's crypto_pwhash_str
  std::string display_name;
  std::string bio;
  std::string city;
  std::string interests_json = "[]";
  std::string signup_source;
  WallTime now{};
};

struct Credentials {
  UserRecord user;
  std::string password_hash;
};

using TokenHash = std::array<std::uint8_t, 32>;  // SHA-256 of a refresh token

struct NewSession {
  AuthSessionId id;
  UserKey user{};
  TokenHash refresh_hash{};
  WallTime now{};
  WallTime refresh_expires{};
  std::string client_address;
  std::string user_agent;  // cut to 200 bytes
};

struct Refreshed {
  UserRecord user;
  AuthSessionId session;
};

struct AuthenticatedUser {
  UserRecord user;  // without email
  bool session_known = false;
};

struct Admitted {
  AuthenticatedUser who;
  std::vector<Result<Attached>> channels;  // in the order asked
};

class Accounts {
 public:
  virtual ~Accounts() = default;

  // conflict (field email): taken.
  virtual void create_user(NewUser user, Callback<UserRecord> done) = 0;
  // not_found.
  virtual void find_credentials(std::string email, Callback<Credentials> done) = 0;
  virtual void find_user(UserId id, Callback<UserRecord> done) = 0;

  // Starts a login and its family of refresh tokens; raises last_active_at; audited.
  virtual void create_session(NewSession session, Callback<Nothing> done) = 0;
  // Trades a refresh token for the next one, once. unauthorized: unknown, expired, of a revoked
  // session; or used before, and then the whole session is revoked, audited, and `revoked` gets its
  // session.revoked event (to be published) before `done`.
  // The same `used` and `next` again are one request whose answer was lost (refresh_retry.h).
  virtual void rotate_refresh(TokenHash used, TokenHash next, WallTime now, WallTime next_expires,
                              UniqueFunction<void(Committed)> revoked,
                              Callback<Refreshed> done) = 0;
  // Ends a login: its access tokens are worth nothing from this commit on. Idempotent; also for
  // sessions that the store has no row of (tokens made by the operator), which get one.
  virtual void revoke_session(UserKey user, AuthSessionId session, WallTime now,
                              Callback<Committed> done) = 0;
  // What a verified access token is worth now. unauthorized: no such user, session revoked.
  virtual void authenticate(UserId user, AuthSessionId session,
                            Callback<AuthenticatedUser> done) = 0;

  // authenticate(), and where that holds EventLog::attach() to each channel, in one snapshot.
  virtual void admit(UserId user, AuthSessionId session, std::vector<ChannelId> channels,
                     Callback<Admitted> done) = 0;

  // Appends to the audit log what is no change of a row (a failed login, a refused token).
  virtual void audit(std::optional<UserKey> user, std::string action, std::string detail_json,
                     WallTime now) = 0;

  // Commits a write of no consequence: can the store commit? For /readyz.
  virtual void probe(Callback<Nothing> done) = 0;
};

}  // namespace kith
