// The files behind a connection's database, for what SQL does not reach.
#pragma once

#include <sqlite3.h>

namespace kith {

// The log's index (sqlite.org/walformat.html, section 2) is mapped in regions of so many bytes: the
// page numbers of 4,096 frames each, 4,062 in the first, and what finds them.
inline constexpr int kWalIndexRegionBytes = 32 * 1024;

// SQLITE_FCNTL_FILE_POINTER: the database's; SQLITE_FCNTL_JOURNAL_POINTER: the write-ahead log's,
// which who reads first opens. Null: it is not open.
inline sqlite3_file* sqlite_file(sqlite3* database, int which) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database, "main", which, &file);
  return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

}  // namespace kith
