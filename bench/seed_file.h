// The population of a run, as `kithd seed` writes it:
// {"users":[{"id","email","token"}],"chats":[{"id","members":["usr_…"]}],
//  "clubs":[{"id","owner":"usr_…","members":1000}]}
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
struct SeedClub {
  std::string id;
  std::size_t owner = 0;    // index into Seed::users
  std::size_t members = 0;  // the first so many of the users
};
struct Seed {
  std::vector<SeedUser> users;
  std::vector<SeedChat> chats;
  std::vector<SeedClub> clubs;
};

// What a connection is closed with whose token does not hold, and what may be the matter then.
inline constexpr unsigned kBadToken = 4500;
inline constexpr const char* kBadTokenHint =
    " (is the seed file of another data directory, or older than a day?)";

// Errors (bad_request) name the file and what is wrong with it: unreadable, not that shape, a
// member who is no user.
Result<Seed> read_seed_file(const std::string& path);

}  // namespace kith::bench
