// Other back ends that work with this one: each has an opaque token with scopes, which is no user's
// login. They publish events into channels, make users, put people in and out, end connections.
//
// Thread and callbacks as in event_log.h. Every change is one transaction, with its durable events
// and an audit entry that names the service; whoever asked publishes the events.
//
// Errors: unavailable as in event_log.h; others as noted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/accounts.h"
#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "protocol/ids.h"

namespace kith {

// Stored as a bit each: numbers are for ever.
enum class ServiceScope : std::uint8_t {
  events_publish = 0,
  users_write = 1,
  users_disconnect = 2,
  chats_write = 3,
  members_write = 4,
  messages_write = 5,
  presence_read = 6,
};
std::string_view to_string(ServiceScope scope);  // "events:publish", ...
std::optional<ServiceScope> parse_service_scope(std::string_view text);

class ServiceScopes {
 public:
  ServiceScopes() = default;
  explicit ServiceScopes(std::uint32_t bits) : bits_(bits) {}
  void add(ServiceScope scope) { bits_ |= bit(scope); }
  bool has(ServiceScope scope) const { return (bits_ & bit(scope)) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t bits() const { return bits_; }
  std::vector<ServiceScope> list() const;  // those that it has, in the order of their numbers
  bool operator==(const ServiceScopes&) const = default;

 private:
  static std::uint32_t bit(ServiceScope scope) { return 1U << static_cast<unsigned>(scope); }
  std::uint32_t bits_ = 0;
};
// "events:publish,users:write"; bad_request names what is no scope.
Result<ServiceScopes> parse_service_scopes(std::string_view list);

inline constexpr std::size_t kServiceNameCharactersMax = 80;
// That stand at a time; further ones are refused, so that the list is one answer.
inline constexpr std::uint32_t kServiceAccountsMax = 200;
inline constexpr std::size_t kAppEventsMax = 100;  // of one request
inline constexpr std::size_t kAppEventNameBytesMax = 64;
inline constexpr std::size_t kAppEventDataBytesMax = 16 * 1024;
// Names that begin like this are ours to publish.
inline constexpr std::string_view kReservedAppEvents = "kith.";
inline constexpr std::string_view kDisconnectedEvent = "kith.disconnected";

struct ServiceRecord {
  ServiceId id{};
  std::int64_t key = 0;
  std::string name{};
  ServiceScopes scopes{};
  WallTime created_at{};
  std::optional<UserId> created_by{};  // nothing: made on the command line
};

struct NewService {
  ServiceId id{};
  std::string name{};
  ServiceScopes scopes{};
  TokenHash token_hash{};
  WallTime now{};
  std::optional<UserKey> by{};  // nothing: the command line
};

// A token that holds, and for whom it is used.
struct ServiceCall {
  ServiceRecord service{};
  std::optional<UserRecord>
      acting_for{};  // without email; nothing: none asked for, or no such user
};

// Which service asks. `now` is the shard's clock.
struct ServiceActor {
  ServiceId id{};
  std::int64_t key = 0;
  WallTime now{};
};

struct AppEvents {
  ChannelId channel{};
  std::vector<std::string> payloads{};  // each {"name":…,"data":{…}}; none: is there that channel?
  std::optional<Idempotency> idempotency{};
};
struct PublishedAppEvents {
  std::vector<Seq> seqs{};
  bool duplicate = false;              // this Idempotency-Key's, which published them before
  std::vector<DurableEvent> events{};  // none where it is a duplicate
};

struct ProvisionUser {
  NewUser user{};  // without a password hash: a mail asks the user to set one
  std::optional<Idempotency> idempotency{};
};
struct ProvisionedUser {
  UserRecord user{};
  bool created = true;  // false: this Idempotency-Key's user
};

struct Disconnect {
  UserId user{};
  std::string reason{};
  bool end_logins = false;
};

class ServiceAccounts {
 public:
  virtual ~ServiceAccounts() = default;

  // too_large: there are kServiceAccountsMax.
  virtual void create(NewService service, Callback<ServiceRecord> done) = 0;
  // Those that stand, the newest first.
  virtual void list(Callback<std::vector<ServiceRecord>> done) = 0;
  // Its token is worth nothing from this commit on. not_found: none that stands.
  virtual void revoke(Actor by, ServiceId service, Callback<Nothing> done) = 0;

  // unauthorized: no token that holds.
  virtual void authenticate(TokenHash token, std::optional<UserId> acting_for,
                            Callback<ServiceCall> done) = 0;
  // What a service does in a user's name, before it is done.
  virtual void audit_acting(ServiceActor service, UserKey user, std::string route) = 0;

  // app.event into any channel but a board, in one transaction. not_found: no such channel, or a
  // user who was erased. conflict: the Idempotency-Key came with something else.
  virtual void publish(ServiceActor service, AppEvents events,
                       Callback<PublishedAppEvents> done) = 0;
  // conflict (field email): taken; or as for publish().
  virtual void provision_user(ServiceActor service, ProvisionUser provision,
                              Callback<ProvisionedUser> done) = 0;
  // A durable kith.disconnected on the user's channel, which every node closes their sockets by;
  // with `end_logins` behind the session.revoked of each login. not_found.
  virtual void disconnect(ServiceActor service, Disconnect disconnect,
                          Callback<Committed> done) = 0;
};

}  // namespace kith
