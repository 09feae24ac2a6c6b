// How many sockets each user has, over all shards of the process. Any thread: called once when a
// socket has shown its token and once when it goes.
#pragma once

#include <mutex>
#include <unordered_map>

#include "engine/ports/authenticator.h"

namespace kith {

class ProcessSocketQuota final : public SocketQuota {
 public:
  // 0: no limit; they are counted all the same.
  explicit ProcessSocketQuota(std::uint32_t sockets_per_user) : limit_(sockets_per_user) {}

  bool acquire(const UserId& user) override;
  void release(const UserId& user) override;
  bool has_any(const UserId& user) const;

 private:
  const std::uint32_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<UserId, std::uint32_t, IdHash> sockets_;
};

}  // namespace kith
