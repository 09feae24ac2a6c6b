#include <algorithm>
#include <utility>

#include "tests/simulation/node.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

Shard::Shard(Node& of, std::uint32_t index, const EngineOptions& options)
    : node(of),
      queue(*this),
      line(std::make_shared<StoreLine>(of.world.store, queue, Random(options.seed + 1))),
      bus(of.world.bus.make_end(of.number, index)),
      store(of.world.store.for_shard(line, *of.board_tops)),
      authenticator(store->accounts(), queue),
      engine({.log = store->event_log(),
              .chats = store->chats(),
              .bus = *bus,
              .presence = *of.presence,
              .authenticator = authenticator,
              .sockets = *of.quota,
              .boards = store->boards()},
             options),
      random_(options.seed + 2) {
  bus->wake = [this] { wake(); };
}

Shard::~Shard() {
  die(false, false);
}

void Shard::die(bool vanishes, bool loses) {
  if (!*alive_) return;
  node.world.bury(*this);
  line->cut_off();
  for (const auto& connection : connections_) connection->shard_died(!vanishes);
  connections_.clear();
  node.world.bus.shard_died(*bus, loses);
  node.world.bus.remove(*bus);
  *alive_ = false;
}

void Shard::wake_at(Time time) {
  const Time due = std::max({time, node.world.scheduler.now(), rest_until_});
  if (due >= turn_at_ || !*alive_) return;
  turn_at_ = due;
  node.world.scheduler.at(due, [this, alive = alive_, wanted = ++wanted_] {
    if (*alive && wanted == wanted_) turn(wanted);
  });
}

void Shard::accept(const std::shared_ptr<Connection>& connection) {
  connections_.push_back(connection);
}

std::size_t Shard::most_queued() const {
  std::size_t most = 0;
  for (const auto& connection : connections_) most = std::max(most, connection->most_queued());
  return most;
}

void Shard::turn(std::uint64_t) {
  World& world = node.world;
  ++world.turns;
  turn_at_ = Time::max();
  rest_until_ = world.scheduler.now() +
                (random_.chance(10) ? random_.time(5ms, 40ms) : random_.time(0us, 800us));
  const bool sinks_refer = world.turns % 4 == 1;  // as if some had not written yet
  engine.begin_turn(node.now(), sinks_refer);
  queue.run();
  for (const BusEventPtr& event : std::exchange(bus->arrived, {})) engine.on_bus_event(event);
  const auto connections = connections_;
  for (const auto& connection : connections) connection->take_in(engine);
  engine.tick();
  if (torn) return tear();
  engine.flush();
  bool more = false;
  for (const auto& connection : connections) more = connection->pump(engine) || more;
  std::erase_if(connections_, [](const auto& connection) {
    if (connection->is_over()) connection->leave_shard();
    return connection->is_over();
  });
  if (sinks_refer) {
    more = true;
  } else {
    keep_engine_honest();
  }
  if (more) wake();
  wake_at(std::chrono::duration_cast<Time>(engine.next_deadline() - node.now().steady) +
          world.scheduler.now() + 1us);
}

// The process dies in this turn: of what it says to its clients and to the bus some gets out.
void Shard::tear() {
  World& world = node.world;
  world.recorder.note("node " + std::to_string(node.number) + " dies within a turn");
  bus->muted = random_.chance(500);
  std::vector<std::size_t> before;
  for (const auto& connection : connections_) before.push_back(connection->waiting_bytes());
  engine.flush();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (random_.chance(500)) connections_[i]->forget_turn(before[i]);
    if (connections_[i]->server_open()) connections_[i]->pump(engine);
  }
  Node& mine = node;
  world.scheduler.after(0us, [&mine, life = mine.lives] {
    if (mine.lives == life && mine.is_up()) mine.crash(false);
  });
  rest_until_ = Time::max();
}

// What is due at once is done in a few more turns, or a shard would spin. One is not always enough:
// what waited behind a socket's commands in flight is read when these are answered, and may be
// refused at once, which is told in the turn behind it.
void Shard::keep_engine_honest() {
  constexpr int kTurnsMax = 16;
  const TurnTime now = node.now();
  for (int turn = 0; engine.next_deadline() <= now.steady; ++turn) {
    if (turn == kTurnsMax) {
      node.world.recorder.violation("C16", "a shard has something due at once for ever");
      rest_until_ = node.world.scheduler.now() + 1ms;
      return;
    }
    engine.begin_turn(now);
    engine.tick();
    engine.flush();
    for (const auto& connection : connections_) connection->pump(engine);
  }
}

}  // namespace kith::simulation
