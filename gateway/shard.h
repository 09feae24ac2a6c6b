// A shard: a thread, an io_context, an engine, and the sockets that it has accepted (ARCHITECTURE
// 2.1). Shares nothing with the others but what ShardEnvironment names.
//
// Its turn (ARCHITECTURE section 5) is explicit: one handler, as many more as are ready up to a
// bound, then the engine's tick and flush, then one write per session that has something to say.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "engine/rewards/upkeep.h"
#include "gateway/connection_limits.h"
#include "gateway/due_work.h"
#include "gateway/jwt.h"
#include "gateway/listener.h"
#include "gateway/mailbox.h"
#include "gateway/prompting_authenticator.h"
#include "gateway/refused_access.h"
#include "gateway/refused_frames.h"
#include "gateway/server.h"
#include "gateway/session_authenticator.h"
#include "gateway/shard_services.h"
#include "gateway/socket_quota.h"
#include "gateway/user_presence.h"
#include "gateway/websocket_session.h"

namespace kith {

struct ShardEnvironment {
  const Config& config;
  Adapters& adapters;
  const TokenSigner& signer;
  std::shared_ptr<const TokenKey> key;
  TokenParties parties;
  PasswordPool& passwords;
  ServerState& server;
  ConnectionLimits& connections;
  ProcessSocketQuota& sockets;
  NoticeWitness* witness = nullptr;
};

class Shard final : public UpgradeHandler {
 public:
  Shard(std::size_t index, ShardEnvironment environment);
  ~Shard() override;

  // On the main thread, before start().
  Status listen(const boost::asio::ip::tcp::endpoint& address) {
    return listener_->listen(address);
  }
  boost::asio::ip::tcp::endpoint address() const { return listener_->address(); }
  void start();  // its thread, named "shard-N"

  // From any thread. drain(): closes every session with 4001 spread over the time; drained() once
  // all is written and every request answered, or at the deadline. HTTP goes on meanwhile, so that
  // a probe reads "draining" instead of meeting a closed door, until finish(): accepts no more, and
  // stops once what was asked is answered (behind the deadline: at once).
  void drain(std::chrono::milliseconds spread, std::chrono::milliseconds deadline, CloseCode code);
  bool drained() const { return drained_; }
  void finish();
  // Ends at once: nothing more is written.
  void stop();
  bool stopped() const { return stopped_; }
  void join();

  void adopt(ClientSocket socket, std::string leftover, UpgradeRequest request) override;

 private:
  void run();
  void turn();
  TurnTime enter_turn();
  void end_turn();
  void end_failed_turn();
  void handler_failed(const std::exception& error);
  void part_with_some();
  void start_upkeep();
  void every_second(SteadyTime now);
  void mind_memory(SteadyTime now);
  void shed(std::uint64_t bytes);  // by closing those who wait with most
  void publish_snapshot();
  void on_accept(ClientSocket socket);
  bool quiet(SteadyTime now) const;
  void note_drained(SteadyTime now);

  const std::size_t index_;
  ShardEnvironment environment_;
  // By pointer: it goes first of all, while what its coroutines refer to still stands.
  std::unique_ptr<boost::asio::io_context> io_;
  Mailbox mailbox_;
  std::unique_ptr<ShardPorts> ports_;
  SessionAuthenticator authenticator_;
  RefusedAccess refused_access_;
  RefusedFrames refused_frames_;
  PromptingAuthenticator admissions_;
  GatewayCounters counters_;
  Engine engine_;
  UserPresence presence_;                   // between the bus and the engine
  std::optional<RewardUpkeepLoop> upkeep_;  // of the first shard
  ShardServices services_;
  DueWorker due_work_{services_.events, services_.profiles, engine_, services_.now};
  std::unique_ptr<SocketPoller> poller_;
  std::unique_ptr<SocketPoller> lobby_;
  BlockPool blocks_;
  std::vector<char> read_buffer_;
  // Of sessions_, which lets go of none in them.
  FlushQueue<WebSocketSession> to_flush_;
  std::vector<WebSocketSession*> leaving_;
  std::vector<std::unique_ptr<WebSocketSession>> sessions_;
  WebSocketShard web_sockets_;
  std::unique_ptr<Listener> listener_;
  std::thread thread_;

  TurnTime now_;
  bool in_turn_ = false;
  SteadyTime next_second_{};
  SteadyTime next_memory_look_{};
  std::optional<SteadyTime> drain_deadline_;
  bool finishing_ = false;
  std::atomic<bool> drained_ = false;
  std::atomic<bool> stopped_ = false;
};

}  // namespace kith
