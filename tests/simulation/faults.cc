#include "tests/simulation/faults.h"

#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

Faults::Faults(World& world) : world_(world), random_(world.random.fork(7)) {}

void Faults::start() {
  for (const Fault fault :
       {Fault::bus_tail, Fault::partition, Fault::store_outage, Fault::crash, Fault::torn_turn,
        Fault::drain, Fault::cut, Fault::half_open, Fault::slow, Fault::clock}) {
    if (world_.plan.fault(fault) > 0) schedule(fault);
  }
}

void Faults::schedule(Fault fault) {
  const Time mean = world_.plan.fault(fault) * Time{1ms};
  world_.scheduler.after(random_.time(mean / 5, mean * 9 / 5), [this, fault] {
    if (world_.calm()) return;
    befall(fault);
    schedule(fault);
  });
}

void Faults::befall(Fault fault) {
  Recorder& recorder = world_.recorder;
  switch (fault) {
    case Fault::bus_tail:
      recorder.note("the bus swallows what is said");
      return world_.bus.swallow(world_.scheduler.now() + random_.time(20ms, 800ms));
    case Fault::partition:
      return partition();
    case Fault::store_outage:
      recorder.note("the store is down");
      return world_.store.go_down(random_.time(100ms, 8s));
    case Fault::crash:
    case Fault::torn_turn:
      return crash(fault == Fault::torn_turn);
    case Fault::drain:
      return world_.nodes[random_.below(world_.nodes.size())]->drain();
    case Fault::cut:
    case Fault::half_open:
      return network(fault);
    case Fault::slow:
      return slow_down();
    case Fault::clock:
      return set_clock();
    default:
      return;  // of a single message or request: the models' own
  }
}

void Faults::crash(bool torn) {
  Node& node = *world_.nodes[random_.below(world_.nodes.size())];
  if (!node.is_up()) return;
  ++world_.crashes_;
  node.crash(torn);
  world_.scheduler.after(random_.time(10ms, 12s), [&node] {
    if (!node.is_up()) node.start();
  });
}

void Faults::partition() {
  if (world_.plan.nodes < 2) return;
  world_.recorder.note("the bus is cut in two");
  const std::uint64_t side = random_.between(1, (1U << world_.plan.nodes) - 2);
  world_.bus.partition(side, world_.scheduler.now() + random_.time(300ms, 20s),
                       random_.chance(400));
}

void Faults::network(Fault fault) {
  Client& client = *world_.clients[random_.below(world_.clients.size())];
  const auto connection = client.connection();
  if (!connection) return;
  world_.recorder.note(client.name + (fault == Fault::cut ? " is cut" : " falls silent"));
  fault == Fault::cut ? connection->cut() : connection->fall_silent();
}

void Faults::slow_down() {
  Client& client = *world_.clients[random_.below(world_.clients.size())];
  const auto connection = client.connection();
  if (!connection) return;
  world_.recorder.note(client.name + " is slow");
  connection->set_speed(random_.chance(300) ? 0 : random_.between(20, 2'000));
  world_.scheduler.after(random_.time(200ms, 50s),
                         [connection] { connection->set_speed(Connection::kUnlimited); });
}

void Faults::set_clock() {
  Node& node = *world_.nodes[random_.below(world_.nodes.size())];
  world_.recorder.note("the clock of node " + std::to_string(node.number) + " is set");
  node.wall_offset = std::chrono::milliseconds(random_.between(0, 120'000)) - 60s;
}

}  // namespace kith::simulation
