// The clubs and events that kith-bench crud works on: made over HTTP before the load, in every run
// its own.
#pragma once

#include <string>
#include <vector>

#include "bench/run.h"

namespace kith::bench {

struct CrudTown {
  std::size_t users = 0;  // the first of the seed file; user i is in club i % clubs.size()
  std::vector<std::string> clubs;
  std::vector<std::string> events;  // published; event i is of club i % clubs.size()

  std::size_t club_of(std::size_t user) const { return user % clubs.size(); }
};

// Blocks. Throws std::runtime_error, in a line that says which request was not answered as it
// should.
CrudTown build_crud_town(const Seed& seed, const RunOptions& options);

}  // namespace kith::bench
