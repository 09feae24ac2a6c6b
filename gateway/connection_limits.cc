#include "gateway/connection_limits.h"

#include <limits>

#include "protocol/assert.h"

namespace kith {

bool ConnectionLimits::counts(const Address& address) const {
  return options_.per_address > 0 && !address.is_loopback() &&
         !options_.trusted_proxies.contains(address);
}

std::optional<ConnectionLimits::Place> ConnectionLimits::take(const Address& address,
                                                              std::uint32_t limit) {
  if (!counts(address)) return Place();
  const auto count = per_address_.try_emplace(address, 0).first;
  if (count->second >= limit) return std::nullopt;
  ++count->second;
  return Place(*this, count);
}

std::optional<ConnectionLimits::Place> ConnectionLimits::admit(const Address& address) {
  const std::lock_guard lock(mutex_);
  if (options_.pending_handshakes > 0 && pending_ >= options_.pending_handshakes) {
    return std::nullopt;
  }
  auto place = take(address, options_.per_address);
  if (place) ++pending_;
  return place;
}

void ConnectionLimits::settled() {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(pending_ > 0);
  --pending_;
}

std::optional<ConnectionLimits::Place> ConnectionLimits::keep(const Address& peer,
                                                              const Address& client) {
  const std::lock_guard lock(mutex_);
  // The connection's own place is given back right behind the handshake.
  const bool counted = peer == client;
  return take(client, counted ? std::numeric_limits<std::uint32_t>::max() : options_.per_address);
}

void ConnectionLimits::release(Counts::iterator count) {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(count->second > 0);
  if (--count->second == 0) per_address_.erase(count);
}

}  // namespace kith
