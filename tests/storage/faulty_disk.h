// A disk that fails on request: SQLite's own unix VFS with a switch in front of its writes and
// fsyncs (sqlite.org/vfs.html). Becomes the process's default VFS for as long as it lives.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace kith {

// Told of everything that went through to the disk, in its order, on the threads that did it.
class DiskObserver {
 public:
  virtual ~DiskObserver() = default;
  virtual void wrote(const std::string& path, std::uint64_t at, std::string_view bytes) = 0;
  virtual void truncated(const std::string& path, std::uint64_t size) = 0;
  virtual void synced(const std::string& path) = 0;
};

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  std::atomic<DiskObserver*> observer = nullptr;
  std::atomic<bool> full = false;         // writes that make a file longer: SQLITE_FULL
  std::atomic<bool> write_fails = false;  // every write: SQLITE_IOERR_WRITE
  std::atomic<bool> fsync_fails = false;  // every fsync: SQLITE_IOERR_FSYNC
  // PRAGMA synchronous = FULL is answered as if it were done, and is not: the setting stays.
  std::atomic<bool> swallows_synchronous_full = false;
  std::atomic<int> writes_after_failed_fsync = 0;
  std::atomic<bool> fsync_has_failed = false;

 private:
  sqlite3_vfs* disk_;
  sqlite3_vfs faulty_;
};

}  // namespace kith
