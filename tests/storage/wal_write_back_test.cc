// The write-ahead log is written back beside the commits: nobody waits for the database's fsync,
// and until it is done the log keeps what was copied.
#include <doctest/doctest.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "faulty_disk.h"
#include "storage/wal_write_back.h"
#include "store_fixture.h"

namespace kith {
namespace {

bool is_log(std::string_view file) {
  return file.ends_with("-wal");
}

// Holds the fsyncs of the database, not those of its log, for as long as it is told to.
class SlowDatabase final : public DiskObserver {
 public:
  void wrote(const std::string&, std::uint64_t, std::string_view) override {}
  void truncated(const std::string&, std::uint64_t) override {}
  void synced(const std::string& path) override {
    if (is_log(path)) return;
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    --waiting_;
  }

  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  bool await_waiting() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int waiting_ = 0;
};

StorageOptions small_log() {
  StorageOptions options;
  options.checkpoint_pages = 20;
  return options;
}

}  // namespace

TEST_CASE("commits go on while a checkpoint waits for the disk") {
  FaultyDisk disk;
  SlowDatabase slow;
  StoreFixture store("sqlite:", small_log());
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  disk.observer = &slow;
  slow.hold(true);
  int sent = 0;
  const auto say = [&] { store.say(ada, chat, std::string(3'000, 'x') + std::to_string(sent++)); };
  for (int i = 0; i < 30; ++i) say();  // more than 20 pages
  REQUIRE(slow.await_waiting());
  const std::uint64_t checkpoints = store.storage().stats().checkpoints;
  for (int i = 0; i < 200; ++i) say();  // acked while the database's fsync hangs
  CHECK(store.storage().stats().checkpoints == checkpoints);

  slow.hold(false);
  for (int i = 0; i < 2'000 && store.storage().stats().checkpoints < checkpoints + 3; ++i) say();
  CHECK(store.storage().stats().checkpoints >= checkpoints + 3);
  CHECK(store->attach(chat, ada.key)->head >= static_cast<Seq>(sent));
  disk.observer = nullptr;
}

TEST_CASE("the log starts anew behind a checkpoint, but not before the disk has all of it") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "some.db";
  using enum SqliteConnection::Mode;
  REQUIRE(SqliteConnection::open(path, create).ok());
  auto writer = SqliteConnection::open(path, write);
  auto pin = SqliteConnection::open(path, read);
  REQUIRE(writer.ok());
  REQUIRE(pin.ok());
  SqliteConnection& db = **writer;
  const auto insert = [&] { CHECK(db.run_script("INSERT INTO t VALUES(zeroblob(3000))")); };
  REQUIRE(db.run_script("CREATE TABLE t(a)"));
  for (int i = 0; i < 20; ++i) insert();
  const int pages = db.wal_pages();

  WalWriteBack back(std::move(*pin), [] {});
  REQUIRE(back.begin(db));
  insert();
  CHECK(db.wal_pages() > pages);
  CHECK(back.end() == SQLITE_OK);
  CHECK_FALSE(back.running());
  // What came meanwhile is still to be copied; then nothing holds the log.
  REQUIRE(back.begin(db));
  CHECK(back.end() == SQLITE_OK);
  insert();
  CHECK(db.wal_pages() < pages);
}

TEST_CASE("a failed fsync of the database ends the process, and its log is left as it is") {
  FaultyDisk disk;
  SlowDatabase slow;
  std::mutex mutex;
  std::condition_variable told;
  std::vector<std::string> reasons;
  StorageOptions options = small_log();
  options.on_fatal = [&](const std::string& reason) {
    const std::lock_guard lock(mutex);
    reasons.push_back(reason);
    told.notify_all();
  };
  StoreFixture store("sqlite:", options);
  const UserRecord ada = store.add_user("Ada");
  const ChatId chat = store.add_group({ada});
  disk.database_fsync_fails = true;
  bool refused = false;
  for (int i = 0; i < 2'000 && !refused; ++i) {
    refused = !store->append(store.message(ada, chat, std::string(3'000, 'x')));
  }
  {
    std::unique_lock lock(mutex);
    REQUIRE(told.wait_for(lock, kPatience, [&] { return !reasons.empty(); }));
    CHECK(reasons.size() == 1);
    CHECK(reasons[0].find("fsync") != std::string::npos);
  }
  disk.writes_after_failed_fsync = 0;
  CHECK(outcome(store->append(store.message(ada, chat, "later"))) == "unavailable");
  CHECK(disk.writes_after_failed_fsync == 0);
  CHECK_FALSE(store.storage().stats().healthy);
}

}  // namespace kith
