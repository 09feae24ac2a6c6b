// What goes wrong with whole nodes, the network and the clocks, and when.
#pragma once

#include "tests/simulation/plan.h"

namespace kith::simulation {

class World;

class Faults {
 public:
  explicit Faults(World& world);
  void start();

 private:
  void schedule(Fault fault);
  void befall(Fault fault);
  void crash(bool torn);
  void partition();
  void network(Fault fault);
  void slow_down();
  void set_clock();

  World& world_;
  Random random_;
};

}  // namespace kith::simulation
