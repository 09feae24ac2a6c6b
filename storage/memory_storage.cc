#include "storage/memory_storage.h"

#include <sodium.h>

#include "engine/ports/service_accounts.h"
#include "storage/memory_accounts.h"
#include "storage/memory_seed.h"
#include "storage/memory_shard.h"
#include "storage/no_rewards.h"

namespace kith {

namespace {

class ShardPorts final : public ShardStore {
 public:
  ShardPorts(std::shared_ptr<memory::Core> core, CompletionQueue& completions)
      : shard_(std::move(core), completions),
        chats_(memory::make_chats(shard_)),
        accounts_(memory::make_accounts(shard_)),
        rewards_(make_no_rewards(completions)) {}
  EventLog& event_log() override { return shard_; }
  Chats& chats() override { return *chats_; }
  Accounts& accounts() override { return *accounts_; }
  RewardLedger& rewards() override { return *rewards_; }

 private:
  memory::Shard shard_;
  std::unique_ptr<Chats> chats_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<RewardLedger> rewards_;
};

class MemoryStorageImpl final : public MemoryStorage {
 public:
  MemoryStorageImpl(const StorageOptions& options, std::uint64_t seed)
      : core_(std::make_shared<memory::Core>(options, seed)) {}
  ~MemoryStorageImpl() override { close(); }

  std::unique_ptr<ShardStore> for_shard(CompletionQueue& completions) override {
    return std::make_unique<ShardPorts>(core_, completions);
  }
  std::string epoch() const override {
    std::string out;
    append_crockford(out, core_->tables.epoch);
    return out;
  }
  std::string signing_secret() const override { return {}; }
  StorageStats stats() const override {
    const std::lock_guard lock(core_->mutex);
    return core_->stats;
  }
  void close() override {
    const std::lock_guard lock(core_->mutex);
    if (core_->closed) return;
    core_->decide = nullptr;
    for (memory::Shard* shard : core_->shards) shard->drain_locked();
    core_->closed = true;
  }

  Result<Seeded> seed(const SeedRequest& request) override {
    const std::lock_guard lock(core_->mutex);
    return memory::seed(core_->tables, request);
  }
  Result<UserRecord> find_user_now(UserId user) override {
    const std::lock_guard lock(core_->mutex);
    return memory::find_user(core_->tables, user);
  }
  Status renew_epoch() override {
    return fail(ErrorCode::unavailable, "what is in memory cannot have been restored");
  }
  Status grant(UserId user, SystemRole role, WallTime) override {
    const std::lock_guard lock(core_->mutex);
    const auto key = core_->tables.find_user(user);
    if (!key) return fail(ErrorCode::not_found, "no such user");
    core_->tables.users.at(*key).record.role = role;
    return Nothing{};
  }
  Result<ServiceRecord> create_service(const NewService&) override {
    return fail(ErrorCode::unavailable, "what is in memory has no service accounts");
  }

  void set_faults(std::function<MemoryFault(MemoryRequest)> decide) override {
    const std::lock_guard lock(core_->mutex);
    core_->decide = std::move(decide);
  }
  bool release() override {
    const std::lock_guard lock(core_->mutex);
    bool any = false;
    for (memory::Shard* shard : core_->shards) any = shard->release_locked() || any;
    return any;
  }

 private:
  std::shared_ptr<memory::Core> core_;
};

}  // namespace

std::unique_ptr<MemoryStorage> make_memory_storage(StorageOptions options, std::uint64_t seed) {
  KITH_ASSERT(sodium_init() >= 0);
  return std::make_unique<MemoryStorageImpl>(options, seed);
}

std::unique_ptr<Storage> open_memory_storage(StorageOptions options) {
  return make_memory_storage(std::move(options));
}

}  // namespace kith
