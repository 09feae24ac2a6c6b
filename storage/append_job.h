// What waits for the writer: a message to append, or any other job.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/ports/event_log.h"

namespace kith {

template <typename Context>
class SqlJob;
class WriteContext;

// BLAKE2b-128 of a message's meaning as first sent, keyed with the store's own key: tells a retry
// from a conflict also after edits and erasure, and equal texts of two stores look different.
using MessageDigest = std::array<std::uint8_t, 16>;

struct AppendJob {
  Append append;
  AppendCallback done;
  MessageDigest digest{};
  std::optional<Result<Appended>> outcome;
};

struct QueuedWrite {
  // One of the two: appends are the many, so they lie in the vector itself.
  std::optional<AppendJob> append;
  std::unique_ptr<SqlJob<WriteContext>> job;
  std::size_t bytes = 0;
};

}  // namespace kith
