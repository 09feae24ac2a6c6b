// What kith-bench's help promises: every default, and only what a scenario uses.
#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <string>

#include "tests/bench/parsed_command_line.h"

namespace kith::bench {
namespace {

TEST_CASE("every default is in the help") {
  for (const Scenario& scenario : kScenarios) {
    CAPTURE(scenario.name);
    const std::string help = parse({scenario.name, "--help"}).out;
    // An option is a line that begins with it, and what stands further in below.
    const std::string sign = "\n  --";
    static const std::set<std::string> kWithout = {"--url",    "--seed-file",    "--server-pid",
                                                   "--json",   "--history",      "--report",
                                                   "--assert", "--no-reconnect", "--club"};
    std::size_t options = 0;
    for (auto at = help.find(sign); at != std::string::npos; at = help.find(sign, at + 1)) {
      const std::string whole = help.substr(at + 3, help.find(sign, at + 1) - at - 3);
      const std::string option = whole.substr(0, whole.find(' '));
      if (kWithout.contains(option)) continue;
      CAPTURE(option);
      ++options;
      const std::string type = whole.substr(0, whole.find_first_of("\n", whole.find("  ")));
      const bool said =
          type.find('=') != std::string::npos || whole.find("(default:") != std::string::npos;
      CHECK(said);
    }
    CHECK(options >= 8);
  }
  const std::string sends = parse({"sends", "--help"}).out;
  CHECK(sends.find("32 to 32000") != std::string::npos);
  CHECK(sends.find("--set limits.messages_per_minute=0") != std::string::npos);
  CHECK(sends.find("default: port 80") != std::string::npos);
  CHECK(parse({"idle", "--help"}).out.find("server that was just started") != std::string::npos);
}

TEST_CASE("the names that --assert takes are in the help, each a name that it takes") {
  for (const Scenario& scenario : kScenarios) {
    CAPTURE(scenario.name);
    const std::string help = parse({scenario.name, "--help"}).out;
    std::istringstream names(help.substr(help.find("server.nodes.*):") + 16));
    std::size_t count = 0;
    for (std::string name; names >> name; ++count) {
      CAPTURE(name);
      std::vector<std::string> more = {"--assert", name + ">=0", "--server-pid", "1"};
      if (name.starts_with("commands.")) more.insert(more.end(), {"--mix", "send=1,edit=1"});
      CHECK_FALSE(parse(scenario.name, more).exit_code);
    }
    CHECK(count > 50);
    CHECK(help.find(" delivery_ms.p99") != std::string::npos);
    const bool mixes = scenario.run == run_rooms || scenario.run == run_slow;
    CHECK((help.find("commands.edit") != std::string::npos) == mixes);
  }
}

TEST_CASE("what a scenario does not use is not offered, and refused") {
  struct Unused {
    const char* scenario;
    std::vector<std::string> arguments;
  };
  for (const Unused& unused :
       {Unused{"idle", {"--ramp", "1"}}, Unused{"idle", {"--mix", "send=1"}},
        Unused{"storm", {"--no-reconnect"}}, Unused{"sends", {"--breaks", "1"}},
        Unused{"broadcast", {"--mix", "send=1"}}, Unused{"rewards", {"--mix", "send=1"}},
        Unused{"crud", {"--repeats", "5"}}, Unused{"crud", {"--history", "h.jsonl"}},
        Unused{"rewards", {"--payload", "64"}}}) {
    CAPTURE(unused.scenario);
    CHECK(parse(unused.scenario, unused.arguments).exit_code == 2);
    CHECK(parse({unused.scenario, "--help"}).out.find(unused.arguments[0]) == std::string::npos);
  }
}

}  // namespace
}  // namespace kith::bench
