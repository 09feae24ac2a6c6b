#include "storage/postgres_closing.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "protocol/assert.h"

namespace kith {

PostgresClosing::PostgresClosing() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

PostgresClosing::~PostgresClosing() {
  ::close(descriptor_);
}

void PostgresClosing::begin() {
  if (begun_.exchange(true)) return;
  KITH_ASSERT(eventfd_write(descriptor_, 1) == 0);
}

}  // namespace kith
