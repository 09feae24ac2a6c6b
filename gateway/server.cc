#include "gateway/server.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string_view>

#include "gateway/build_name.h"
#include "gateway/config_address.h"
#include "gateway/end_watch.h"
#include "gateway/jwt.h"
#include "gateway/log.h"
#include "gateway/outgoing/courier.h"
#include "gateway/password_pool.h"
#include "gateway/rest/answers.h"
#include "gateway/server_state.h"
#include "gateway/shard.h"
#include "gateway/socket_quota.h"
#include "protocol/version.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

// Behind the spread of the closes, for commits in flight and for peers that are slow to leave.
constexpr auto kDrainSlack = 4s;
// Behind all that: what is being sent out, the last commits, and the threads.
constexpr std::chrono::milliseconds kEndPatience = 10s;
constexpr int kExitCannotStart = 1;
// An admin's drain. Another one than SIGTERM, which means at once while a drain is under way.
constexpr int kDrainSignal = SIGUSR1;

int cannot_start(const std::string& line, int code = kExitCannotStart) {
  std::fprintf(stderr, "kithd: %s\n", line.c_str());
  return code;
}

// As many descriptors as the system lets us have: one per connection.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log_event(LogLevel::warn, "server.descriptor_limit");
}

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigset_t all = signals;
  sigaddset(&all, kDrainSignal);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

std::string random_node_name() {
  std::string name;
  append_crockford(
      name,
      fresh_uuid(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())));
  return name;
}

ServerStateOptions state_options(const Config& config, const Adapters& adapters,
                                 const ServeOptions& options, std::uint32_t shards,
                                 AddressRanges proxies) {
  return {.shards = shards,
          .build = std::string(build_name()),
          .epoch = adapters.epoch(),
          .node = random_node_name(),
          .demo = options.demo,
          .started_wall = std::chrono::time_point_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now()),
          .started = std::chrono::steady_clock::now(),
          .sign_ups_per_minute = config.limits.signups_per_minute,
          .logins_per_minute = config.limits.logins_per_minute,
          .failed_logins_per_minute = config.limits.failed_logins_per_minute,
          .account_mails_per_minute = config.limits.account_mails_per_minute,
          .handshakes_per_second = config.limits.handshakes_per_second,
          .activities_per_minute = config.limits.activities_per_minute,
          .posts_per_minute = config.limits.posts_per_minute,
          .broadcasts_per_minute = config.limits.broadcasts_per_minute,
          .memory_bytes = std::uint64_t{config.limits.memory_mib} * 1024 * 1024,
          .trusted_proxies = std::move(proxies),
          .storage_stats = [&adapters] { return adapters.storage_stats(); },
          .bus_stats = [&adapters] { return adapters.bus_stats(); },
          .drain = [] { kill(getpid(), kDrainSignal); }};
}

// The process ends as for SIGTERM, but tells its clients to start anew, and whoever started it to
// start it again: everything that it remembers of the log is of another one.
std::atomic<bool> history_gone = false;

void end_with_history(const std::string& reason) {
  if (history_gone.exchange(true)) return;
  log_event(LogLevel::error, "storage.history_gone", {{"reason", reason}});
  ::kill(::getpid(), SIGTERM);
}

bool sends_out(const Config& config) {
  return !config.webhook.url.empty() || !config.email.smtp_url.empty();
}

void await_signal(sigset_t signals) {
  sigaddset(&signals, kDrainSignal);
  while (sigwaitinfo(&signals, nullptr) < 0) {
  }
}

// Until all shards have stopped: none before all are drained, since a connection may come to any of
// them. False: a signal came first.
bool await_drain(const sigset_t& signals, const std::vector<std::unique_ptr<Shard>>& shards) {
  const auto all = [&](bool (Shard::*state)() const) {
    return std::ranges::all_of(shards, [&](const auto& shard) { return (*shard.*state)(); });
  };
  const timespec pause{.tv_sec = 0, .tv_nsec = 20'000'000};
  bool finishing = false;
  while (!all(&Shard::stopped)) {
    if (sigtimedwait(&signals, nullptr, &pause) > 0) return false;
    if (finishing || !all(&Shard::drained)) continue;
    finishing = true;
    for (const auto& shard : shards) shard->finish();
  }
  return true;
}

[[noreturn]] void stop_at_once(std::string_view reason, int code) {
  log_event(LogLevel::warn, "server.stopped_at_once", {{"reason", reason}});
  stop_log();
  std::_Exit(code);
}

std::int64_t ms_since(std::chrono::steady_clock::time_point then) {
  const auto passed = std::chrono::steady_clock::now() - then;
  return std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
}

// Until every shard has ended.
void drain(const Config& config, const sigset_t& signals,
           const std::vector<std::unique_ptr<Shard>>& shards, CloseCode code) {
  const auto begun = std::chrono::steady_clock::now();
  const std::chrono::milliseconds longest = std::chrono::seconds(config.gateway.drain_s);
  for (const auto& shard : shards) shard->drain(longest, longest + kDrainSlack, code);
  if (!await_drain(signals, shards)) stop_at_once("asked again", kExitCannotStart);
  for (const auto& shard : shards) shard->join();
  log_event(LogLevel::info, "server.drained", {{"ms", ms_since(begun)}});
}

