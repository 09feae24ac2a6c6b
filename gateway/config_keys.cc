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
     .range = {1, 64}},
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
