// The part of Shard that is no answer to anybody: what it does once a second, and what it gives up
// when the process comes near its memory budget (memory_budget.h).
#include <algorithm>

#include "gateway/console_stats.h"
#include "gateway/shard.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

// A flood fills 100 MB in as many milliseconds; a look takes 3 us.
constexpr auto kLookInterval = 10ms;

// Half of what is configured, but never less than a page of replay takes.
std::size_t tight_outbound_bytes(const LimitsConfig& limits) {
  const std::size_t page = limits::kReplayPageBytes + 4ull * limits.frame_bytes;
  return std::max<std::size_t>(limits.outbound_bytes / 2, page);
}

RewardUpkeepLoop::Options upkeep_options(const RewardRules& rules) {
  const ActivityRule* messages = rules.activity("message");
  return {.counts_messages = messages != nullptr && messages->source != ActivitySource::client};
}

}  // namespace

void Shard::start_upkeep() {
  upkeep_.emplace(ports_->rewards(), upkeep_options(environment_.adapters.rewards()),
                  [this](RewardUpkeep done) {
                    engine_.publish(std::move(done.events));
                    engine_.boards_moved(done.boards);
                  });
}

void Shard::every_second(SteadyTime now) {
  // Late by more than a second: this process was not running, and its peers are not to blame.
  const bool lenient = now - next_second_ > 2s && next_second_ != SteadyTime{};
  next_second_ = now + 1s;
  for (const auto& session : sessions_) session->check(now, lenient);
  if (index_ == 0) due_work_.look();  // one of a process is enough
  publish_snapshot();
  if (upkeep_) upkeep_->tick(now, now_.wall);
  if (!engine_.console_watched()) return;
  environment_.server.note_console(now);
  engine_.tell_console(console_stats_json(environment_.server, now, now_.wall));
}

void Shard::mind_memory(SteadyTime now) {
  MemoryBudget& memory = environment_.server.memory;
  if (memory.bytes() == 0 || now < next_memory_look_) return;
  next_memory_look_ = now + kLookInterval;
  const LimitsConfig& limits = environment_.config.limits;
  const MemoryBudget::Pressure pressure = memory.look(now);
  const bool tight = pressure != MemoryBudget::Pressure::none;
  engine_.set_outbound_budget(tight ? tight_outbound_bytes(limits) : limits.outbound_bytes);
  if (!tight) return;
  if (pressure == MemoryBudget::Pressure::critical) {
    shed(memory.excess_bytes() / environment_.server.shards());
  }
  blocks_.clear();
  memory.give_back(now);
}

void Shard::shed(std::uint64_t bytes) {
  std::vector<WebSocketSession*> waiting;
  for (const auto& session : sessions_) {
    if (session->sheddable_bytes() > 0) waiting.push_back(session.get());
  }
  std::ranges::sort(waiting, std::greater(), &WebSocketSession::sheddable_bytes);
  std::uint64_t freed = 0;
  for (WebSocketSession* session : waiting) {
    if (freed >= bytes) return;
    freed += session->sheddable_bytes();
    session->shed();
  }
}

}  // namespace kith
