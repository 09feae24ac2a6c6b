#include "gateway/server_state.h"

#include <memory>

#include "protocol/assert.h"

namespace kith {

namespace {
constexpr std::size_t kOtherCode = 48;
constexpr std::chrono::milliseconds kReadinessLifetime{1000};
constexpr std::chrono::seconds kConsoleLifetime{3};
}  // namespace

void GatewayCounters::count_close(std::uint16_t code) {
  std::size_t index = kOtherCode;
  if (code >= 1000 && code < 1016) index = code - 1000u;
  if (code >= 4000 && code < 4020) index = 16u + code - 4000u;
  if (code >= 4500 && code < 4512) index = 36u + code - 4500u;
  ++closes[index];
}

std::uint16_t GatewayCounters::close_code_at(std::size_t index) {
  if (index < 16) return static_cast<std::uint16_t>(1000 + index);
  if (index < 36) return static_cast<std::uint16_t>(4000 + index - 16);
  if (index < kOtherCode) return static_cast<std::uint16_t>(4500 + index - 36);
  return 0;
}

ServerState::ServerState(ServerStateOptions options)
    : memory(options.memory_bytes),
      sign_ups(options.sign_ups_per_minute),
      activities(options.activities_per_minute, 1'000'000),
      club_posts(options.posts_per_minute),
      broadcasts(options.broadcasts_per_minute),
      logins(options.logins_per_minute),
      failed_logins(options.failed_logins_per_minute),
      failed_logins_of_account(options.failed_logins_per_minute * 10),
      account_mails(options.account_mails_per_minute),
      account_mails_of_account((options.account_mails_per_minute + 9) / 10),
      options_(std::move(options)),
      refreshes_(options_.shards),
      snapshots_(options_.shards),
      handshakes_(static_cast<double>(options_.handshakes_per_second),
                  TokenBucket::Seconds{1.0 / std::max(1u, options_.handshakes_per_second)},
                  options_.started) {}

StorageStats ServerState::storage_stats() const {
  return options_.storage_stats ? options_.storage_stats() : StorageStats{};
}

BusStats ServerState::bus_stats() const {
  return options_.bus_stats ? options_.bus_stats() : BusStats{};
}

void ServerState::publish_snapshot(std::size_t shard, ShardSnapshot snapshot) {
  KITH_ASSERT(shard < snapshots_.size());
  const std::lock_guard lock(mutex_);
  snapshots_[shard] = std::move(snapshot);
}

std::vector<ShardSnapshot> ServerState::snapshots() const {
  const std::lock_guard lock(mutex_);
  return snapshots_;
}

bool ServerState::request_drain() {
  if (drain_requested_.exchange(true)) return false;
  if (options_.drain) options_.drain();
  return true;
}

bool ServerState::console_watched(SteadyTime now) const {
  const SteadyTime seen = console_seen_.load(std::memory_order_relaxed);
  return seen != SteadyTime::min() && now - seen < kConsoleLifetime;
}

void ServerState::set_refresh(std::size_t shard, Refresh refresh) {
  KITH_ASSERT(shard < refreshes_.size());
  refreshes_[shard] = std::move(refresh);
}

void ServerState::refresh_snapshots(std::function<void()> done) const {
  struct Round {
    std::atomic<std::size_t> missing;
    std::function<void()> done;
  };
  const auto round = std::make_shared<Round>(refreshes_.size(), std::move(done));
  for (const Refresh& refresh : refreshes_) {
    refresh([round] {
      if (--round->missing == 0) round->done();
    });
  }
}

bool ServerState::admit_handshake(SteadyTime now) {
  if (options_.handshakes_per_second == 0) return true;
  const std::lock_guard lock(mutex_);
  return handshakes_.try_take(now);
}

std::optional<bool> ServerState::known_readiness(SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  if (now - readiness_noted_ > kReadinessLifetime) return std::nullopt;
  return readiness_;
}

void ServerState::note_readiness(bool ready, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  readiness_ = ready;
  readiness_noted_ = now;
}

}  // namespace kith
