#include "gateway/commands/commands.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "gateway/jwt_key.h"
#include "gateway/opaque_token.h"

namespace kith {
namespace {

struct Runner {
  const Config& config;

  int operator()(const invocation::Serve&) const {
    KITH_ASSERT(false);  // the server is run by main
    return 1;
  }
  int operator()(const invocation::CheckConfig&) const { return check_config(config); }
  int operator()(const invocation::Seed& request) const { return seed(config, request); }
  int operator()(const invocation::Token& request) const { return print_token(config, request); }
  int operator()(const invocation::Grant& request) const { return grant(config, request); }
  int operator()(const invocation::ServiceToken& request) const {
    return create_service_token(config, request);
  }
  int operator()(const invocation::Restore&) const { return after_restore(config); }
};

}  // namespace

int run_command(const Invocation& invocation) {
  return std::visit(Runner{invocation.config}, invocation.command);
}

int check_config(const Config& config) {
  // A secret that is not there yet is none of the configuration's faults.
  const auto key = open_token_key(config, MissingSecret::refuse);
  if (!key && key.error().code != ErrorCode::not_found) {
    complain(key.error().message);
    return kExitConfig;
  }
  fmt::print("{}", describe_config(config));
  return 0;
}

int grant(const Config& config, const invocation::Grant& request) {
  auto store = open_store(config, StoreUse::write);
  if (!store) return complain(store.error().message, exit_code(store.error()));
  const auto done = (*store)->grant(request.user, request.role, wall_clock_now());
  (*store)->close();
  if (!done) return complain(done.error().message);
  fmt::print("{} is {} now\n", request.user.text(), to_string(request.role));
  return 0;
}

int create_service_token(const Config& config, const invocation::ServiceToken& request) {
  if (sodium_init() < 0) return complain("the system gives no random bytes");
  auto store = open_store(config, StoreUse::write);
  if (!store) return complain(store.error().message, exit_code(store.error()));
  const OpaqueToken token = new_opaque_token(kServiceTokenPrefix);
  const WallTime now = wall_clock_now();
  const auto made = (*store)->create_service({.id = ServiceId{make_uuid_generator().next(now)},
                                              .name = request.name,
                                              .scopes = request.scopes,
                                              .token_hash = token.hash,
                                              .now = now,
                                              .by = std::nullopt});
  (*store)->close();
  if (!made) return complain(made.error().message);
  fmt::print("{}\n", token.text);
  return 0;
}

int after_restore(const Config& config) {
  auto store = open_store(config, StoreUse::write);
  if (!store) return complain(store.error().message, exit_code(store.error()));
  const auto done = (*store)->renew_epoch();
  (*store)->close();
  if (!done) return complain(done.error().message);
  fmt::print("the log has a new epoch: clients will start anew\n");
  return 0;
}

int complain(std::string_view line, int code) {
  fmt::print(stderr, "kithd: {}\n", line);
  return code;
}

Result<std::unique_ptr<Storage>> open_store(const Config& config, StoreUse use) {
  StorageOptions options;
  options.url = storage_url(config);
  options.read_only = use == StoreUse::read;
  options.reader_threads = 1;
  options.writer_threads = 1;
  options.accept_acked_loss = config.storage.accept_acked_loss;
  options.on_warning = [](const std::string& line) { complain(line); };
  options.on_fatal = [](const std::string& reason) {
    complain(reason);
    std::_Exit(75);  // the writes of this process can no longer be trusted: EX_TEMPFAIL
  };
  return open_storage(std::move(options));
}

WallTime wall_clock_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

UuidGenerator make_uuid_generator() {
  return UuidGenerator([] {
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof(bits));
    return bits;
  });
}

}  // namespace kith
