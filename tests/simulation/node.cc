#include "tests/simulation/node.h"

#include <charconv>
#include <utility>

#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

void Queue::post(std::vector<Task> tasks) {
  for (Task& task : tasks) tasks_.push_back(std::move(task));
  shard_.wake();
}

void Queue::run() {
  for (Task& task : std::exchange(tasks_, {})) task();
}

Result<Claimed> TokenReader::verify(std::string_view token, WallTime now) {
  const auto first = token.find('|');
  const auto second = token.find('|', first + 1);
  const auto user = UserId::parse(token.substr(0, first));
  std::optional<AuthSessionId> session;
  std::int64_t expires_ms = 0;
  if (second != std::string::npos) {
    session = AuthSessionId::parse(token.substr(first + 1, second - first - 1));
    std::from_chars(token.data() + second + 1, token.data() + token.size(), expires_ms);
  }
  const WallTime expires{std::chrono::milliseconds{expires_ms}};
  if (!user || !session || expires <= now) {
    return fail(ErrorCode::unauthorized, "the token does not hold");
  }
  Claimed claimed;
  claimed.user = *user;
  claimed.session = *session;
  claimed.expires = expires;
  return claimed;
}

void TokenReader::admit(const Claimed& claimed, std::vector<ChannelId> channels,
                        Callback<Admission> done) {
  accounts_.admit(
      claimed.user, claimed.session, std::move(channels),
      [done = std::move(done), claimed = Identity(claimed)](Result<Admitted> admitted) mutable {
        if (!admitted) return done(admitted.error());
        claimed.key = admitted->who.user.key;
        claimed.role = admitted->who.user.role;
        done(Admission{.identity = claimed, .channels = std::move(admitted->channels)});
      });
}

void TokenReader::authenticate(std::string token, WallTime now, Callback<Identity> done) {
  const auto claimed = verify(token, now);
  if (!claimed) {
    std::vector<Task> answer;
    answer.emplace_back(
        [done = std::move(done), error = claimed.error()]() mutable { done(error); });
    queue_.post(std::move(answer));
    return;
  }
  admit(*claimed, {}, [done = std::move(done)](Result<Admission> admission) mutable {
    if (!admission) return done(admission.error());
    done(admission->identity);
  });
}

bool Quota::acquire(const UserId& user) {
  constexpr std::uint32_t kMost = 12;
  std::uint32_t& sockets = sockets_[user];
  if (sockets >= kMost) return false;
  ++sockets;
  return true;
}

void Quota::release(const UserId& user) {
  KITH_ASSERT(sockets_[user] > 0);
  --sockets_[user];
}

std::uint32_t Quota::total() const {
  std::uint32_t total = 0;
  for (const auto& [user, sockets] : sockets_) total += sockets;
  return total;
}

Node::Node(World& of, std::uint32_t number_of_it)
    : world(of), number(number_of_it), random_(of.random.fork(100 + number_of_it)) {}

TurnTime Node::now() const {
  const Time now = world.scheduler.now();
  return {.steady = SteadyTime{1000s * (number + 1)} + now,
          .wall = World::kWallStart + wall_offset +
                  std::chrono::duration_cast<std::chrono::milliseconds>(now)};
}

void Node::start() {
  KITH_ASSERT(!is_up());
  ++lives;
  draining_ = false;
  presence = std::make_unique<LocalPresence>();
  quota = std::make_unique<Quota>();
  board_tops = std::make_unique<BoardTops>();
  EngineOptions options;
  append_crockford(options.epoch, world.store.tables.epoch);
  options.build = "simulation";
  options.messages_per_minute = world.plan.messages_per_minute;
  options.channels_per_socket = world.plan.channels_per_socket;
  options.outbound_bytes_max = world.plan.outbound_bytes_max;
  options.crowd = 3;
  for (std::uint32_t i = 0; i < world.plan.shards_per_node; ++i) {
    options.seed = random_.next();
    shards.push_back(std::make_unique<Shard>(*this, i, options));
    shards.back()->wake();
  }
  world.recorder.note("node " + std::to_string(number) + " is up");
}

void Node::crash(bool torn) {
  if (!is_up()) return;
  if (torn) {
    Shard& shard = any_shard(random_);
    shard.torn = true;
    shard.wake();
    return;
  }
  world.recorder.note("node " + std::to_string(number) + " crashes");
  const bool vanishes = random_.chance(300);
  const bool loses = random_.chance(500);
  for (const auto& shard : shards) shard->die(vanishes, loses);
  stop();
}

void Node::stop() {
  for (const auto& shard : shards) shard->die(false, false);
  shards.clear();
  world.store.lose_power();
}

void Node::drain() {
  if (!takes_connections()) return;
  world.recorder.note("node " + std::to_string(number) + " drains");
  draining_ = true;
  for (const auto& shard : shards) {
    shard->engine.drain(500ms);
    shard->wake();
  }
  world.scheduler.after(10s, [this, life = lives] {
    if (lives == life && is_up()) finish_drain();
  });
}

void Node::finish_drain() {
  for (const auto& shard : shards) {
    if (!world.calm() && shard->engine.sessions() > 0 && world.plan.store_is_prompt()) {
      world.recorder.violation("C16", "10 s after the drain began there are sessions still");
    }
  }
  stop();
  start();
}

}  // namespace kith::simulation
