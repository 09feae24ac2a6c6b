#include "storage/gathering_vfs.h"

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "storage/sqlite_file.h"

namespace kith {
namespace {

// For a file of the default VFS, whichever that will be; SQLite's own needs 120 bytes.
constexpr int kFileBytes = 1024;
constexpr const char* kName = "kith-gathering";
constexpr int kSynchronousFull = 2;  // sqlite.org/pragma.html#pragma_synchronous

// SQLite gives the memory, and calls no destructor: close() does.
struct LogFile {
  sqlite3_file base;
  std::unique_ptr<sqlite3_file, decltype(&sqlite3_free)> disk;
  sqlite3_int64 from = 0;      // where `gathered` belongs
  std::vector<char> gathered;  // no longer than its capacity, which is 0 before gather_log()

  const sqlite3_io_methods& on_disk() const { return *disk->pMethods; }

  // What could not be written stays.
  int flush() {
    if (gathered.empty()) return SQLITE_OK;
    const int code =
        on_disk().xWrite(disk.get(), gathered.data(), static_cast<int>(gathered.size()), from);
    if (code == SQLITE_OK) gathered.clear();
    return code;
  }
  // Where a failure undoes the transaction, so that it writes none of this again.
  int flush_or_drop() {
    const int code = flush();
    gathered.clear();
    return code;
  }
};

LogFile& log(sqlite3_file* file) {
  return *reinterpret_cast<LogFile*>(file);
}

int log_write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  LogFile& self = log(file);
  const std::size_t size = self.gathered.size();
  if (at != self.from + static_cast<sqlite3_int64>(size) ||
      size + static_cast<std::size_t>(count) > self.gathered.capacity()) {
    if (const int code = self.flush_or_drop(); code != SQLITE_OK) return code;
    self.from = at;
  }
  if (static_cast<std::size_t>(count) > self.gathered.capacity()) {
    return self.on_disk().xWrite(self.disk.get(), bytes, count, at);
  }
  const char* const begin = static_cast<const char*>(bytes);
  self.gathered.insert(self.gathered.end(), begin, begin + count);
  return SQLITE_OK;
}

// A read that fails undoes its statement and not the transaction, which may still commit.
int log_read(sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
  LogFile& self = log(file);
  if (const int code = self.flush(); code != SQLITE_OK) return code;
  return self.on_disk().xRead(self.disk.get(), to, count, at);
}

int log_truncate(sqlite3_file* file, sqlite3_int64 size) {
  LogFile& self = log(file);
  if (const int code = self.flush_or_drop(); code != SQLITE_OK) return code;
  return self.on_disk().xTruncate(self.disk.get(), size);
}

int log_sync(sqlite3_file* file, int flags) {
  LogFile& self = log(file);
  if (const int code = self.flush_or_drop(); code != SQLITE_OK) return code;
  return self.on_disk().xSync(self.disk.get(), flags);
}

int log_size(sqlite3_file* file, sqlite3_int64* size) {
  LogFile& self = log(file);
  if (const int code = self.flush(); code != SQLITE_OK) return code;
  return self.on_disk().xFileSize(self.disk.get(), size);
}

int log_control(sqlite3_file* file, int what, void* argument) {
  LogFile& self = log(file);
  if (const int code = self.flush(); code != SQLITE_OK) return code;
  return self.on_disk().xFileControl(self.disk.get(), what, argument);
}

// What was not asked to be on the disk until now belongs to no commit.
int log_close(sqlite3_file* file) {
  LogFile& self = log(file);
  const int code = self.on_disk().xClose(self.disk.get());
  self.~LogFile();
  return code;
}

int log_lock(sqlite3_file* file, int lock) {
  return log(file).on_disk().xLock(log(file).disk.get(), lock);
}
int log_unlock(sqlite3_file* file, int lock) {
  return log(file).on_disk().xUnlock(log(file).disk.get(), lock);
}
int log_check_lock(sqlite3_file* file, int* out) {
  return log(file).on_disk().xCheckReservedLock(log(file).disk.get(), out);
}
int log_sector_size(sqlite3_file* file) {
  return log(file).on_disk().xSectorSize(log(file).disk.get());
}
int log_traits(sqlite3_file* file) {
  return log(file).on_disk().xDeviceCharacteristics(log(file).disk.get());
}

// Version 1: nobody maps a log, nor has it shared memory; that is the database's file's.
constexpr sqlite3_io_methods kLogMethods = {
    1,        log_close,  log_read,       log_write,   log_truncate,    log_sync,   log_size,
    log_lock, log_unlock, log_check_lock, log_control, log_sector_size, log_traits, nullptr,
    nullptr,  nullptr,    nullptr,        nullptr,     nullptr};

int open_log(sqlite3_vfs& disk, const char* name, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  auto* const inner = static_cast<sqlite3_file*>(sqlite3_malloc(disk.szOsFile));
  if (inner == nullptr) return SQLITE_NOMEM;
  auto* const self = new (file) LogFile{.base = {}, .disk = {inner, &sqlite3_free}, .gathered = {}};
  const int code = disk.xOpen(&disk, name, inner, flags, out);
  if (code == SQLITE_OK) {
    file->pMethods = &kLogMethods;
  } else {
    self->~LogFile();
    file->pMethods = nullptr;
  }
  return code;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  sqlite3_vfs* const disk = sqlite3_vfs_find(nullptr);
  if (disk == nullptr || disk->szOsFile > kFileBytes) return SQLITE_CANTOPEN;
  if ((flags & SQLITE_OPEN_WAL) != 0) return open_log(*disk, name, file, flags, out);
  return disk->xOpen(disk, name, file, flags, out);
}

int synchronous(sqlite3* database) {
  int value = -1;
  const auto read = [](void* into, int, char** values, char**) {
    *static_cast<int*>(into) = std::atoi(values[0]);
    return 0;
  };
  sqlite3_exec(database, "PRAGMA synchronous", read, &value, nullptr);
  return value;
}

}  // namespace

const char* gathering_vfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs like_disk = *sqlite3_vfs_find("unix");
    like_disk.zName = kName;
    like_disk.szOsFile = kFileBytes;
    like_disk.pNext = nullptr;
    like_disk.xOpen = open_file;
    return like_disk;
  }();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? kName : nullptr;
}

bool gather_log(sqlite3* database) {
  if (synchronous(database) != kSynchronousFull) return false;
  sqlite3_file* const of_database = sqlite_file(database, SQLITE_FCNTL_FILE_POINTER);
  sqlite3_file* const of_log = sqlite_file(database, SQLITE_FCNTL_JOURNAL_POINTER);
  if (of_database == nullptr || of_log == nullptr || of_log->pMethods != &kLogMethods) return false;
  const int traits = of_database->pMethods->xDeviceCharacteristics(of_database);
  if ((traits & SQLITE_IOCAP_POWERSAFE_OVERWRITE) == 0) return false;
  log(of_log).gathered.reserve(kGatheredBytes);
  return true;
}

}  // namespace kith
