#include "storage/postgres_storage.h"

#include "protocol/assert.h"
#include "storage/postgres_database.h"
#include "storage/postgres_pool.h"
#include "storage/sql_command_line.h"
#include "storage/sql_seed.h"
#include "storage/sql_shard_store.h"

namespace kith {
namespace {

PostgresOptions connection_options(const StorageOptions& options) {
  return {.url = options.url, .accept_acked_loss = options.accept_acked_loss};
}

class PostgresStorage final : public Storage {
 public:
  // No pool: opened for reading only.
  PostgresStorage(PostgresOptions connection, PostgresDatabase database,
                  std::unique_ptr<PostgresPool> pool, std::shared_ptr<const RewardRules> rewards)
      : connection_(std::move(connection)),
        database_(std::move(database)),
        pool_(std::move(pool)),
        rewards_(std::move(rewards)) {}
  ~PostgresStorage() override { close(); }

  std::unique_ptr<ShardStore> for_shard(CompletionQueue& completions) override {
    KITH_ASSERT(pool_ != nullptr);
    return std::make_unique<SqlShardStore>(pool_->handle(completions), tops_, completions,
                                           rewards_);
  }
  std::string epoch() const override { return database_.epoch; }
  std::string signing_secret() const override { return database_.signing_secret; }
  StorageStats stats() const override { return pool_ ? pool_->stats() : StorageStats{}; }
  void close() override {
    if (pool_) pool_->close();
  }

  // The command line's, each on a connection of its own.
  Result<Seeded> seed(const SeedRequest& request) override {
    if (pool_ == nullptr) return only_reading();
    PostgresConnection db(connection_);
    if (const Status connected = db.connect(); !connected) return connected.error();
    return seed_database(db, request);
  }
  Result<UserRecord> find_user_now(UserId user) override {
    PostgresConnection db(connection_);
    if (const Status connected = db.connect(); !connected) return connected.error();
    return unless_failed(db, read_user(db, user));
  }
  Status grant(UserId user, SystemRole role, WallTime now) override {
    if (pool_ == nullptr) return only_reading();
    PostgresConnection db(connection_);
    if (const Status connected = db.connect(); !connected) return connected.error();
    return grant_now(db, user, role, now);
  }
  Result<ServiceRecord> create_service(const NewService& service) override {
    if (pool_ == nullptr) return only_reading();
    PostgresConnection db(connection_);
    if (const Status connected = db.connect(); !connected) return connected.error();
    return create_service_now(db, service);
  }
  Status renew_epoch() override {
    if (pool_ == nullptr) return only_reading();
    PostgresConnection db(connection_);
    if (const Status connected = db.connect(); !connected) return connected.error();
    return renew_epoch_now(db);
  }

 private:
  static Error only_reading() {
    return fail(ErrorCode::unavailable, "the store was opened for reading only");
  }

  const PostgresOptions connection_;
  const PostgresDatabase database_;
  BoardTops tops_;
  std::unique_ptr<PostgresPool> pool_;
  const std::shared_ptr<const RewardRules> rewards_;
};

}  // namespace

Result<std::unique_ptr<Storage>> open_postgres_storage(StorageOptions options) {
  if (!options.rewards) options.rewards = std::make_shared<const RewardRules>();
  const PostgresOptions connection = connection_options(options);
  auto database = options.read_only ? look_into_postgres_database(connection)
                                    : open_postgres_database(connection);
  if (!database) return database.error();
  std::unique_ptr<PostgresPool> pool;
  if (!options.read_only) {
    pool = std::make_unique<PostgresPool>(
        PostgresPool::Options{.connection = connection,
                              .digest_key = database->digest_key,
                              .writer_threads = options.writer_threads,
                              .reader_threads = options.reader_threads,
                              .queue_messages_max = options.queue_messages_max,
                              .queue_bytes_max = options.queue_bytes_max,
                              .trimming = {.keep = options.log_keep,
                                           .keep_events = options.log_keep_events,
                                           .keep_notifications = options.notifications_keep},
                              .outgoing = options.outgoing,
                              .rewards = options.rewards,
                              .history = database->history,
                              .history_look_interval = options.history_look_interval,
                              .on_warning = std::move(options.on_warning),
                              .on_history_gone = std::move(options.on_history_gone)});
  }
  return std::unique_ptr<Storage>(std::make_unique<PostgresStorage>(
      connection, std::move(*database), std::move(pool), options.rewards));
}

}  // namespace kith
