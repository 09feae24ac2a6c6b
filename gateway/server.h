// The server: from a configuration and its adapters to an exit code.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/ports/account_recovery.h"
#include "engine/ports/accounts.h"
#include "engine/ports/boards.h"
#include "engine/ports/broadcasts.h"
#include "engine/ports/bus.h"
#include "engine/ports/bus_stats.h"
#include "engine/ports/chats.h"
#include "engine/ports/completion_queue.h"
#include "engine/ports/event_log.h"
#include "engine/ports/notifications.h"
#include "engine/ports/outbox.h"
#include "engine/ports/presence_registry.h"
#include "engine/ports/reward_ledger.h"
#include "engine/ports/storage_stats.h"
#include "gateway/config.h"
#include "protocol/result.h"

namespace kith {

class Events;
class Feeds;
class Profiles;
class ServiceAccounts;
class Moderation;

// The concrete adapters, as the server sees them: main.cc alone names them (ARCHITECTURE section
// 1). What one shard uses, on its thread.
class ShardPorts {
 public:
  virtual ~ShardPorts() = default;
  virtual EventLog& log() = 0;
  virtual Chats& chats() = 0;
  virtual Accounts& accounts() = 0;
  // Null where the store keeps none.
  virtual Notifications* notifications() = 0;
  virtual AccountRecovery* recovery() = 0;
  virtual Outbox* outbox() = 0;
  virtual Boards* boards() = 0;  // null: the store keeps none
  virtual RewardLedger& rewards() = 0;
  virtual Profiles* profiles() = 0;  // null: the store has none
  virtual Feeds* feeds() = 0;        // null: the store has none
  virtual Events* events() = 0;      // null: the store has none
  virtual Clubs* clubs() = 0;        // null: the store has none
  virtual Broadcasts* broadcasts() = 0;
  virtual ServiceAccounts* service_accounts() = 0;  // null: the store has none
  virtual Moderation* moderation() = 0;             // likewise
  virtual Bus& bus() = 0;
  virtual void set_receiver(Bus::Receiver& receiver) = 0;
};

class Adapters {
 public:
  virtual ~Adapters() = default;
  virtual std::unique_ptr<ShardPorts> for_shard(CompletionQueue& completions) = 0;
  // For who sends what goes out, on a thread of their own; null where the store keeps no outbox.
  // What it is a part of goes with it.
  virtual std::shared_ptr<Outbox> outbox(CompletionQueue& completions) = 0;
  virtual PresenceRegistry& presence() = 0;
  virtual const RewardRules& rewards() const = 0;  // of the app's profile
  virtual std::string epoch() const = 0;
  // As Storage has it: empty where nodes share none.
  virtual std::string signing_secret() const = 0;
  virtual StorageStats storage_stats() const = 0;
  virtual BusStats bus_stats() const = 0;  // any thread
  // Commits what is queued; what comes later is answered `unavailable`. Blocks.
  virtual void close() = 0;
};

// Both may be called on any thread, with the reason.
struct StorageAlarms {
  std::function<void(const std::string&)> on_fatal;         // the process must end at once
  std::function<void(const std::string&)> on_history_gone;  // StorageOptions has it
};
using OpenAdapters = std::function<Result<std::unique_ptr<Adapters>>(
    const Config& config, std::uint32_t shards, StorageAlarms alarms)>;

inline constexpr int kExitStorageFailed = 75;  // EX_TEMPFAIL of sysexits.h

struct ServeOptions {
  bool demo = false;  // see commands.h
};

// Runs until SIGTERM, SIGINT or an admin's drain has been obeyed. 0: drained; 1: could not start,
// or failed, with one line on stderr; 75: storage can no longer be trusted (a failed fsync), or has
// another history, and all sockets were closed with 4000; 78: the configuration.
int run_server(const Config& config, const OpenAdapters& open_adapters, ServeOptions options = {});

}  // namespace kith
