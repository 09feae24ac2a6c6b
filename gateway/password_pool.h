// Hashes and checks passwords away from the shards: Argon2id with OWASP's parameters (m = 19,456
// KiB, t = 2, p = 1) over libsodium, on a bounded pool of threads "pw-N". One hash keeps a core
// busy for some tens of milliseconds and holds 19 MiB, so memory is `threads` times that, and a
// flood of logins fills the queue and is told when to come back, while messages flow on.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/completion_queue.h"
#include "protocol/result.h"

namespace kith {

// libsodium's crypto_pwhash_str text. Blocks as long as a hash takes; for the command line and the
// pool. Errors: unavailable where there is no memory for it.
Result<std::string> hash_password(std::string_view password);

struct PasswordCheck {
  bool matches = false;
  bool outdated = false;  // made with other parameters: hash it anew now that the password is known
};

class PasswordPool {
 public:
  struct Options {
    std::uint32_t threads = 2;
    std::uint32_t queue_max = 128;  // waiting, beside those being worked on
  };
  struct Stats {
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    std::uint64_t queued = 0;
  };

  explicit PasswordPool(Options options);
  // Finishes what is being worked on; what waits is dropped without an answer.
  ~PasswordPool();
  PasswordPool(const PasswordPool&) = delete;
  PasswordPool& operator=(const PasswordPool&) = delete;

  // From any thread, never blocks. `done` runs on the shard whose queue is given, which outlives
  // the pool. Errors: unavailable with retry_after where the queue is full, or memory is short.
  void hash(std::string password, CompletionQueue& shard, Callback<std::string> done);
  // An empty `hash` is that of a user who does not exist: it takes as long and never matches, so
  // that the time of an answer tells nobody who has an account.
  void check(std::string password, std::string hash, CompletionQueue& shard,
             Callback<PasswordCheck> done);

  Stats stats() const;

 private:
  struct Job {
    std::string password;
    std::string hash;  // to check against
    CompletionQueue* shard = nullptr;
    Callback<std::string> hashed;  // one of the two
    Callback<PasswordCheck> checked;
  };

  void submit(Job job);
  void work();
  void run(Job& job) const;
  std::chrono::milliseconds retry_after() const;

  const Options options_;
  std::string dummy_hash_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;  // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace kith
