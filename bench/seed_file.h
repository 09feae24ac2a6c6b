// The population of a run, as `kithd seed` writes it:
// {"users":[{"id","email","token"}],"chats":[{"id","members":["usr_…"]}]}
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/result.h"

namespace kith::bench {

struct SeedUser {
  std::string id;
  std::string token;
  std::vector<std::size_t> chats;  // indices into Seed::chats
};
struct SeedChat {
  std::string id;
  std::vector<std::size_t> members;  // indices into Seed::users
};
struct Seed {
  std::vector<SeedUser> users;
  std::vector<SeedChat> chats;
};

// Errors (bad_request) name the file and what is wrong with it: unreadable, not that shape, a
// member who is no user.
Result<Seed> read_seed_file(const std::string& path);

}  // namespace kith::bench
