// The rate at which bare SQLite takes what an activity comes to: what kithd's activities are
// measured against. One thread, no network, no parsing, no rights and nothing looked up: the rows
// that an activity of the kind `points` writes in the default profile, in a category with a board
// for each of the five periods, and the commits.
#pragma once

#include <cstdint>
#include <string>

namespace kith::limit {

struct ActivityOptions {
  std::string file;  // made anew, and removed at the end with its -wal and -shm
  double seconds = 5;
  int batch = 512;       // activities per transaction
  int users = 1000;      // who have them in turn, at random
  int wal_pages = 4000;  // a checkpoint from this size on
};
struct ActivityFigures {
  std::int64_t activities = 0;
  double per_s = 0;
};

// Throws std::runtime_error with what SQLite said, or where the rows do not add up at the end.
ActivityFigures run_activity_limit(const ActivityOptions& options);

}  // namespace kith::limit
