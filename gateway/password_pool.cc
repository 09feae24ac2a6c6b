#include "gateway/password_pool.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace kith {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemoryBytes = 19'456ull * 1024;
constexpr std::chrono::milliseconds kTypicalHash{50};

struct Wiped {
  std::string& text;
  ~Wiped() { sodium_memzero(text.data(), text.size()); }
};

Error no_memory() {
  Error error = fail(ErrorCode::unavailable, "no memory to hash a password");
  error.retry_after = std::chrono::seconds(1);
  return error;
}

PasswordCheck check_password(const std::string& password, const std::string& hash) {
  PasswordCheck out;
  out.matches = crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  out.outdated = crypto_pwhash_str_needs_rehash(hash.c_str(), kPasses, kMemoryBytes) != 0;
  return out;
}

void post(CompletionQueue& shard, Task task) {
  std::vector<Task> tasks;
  tasks.push_back(std::move(task));
  shard.post(std::move(tasks));
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  if (sodium_init() < 0) return no_memory();
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), kPasses, kMemoryBytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return no_memory();
  }
  return std::string(text.data());
}

PasswordPool::PasswordPool(Options options) : options_(options) {
  auto dummy = hash_password("nobody has this password");
  if (!dummy) throw std::runtime_error(dummy.error().message);
  dummy_hash_ = std::move(*dummy);
  for (std::uint32_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), fmt::format("pw-{}", i).c_str());
  }
}

PasswordPool::~PasswordPool() {
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  for (auto& job : dropped) sodium_memzero(job.password.data(), job.password.size());
}

void PasswordPool::hash(std::string password, CompletionQueue& shard, Callback<std::string> done) {
  submit({.password = std::move(password),
          .hash = {},
          .shard = &shard,
          .hashed = std::move(done),
          .checked = {}});
}

void PasswordPool::check(std::string password, std::string hash, CompletionQueue& shard,
                         Callback<PasswordCheck> done) {
  submit({.password = std::move(password),
          .hash = std::move(hash),
          .shard = &shard,
          .hashed = {},
          .checked = std::move(done)});
}

void PasswordPool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < options_.queue_max) {
      queue_.push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  ++refused_;
  const Wiped wiped{job.password};
  Error error = fail(ErrorCode::unavailable, "too many sign-ups and logins at once");
  error.retry_after = retry_after();
  if (job.hashed) {
    post(*job.shard, [done = std::move(job.hashed), error]() mutable { done(error); });
  } else {
    post(*job.shard, [done = std::move(job.checked), error]() mutable { done(error); });
  }
}

// As long as the full queue takes to empty, about.
std::chrono::milliseconds PasswordPool::retry_after() const {
  const auto all = kTypicalHash * options_.queue_max / options_.threads;
  return std::max<std::chrono::milliseconds>(std::chrono::seconds(1), all);
}

void PasswordPool::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    run(job);
    ++done_;
  }
}

void PasswordPool::run(Job& job) const {
  const Wiped wiped{job.password};
  if (job.hashed) {
    post(*job.shard, [done = std::move(job.hashed),
                      result = hash_password(job.password)]() mutable { done(std::move(result)); });
    return;
  }
  const bool known = !job.hash.empty();
  PasswordCheck result = check_password(job.password, known ? job.hash : dummy_hash_);
  if (!known) result = {};
  post(*job.shard, [done = std::move(job.checked), result]() mutable { done(result); });
}

PasswordPool::Stats PasswordPool::stats() const {
  const std::lock_guard lock(mutex_);
  return {.done = done_, .refused = refused_, .queued = queue_.size()};
}

}  // namespace kith
