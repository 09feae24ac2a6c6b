#include "storage/epoch.h"

#include <sodium.h>

#include "protocol/ids.h"

namespace kith {

std::string new_epoch() {
  UuidGenerator generator([] {
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof bits);
    return bits;
  });
  std::string epoch;
  append_crockford(epoch, generator.next(std::chrono::time_point_cast<std::chrono::milliseconds>(
                              std::chrono::system_clock::now())));
  return epoch;
}

}  // namespace kith
