// What kithd was called for: its command line, parsed, with the configuration that it and the
// environment lead to.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/ports/accounts.h"
#include "engine/ports/service_accounts.h"
#include "gateway/config.h"
#include "protocol/ids.h"

namespace kith {

inline constexpr int kExitUsage = 64;  // EX_USAGE of sysexits.h

namespace invocation {

struct Serve {
  bool demo = false;
};
struct CheckConfig {};
struct Seed {
  std::uint32_t users = 0;
  std::uint32_t rooms = 0;
  std::uint32_t members = 0;  // per room
  std::uint32_t clubs = 0;
  std::uint32_t club_members = 0;  // of each: the first of the users; 0: everybody
  std::string out;                 // the file to write
  bool scores = false;             // everybody on the leaderboards
};
struct Token {
  UserId user;
  std::uint32_t minutes = 60;
};
struct Grant {
  UserId user;
  SystemRole role = SystemRole::user;
};
struct Restore {};
struct ServiceToken {
  std::string name;
  ServiceScopes scopes;
};

}  // namespace invocation

using InvokedCommand =
    std::variant<invocation::Serve, invocation::CheckConfig, invocation::Seed, invocation::Token,
                 invocation::Grant, invocation::Restore, invocation::ServiceToken>;

struct Invocation {
  InvokedCommand command;
  Config config;
};

// There is nothing to run: --help, --version, or a mistake.
struct EarlyExit {
  int code = 0;
  std::string text;  // for stdout where code is 0, else for stderr; ends with a newline
};

std::variant<Invocation, EarlyExit> parse_invocation(
    int argc, const char* const* argv,
    const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace kith
