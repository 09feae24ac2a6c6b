#include "gateway/bus_url.h"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>
#include <optional>
#include <utility>

namespace kith {

namespace {

constexpr std::size_t kUrlBytesMax = 2048;

Error refuse(std::string reason) {
  return fail(ErrorCode::bad_request, std::move(reason));
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// RFC 3986 section 2.1; control characters stay out also where they are encoded.
std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (!high || !low) return std::nullopt;
      byte = static_cast<unsigned char>(*high * 16 + *low);
      i += 2;
    }
    if (byte < 0x20 || byte == 0x7f) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || port == 0 || text.front() == '0') return std::nullopt;
  return port;
}

bool is_host(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= 253 && host.front() != '.' &&
         std::ranges::all_of(host, allowed);
}

bool is_address_v6(std::string_view text) {
  // Asio reads an interface behind a %, and ends at a NUL.
  if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(std::string(text), error);
  return !error;
}

Status parse_login(std::string_view login, BusUrl& out) {
  const auto colon = login.find(':');
  if (colon == std::string_view::npos) {
    return refuse("must have a password behind its user: USER:PASSWORD@ or :PASSWORD@");
  }
  auto user = decode(login.substr(0, colon));
  auto password = decode(login.substr(colon + 1));
  if (!user || !password || login.find(':', colon + 1) != std::string_view::npos) {
    return refuse("must have its user and password percent-encoded, without control characters");
  }
  if (password->empty()) return refuse("must not have an empty password");
  out.user = *std::move(user);
  out.password = *std::move(password);
  return Nothing{};
}

Status parse_place(std::string_view place, BusUrl& out) {
  std::string_view port;
  const auto close = place.starts_with('[') ? place.find(']') : std::string_view::npos;
  const auto colon = place.find(':', close == std::string_view::npos ? 0 : close);
  if (colon != std::string_view::npos) {
    port = place.substr(colon + 1);
    place = place.substr(0, colon);
    const auto number = parse_port(port);
    if (!number) return refuse("must have a port between 1 and 65535");
    out.port = *number;
  }
  if (close != std::string_view::npos && place.size() == close + 1) {
    out.host = place.substr(1, close - 1);
    if (is_address_v6(out.host)) return Nothing{};
  } else if (is_host(place)) {
    out.host = place;
    return Nothing{};
  }
  return refuse("must name a host or a literal address, IPv6 in brackets");
}

}  // namespace

Result<BusUrl> parse_bus_url(std::string_view url) {
  BusUrl out;
  if (url.size() > kUrlBytesMax) return refuse("is longer than a URL may be");
  if (url.starts_with("rediss://")) {
    out.tls = true;
    url.remove_prefix(9);
  } else if (url.starts_with("redis://")) {
    url.remove_prefix(8);
  } else {
    return refuse("must be empty, redis://[USER:PASSWORD@]HOST[:PORT] or rediss://...");
  }
  const auto at = url.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view login = url.substr(0, at);
    if (login.find_first_of("@/?#") != std::string_view::npos) {
      return refuse("must have @ / ? and # in its user and password percent-encoded");
    }
    if (auto parsed = parse_login(login, out); !parsed) return parsed.error();
    url.remove_prefix(at + 1);
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.find_first_of("/?#") != std::string_view::npos) {
    return refuse("must end with the host and port: Pub/Sub knows no databases and no options");
  }
  if (auto parsed = parse_place(url, out); !parsed) return parsed.error();
  return out;
}

}  // namespace kith
