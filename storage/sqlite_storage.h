// The embedded store: one data directory, one writer thread, a few readers.
#pragma once

#include <memory>
#include <string>

#include "storage/open_storage.h"

namespace kith {

// Errors as open_storage() has them. With options.read_only only find_user_now() and epoch() may be
// used; seed() and grant() answer unavailable.
Result<std::unique_ptr<Storage>> open_sqlite_storage(const std::string& directory,
                                                     StorageOptions options);

}  // namespace kith
