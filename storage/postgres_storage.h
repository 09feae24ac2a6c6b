// The store on Postgres, shared by as many nodes as there are: writing threads and reading threads,
// each with its own connection.
//
// A message goes to the writing thread that its chat falls to by hash, and so does every change of
// that chat: what one shard asks of one chat runs in the order of the calls. Everything else has as
// many threads again, the first of which has what concerns no one channel (accounts, audit,
// delivered marks, upkeep), in its order: an activity is a dozen round trips and a step of upkeep a
// hundred, which messages do not wait behind. There is no order between threads.
#pragma once

#include <memory>

#include "storage/open_storage.h"

namespace kith {

// Errors as open_storage() has them. With options.read_only only find_user_now(), epoch() and
// signing_secret() may be used.
Result<std::unique_ptr<Storage>> open_postgres_storage(StorageOptions options);

}  // namespace kith
