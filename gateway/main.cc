// kithd: the command line leads to a configuration, and that to the server or to one command.
#include <cstdio>
#include <exception>

#include "gateway/commands/commands.h"
#include "gateway/commands/invocation.h"
#include "gateway/server.h"

namespace {

int run(int argc, char** argv) {
  auto parsed = kith::parse_invocation(argc, argv, kith::process_environment());
  if (const auto* early = std::get_if<kith::EarlyExit>(&parsed)) {
    std::fputs(early->text.c_str(), early->code == 0 ? stdout : stderr);
    return early->code;
  }
  const auto& invocation = std::get<kith::Invocation>(parsed);
  if (std::holds_alternative<kith::invocation::Serve>(invocation.command)) {
    return kith::run_server(invocation.config);
  }
  return kith::run_command(invocation);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    return kith::complain(failure.what());
  }
}
