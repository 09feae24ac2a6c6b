// kithd: the command line leads to a configuration, and that to the server or to one command. This
// file alone puts concrete adapters together (ARCHITECTURE section 1).
#include <cstdio>
#include <exception>

#include "gateway/commands/commands.h"
#include "gateway/commands/invocation.h"
#include "gateway/log.h"
#include "gateway/server.h"
#include "storage/local_bus.h"
#include "storage/local_presence.h"
#include "storage/open_storage.h"

namespace kith {

namespace {

class NodeShardPorts final : public ShardPorts {
 public:
  NodeShardPorts(std::unique_ptr<ShardStore> store, std::unique_ptr<LocalBus> bus)
      : store_(std::move(store)), bus_(std::move(bus)) {}
  EventLog& log() override { return store_->event_log(); }
  Chats& chats() override { return store_->chats(); }
  Accounts& accounts() override { return store_->accounts(); }
  Bus& bus() override { return *bus_; }
  void set_receiver(Bus::Receiver& receiver) override { bus_->set_receiver(receiver); }

 private:
  std::unique_ptr<ShardStore> store_;
  std::unique_ptr<LocalBus> bus_;
};

class NodeAdapters final : public Adapters {
 public:
  explicit NodeAdapters(std::unique_ptr<Storage> storage) : storage_(std::move(storage)) {}
  std::unique_ptr<ShardPorts> for_shard(CompletionQueue& completions) override {
    return std::make_unique<NodeShardPorts>(storage_->for_shard(completions),
                                            bus_.for_shard(completions));
  }
  PresenceRegistry& presence() override { return presence_; }
  std::string epoch() const override { return storage_->epoch(); }
  std::string signing_secret() const override { return storage_->signing_secret(); }
  StorageStats storage_stats() const override { return storage_->stats(); }
  void close() override { storage_->close(); }

 private:
  LocalBusHub bus_;
  LocalPresence presence_;
  std::unique_ptr<Storage> storage_;
};

Result<std::unique_ptr<Adapters>> open_adapters(const Config& config, std::uint32_t,
                                                std::function<void(const std::string&)> on_fatal) {
  auto storage =
      open_storage({.url = storage_url(config),
                    .reader_threads = config.storage.reader_threads,
                    .writer_threads = config.storage.writer_threads,
                    .accept_acked_loss = config.storage.accept_acked_loss,
                    .log_keep = std::chrono::hours(24 * std::int64_t{config.storage.log_keep_days}),
                    .log_keep_events = config.storage.log_keep_events,
                    .on_fatal = std::move(on_fatal),
                    .on_warning = [](const std::string& line) {
                      log_event(LogLevel::warn, "storage.warning", {{"reason", line}});
                    }});
  if (!storage) return storage.error();
  return std::unique_ptr<Adapters>(std::make_unique<NodeAdapters>(std::move(*storage)));
}

int run(int argc, char** argv) {
  auto parsed = parse_invocation(argc, argv, process_environment());
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) {
    std::fputs(early->text.c_str(), early->code == 0 ? stdout : stderr);
    return early->code;
  }
  const auto& invocation = std::get<Invocation>(parsed);
  if (std::holds_alternative<invocation::Serve>(invocation.command)) {
    return run_server(invocation.config, open_adapters);
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
