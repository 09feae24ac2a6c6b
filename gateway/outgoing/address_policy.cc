#include "gateway/outgoing/address_policy.h"

#include <algorithm>
#include <array>

namespace kith {
namespace {

namespace ip = boost::asio::ip;

struct Range4 {
  std::uint32_t base;
  unsigned bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array kNotPublic4 = {
    Range4{v4(0, 0, 0, 0), 8},        // this network
    Range4{v4(10, 0, 0, 0), 8},       // private
    Range4{v4(100, 64, 0, 0), 10},    // carrier-grade NAT
    Range4{v4(127, 0, 0, 0), 8},      // loopback
    Range4{v4(169, 254, 0, 0), 16},   // link-local; metadata of clouds
    Range4{v4(172, 16, 0, 0), 12},    // private
    Range4{v4(192, 0, 0, 0), 24},     // IETF protocol assignments
    Range4{v4(192, 0, 2, 0), 24},     // documentation
    Range4{v4(192, 88, 99, 0), 24},   // 6to4 relays, deprecated
    Range4{v4(192, 168, 0, 0), 16},   // private
    Range4{v4(198, 18, 0, 0), 15},    // benchmarking
    Range4{v4(198, 51, 100, 0), 24},  // documentation
    Range4{v4(203, 0, 113, 0), 24},   // documentation
    Range4{v4(224, 0, 0, 0), 4},      // multicast
    Range4{v4(240, 0, 0, 0), 4},      // reserved, broadcast
};

bool is_public4(const ip::address_v4& address) {
  const std::uint32_t number = address.to_uint();
  return std::ranges::none_of(kNotPublic4, [number](const Range4& range) {
    return (number ^ range.base) >> (32 - range.bits) == 0;
  });
}

// 2000::/3 is all that is given out; of that not what stands for something else.
bool is_public6(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  const unsigned first = bytes[0] * 256U + bytes[1];
  const unsigned second = bytes[2] * 256U + bytes[3];
  if (first >> 13 != 1) return false;
  if (first == 0x2001 && second < 0x0200) return false;   // 2001::/23: Teredo, ORCHID, ...
  if (first == 0x2001 && second == 0x0db8) return false;  // documentation
  if (first == 0x2002) return false;                      // 6to4
  if (first == 0x3fff && second < 0x1000) return false;   // documentation
  return true;
}

}  // namespace

bool is_public_address(const ip::address& address) {
  const ip::address plain = unmapped(address);
  return plain.is_v4() ? is_public4(plain.to_v4()) : is_public6(plain.to_v6());
}

}  // namespace kith
