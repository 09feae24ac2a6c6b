// Remembers the client ids of messages seen lately, so that most repeats are looked up before they
// make an insert fail. A hint only: keyed hashes of (client id, sender, chat), overwritten by
// whichever comes later.
//
// Thread: the writer's.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/ports/event_log.h"

namespace kith {

class RecentAppends {
 public:
  RecentAppends();
  // Was it seen? From here on it was.
  bool seen(const Append& append);

 private:
  std::vector<std::uint64_t> hashes_;
  std::array<std::uint8_t, 16> key_{};
};

}  // namespace kith
