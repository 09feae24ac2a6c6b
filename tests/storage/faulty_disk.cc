#include "faulty_disk.h"

#include "protocol/assert.h"

namespace kith {
namespace {

struct File {
  sqlite3_file base;
  FaultyDisk* faults;
  const char* name;     // SQLite keeps it for as long as the file is open
  sqlite3_file* inner;  // lies behind this in the same block
};

File& file(sqlite3_file* f) {
  return *reinterpret_cast<File*>(f);
}
sqlite3_file* inner(sqlite3_file* f) {
  return file(f).inner;
}

int file_write(sqlite3_file* f, const void* bytes, int count, sqlite3_int64 at) {
  FaultyDisk& faults = *file(f).faults;
  if (faults.fsync_has_failed) ++faults.writes_after_failed_fsync;
  if (faults.write_fails) return SQLITE_IOERR_WRITE;
  sqlite3_int64 size = 0;
  if (faults.full && inner(f)->pMethods->xFileSize(inner(f), &size) == SQLITE_OK &&
      at + count > size) {
    return SQLITE_FULL;
  }
  if (DiskObserver* const observer = faults.observer) {
    observer->wrote(file(f).name, static_cast<std::uint64_t>(at),
                    {static_cast<const char*>(bytes), static_cast<std::size_t>(count)});
  }
  return inner(f)->pMethods->xWrite(inner(f), bytes, count, at);
}
int file_sync(sqlite3_file* f, int flags) {
  FaultyDisk& faults = *file(f).faults;
  if (faults.fsync_fails) {
    faults.fsync_has_failed = true;
    return SQLITE_IOERR_FSYNC;
  }
  const int code = inner(f)->pMethods->xSync(inner(f), flags);
  if (DiskObserver* const observer = faults.observer) observer->synced(file(f).name);
  return code;
}

int file_close(sqlite3_file* f) {
  return inner(f)->pMethods->xClose(inner(f));
}
int file_read(sqlite3_file* f, void* to, int count, sqlite3_int64 at) {
  return inner(f)->pMethods->xRead(inner(f), to, count, at);
}
int file_truncate(sqlite3_file* f, sqlite3_int64 size) {
  if (DiskObserver* const observer = file(f).faults->observer) {
    observer->truncated(file(f).name, static_cast<std::uint64_t>(size));
  }
  return inner(f)->pMethods->xTruncate(inner(f), size);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return inner(f)->pMethods->xFileSize(inner(f), size);
}
int file_lock(sqlite3_file* f, int lock) {
  return inner(f)->pMethods->xLock(inner(f), lock);
}
int file_unlock(sqlite3_file* f, int lock) {
  return inner(f)->pMethods->xUnlock(inner(f), lock);
}
int file_check(sqlite3_file* f, int* out) {
  return inner(f)->pMethods->xCheckReservedLock(inner(f), out);
}
int file_control(sqlite3_file* f, int what, void* argument) {
  // A pragma's name and value are argument[1] and [2]; SQLITE_OK says that it has been done
  // (sqlite.org/c3ref/c_fcntl_begin_atomic_write.html).
  if (what == SQLITE_FCNTL_PRAGMA && file(f).faults->swallows_synchronous_full) {
    const char* const* pragma = static_cast<const char* const*>(argument);
    const bool sets_it = std::string_view(pragma[1]) == "synchronous" && pragma[2] != nullptr;
    if (sets_it && std::string_view(pragma[2]) == "FULL") return SQLITE_OK;
  }
  return inner(f)->pMethods->xFileControl(inner(f), what, argument);
}
int file_sector(sqlite3_file* f) {
  return inner(f)->pMethods->xSectorSize(inner(f));
}
int file_traits(sqlite3_file* f) {
  return inner(f)->pMethods->xDeviceCharacteristics(inner(f));
}
int shm_map(sqlite3_file* f, int region, int size, int extend, void volatile** out) {
  return inner(f)->pMethods->xShmMap(inner(f), region, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int count, int flags) {
  return inner(f)->pMethods->xShmLock(inner(f), offset, count, flags);
}
void shm_barrier(sqlite3_file* f) {
  inner(f)->pMethods->xShmBarrier(inner(f));
}
int shm_unmap(sqlite3_file* f, int remove) {
  return inner(f)->pMethods->xShmUnmap(inner(f), remove);
}

constexpr sqlite3_io_methods kMethods = {
    2,         file_close,  file_read,  file_write,   file_truncate, file_sync,   file_size,
    file_lock, file_unlock, file_check, file_control, file_sector,   file_traits, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* f, int flags, int* out) {
  auto& faults = *static_cast<FaultyDisk*>(vfs->pAppData);
  sqlite3_vfs* const disk = sqlite3_vfs_find("unix");
  file(f).faults = &faults;
  file(f).name = name == nullptr ? "" : name;
  file(f).inner = reinterpret_cast<sqlite3_file*>(&file(f) + 1);
  const int code = disk->xOpen(disk, name, inner(f), flags, out);
  f->pMethods = inner(f)->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}

}  // namespace

FaultyDisk::FaultyDisk() : disk_(sqlite3_vfs_find("unix")), faulty_(*disk_) {
  faulty_.zName = "faulty";
  faulty_.szOsFile = static_cast<int>(sizeof(File)) + disk_->szOsFile;
  faulty_.pAppData = this;
  faulty_.xOpen = open_file;
  KITH_ASSERT(sqlite3_vfs_register(&faulty_, 1) == SQLITE_OK);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&faulty_);
  sqlite3_vfs_register(disk_, 1);
}

}  // namespace kith