// SQLite's last checkpoint takes what it takes; on Postgres there is nothing of ours to be
// finished.
EndWatch::Options end_watch_options(const Config& config, const sigset_t& signals, int code) {
  const bool postgres = storage_url(config).starts_with("postgres");
  return {.patience = postgres ? kEndPatience : std::chrono::milliseconds(1h),
          .asked_again =
              [signals](std::chrono::milliseconds pause) {
                const timespec time{.tv_sec = 0, .tv_nsec = pause.count() * 1'000'000};
                return sigtimedwait(&signals, nullptr, &time) > 0;
              },
          .give_up =
              [code](EndWatch::Cause cause) {
                if (cause == EndWatch::Cause::asked_again) {
                  stop_at_once("asked again", kExitCannotStart);
                }
                stop_at_once("it took too long", code);
              }};
}

// `watch` outlives the adapters: it begins to look once all is drained.
int serve(const Config& config, Adapters& adapters, const ServeOptions& options,
          const sigset_t& signals, std::uint32_t shard_total, std::optional<EndWatch>& watch) {
  const auto address = parse_listen_address(config.listen);
  if (!address) return cannot_start(address.error().message, kExitConfig);
  auto proxies = AddressRanges::parse(config.trusted_proxies);
  if (!proxies) return cannot_start(proxies.error().message, kExitConfig);
  const auto key = open_token_key(config, MissingSecret::make, adapters.signing_secret());
  if (!key) return cannot_start(key.error().message, kExitConfig);
  const TokenParties parties{.issuer = config.auth.issuer, .audience = config.auth.audience};
  const TokenSigner signer(*key, parties);
  ServerState state(state_options(config, adapters, options, shard_total, *proxies));
  ConnectionLimits connections({.per_address = config.limits.connections_per_address,
                                .pending_handshakes = config.limits.pending_handshakes,
                                .trusted_proxies = *proxies});
  ProcessSocketQuota sockets(config.limits.sockets_per_user);
  // Other nodes may share the store.
  SeenNotices seen;
  SeenNotices* const witness =
      storage_url(config).starts_with("postgres") && sends_out(config) ? &seen : nullptr;
  std::vector<std::unique_ptr<Shard>> shards;
  // Behind the shards, so that it goes before them: they outlive what answers into them.
  PasswordPool passwords(
      {.threads = config.auth.password_threads, .queue_max = config.auth.password_queue});
  boost::asio::ip::tcp::endpoint endpoint = *address;
  if (const Status free = check_address_is_free(endpoint); !free) {
    return cannot_start(free.error().message);
  }
  for (std::uint32_t i = 0; i < shard_total; ++i) {
    shards.push_back(std::make_unique<Shard>(
        i, ShardEnvironment{config, adapters, signer, *key, parties, passwords, state, connections,
                            sockets, witness}));
    if (const Status listening = shards.back()->listen(endpoint); !listening) {
      return cannot_start(listening.error().message);
    }
    endpoint = shards.front()->address();  // port 0 is chosen once
  }
  Courier courier(
      config, [&adapters](CompletionQueue& completions) { return adapters.outbox(completions); },
      [&sockets](const UserId& user) { return sockets.has_any(user); }, witness);
  state.set_outgoing_stats([&courier] { return courier.stats(); });
  for (const auto& shard : shards) shard->start();
  const auto host = endpoint.address().to_string();
  const std::string url = endpoint.address().is_v6()
                              ? fmt::format("http://[{}]:{}/", host, endpoint.port())
                              : fmt::format("http://{}:{}/", host, endpoint.port());
  log_event(
      LogLevel::info, "server.listening",
      {{"url", url}, {"shards", shard_total}, {"version", kVersion}, {"build", build_name()}});

  await_signal(signals);
  const bool anew = history_gone;
  log_event(LogLevel::info, "server.draining");
  state.set_draining();
  drain(config, signals, shards, anew ? CloseCode::internal_error : CloseCode::draining);
  const int code = anew ? kExitStorageFailed : 0;
  const auto drained = std::chrono::steady_clock::now();
  watch.emplace(end_watch_options(config, signals, code));
  courier.stop();
  adapters.close();
  log_event(LogLevel::info, "server.stopped", {{"ms", ms_since(drained)}});
  return code;
}

}  // namespace

int run_server(const Config& config, const OpenAdapters& open_adapters, ServeOptions options) {
  // It is asked again when it is time to listen: this is so that a mistaken port makes no store.
  if (const auto address = parse_listen_address(config.listen)) {
    const Status free = check_address_is_free(*address);
    if (!free) return cannot_start(free.error().message);
  }
  const sigset_t signals = block_signals();
  start_log(config.log.level);
  raise_descriptor_limit();
  const auto on_fatal = [](const std::string& reason) {
    log_event(LogLevel::error, "storage.failed", {{"reason", reason}});
    stop_log();
    std::_Exit(kExitStorageFailed);
  };
  const std::uint32_t shards = shard_count(config);
  std::optional<EndWatch> watch;
  auto adapters =
      open_adapters(config, shards, {.on_fatal = on_fatal, .on_history_gone = end_with_history});
  const int code = adapters ? serve(config, **adapters, options, signals, shards, watch)
                            : cannot_start(adapters.error().message, exit_code(adapters.error()));
  stop_log();
  return code;
}

}  // namespace kith
