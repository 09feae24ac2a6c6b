#include "gateway/password_pool.h"

#include <doctest/doctest.h>
#include <sodium.h>

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace kith {
namespace {

// A shard that runs what it is given when the test says so.
class QueueShard final : public CompletionQueue {
 public:
  void post(std::vector<Task> tasks) override {
    const std::lock_guard lock(mutex_);
    for (auto& task : tasks) tasks_.push_back(std::move(task));
    wake_.notify_all();
  }
  void run_one() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !tasks_.empty(); });
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return tasks_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
};

std::string hash_on(PasswordPool& pool, QueueShard& shard, const std::string& password) {
  std::string out;
  pool.hash(password, shard, [&](Result<std::string> hash) {
    REQUIRE(hash);
    out = *hash;
  });
  shard.run_one();
  return out;
}

PasswordCheck check_on(PasswordPool& pool, QueueShard& shard, const std::string& password,
                       const std::string& hash) {
  std::optional<PasswordCheck> out;
  pool.check(password, hash, shard, [&](Result<PasswordCheck> check) {
    REQUIRE(check);
    out = *check;
  });
  shard.run_one();
  REQUIRE(out);
  return *out;
}

}  // namespace

TEST_CASE("a password matches its own hash and no other") {
  QueueShard shard;
  PasswordPool pool({.threads = 1, .queue_max = 8});
  const auto hash = hash_on(pool, shard, "correct horse");
  CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(hash_on(pool, shard, "correct horse") != hash);

  CHECK(check_on(pool, shard, "correct horse", hash).matches);
  CHECK_FALSE(check_on(pool, shard, "correct horse", hash).outdated);
  CHECK_FALSE(check_on(pool, shard, "correct hors", hash).matches);
  CHECK_FALSE(check_on(pool, shard, "", hash).matches);
  CHECK_FALSE(check_on(pool, shard, "correct horse", "").matches);  // no such user
  CHECK_FALSE(check_on(pool, shard, "nobody has this password", "").matches);
  CHECK_FALSE(check_on(pool, shard, "correct horse", "no hash").matches);

  const std::string long_password(256, 'p');
  const auto long_hash = hash_on(pool, shard, long_password);
  CHECK(check_on(pool, shard, long_password, long_hash).matches);
  CHECK_FALSE(check_on(pool, shard, long_password.substr(0, 255), long_hash).matches);
}

TEST_CASE("a hash of other parameters still matches and is said to be outdated") {
  QueueShard shard;
  PasswordPool pool({.threads = 1, .queue_max = 8});
  std::array<char, crypto_pwhash_STRBYTES> weaker{};
  REQUIRE(crypto_pwhash_str_alg(weaker.data(), "password", 8, 1, 8192 * 1024,
                                crypto_pwhash_ALG_ARGON2ID13) == 0);
  const auto check = check_on(pool, shard, "password", weaker.data());
  CHECK(check.matches);
  CHECK(check.outdated);
}

TEST_CASE("when the queue is full the next is told when to come back, and all others are served") {
  QueueShard shard;
  constexpr std::uint32_t kQueue = 4;
  PasswordPool pool({.threads = 1, .queue_max = kQueue});
  int served = 0;
  int refused = 0;
  bool inside = true;
  constexpr int kAll = 32;
  for (int i = 0; i < kAll; ++i) {
    pool.hash("password", shard, [&](Result<std::string> hash) {
      CHECK_FALSE(inside);  // never from inside the call
      if (hash) {
        ++served;
        return;
      }
      ++refused;
      CHECK(hash.error().code == ErrorCode::unavailable);
      REQUIRE(hash.error().retry_after);
      CHECK(*hash.error().retry_after >= std::chrono::seconds(1));
    });
  }
  inside = false;
  for (int i = 0; i < kAll; ++i) shard.run_one();
  CHECK(served + refused == kAll);
  CHECK(served >= static_cast<int>(kQueue));
  CHECK(refused > 0);
  CHECK(pool.stats().refused == static_cast<std::uint64_t>(refused));
  CHECK(pool.stats().queued == 0);
}

TEST_CASE("a pool that goes drops what waits, without an answer") {
  QueueShard shard;
  int answers = 0;
  {
    PasswordPool pool({.threads = 1, .queue_max = 100});
    for (int i = 0; i < 100; ++i) {
      pool.check("password", "", shard, [&](Result<PasswordCheck>) { ++answers; });
    }
  }
  while (!shard.empty()) shard.run_one();
  CHECK(answers < 100);
}

}  // namespace kith
