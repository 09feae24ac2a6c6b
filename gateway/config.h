// What an operator can set. conf/kithd.toml documents every key: purpose, default, unit,
// consequence. A field here has the name of its key, `limits.body_bytes` is `limits.body_bytes`.
//
// Values come from, later ones winning: the defaults below, a TOML file, the environment
// (KITH_SECTION_KEY, KITH_KEY for those at the top), `--set section.key=value`. A key that is
// unknown, a value of the wrong kind or out of its range: an error, whose message is one line that
// names the file (or "environment", "--set"), the key and the reason, and never a value. The
// program then exits with kExitConfig.
//
// Of the environment only names are read whose section is known: KITH_LIMITS_TYPO is an error,
// KITH_SOMETHING_ELSE is not ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/limits.h"
#include "protocol/result.h"

namespace kith {

inline constexpr int kExitConfig = 78;  // EX_CONFIG of sysexits.h

// Of what keeps the adapters from opening: a store that a newer kithd has written (conflict) is no
// more to be mended by starting again than a wrong key or a file it names (bad_request) is; the
// rest is 1.
inline int exit_code(const Error& error) {
  const bool lasting = error.code == ErrorCode::conflict || error.code == ErrorCode::bad_request;
  return lasting ? kExitConfig : 1;
}

struct StorageConfig {
  std::string url;  // empty: SQLite in `data`
  std::uint32_t reader_threads = 2;
  std::uint32_t writer_threads = 0;  // of Postgres; 0: see writer_thread_count()
  bool accept_acked_loss = false;    // of a Postgres server that may lose commits
  std::uint32_t log_keep_days = 30;
  std::uint32_t log_keep_events = 10'000;
};

struct BusConfig {
  std::string url;      // empty: between the shards of this process; see bus_url.h
  std::string ca_file;  // of rediss://; empty: the machine's authorities
};

struct AuthConfig {
  std::string algorithm = "HS256";  // HS256 | ES256 | RS256
  std::string secret;               // empty: DATA/signing_secret, or the shared store's own
  std::string private_key_file;
  std::string public_key_file;  // empty: taken from the private key
  std::string issuer = "kith";
  std::string audience = "kith";
  std::uint32_t access_minutes = 15;
  std::uint32_t refresh_days = 7;
  std::uint32_t password_min = 8;  // characters
  bool refuse_guessable_passwords = false;
  bool require_verified_email = false;  // to log in
  std::uint32_t password_threads = 2;
  std::uint32_t password_queue = 128;
};

// 0 is no limit, save for bytes and channels.
struct LimitsConfig {
  std::uint32_t messages_per_minute = 600;     // per user
  std::uint32_t activities_per_minute = 1200;  // per user
  std::uint32_t posts_per_minute = 60;         // per user
  std::uint32_t broadcasts_per_minute = 60;    // per user
  std::uint32_t connections_per_address = 1000;
  std::uint32_t sockets_per_user = 32;
  std::uint32_t handshakes_per_second = 5000;   // of the process
  std::uint32_t pending_handshakes = 4096;      // of the process
  std::uint32_t signups_per_minute = 120;       // per address
  std::uint32_t logins_per_minute = 300;        // per address
  std::uint32_t failed_logins_per_minute = 10;  // per account and address
  std::uint32_t account_mails_per_minute = 30;  // per address; a tenth of it per account
  std::uint32_t frame_bytes = limits::kFrameBytesMax;
  std::uint32_t body_bytes = limits::kBodyBytesMax;
  std::uint32_t header_bytes = limits::kHeaderBytesMax;
  std::uint32_t channels_per_socket = limits::kChannelsPerSocketMax;
  std::uint32_t outbound_bytes = limits::kOutboundBytesMax;  // per session
  std::uint32_t memory_mib = 0;                              // of the process; 0: no budget
};

struct GatewayConfig {
  std::uint32_t ping_interval_s = 25;
  std::uint32_t ping_timeout_s = 8;
  std::uint32_t init_timeout_s = 10;
  std::uint32_t drain_s = 5;
  std::vector<std::string> allowed_origins;  // beside the same origin; exact
};

struct NotificationsConfig {
  std::uint32_t keep_days = 90;
  std::uint32_t delay_s = 10;        // until what nobody was there to be told is sent out
  std::uint32_t attempts_max = 14;   // of sending one; then it is dead
  std::uint32_t retry_first_s = 5;   // doubled each time, at most an hour
  std::uint32_t sender_threads = 2;  // of each way out
  bool icebreakers = false;          // the prompt of the day, on each user's channel
};

struct WebhookConfig {
  std::string url;              // empty: none
  std::string secret;           // whsec_ and base64
  std::string previous_secret;  // signs too, while the receiver changes over
  std::uint32_t timeout_s = 5;
  std::string ca_file;                         // empty: the machine's authorities
  std::vector<std::string> allowed_addresses;  // of those that are not public
};

struct ContentFilterConfig {
  WebhookConfig hook;  // url empty: no message is judged
  std::uint32_t attempts_max = 8;
  std::uint32_t retry_first_s = 2;
  std::uint32_t sender_threads = 4;
};

struct EmailConfig {
  std::string smtp_url;  // empty: no mail is sent
  std::string user;      // empty: no login
  std::string password;
  std::string from;  // "Kith <no-reply@example.com>"
  std::string ca_file;
  bool in_clear = false;
  std::uint32_t timeout_s = 30;
  std::string verify_url;  // with {token}; empty: the mail holds the token alone
  std::string reset_url;
};

struct LogConfig {
  std::string level = "info";  // trace | debug | info | warn | error | off
};

struct Config {
  std::uint32_t shards = 0;  // 0: one per core; see shard_count()
  std::string listen = "127.0.0.1:8080";
  bool listen_in_clear = false;
  std::string data = "./data";
  std::vector<std::string> trusted_proxies;  // see config_address.h
  std::string app = "default";               // see app_profile.h
  StorageConfig storage;
  BusConfig bus;
  AuthConfig auth;
  LimitsConfig limits;
  GatewayConfig gateway;
  NotificationsConfig notifications;
  WebhookConfig webhook;
  ContentFilterConfig content_filter;
  EmailConfig email;
  LogConfig log;
};

// `shards`, or the number of cores that this process may use; at least 1.
std::uint32_t shard_count(const Config& config);
// `storage.writer_threads`, or one per shard and two at the most: what one writes in a batch, two
// write in two, at twice the cost. More of them are for round trips that take long.
std::uint32_t writer_thread_count(const Config& config);

// `storage.url`, or SQLite in `data`; as open_storage takes it.
std::string storage_url(const Config& config);

struct Assignment {
  std::string source = "--set";  // named in the error: "--listen" sets a key too
  std::string text;              // "section.key=value"
};

struct ConfigSources {
  std::string file;                                              // empty: none
  std::vector<std::pair<std::string, std::string>> environment;  // name and value, all of them
  std::vector<Assignment> assignments;
};

// All of the process's environment.
std::vector<std::pair<std::string, std::string>> process_environment();

// Errors: bad_request, `field` the key where one is to blame.
Result<Config> load_config(const ConfigSources& sources);

// "section.key = value" for every key, in the order of conf/kithd.toml; of secrets only whether
// they are set.
std::string describe_config(const Config& config);

}  // namespace kith
