// What `kithd seed` makes, in the memory store: users and full rooms, without events (a log begins
// with what people do).
#pragma once

#include "storage/memory_tables.h"

namespace kith::memory {

// bad_request: a room with more members than there are users.
Result<Seeded> seed(Tables& tables, const SeedRequest& request);

}  // namespace kith::memory
