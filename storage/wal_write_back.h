// Writes the write-ahead log back beside the commits.
//
// A checkpoint of SQLite's own copies pages into the database and then waits for the disk, with
// every commit behind it: 15 to 60 ms for 4,000 pages where a commit's own fsync takes 0.6. Here
// the writer only copies (`synchronous = OFF` for that moment), and a thread waits for the disk.
// Until it has, a snapshot of a connection that does nothing else keeps the log from starting anew
// (sqlite.org/walformat.html section 2.4: it is reset where no reader uses it), so everything that
// was copied is still in the log, where its commit made it durable.
//
// Thread: the writer's, but for the waiting one of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "storage/sqlite_connection.h"

namespace kith {

class WalWriteBack {
 public:
  // `pin` reads the same file. `on_synced` is called by the waiting thread.
  WalWriteBack(std::unique_ptr<SqliteConnection> pin, std::function<void()> on_synced);
  ~WalWriteBack();
  WalWriteBack(const WalWriteBack&) = delete;
  WalWriteBack& operator=(const WalWriteBack&) = delete;

  bool running() const { return running_; }
  bool synced();  // it is running, and end() would not block
  // Outside of a transaction, and not while it is running. False: the writer's failure() is set,
  // and nothing is running.
  bool begin(SqliteConnection& writer);
  // Waits for the disk. SQLITE_OK, or the extended code of the failed fsync: then the snapshot
  // stays, and the log with it.
  int end();

 private:
  void sync();

  const std::unique_ptr<SqliteConnection> pin_;
  const std::function<void()> on_synced_;
  bool running_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
  bool closing_ = false;
  int outcome_ = SQLITE_OK;
  std::thread thread_;  // last: it uses the others
};

}  // namespace kith
