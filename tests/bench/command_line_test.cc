// What kith-bench understands of its command line, and what it says of the rest.
#include <doctest/doctest.h>
#include <wordexp.h>

#include <algorithm>

#include "tests/bench/parsed_command_line.h"

namespace kith::bench {
namespace {

using namespace std::chrono_literals;

// As a shell would; without the program's name.
std::vector<std::string> words(std::string command) {
  const std::string substitution = "$(pidof kithd)";
  const auto at = command.find(substitution);
  if (at != std::string::npos) command.replace(at, substitution.size(), "4711");
  wordexp_t expanded{};
  REQUIRE(::wordexp(command.c_str(), &expanded, WRDE_NOCMD | WRDE_UNDEF) == 0);
  std::vector<std::string> out(expanded.we_wordv + 1, expanded.we_wordv + expanded.we_wordc);
  ::wordfree(&expanded);
  return out;
}

std::vector<std::string> examples(const std::string& help) {
  std::vector<std::string> out;
  const std::string sign = "\n  kith-bench ";
  for (auto at = help.find(sign); at != std::string::npos; at = help.find(sign, at + 1)) {
    out.push_back(help.substr(at + 3, help.find('\n', at + 1) - at - 3));
  }
  return out;
}

TEST_CASE("every scenario's help has an example, and the example parses") {
  for (const Scenario& scenario : kScenarios) {
    CAPTURE(scenario.name);
    const Parsed help = parse({scenario.name, "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.err.empty());
    const auto found = examples(help.out);
    // One of rooms is of several nodes.
    REQUIRE(found.size() == (scenario.run == run_rooms ? 2 : 1));
    CAPTURE(found.front());
    const Parsed parsed = parse(words(found.front()));
    INFO(parsed.err);
    CHECK_FALSE(parsed.exit_code);
    CHECK((parsed.line.scenario == scenario.run));
    CHECK(parsed.line.seed_file == "seed.json");
    CHECK(parsed.line.options.client.nodes.at(0).target.port == "8080");
    CHECK(parsed.line.options.setting.command_line.starts_with("kith-bench " +
                                                               std::string(scenario.name)));
  }
}

TEST_CASE("the program's help has all examples, compare's too") {
  const Parsed help = parse({"--help"});
  CHECK(help.exit_code == 0);
  const auto found = examples(help.out);
  CHECK(found.size() == std::size(kScenarios) + 2);
  for (const auto& example : found) CHECK_FALSE(parse(words(example)).exit_code);
}

TEST_CASE("times are seconds, or have a unit; what is none is told so") {
  const auto duration = [](const char* text) {
    const Parsed parsed = parse("rooms", {"--duration", text});
    INFO(parsed.err);
    CHECK_FALSE(parsed.exit_code);
    return parsed.line.options.duration;
  };
  CHECK(duration("5") == 5s);
  CHECK(duration("5s") == 5s);
  CHECK(duration("1.5s") == 1500ms);
  CHECK(duration("500ms") == 500ms);
  CHECK(duration("2m") == 120s);
  CHECK(duration("2min") == 120s);
  CHECK(duration("1h") == 3600s);
  for (const char* wrong : {"5x", "s", "", "five", "5 s", "nan", "inf"}) {
    const Parsed parsed = parse("rooms", {"--drain", wrong});
    CAPTURE(parsed.err);
    CHECK(parsed.exit_code == 2);
    CHECK(parsed.err.find("is no time: seconds, or with a unit: 500ms, 5s, 2m, 1h") !=
          std::string::npos);
  }
  CHECK(parse("rooms", {"--duration", "-1s"}).exit_code == 2);
  CHECK(parse("rooms", {"--duration", "0"}).exit_code == 2);
}

TEST_CASE("--version says which one it is") {
  const Parsed parsed = parse({"--version"});
  CHECK(parsed.exit_code == 0);
  CHECK(parsed.out.starts_with("kith-bench "));
}

TEST_CASE("options arrive where the run looks for them") {
  const Parsed parsed = parse("rooms", {"--rate",
                                        "250.5",
                                        "--duration",
                                        "1.5",
                                        "--ramp",
                                        "0.5",
                                        "--threads",
                                        "3",
                                        "--connections",
                                        "77",
                                        "--connect-rate",
                                        "40",
                                        "--payload",
                                        "64:1,1024:1",
                                        "--mix",
                                        "send=1,edit=1",
                                        "--breaks",
                                        "2",
                                        "--settle",
                                        "0.25",
                                        "--drain",
                                        "9",
                                        "--ready",
                                        "8",
                                        "--reconnect-for",
                                        "7",
                                        "--no-reconnect",
                                        "--server-pid",
                                        "12",
                                        "--json",
                                        "j",
                                        "--report",
                                        "r",
                                        "--assert",
                                        "p99_ms<50",
                                        "--assert",
                                        "lost=0"});
  INFO(parsed.err);
  REQUIRE_FALSE(parsed.exit_code);
  const RunOptions& options = parsed.line.options;
  CHECK(options.messages_per_second == 250.5);
  CHECK(options.duration == 1500ms);
  CHECK(options.ramp == 500ms);
  CHECK(options.threads == 3);
  CHECK(options.connections == 77);
  CHECK(options.connects_per_second == 40);
  CHECK(options.breaks_per_second == 2);
  CHECK(options.settle == 250ms);
  CHECK(options.drain_within == 9s);
  CHECK(options.ready_within == 8s);
  CHECK(options.client.reconnect_for == 7s);
  CHECK_FALSE(options.client.reconnect);
  CHECK(options.server_pids == std::vector<pid_t>{12});
  CHECK_FALSE(options.mix.only_sends());
  CHECK(options.in_flight == 0);
  CHECK(parsed.line.json_file == "j");
  CHECK(parsed.line.html_file == "r");
  REQUIRE(parsed.line.assertions.size() == 2);
  CHECK(parsed.line.assertions[1].text == "lost=0");
}

TEST_CASE("what nobody asked for has a default that makes sense") {
  const Parsed parsed = parse("rooms", {});
  REQUIRE_FALSE(parsed.exit_code);
  const RunOptions& options = parsed.line.options;
  CHECK(options.messages_per_second == 100);
  CHECK(options.duration == 10s);
  CHECK(options.threads == 1);
  CHECK(options.connections == 0);
  CHECK(options.client.reconnect);
  CHECK(options.client.payload.pick(1) == 64);
  CHECK(options.mix.only_sends());
  CHECK(options.server_pids.empty());
  CHECK(parsed.line.assertions.empty());
}

TEST_CASE("a wrong value is exit 2, and the first line names it") {
  struct Wrong {
    const char* scenario;
    std::vector<std::string> arguments;
    const char* named;
  };
  const std::vector<Wrong> all = {{"rooms", {"--rate", "0"}, "--rate"},
                                  {"rooms", {"--rate", "-5"}, "--rate"},
                                  {"rooms", {"--rate", "x"}, "--rate"},
                                  {"rooms", {"--duration", "0"}, "--duration"},
                                  {"rooms", {"--ramp", "-1"}, "--ramp"},
                                  {"rooms", {"--threads", "0"}, "--threads"},
                                  {"rooms", {"--threads", "65"}, "--threads"},
                                  {"rooms", {"--connections", "0"}, "--connections"},
                                  {"rooms", {"--payload", "12"}, "--payload"},
                                  {"rooms", {"--mix", "leave=1"}, "--mix"},
                                  {"rooms", {"--breaks", "-1"}, "--breaks"},
                                  {"rooms", {"--breaks", "nan"}, "--breaks"},
                                  {"rooms", {"--rate", "nan"}, "--rate"},
                                  {"rooms", {"--rate", "inf"}, "--rate"},
                                  {"rooms", {"--connect-rate", "NaN"}, "--connect-rate"},
                                  {"rewards", {"--check-ins", "nan"}, "--check-ins"},
                                  {"rewards", {"--repeats", "nan"}, "--repeats"},
                                  {"rooms", {"--report", "-"}, "--report"},
                                  {"rooms", {"--history", "-"}, "--history"},
                                  {"broadcast", {"--club", "--in-flight", "4"}, "--in-flight"},
                                  {"broadcast", {"--bystanders", "5"}, "--club"},
                                  {"rooms", {"--assert", "p99_ms"}, "p99_ms"},
                                  {"rooms", {"--assert", "p99_ms<x"}, "p99_ms<x"},
                                  {"rooms", {"--server-pid", "kithd"}, "--server-pid"},
                                  {"rooms", {"--in-flight", "4"}, "--in-flight"},
                                  {"broadcast", {"--in-flight", "0"}, "--in-flight"},
                                  {"broadcast", {"--in-flight", "257"}, "--in-flight"},
                                  {"idle", {"--rate", "5"}, "--rate"},
                                  {"storm", {"--missed", "0"}, "--missed"},
                                  {"storm", {"--missed", "1001"}, "--missed"},
                                  {"slow", {"--slow", "-1"}, "--slow"},
                                  {"storm", {"--bystanders", "-1"}, "--bystanders"},
                                  {"rooms", {"--settle", "-5"}, "--settle"},
                                  {"rooms", {"--duration", "1e300"}, "--duration"},
                                  {"slow", {"--slow", "0"}, "--slow"},
                                  {"rooms", {"--duration", "1", "--ramp", "2"}, "--ramp"},
                                  {"rooms", {"--assert", "p98_ms<5"}, "p98_ms<5"},
                                  {"rooms", {"--assert", "server.cpu_s<5"}, "--server-pid"},
                                  {"rooms", {"--url", "ws://127.0.0.1:65536"}, "65536"},
                                  {"rooms", {"--url", "ws://127.0.0.1:0"}, "port 0"},
                                  {"rooms", {"--url", "ws://127.0.0.1:http"}, "port http"},
                                  {"rooms", {"--url", "http://127.0.0.1"}, "ws://"}};
  for (const Wrong& wrong : all) {
    CAPTURE(wrong.named);
    const Parsed parsed =
        std::string_view(wrong.arguments.front()) == "--url"
            ? parse({wrong.scenario, "--url", wrong.arguments[1], "--seed-file", "s"})
            : parse(wrong.scenario, wrong.arguments);
    CHECK(parsed.exit_code == 2);
    CHECK(parsed.out.empty());
    CAPTURE(parsed.err);
    CHECK(parsed.err.substr(0, parsed.err.find('\n')).find(wrong.named) != std::string::npos);
    // CLI11 adds one that points to --help.
    CHECK(std::count(parsed.err.begin(), parsed.err.end(), '\n') <= 2);
  }
}

TEST_CASE("a closed loop has no rate") {
  for (const char* scenario : {"broadcast", "sends"}) {
    CHECK(parse(scenario, {"--in-flight", "4", "--rate", "10"}).exit_code == 2);
    const Parsed closed = parse(scenario, {"--in-flight", "4"});
    REQUIRE_FALSE(closed.exit_code);
    CHECK(closed.line.options.in_flight == 4);
    const Parsed open = parse(scenario, {"--rate", "10"});
    REQUIRE_FALSE(open.exit_code);
    CHECK(open.line.options.in_flight == 0);
  }
}

TEST_CASE("without a scenario, or with half of what it needs, it says what is missing") {
  CHECK(parse({}).exit_code == 2);
  const Parsed dance = parse({"dance", "--url", "ws://127.0.0.1"});
  CHECK(dance.exit_code == 2);
  CHECK(dance.err ==
        "kith-bench: there is no 'dance'; rooms, broadcast, sends, idle, storm, slow, "
        "rewards, crud, compare\n");
  const Parsed without_seed = parse({"rooms", "--url", "ws://127.0.0.1:8080"});
  CHECK(without_seed.exit_code == 2);
  CHECK(without_seed.err.find("--seed-file") != std::string::npos);
  CHECK(parse({"compare", "a.json"}).exit_code == 2);
  const Parsed compare = parse({"compare", "a.json", "b.json"});
  CHECK_FALSE(compare.exit_code);
  CHECK((compare.line.scenario == nullptr));
  CHECK(compare.line.compare_b == "b.json");
}

TEST_CASE("compare's help says what its star means, and has an example that parses") {
  const Parsed help = parse({"compare", "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("a star marks that") != std::string::npos);
  CHECK(help.out.find("2 % or more") != std::string::npos);
  const auto found = examples(help.out);
  CHECK(found.size() == 2);
  for (const auto& example : found) CHECK_FALSE(parse(words(example)).exit_code);
}

TEST_CASE("the command line in the report can be pasted into a shell") {
  const Parsed parsed = parse("rooms", {"--assert", "p99_ms<50"});
  REQUIRE_FALSE(parsed.exit_code);
  CHECK(parsed.line.options.setting.command_line.ends_with(" --assert 'p99_ms<50'"));
}

}  // namespace
}  // namespace kith::bench
