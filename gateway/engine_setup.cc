#include "gateway/engine_setup.h"

#include <chrono>
#include <random>

namespace kith {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

EngineOptions engine_options(const Config& config, const Adapters& adapters,
                             const std::string& build) {
  return {.epoch = adapters.epoch(),
          .build = build,
          .seed = random_seed(),
          .messages_per_minute = config.limits.messages_per_minute,
          .channels_per_socket = config.limits.channels_per_socket,
          .frame_bytes_max = config.limits.frame_bytes,
          .outbound_bytes_max = config.limits.outbound_bytes,
          .ping_interval = std::chrono::seconds(config.gateway.ping_interval_s),
          .init_timeout = std::chrono::seconds(config.gateway.init_timeout_s)};
}

}  // namespace kith
