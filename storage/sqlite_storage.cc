#include "storage/sqlite_storage.h"

#include "protocol/assert.h"
#include "storage/data_directory.h"
#include "storage/sql_command_line.h"
#include "storage/sql_ports.h"
#include "storage/sql_seed.h"
#include "storage/sql_shard_store.h"
#include "storage/sql_worker.h"

namespace kith {
namespace {

class SqliteStorage final : public Storage {
 public:
  SqliteStorage(DataDirectory directory, std::unique_ptr<SqlWorker> worker,
                std::shared_ptr<const RewardRules> rewards)
      : directory_(std::move(directory)),
        worker_(std::move(worker)),
        rewards_(std::move(rewards)) {}
  ~SqliteStorage() override { close(); }

  std::unique_ptr<ShardStore> for_shard(CompletionQueue& completions) override {
    return std::make_unique<SqlShardStore>(worker_->handle(completions), tops_, completions,
                                           rewards_);
  }
  std::string epoch() const override { return directory_.epoch; }
  std::string signing_secret() const override { return {}; }  // a file of the data directory
  StorageStats stats() const override { return worker_->stats(); }
  void close() override {
    worker_->close();
    directory_.lock.reset();
  }

  Result<Seeded> seed(const SeedRequest& request) override {
    std::optional<Result<Seeded>> seeded;
    const Status ran = worker_->run_alone([&](SqliteConnection& db) -> Status {
      seeded = seed_database(db, request);
      return Nothing{};
    });
    if (!ran) return ran.error();
    return std::move(*seeded);
  }
  Result<UserRecord> find_user_now(UserId user) override {
    std::optional<Result<UserRecord>> found;
    const Status ran = worker_->run_alone([&](SqliteConnection& db) -> Status {
      found = unless_failed(db, read_user(db, user));
      return Nothing{};
    });
    if (!ran) return ran.error();
    return std::move(*found);
  }
  Status grant(UserId user, SystemRole role, WallTime now) override {
    return worker_->run_alone(
        [&](SqliteConnection& db) -> Status { return grant_now(db, user, role, now); });
  }
  Result<ServiceRecord> create_service(const NewService& service) override {
    std::optional<Result<ServiceRecord>> made;
    const Status ran = worker_->run_alone([&](SqliteConnection& db) -> Status {
      made = create_service_now(db, service);
      return Nothing{};
    });
    if (!ran) return ran.error();
    return std::move(*made);
  }
  Status renew_epoch() override {
    return worker_->run_alone([](SqliteConnection& db) { return renew_epoch_now(db); });
  }

 private:
  DataDirectory directory_;
  BoardTops tops_;
  std::unique_ptr<SqlWorker> worker_;
  const std::shared_ptr<const RewardRules> rewards_;
};

// Beside a running server, or in its place, for one look.
class SqliteLook final : public Storage {
 public:
  explicit SqliteLook(DataDirectory directory) : directory_(std::move(directory)) {}

  std::unique_ptr<ShardStore> for_shard(CompletionQueue&) override {
    KITH_ASSERT(false);
    return nullptr;
  }
  std::string epoch() const override { return directory_.epoch; }
  std::string signing_secret() const override { return {}; }  // a file of the data directory
  StorageStats stats() const override { return {}; }
  void close() override {}
  Result<Seeded> seed(const SeedRequest&) override { return only_reading(); }
  Result<UserRecord> find_user_now(UserId user) override {
    return unless_failed(*directory_.connection, read_user(*directory_.connection, user));
  }
  Status grant(UserId, SystemRole, WallTime) override { return only_reading(); }
  Result<ServiceRecord> create_service(const NewService&) override { return only_reading(); }
  Status renew_epoch() override { return only_reading(); }

 private:
  static Error only_reading() {
    return fail(ErrorCode::unavailable, "the store was opened for reading only");
  }
  DataDirectory directory_;
};

}  // namespace

Result<std::unique_ptr<Storage>> open_sqlite_storage(const std::string& path,
                                                     StorageOptions options) {
  if (options.read_only) {
    auto directory = look_into_data_directory(path);
    if (!directory) return directory.error();
    return std::unique_ptr<Storage>(std::make_unique<SqliteLook>(std::move(*directory)));
  }
  if (!options.rewards) options.rewards = std::make_shared<const RewardRules>();
  auto directory = open_data_directory(path);
  if (!directory) return directory.error();
  auto worker = SqlWorker::start(
      std::move(directory->connection),
      {.path = directory->database_path,
       .digest_key = directory->digest_key,
       .reader_threads = options.reader_threads,
       .queue_messages_max = options.queue_messages_max,
       .queue_bytes_max = options.queue_bytes_max,
       .checkpoint_pages = options.checkpoint_pages,
       .log_keep = options.log_keep,
       .log_keep_events = options.log_keep_events,
       .notifications_keep = options.notifications_keep,
       .outgoing = options.outgoing,
       .rewards = options.rewards,
       .on_closing = [path, generation =
                                directory->generation] { return note_stopped(path, generation); },
       .on_fatal = std::move(options.on_fatal),
       .on_warning = std::move(options.on_warning)});
  if (!worker) {
    // Closed again, and its log with it: the next start must not miss that.
    if (const Status noted = note_stopped(path, directory->generation); !noted)
      return noted.error();
    return worker.error();
  }
  return std::unique_ptr<Storage>(
      std::make_unique<SqliteStorage>(std::move(*directory), std::move(*worker), options.rewards));
}

}  // namespace kith
