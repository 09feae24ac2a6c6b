// Who wants to know that a user has been given a notification on a socket: what would send it out
// of the server otherwise. On the shard's thread, once per notification and shard with a socket of
// the user's that follows; never blocks.
#pragma once

#include <string_view>

#include "protocol/ids.h"

namespace kith {

class NoticeWitness {
 public:
  virtual ~NoticeWitness() = default;
  // `notification` is the object, as the event notification.new holds it.
  virtual void saw(const UserId& user, std::string_view notification) = 0;
};

}  // namespace kith
