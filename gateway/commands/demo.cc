#include <sodium.h>

#include "gateway/commands/commands.h"
#include "gateway/config_address.h"
#include "gateway/listener.h"
#include "gateway/password_pool.h"

namespace kith {
namespace {

Status refuse(std::string reason) {
  return fail(ErrorCode::bad_request,
              "--demo makes users whose password everybody knows: " + std::move(reason));
}

// On loopback, with a store of its own, and the only one that listens there.
Status check_alone(const Config& config) {
  const auto address = parse_listen_address(config.listen);
  if (!address) return address.error();
  if (!address->address().is_loopback()) {
    return refuse("listen must be on loopback, like 127.0.0.1:8080");
  }
  if (!config.storage.url.empty() && !config.storage.url.starts_with("sqlite:")) {
    return refuse("storage.url must be empty, for the embedded store");
  }
  if (!config.bus.url.empty()) return refuse("bus.url must be empty, for a server alone");
  if (!config.trusted_proxies.empty()) {
    return refuse("trusted_proxies must be empty, for a server that no proxy shows to others");
  }
  return check_address_is_free(*address);
}

}  // namespace

Status prepare_demo(const Config& config) {
  if (Status alone = check_alone(config); !alone) return alone;
  if (sodium_init() < 0) return fail(ErrorCode::internal, "the system gives no random bytes");
  auto hash = hash_password(kDemoPassword);
  if (!hash) return hash.error();
  auto store = open_store(config, StoreUse::write);
  if (!store) return store.error();
  const auto made = (*store)->seed(
      {.rooms = 1,
       .members = 2,
       .password_hash = std::move(*hash),
       .now = wall_clock_now(),
       .named = {{.email = "ada@demo.kith", .display_name = "Ada", .role = SystemRole::admin},
                 {.email = "bob@demo.kith", .display_name = "Bob"}},
       .room_name = "Tea kitchen"});
  (*store)->close();
  if (!made && made.error().code == ErrorCode::bad_request) {
    return refuse("the data must be fresh, and there are users in " + config.data);
  }
  if (!made) return made.error();
  return Nothing{};
}

}  // namespace kith
