// The ways out that the configuration names, running.
#pragma once

#include <functional>
#include <memory>

#include "gateway/config.h"
#include "gateway/outgoing/outgoing_lane.h"

namespace kith {

class Courier {
 public:
  // `seen` may be null.
  Courier(const Config& config, const OpenOutbox& open,
          std::function<bool(const UserId&)> has_socket, SeenNotices* seen);
  // Before the store is closed.
  void stop();
  OutgoingStats stats() const;

 private:
  std::unique_ptr<OutgoingLane> web_hook_;  // null: not configured
  std::unique_ptr<OutgoingLane> email_;
  std::unique_ptr<OutgoingLane> content_filter_;
};

}  // namespace kith
