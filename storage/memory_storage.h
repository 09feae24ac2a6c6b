// The store of `memory:`: every port over plain containers, gone with the process. Held to the same
// contract suite as the SQL adapters (tests/storage), so that what engine tests and simulations
// learn on it is true of them.
//
// It has no thread and no clock of its own. A request is carried out inside the call that makes it
// (appends: inside submit(), or ahead of the same shard's next change) and its answer is posted to
// the shard's CompletionQueue. Same calls in the same order: same answers, ids and epoch included.
//
// Thread: shards of one process may share it, a mutex inside serialises them. Posting happens under
// that mutex: a CompletionQueue does not run its tasks inside post().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "storage/open_storage.h"

namespace kith {

enum class MemoryRequest : std::uint8_t { append, change, read };

// What befalls a request. Requests of one shard form two lines, one of appends and changes, one of
// reads; a request that is delayed holds up what comes behind it in its line, never the other line.
enum class MemoryFault : std::uint8_t {
  none,
  refuse,        // answered `unavailable`, nothing done
  lose_answer,   // carried out, and answered `unavailable` all the same
  delay_commit,  // not carried out before release()
  delay_answer,  // carried out, answered after release()
};

class MemoryStorage : public Storage {
 public:
  // Asked once for every request as it comes to the head of its line; empty: no faults. Called
  // under the store's mutex, so it must not call the store.
  virtual void set_faults(std::function<MemoryFault(MemoryRequest)> decide) = 0;
  // Lets the delayed head of each line go. True: something was delayed.
  virtual bool release() = 0;
};

// `seed`: of the epoch and of the notification ids that the store makes.
std::unique_ptr<MemoryStorage> make_memory_storage(StorageOptions options, std::uint64_t seed = 1);
// What open_storage() answers for `memory:`.
std::unique_ptr<Storage> open_memory_storage(StorageOptions options);

}  // namespace kith
