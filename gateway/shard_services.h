// What one shard's HTTP side works with, and the seam to its WebSocket side. Everything here is
// used on the shard's thread alone, except ServerState, which all shards share.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "engine/ports/account_recovery.h"
#include "engine/ports/accounts.h"
#include "engine/ports/authenticator.h"
#include "engine/ports/boards.h"
#include "engine/ports/broadcasts.h"
#include "engine/ports/chats.h"
#include "engine/ports/completion_queue.h"
#include "engine/ports/event_log.h"
#include "engine/ports/notifications.h"
#include "engine/ports/reward_ledger.h"
#include "gateway/client_socket.h"
#include "gateway/connection_limits.h"
#include "gateway/refused_access.h"
#include "gateway/server_state.h"

namespace kith {

struct Config;
class Events;
class Feeds;
class Profiles;
class ServiceAccounts;
class Moderation;
class UserPresence;
class TokenSigner;
class PasswordPool;

// References live as long as the shard; nothing here owns.
struct ShardServices {
  const Config& config;
  Engine& engine;
  Accounts& accounts;
  Chats& chats;
  Boards* boards;                     // null: the store keeps none
  Profiles* profiles;                 // null: the store has none
  Feeds* feeds;                       // null: the store has none
  Events* events;                     // null: the store has none
  Clubs* clubs;                       // null: the store has none
  Broadcasts* broadcasts;             // null with it
  ServiceAccounts* service_accounts;  // null: the store has none
  Moderation* moderation;             // likewise
  Bus& bus;
  UserPresence& presence;
  EventLog& log;
  Notifications* notifications;  // null: the store keeps none
  AccountRecovery* recovery;     // likewise
  Outbox* outbox;                // likewise
  RewardLedger& rewards;
  Authenticator& authenticator;
  RefusedAccess& refused_access;
  const TokenSigner& signer;
  PasswordPool& passwords;
  CompletionQueue& completions;
  ServerState& server;
  ConnectionLimits& connections;
  GatewayCounters& counters;  // this shard's own
  std::function<TurnTime()> now;
};

// A WebSocket upgrade that was in order and has been answered with 101.
struct UpgradeRequest {
  std::string token;  // Authorization: Bearer, else ?token=; may be empty, never checked here
  std::optional<ChatId> chat;     // of GET /chats/{chat_id}
  bool chat_malformed = false;    // that path's id is none
  ConnectionLimits::Place place;  // of its client's address
  std::string correlation_id;
};

class UpgradeHandler {
 public:
  virtual ~UpgradeHandler() = default;
  // Takes the socket for good. `leftover` are bytes read past the request: the codec's first input.
  virtual void adopt(ClientSocket socket, std::string leftover, UpgradeRequest request) = 0;
};

// Serves one accepted connection on the shard's io_context until it is closed or handed over to
// `upgrades`. Nothing thrown inside leaves it: a failure ends this one connection and is logged.
// `services` and `upgrades` outlive it; the tasks of `services.completions` must be run or
// destroyed before the io_context is.
boost::asio::awaitable<void> serve_http(ClientSocket socket, ShardServices& services,
                                        UpgradeHandler& upgrades);

}  // namespace kith
