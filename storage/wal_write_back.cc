#include "storage/wal_write_back.h"

#include <pthread.h>

#include <utility>

namespace kith {

WalWriteBack::WalWriteBack(std::unique_ptr<SqliteConnection> pin, std::function<void()> on_synced)
    : pin_(std::move(pin)), on_synced_(std::move(on_synced)), thread_([this] {
        pthread_setname_np(pthread_self(), "store-sync");
        sync();
      }) {}

WalWriteBack::~WalWriteBack() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool WalWriteBack::begin(SqliteConnection& writer) {
  // A snapshot is taken at the first read; while the log is not wholly written back, it is one of
  // the log.
  pin_->begin_read(SqlConnection::Snapshot::one);
  pin_->query("SELECT 1 FROM sqlite_schema LIMIT 1").next();
  if (pin_->failure()) {  // no memory, no descriptor: SQLite's own way needs neither
    pin_->rollback();
    pin_->clear_failure();
    return writer.checkpoint(SqliteConnection::Checkpoint::passive);
  }
  bool copied = false;
  if (writer.run_script("PRAGMA synchronous = OFF")) {
    copied = writer.checkpoint(SqliteConnection::Checkpoint::passive);
    copied = writer.run_script("PRAGMA synchronous = FULL") && copied;
  }
  if (!copied) {
    pin_->rollback();
    return false;
  }
  running_ = true;
  {
    const std::lock_guard lock(mutex_);
    asked_ = true;
  }
  changed_.notify_all();
  return true;
}

bool WalWriteBack::synced() {
  const std::lock_guard lock(mutex_);
  return running_ && !asked_;
}

int WalWriteBack::end() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !asked_; });
  running_ = false;
  if (outcome_ == SQLITE_OK) pin_->commit();
  return outcome_;
}

void WalWriteBack::sync() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return asked_ || closing_; });
    if (!asked_) return;
    lock.unlock();
    const int outcome = pin_->sync_database();
    lock.lock();
    outcome_ = outcome;
    asked_ = false;
    changed_.notify_all();
    lock.unlock();
    on_synced_();
    lock.lock();
  }
}

}  // namespace kith
