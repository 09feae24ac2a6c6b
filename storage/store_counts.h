// How a writer counts what it has committed (StorageStats).
#pragma once

#include <chrono>
#include <cstddef>

#include "engine/ports/storage_stats.h"

namespace kith {

struct CommittedBatch {
  std::size_t messages = 0;
  std::size_t jobs = 0;  // others
  std::chrono::duration<double> took{};
};
void count_commit(StorageStats& stats, const CommittedBatch& batch);

// What several writers of one store have counted together; healthy where all are.
void add_counts(StorageStats& sum, const StorageStats& writer);

}  // namespace kith
