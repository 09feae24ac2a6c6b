// What waits for the writer: a message to append, or any other job.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/ports/event_log.h"

namespace kith {

// A job whose type is known to whoever posted it alone. run() may leave a failure on the
// connection; finish() answers, on the shard.
template <typename Context>
class SqlJob {
 public:
  virtual ~SqlJob() = default;
  virtual bool run(Context& context) = 0;  // false: it refuses, undo what it did
  virtual void fail(Error error) = 0;      // instead of, or in place of, what run() returned
  virtual void finish() = 0;
};
class WriteContext;

// SipHash-2-4 with 128 bits out, of a message's meaning as first sent, keyed with the store's own
// key: tells a retry from a conflict also after edits and erasure, and says nothing of the text to
// who has no key. Its one reader is the sender's own retry. A fifth of BLAKE2b's time on a message.
using MessageDigest = std::array<std::uint8_t, 16>;
using DigestKey = std::array<std::uint8_t, 16>;

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
