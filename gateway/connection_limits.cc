#include "gateway/connection_limits.h"

#include "protocol/assert.h"

namespace kith {

bool ConnectionLimits::admit(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  if (options_.pending_handshakes > 0 && pending_ >= options_.pending_handshakes) return false;
  if (options_.per_address > 0 && !address.is_loopback()) {
    std::uint32_t& count = per_address_[address];
    if (count >= options_.per_address) return false;
    ++count;
  }
  ++pending_;
  return true;
}

void ConnectionLimits::settled() {
  const std::lock_guard lock(mutex_);
  KITH_ASSERT(pending_ > 0);
  --pending_;
}

void ConnectionLimits::hold(const boost::asio::ip::address& address) {
  if (options_.per_address == 0 || address.is_loopback()) return;
  const std::lock_guard lock(mutex_);
  ++per_address_[address];
}

void ConnectionLimits::release(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  const auto it = per_address_.find(address);
  if (it == per_address_.end()) return;
  if (--it->second == 0) per_address_.erase(it);
}

}  // namespace kith
