#include "gateway/config_address.h"

#include <algorithm>
#include <charconv>

namespace kith {
namespace ip = boost::asio::ip;
namespace {

constexpr unsigned kMappedBits = 96;  // of ::ffff:0:0/96, in front of the IPv4 address

std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > most) {
    return std::nullopt;
  }
  return value;
}

std::optional<ip::address> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // Asio would stop there
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return address;
}

// Both of one family.
template <typename Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  const auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<unsigned>(0xff00u >> (bits % 8)) & 0xffu;
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

}  // namespace

Result<ip::tcp::endpoint> parse_listen_address(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorCode::bad_request,
                "must be HOST:PORT with a literal address, such as 127.0.0.1:8080 or [::1]:8080");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  auto host = text.substr(0, colon);
  const auto port = parse_number(text.substr(colon + 1), 65535);
  if (!port) return wrong();
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  const auto address = parse_address(host);
  if (!address || address->is_v6() != bracketed) return wrong();
  return ip::tcp::endpoint(*address, static_cast<std::uint16_t>(*port));
}

ip::address unmapped(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  const unsigned width = base->is_v4() ? 32 : 128;
  auto bits = std::optional(width);
  if (slash != std::string_view::npos) bits = parse_number(text.substr(slash + 1), width);
  if (!bits) return std::nullopt;
  AddressRange range;
  // What is looked for comes unmapped, so a mapped base is kept as IPv4 too.
  range.base_ = unmapped(*base);
  const bool mapped = range.base_ != *base;
  if (mapped && *bits < kMappedBits) return std::nullopt;
  range.prefix_bits_ = mapped ? *bits - kMappedBits : *bits;
  return range;
}

bool AddressRange::contains(const ip::address& address) const {
  const auto plain = unmapped(address);
  if (plain.is_v4() != base_.is_v4()) return false;
  if (plain.is_v4()) {
    return same_prefix(plain.to_v4().to_bytes(), base_.to_v4().to_bytes(), prefix_bits_);
  }
  return same_prefix(plain.to_v6().to_bytes(), base_.to_v6().to_bytes(), prefix_bits_);
}

Result<AddressRanges> AddressRanges::parse(const std::vector<std::string>& texts) {
  AddressRanges out;
  for (const auto& text : texts) {
    const auto range = AddressRange::parse(text);
    if (!range) {
      return fail(ErrorCode::bad_request,
                  "must list addresses or ranges, such as 127.0.0.1 or 10.0.0.0/8");
    }
    out.ranges_.push_back(*range);
  }
  return out;
}

bool AddressRanges::contains(const ip::address& address) const {
  return std::ranges::any_of(ranges_, [&](const AddressRange& r) { return r.contains(address); });
}

}  // namespace kith
