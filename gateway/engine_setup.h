// What an engine is told when its shard starts.
#pragma once

#include <string>

#include "engine/engine.h"
#include "gateway/config.h"
#include "gateway/server.h"

namespace kith {

// `build` names the running program to clients (connection.ready).
EngineOptions engine_options(const Config& config, const Adapters& adapters,
                             const std::string& build);

}  // namespace kith
