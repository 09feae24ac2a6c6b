// What was deleted or edited away leaves the disk within a bounded time, also where little is
// written: the write-ahead log still holds the pages as they were, and the database file does until
// they are written back. So both are due together, and with them the copies that page splits have
// left (sqlite_scrub.cc). Readers are held back for the last part of it.
//
// A killed process has left a log, and what it would have scrubbed nobody knows any more. So after
// a start the whole file is swept once, in slices, and then wiped.
//
// Thread: the writer's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "storage/read_pool.h"
#include "storage/sqlite_connection.h"

namespace kith {

class WalWipe {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit WalWipe(std::chrono::milliseconds within);

  // Content was committed away.
  void content_went();
  // To be called before every checkpoint of somebody else's: a log that was written back may start
  // anew, and what it held is scrubbed with the rest. False: the connection's failure() is set.
  bool note_pages(SqliteConnection& connection);

  Time due() const { return std::min(due_, next_slice_); }  // Time::max(): nothing is
  // Writes the log back, cuts it to nothing and scrubs what it held. Where another process has the
  // file open for reading, that is left for later. False: the connection's failure() is set; later
  // as well.
  bool run(SqliteConnection& connection, ReadPool& readers);
  // What is due of that, and of the sweep. Errors as run().
  bool step(SqliteConnection& connection, ReadPool& readers);

 private:
  bool sweep(SqliteConnection& connection);

  const std::chrono::milliseconds within_;
  Time due_;
  Time next_slice_;                      // Time::max(): all is swept
  std::uint32_t swept_ = 0;              // up to this page
  SqliteConnection::PageNumbers pages_;  // that were written since content went
};

}  // namespace kith
