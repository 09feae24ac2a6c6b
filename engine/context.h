// What every part of one shard's engine shares: ports, options, the turn's time, counters, ids.
#pragma once

#include <random>

#include "engine/engine.h"

namespace kith {

class SessionTable;
class Hub;
class ChannelDelivery;
class Attacher;
class Connections;
class Typing;
class PresenceTracker;
class Receipts;
class Leaderboards;
class BroadcastDesk;

struct Context {
  Context(EnginePorts engine_ports, EngineOptions engine_options)
      : ports(engine_ports),
        options(std::move(engine_options)),
        random(options.seed),
        ids([this] { return random(); }) {}
  Context(const Context&) = delete;

  EnginePorts ports;
  EngineOptions options;
  TurnTime now;
  Counters counters;
  std::mt19937_64 random;
  UuidGenerator ids;

  // The parts, each of which owns one subject; set by Engine's constructor and never null after it.
  SessionTable* sessions = nullptr;
  Hub* hub = nullptr;
  ChannelDelivery* delivery = nullptr;
  Attacher* attacher = nullptr;
  Connections* connections = nullptr;
  Typing* typing = nullptr;
  PresenceTracker* presence = nullptr;
  Receipts* receipts = nullptr;
  Leaderboards* leaderboards = nullptr;
  BroadcastDesk* broadcasts = nullptr;
};

}  // namespace kith
