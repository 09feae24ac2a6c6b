#include "gateway/socket_quota.h"

namespace kith {

bool ProcessSocketQuota::acquire(const UserId& user) {
  const std::lock_guard lock(mutex_);
  std::uint32_t& count = sockets_[user];
  if (limit_ != 0 && count >= limit_) return false;
  ++count;
  return true;
}

void ProcessSocketQuota::release(const UserId& user) {
  const std::lock_guard lock(mutex_);
  const auto found = sockets_.find(user);
  KITH_ASSERT(found != sockets_.end());
  if (--found->second == 0) sockets_.erase(found);
}

bool ProcessSocketQuota::has_any(const UserId& user) const {
  const std::lock_guard lock(mutex_);
  return sockets_.contains(user);
}

}  // namespace kith
