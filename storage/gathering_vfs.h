// A SQLite VFS (sqlite.org/vfs.html) that gathers what a transaction writes to the write-ahead log.
// SQLite writes each page of it in two calls, 24 bytes of header and the page; here they go to the
// disk in pieces of up to kGatheredBytes.
//
// Nobody may read from the file what was not written yet, so it is for the one connection that
// writes, and only for synchronous=FULL on a disk that is safe to overwrite (psow; without it
// SQLite pads a commit to a sector, behind its sync): there each commit waits for the disk before
// it tells other connections of its pages (sqlite3WalFrames() in wal.c), and what is gathered goes
// out before that wait, before the connection reads the log itself, and before anything else that
// is not a write behind the last one. A log that nobody said so of (gather_log) is written as
// SQLite writes it.
//
// A write that failed is told, with its own code (SQLITE_FULL), by the call that it went out
// before. To a write or a sync SQLite then undoes the transaction, and what was gathered is
// dropped; to a read the statement alone, so there it stays for the commit.
#pragma once

#include <sqlite3.h>

#include <cstddef>

namespace kith {

constexpr std::size_t kGatheredBytes = 128 * 1024;

// The name to open databases with. Files go through what is the default VFS when they are opened.
const char* gathering_vfs();

// From here on what the connection writes to its log is gathered, where it was opened so, has the
// log open, and commits as is said above. Answers whether it is.
bool gather_log(sqlite3* database);

}  // namespace kith
