#include "gateway/config_refusals.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "gateway/app_profile.h"
#include "gateway/bus_url.h"
#include "gateway/config_address.h"

namespace kith {
namespace {

using Refusal = std::optional<std::string>;

constexpr std::size_t kSecretBytesMin = 32;
constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kClaimBytesMax = 256;

bool holds_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

Refusal refuse_path(std::string_view path) {
  if (path.size() > kPathBytesMax) return "is longer than 4096 bytes";
  if (holds_control(path)) return "must not hold control characters";
  return std::nullopt;
}

Refusal refuse_claim(std::string_view text) {
  if (text.empty()) return "must not be empty";
  if (text.size() > kClaimBytesMax) return "must be at most 256 bytes";
  if (holds_control(text)) return "must not hold control characters";
  return std::nullopt;
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65535 &&
         text.front() != '0';
}

// RFC 6454: scheme, host and port, nothing behind; lower case, as a browser sends it.
bool is_origin(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const auto scheme = text.substr(0, scheme_end);
  auto host = text.substr(scheme_end + 3);
  const auto is_lower = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (scheme.empty() || scheme.front() > 'z' || scheme.front() < 'a') return false;
  if (!std::ranges::all_of(scheme, [&](char c) { return is_lower(c) || c == '-' || c == '.'; })) {
    return false;
  }
  const auto bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  if (bracket != std::string_view::npos) {
    if (!host.ends_with(']')) return false;
    const auto address = host.substr(1, host.size() - 2);
    // Asio reads an interface behind a %, and ends at a NUL.
    if (address.find_first_not_of("0123456789abcdef:.") != std::string_view::npos) return false;
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(std::string(address), error);
    return !error;
  }
  return !host.empty() && host.front() != '.' &&
         std::ranges::all_of(host, [&](char c) { return is_lower(c) || c == '-' || c == '.'; });
}

}  // namespace

Refusal refuse_listen(const Config& config) {
  const auto endpoint = parse_listen_address(config.listen);
  if (!endpoint) return endpoint.error().message;
  if (!endpoint->address().is_loopback() && !config.listen_in_clear) {
    return "is beyond loopback, in the clear: put a proxy that ends TLS in front and say "
           "listen_in_clear = true, or listen on 127.0.0.1";
  }
  return std::nullopt;
}

Refusal refuse_data(const Config& config) {
  if (config.data.empty()) return "must name a directory";
  return refuse_path(config.data);
}

Refusal refuse_trusted_proxies(const Config& config) {
  const auto ranges = AddressRanges::parse(config.trusted_proxies);
  if (!ranges) return ranges.error().message;
  return std::nullopt;
}

Refusal refuse_app(const Config& config) {
  const auto rules = load_app_profile(config.app);
  if (!rules) return rules.error().message;
  return std::nullopt;
}

Refusal refuse_storage_url(const Config& config) {
  const std::string_view url = config.storage.url;
  if (url.empty() || url == "memory:") return std::nullopt;
  if (url.starts_with("sqlite:")) {
    if (url.size() == std::string_view("sqlite:").size())
      return "must name a directory: sqlite:DIR";
    return refuse_path(url);
  }
  if (url.starts_with("postgres://") || url.starts_with("postgresql://")) return refuse_path(url);
  return "must be empty (SQLite in the data directory), sqlite:DIR, postgres://... or memory:";
}

Refusal refuse_bus_url(const Config& config) {
  if (config.bus.url.empty()) return std::nullopt;
  const auto url = parse_bus_url(config.bus.url);
  if (!url) return url.error().message;
  return std::nullopt;
}

Refusal refuse_bus_ca_file(const Config& config) {
  if (config.bus.ca_file.empty()) return std::nullopt;
  if (!config.bus.url.starts_with("rediss://")) return "is of use with a rediss:// bus.url alone";
  return refuse_path(config.bus.ca_file);
}

Refusal refuse_algorithm(const Config& config) {
  if (config.auth.algorithm != "HS256" && config.auth.private_key_file.empty()) {
    return "needs auth.private_key_file";
  }
  return std::nullopt;
}

Refusal refuse_secret(const Config& config) {
  const std::string_view secret = config.auth.secret;
  if (secret.empty()) return std::nullopt;
  if (config.auth.algorithm != "HS256") return "is of no use with this auth.algorithm: remove it";
  if (secret.size() < kSecretBytesMin) return "must be at least 32 bytes";
  if (secret.size() > 1024) return "must be at most 1024 bytes";
  if (std::ranges::all_of(secret, [&](char c) { return c == secret.front(); })) {
    return "must be random: it is one character over and over";
  }
  return std::nullopt;
}

Refusal refuse_private_key_file(const Config& config) {
  if (config.auth.private_key_file.empty()) return std::nullopt;
  if (config.auth.algorithm == "HS256") return "is of no use with HS256: set auth.algorithm";
  return refuse_path(config.auth.private_key_file);
}

Refusal refuse_public_key_file(const Config& config) {
  if (config.auth.public_key_file.empty()) return std::nullopt;
  if (config.auth.algorithm == "HS256") return "is of no use with HS256: set auth.algorithm";
  return refuse_path(config.auth.public_key_file);
}

Refusal refuse_issuer(const Config& config) {
  return refuse_claim(config.auth.issuer);
}
Refusal refuse_audience(const Config& config) {
  return refuse_claim(config.auth.audience);
}

Refusal refuse_outbound_bytes(const Config& config) {
  const std::uint64_t half = config.limits.outbound_bytes / 2;
  const std::uint64_t page = limits::kReplayPageBytes + 4ull * config.limits.frame_bytes;
  if (half <= page || half <= limits::kHistoryBytesMax) {
    return "is too small: half of it must hold a page of replay and four frames of "
           "limits.frame_bytes";
  }
  return std::nullopt;
}

Refusal refuse_memory_mib(const Config& config) {
  constexpr std::uint32_t kSmallest = 128;
  const std::uint32_t budget = config.limits.memory_mib;
  if (budget != 0 && budget < kSmallest) {
    return "is too small: 0 for no budget, or at least 128; the store's cache alone takes 64";
  }
  return std::nullopt;
}

Refusal refuse_allowed_origins(const Config& config) {
  for (const auto& origin : config.gateway.allowed_origins) {
    if (!is_origin(origin)) {
      return "must list origins as browsers send them, such as https://app.example.com: scheme, "
             "host and port alone, in lower case, no wildcard";
    }
  }
  return std::nullopt;
}

}  // namespace kith
