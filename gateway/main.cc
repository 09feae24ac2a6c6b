// kithd: the command line leads to a configuration, and that to the server or to one command. This
// file alone puts concrete adapters together (ARCHITECTURE section 1).
#include <cstdio>
#include <exception>

#include "gateway/app_profile.h"
#include "gateway/bus_url.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/invocation.h"
#include "gateway/log.h"
#include "gateway/server.h"
#include "storage/cluster_presence.h"
#include "storage/local_bus.h"
#include "storage/local_presence.h"
#include "storage/open_storage.h"
#include "storage/redis_bus.h"
#include "storage/redis_socket.h"

namespace kith {

namespace {

class NodeShardPorts final : public ShardPorts {
 public:
  NodeShardPorts(std::unique_ptr<ShardStore> store, std::unique_ptr<LocalBus> bus)
      : store_(std::move(store)), bus_(std::move(bus)) {}
  EventLog& log() override { return store_->event_log(); }
  Chats& chats() override { return store_->chats(); }
  Accounts& accounts() override { return store_->accounts(); }
  Notifications* notifications() override { return store_->notifications(); }
  AccountRecovery* recovery() override { return store_->recovery(); }
  Outbox* outbox() override { return store_->outbox(); }
  Boards* boards() override { return store_->boards(); }
  RewardLedger& rewards() override { return store_->rewards(); }
  Profiles* profiles() override { return store_->profiles(); }
  Feeds* feeds() override { return store_->feeds(); }
  Events* events() override { return store_->events(); }
  Clubs* clubs() override { return store_->clubs(); }
  Broadcasts* broadcasts() override { return store_->broadcasts(); }
  ServiceAccounts* service_accounts() override { return store_->service_accounts(); }
  Moderation* moderation() override { return store_->moderation(); }
  Bus& bus() override { return *bus_; }
  void set_receiver(Bus::Receiver& receiver) override { bus_->set_receiver(receiver); }

 private:
  std::unique_ptr<ShardStore> store_;
  std::unique_ptr<LocalBus> bus_;
};

void log_bus_notice(const BusNotice& notice) {
  switch (notice.kind) {
    case BusNotice::Kind::healthy:
      log_event(LogLevel::info, "bus.healthy", {{"channels", notice.channels}});
      break;
    case BusNotice::Kind::ill:
      log_event(LogLevel::warn, "bus.ill", {{"reason", notice.reason}});
      break;
    case BusNotice::Kind::refused:
      log_event(LogLevel::warn, "bus.refused", {{"reason", notice.reason}});
      break;
  }
}

class NodeAdapters final : public Adapters {
 public:
  NodeAdapters(std::unique_ptr<Storage> storage, std::shared_ptr<const RewardRules> rewards)
      : storage_(std::move(storage)), rewards_(std::move(rewards)) {}
  // Before the first shard. Errors as RedisBus::open has them.
  Status connect(const RedisAddress& address) {
    auto presence = std::make_unique<ClusterPresence>();
    auto redis = RedisBus::open(address, {.epoch = storage_->epoch(), .on_notice = log_bus_notice},
                                bus_, *presence);
    if (!redis) return redis.error();
    presence_ = std::move(presence);
    redis_ = std::move(*redis);
    return Nothing{};
  }
  std::unique_ptr<ShardPorts> for_shard(CompletionQueue& completions) override {
    return std::make_unique<NodeShardPorts>(storage_->for_shard(completions),
                                            bus_.for_shard(completions));
  }
  std::shared_ptr<Outbox> outbox(CompletionQueue& completions) override {
    const std::shared_ptr<ShardStore> store = storage_->for_shard(completions);
    return {store, store->outbox()};
  }
  PresenceRegistry& presence() override { return *presence_; }
  const RewardRules& rewards() const override { return *rewards_; }
  std::string epoch() const override { return storage_->epoch(); }
  std::string signing_secret() const override { return storage_->signing_secret(); }
  StorageStats storage_stats() const override { return storage_->stats(); }
  BusStats bus_stats() const override { return redis_ ? redis_->stats() : BusStats{}; }
  void close() override {
    if (redis_) redis_->close();
    storage_->close();
  }

 private:
  LocalBusHub bus_;
  std::unique_ptr<PresenceRegistry> presence_ = std::make_unique<LocalPresence>();
  std::unique_ptr<Storage> storage_;
  const std::shared_ptr<const RewardRules> rewards_;
  std::unique_ptr<RedisBus> redis_;  // null: this is the only node
};

RedisAddress redis_address(const BusUrl& url, const std::string& ca_file) {
  return {.host = url.host,
          .port = url.port,
          .tls = url.tls,
          .user = url.user,
          .password = url.password,
          .ca_file = ca_file};
}

OutgoingRules outgoing_rules(const Config& config) {
  return {.web_hook = !config.webhook.url.empty(),
          .email = !config.email.smtp_url.empty(),
          .delay = std::chrono::seconds(config.notifications.delay_s)};
}

Result<std::unique_ptr<Adapters>> open_adapters(const Config& config, std::uint32_t,
                                                StorageAlarms alarms) {
  auto rules = load_app_profile(config.app);
  if (!rules) return rules.error();
  const auto rewards = std::make_shared<const RewardRules>(std::move(*rules));
  auto storage = open_storage(
      {.url = storage_url(config),
       .reader_threads = config.storage.reader_threads,
       .writer_threads = writer_thread_count(config),
       .accept_acked_loss = config.storage.accept_acked_loss,
       .log_keep = std::chrono::hours(24 * std::int64_t{config.storage.log_keep_days}),
       .log_keep_events = config.storage.log_keep_events,
       .notifications_keep = std::chrono::hours(24 * std::int64_t{config.notifications.keep_days}),
       .outgoing = outgoing_rules(config),
       .rewards = rewards,
       .on_fatal = std::move(alarms.on_fatal),
       .on_warning =
           [](const std::string& line) {
             log_event(LogLevel::warn, "storage.warning", {{"reason", line}});
           },
       .on_history_gone = std::move(alarms.on_history_gone)});
  if (!storage) return storage.error();
  auto adapters = std::make_unique<NodeAdapters>(std::move(*storage), rewards);
  if (!config.bus.url.empty()) {
    const auto url = parse_bus_url(config.bus.url);
    if (!url) return url.error();
    if (auto done = adapters->connect(redis_address(*url, config.bus.ca_file)); !done) {
      return done.error();
    }
  }
  return std::unique_ptr<Adapters>(std::move(adapters));
}

int run(int argc, char** argv) {
  auto parsed = parse_invocation(argc, argv, process_environment());
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
    std::fputs(early->text.c_str(), early->code == 0 ? stdout : stderr);
    return early->code;
  }
  const auto& invocation = std::get<Invocation>(parsed);
  if (const auto* serve = std::get_if<invocation::Serve>(&invocation.command)) {
    if (serve->demo) {
      const Status ready = prepare_demo(invocation.config);
      if (!ready) return complain(ready.error().message, exit_code(ready.error()));
    }
    return run_server(invocation.config, open_adapters, {.demo = serve->demo});
  }
  return run_command(invocation);
}

}  // namespace

}  // namespace kith

int main(int argc, char** argv) {
  try {
    return kith::run(argc, argv);
  } catch (const std::exception& failure) {
    return kith::complain(failure.what());
  }
}
