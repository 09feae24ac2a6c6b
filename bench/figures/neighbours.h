// What else runs on the machine while something is measured: it shows in every rate and latency,
// so a page of figures has to own up to it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace kith::figures {

// Seconds since the machine started, of all its cores together.
struct MachineTimes {
  double busy = 0;    // user and system; interrupts are left out: most are those of our own sockets
  double stolen = 0;  // by other guests of the host
  double total = 0;
};
// Of /proc/stat (proc(5)); none where it has not that form. `ticks_per_second`: _SC_CLK_TCK.
std::optional<MachineTimes> machine_times(std::string_view stat, double ticks_per_second);

class Neighbours {
 public:
  // From its making to its end, by when all children of that time must have been waited for.
  class Watch {
   public:
    explicit Watch(Neighbours& neighbours);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Neighbours& neighbours_;
    std::optional<MachineTimes> machine_;
    double own_s_;
  };

  // The share of all cores that others had in each watch since the last call, in percent.
  std::vector<double> take_percents();

 private:
  std::vector<double> percents_;
};

}  // namespace kith::figures
