#include "gateway/config_keys.h"

#include <algorithm>
#include <array>
#include <limits>

#include "gateway/config_refusals.h"

namespace kith {
namespace {

using Integer = std::uint32_t;
using Text = std::string;
using List = std::vector<std::string>;

// The field of a Config, as a captureless lambda.
// NOLINTNEXTLINE(bugprone-macro-parentheses): a type takes none
#define KITH_FIELD(type, path) +[](Config& c) -> type& { return c.path; }

constexpr std::uint32_t kAnyInteger = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kMillion = 1'000'000;
constexpr std::uint32_t kKiB = 1024;
constexpr std::uint32_t kMiB = 1024 * 1024;

constexpr std::array<std::string_view, 3> kAlgorithms = {"HS256", "ES256", "RS256"};
constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                     "warn",  "error", "off"};

const ConfigKey kTable[] = {
    {.name = "shards", .field = KITH_FIELD(Integer, shards), .range = {0, 256}},
    {.name = "listen", .field = KITH_FIELD(Text, listen), .refusal = refuse_listen},
    {.name = "listen_in_clear", .field = KITH_FIELD(bool, listen_in_clear)},
    {.name = "data", .field = KITH_FIELD(Text, data), .refusal = refuse_data},
    {.name = "trusted_proxies",
     .field = KITH_FIELD(List, trusted_proxies),
     .refusal = refuse_trusted_proxies},
    {.name = "app", .field = KITH_FIELD(Text, app), .refusal = refuse_app},

    {.name = "storage.url",
     .field = KITH_FIELD(Text, storage.url),
     .refusal = refuse_storage_url,
     .secret = true},  // may hold a password
    {.name = "storage.reader_threads",
     .field = KITH_FIELD(Integer, storage.reader_threads),
     .range = {1, 64}},
    {.name = "storage.writer_threads",
     .field = KITH_FIELD(Integer, storage.writer_threads),
     .range = {0, 64}},
    {.name = "storage.accept_acked_loss", .field = KITH_FIELD(bool, storage.accept_acked_loss)},
    {.name = "storage.log_keep_days",
     .field = KITH_FIELD(Integer, storage.log_keep_days),
     .range = {0, 36'500}},
    {.name = "storage.log_keep_events",
     .field = KITH_FIELD(Integer, storage.log_keep_events),
     .range = {1000, kAnyInteger}},

    {.name = "bus.url",
     .field = KITH_FIELD(Text, bus.url),
     .refusal = refuse_bus_url,
     .secret = true},
    {.name = "bus.ca_file", .field = KITH_FIELD(Text, bus.ca_file), .refusal = refuse_bus_ca_file},

    {.name = "auth.algorithm",
     .field = KITH_FIELD(Text, auth.algorithm),
     .choices = kAlgorithms,
     .refusal = refuse_algorithm},
    {.name = "auth.secret",
     .field = KITH_FIELD(Text, auth.secret),
     .refusal = refuse_secret,
     .secret = true},
    {.name = "auth.private_key_file",
     .field = KITH_FIELD(Text, auth.private_key_file),
     .refusal = refuse_private_key_file},
    {.name = "auth.public_key_file",
     .field = KITH_FIELD(Text, auth.public_key_file),
     .refusal = refuse_public_key_file},
    {.name = "auth.issuer", .field = KITH_FIELD(Text, auth.issuer), .refusal = refuse_issuer},
    {.name = "auth.audience", .field = KITH_FIELD(Text, auth.audience), .refusal = refuse_audience},
    {.name = "auth.access_minutes",
     .field = KITH_FIELD(Integer, auth.access_minutes),
     .range = {1, 24 * 60}},
    {.name = "auth.refresh_days",
     .field = KITH_FIELD(Integer, auth.refresh_days),
     .range = {1, 365}},
    {.name = "auth.password_min",
     .field = KITH_FIELD(Integer, auth.password_min),
     .range = {8, 128}},
    {.name = "auth.refuse_guessable_passwords",
     .field = KITH_FIELD(bool, auth.refuse_guessable_passwords)},
    {.name = "auth.require_verified_email",
     .field = KITH_FIELD(bool, auth.require_verified_email),
     .refusal = refuse_require_verified_email},
    {.name = "auth.password_threads",
     .field = KITH_FIELD(Integer, auth.password_threads),
     .range = {1, 64}},
    {.name = "auth.password_queue",
     .field = KITH_FIELD(Integer, auth.password_queue),
     .range = {1, 100'000}},

    {.name = "limits.messages_per_minute",
     .field = KITH_FIELD(Integer, limits.messages_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.activities_per_minute",
     .field = KITH_FIELD(Integer, limits.activities_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.posts_per_minute",
     .field = KITH_FIELD(Integer, limits.posts_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.broadcasts_per_minute",
     .field = KITH_FIELD(Integer, limits.broadcasts_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.connections_per_address",
     .field = KITH_FIELD(Integer, limits.connections_per_address),
     .range = {0, kMillion}},
    {.name = "limits.sockets_per_user",
     .field = KITH_FIELD(Integer, limits.sockets_per_user),
     .range = {0, kMillion}},
    {.name = "limits.handshakes_per_second",
     .field = KITH_FIELD(Integer, limits.handshakes_per_second),
     .range = {0, kMillion}},
    {.name = "limits.pending_handshakes",
     .field = KITH_FIELD(Integer, limits.pending_handshakes),
     .range = {0, kMillion}},
    {.name = "limits.signups_per_minute",
     .field = KITH_FIELD(Integer, limits.signups_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.logins_per_minute",
     .field = KITH_FIELD(Integer, limits.logins_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.failed_logins_per_minute",
     .field = KITH_FIELD(Integer, limits.failed_logins_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.account_mails_per_minute",
     .field = KITH_FIELD(Integer, limits.account_mails_per_minute),
     .range = {0, kMillion}},
    {.name = "limits.frame_bytes",
     .field = KITH_FIELD(Integer, limits.frame_bytes),
     .range = {kKiB, 16 * kMiB}},
    {.name = "limits.body_bytes",
     .field = KITH_FIELD(Integer, limits.body_bytes),
     .range = {kKiB, 16 * kMiB}},
    {.name = "limits.header_bytes",
     .field = KITH_FIELD(Integer, limits.header_bytes),
     .range = {kKiB, 64 * kKiB}},
    {.name = "limits.channels_per_socket",
     .field = KITH_FIELD(Integer, limits.channels_per_socket),
     .range = {1, 100'000}},
    {.name = "limits.outbound_bytes",
     .field = KITH_FIELD(Integer, limits.outbound_bytes),
     .range = {64 * kKiB, 1024 * kMiB},
     .refusal = refuse_outbound_bytes},
    {.name = "limits.memory_mib",
     .field = KITH_FIELD(Integer, limits.memory_mib),
     .range = {0, 16 * kMillion},
     .refusal = refuse_memory_mib},

    {.name = "gateway.ping_interval_s",
     .field = KITH_FIELD(Integer, gateway.ping_interval_s),
     .range = {1, 3600}},
    {.name = "gateway.ping_timeout_s",
     .field = KITH_FIELD(Integer, gateway.ping_timeout_s),
     .range = {1, 600}},
    {.name = "gateway.init_timeout_s",
     .field = KITH_FIELD(Integer, gateway.init_timeout_s),
     .range = {1, 300}},
    {.name = "gateway.drain_s", .field = KITH_FIELD(Integer, gateway.drain_s), .range = {0, 600}},
    {.name = "gateway.allowed_origins",
     .field = KITH_FIELD(List, gateway.allowed_origins),
     .refusal = refuse_allowed_origins},

    {.name = "notifications.keep_days",
     .field = KITH_FIELD(Integer, notifications.keep_days),
     .range = {1, 36'500}},
    {.name = "notifications.delay_s",
     .field = KITH_FIELD(Integer, notifications.delay_s),
     .range = {0, 3600}},
    {.name = "notifications.attempts_max",
     .field = KITH_FIELD(Integer, notifications.attempts_max),
     .range = {1, 100}},
    {.name = "notifications.retry_first_s",
     .field = KITH_FIELD(Integer, notifications.retry_first_s),
     .range = {1, 3600}},
    {.name = "notifications.sender_threads",
     .field = KITH_FIELD(Integer, notifications.sender_threads),
     .range = {1, 64}},
    {.name = "notifications.icebreakers", .field = KITH_FIELD(bool, notifications.icebreakers)},

    {.name = "webhook.url",
     .field = KITH_FIELD(Text, webhook.url),
     .refusal = refuse_webhook_url,
     .secret = true},  // may hold a token
    {.name = "webhook.secret",
     .field = KITH_FIELD(Text, webhook.secret),
     .refusal = refuse_webhook_secret,
     .secret = true},
    {.name = "webhook.previous_secret",
     .field = KITH_FIELD(Text, webhook.previous_secret),
     .refusal = refuse_webhook_previous_secret,
     .secret = true},
    {.name = "webhook.timeout_s",
     .field = KITH_FIELD(Integer, webhook.timeout_s),
     .range = {1, 60}},
    {.name = "webhook.ca_file",
     .field = KITH_FIELD(Text, webhook.ca_file),
     .refusal = refuse_webhook_ca_file},
    {.name = "webhook.allowed_addresses",
     .field = KITH_FIELD(List, webhook.allowed_addresses),
     .refusal = refuse_webhook_allowed_addresses},

    {.name = "content_filter.url",
     .field = KITH_FIELD(Text, content_filter.hook.url),
     .refusal = refuse_content_filter_url,
     .secret = true},  // may hold a token
    {.name = "content_filter.secret",
     .field = KITH_FIELD(Text, content_filter.hook.secret),
     .refusal = refuse_content_filter_secret,
     .secret = true},
    {.name = "content_filter.previous_secret",
     .field = KITH_FIELD(Text, content_filter.hook.previous_secret),
     .refusal = refuse_content_filter_previous_secret,
     .secret = true},
    {.name = "content_filter.timeout_s",
     .field = KITH_FIELD(Integer, content_filter.hook.timeout_s),
     .range = {1, 60}},
    {.name = "content_filter.ca_file",
     .field = KITH_FIELD(Text, content_filter.hook.ca_file),
     .refusal = refuse_content_filter_ca_file},
    {.name = "content_filter.allowed_addresses",
     .field = KITH_FIELD(List, content_filter.hook.allowed_addresses),
     .refusal = refuse_content_filter_allowed_addresses},
    {.name = "content_filter.attempts_max",
     .field = KITH_FIELD(Integer, content_filter.attempts_max),
     .range = {1, 100}},
    {.name = "content_filter.retry_first_s",
     .field = KITH_FIELD(Integer, content_filter.retry_first_s),
     .range = {1, 3600}},
    {.name = "content_filter.sender_threads",
     .field = KITH_FIELD(Integer, content_filter.sender_threads),
     .range = {1, 64}},

    {.name = "email.smtp_url",
     .field = KITH_FIELD(Text, email.smtp_url),
     .refusal = refuse_email_smtp_url,
     .secret = true},
    {.name = "email.user", .field = KITH_FIELD(Text, email.user), .refusal = refuse_email_user},
    {.name = "email.password",
     .field = KITH_FIELD(Text, email.password),
     .refusal = refuse_email_password,
     .secret = true},
    {.name = "email.from", .field = KITH_FIELD(Text, email.from), .refusal = refuse_email_from},
    {.name = "email.ca_file",
     .field = KITH_FIELD(Text, email.ca_file),
     .refusal = refuse_email_ca_file},
    {.name = "email.in_clear", .field = KITH_FIELD(bool, email.in_clear)},
    {.name = "email.timeout_s", .field = KITH_FIELD(Integer, email.timeout_s), .range = {1, 300}},
    {.name = "email.verify_url",
     .field = KITH_FIELD(Text, email.verify_url),
     .refusal = refuse_email_verify_url},
    {.name = "email.reset_url",
     .field = KITH_FIELD(Text, email.reset_url),
     .refusal = refuse_email_reset_url},

    {.name = "log.level", .field = KITH_FIELD(Text, log.level), .choices = kLevels},
};

#undef KITH_FIELD

}  // namespace

std::span<const ConfigKey> config_keys() {
  return kTable;
}

const ConfigKey* find_config_key(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &ConfigKey::name);
  return found == std::end(kTable) ? nullptr : &*found;
}

bool is_config_section(std::string_view name) {
  return std::ranges::any_of(kTable, [name](const ConfigKey& key) {
    return key.name.size() > name.size() && key.name.starts_with(name) &&
           key.name[name.size()] == '.';
  });
}

std::string environment_name(const ConfigKey& key) {
  std::string out = "KITH_";
  for (const char c : key.name) {
    const bool lower = c >= 'a' && c <= 'z';
    out += c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

}  // namespace kith
