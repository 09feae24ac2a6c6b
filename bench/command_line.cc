#include "bench/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "bench/command_kinds.h"
#include "bench/command_texts.h"
#include "bench/machine.h"
#include "bench/unknown_option.h"
#include "protocol/version.h"

namespace kith::bench {
namespace {

constexpr int kWrongUsage = 2;

// CLI's range lets "nan" pass, which is neither below nor above anything, and would mean "none".
CLI::Validator within(double least, double most) {
  const CLI::Range range(least, most);
  const auto check = [range, least, most](std::string& text) -> std::string {
    if (!std::isnan(std::strtod(text.c_str(), nullptr))) return range(text);
    return fmt::format("Value {} not in range {} to {}", text, least, most);
  };
  return CLI::Validator(check, range.get_description());
}

// So that an error names a range that one can read, and no time or rate overflows.
const CLI::Validator kSeconds = within(0.0, 1e6);
const CLI::Validator kRate = within(0.0, 1e8);
const CLI::Range kClients(0, 1'000'000);

constexpr const char* kServer = " --url ws://127.0.0.1:8080 --seed-file seed.json ";
constexpr const char* kOnNodes =
    "\n  kith-bench rooms --url ws://node1:8080,ws://node2:8080 --seed-file seed.json "
    "--rate 2500 --assert 'delivery_cross_ms.p99<200'";

CLI::Option* seconds(CLI::App& app, const char* name, double& value, const char* purpose,
                     const CLI::Validator& range = kSeconds) {
  CLI::Option* option = app.add_option(name, value, purpose)->type_name("TIME");
  option->transform(CLI::Validator(&as_seconds, "", "time"))->check(range)->capture_default_str();
  return option;
}

void add_crowd(CLI::App& app, std::string_view kind, CommandLine& line, Texts& texts) {
  RunOptions& options = line.options;
  app.add_option("--url", texts.urls,
                 "ws://HOST[:PORT][/PATH] (default: port 80, path /ws); several nodes as a,b or by "
                 "the option again: the members of a chat are spread over them")
      ->required()
      ->expected(1)
      ->take_all();
  app.add_option("--seed-file", line.seed_file, "as `kithd seed --out` writes it")->required();
  app.add_option(
         "--connections", options.connections,
         kind == "rewards" ? "sockets that watch the board (default: 100)"
         : kind == "crud"  ? "sockets that follow their club (default: 10)"
         : kind == "storm"
             ? "sockets, one per chat and member (default: all; fewer: of the first chats)"
         : kind == "sends"
             ? "sockets (default: one per user that has a chat; fewer: from all over; more: "
               "several per user)"
             : "sockets (default: one per user that has a chat; fewer: of the first chats; "
               "more: several per user)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--threads", options.threads, "of this client")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--connect-rate", options.connects_per_second,
                 "connects per second (default: the next when one is answered, 64 under way)")
      ->check(kRate);
  seconds(app, "--ready", texts.ready_s, "seconds that connecting everybody may take");
  seconds(app, "--reconnect-for", texts.reconnect_s, "seconds that a client tries to (re)connect");
  // A storm's crowd is cut off to come back.
  if (kind == "storm") return;
  app.add_flag("--no-reconnect", texts.no_reconnect, "a broken connection ends the run");
}

void add_measuring(CLI::App& app, Texts& texts) {
  seconds(app, "--settle", texts.settle_s, "seconds between all ready and the load");
  seconds(app, "--drain", texts.drain_s, "seconds that the last deliveries may take");
  app.add_option("--server-pid", texts.server_pids,
                 "also measure this process, the server at --url on this machine: CPU (threads "
                 "named store* apart), memory; of several nodes as a,b or by the option again, in "
                 "the order of their URLs")
      ->expected(1)
      ->delimiter(',')
      ->take_all();
}

void add_common(CLI::App& app, std::string_view kind, Texts& texts) {
  seconds(app, "--duration", texts.duration_s,
          kind == "idle"    ? "seconds of silence (or 500ms, 5s, 2m, 1h, as everywhere)"
          : kind == "storm" ? "seconds of calm before the crowd is cut off (or 500ms, 5s, 2m, 1h, "
                              "as everywhere)"
                            : "seconds of load (or 500ms, 5s, 2m, 1h, as everywhere)",
          within(0.001, 1e6));
  if (kind != "idle") {
    seconds(app, "--ramp", texts.ramp_s, "seconds in which the rate rises to its height");
  }
  if (is_http(kind)) return add_measuring(app, texts);
  app.add_option("--payload", texts.payload,
                 fmt::format("bytes of text per message, {} to {}, or a mix as bytes:weight,...",
                             PayloadSizes::kBytesMin, PayloadSizes::kBytesMax))
      ->capture_default_str();
  add_measuring(app, texts);
}

void add_output(CLI::App& app, std::string_view kind, CommandLine& line, Texts& texts) {
  RunOptions& options = line.options;
  app.add_option("--json", line.json_file,
                 "append the JSON line to this file; -: it alone goes to standard output, and the "
                 "summary to standard error");
  if (!is_http(kind)) {
    app.add_option("--history", options.history_file,
                   "write what every client asked for, was answered and saw, for kith-check: JSON "
                   "lines, some 350 bytes per delivery");
  }
  app.add_option("--report", line.html_file, "write a report, one self-contained HTML file");
  app.add_option(
         "--assert", texts.asserts,
         "fail unless it holds: p99_ms<50, ack_ms.p999<100, server.cpu_s<5 ... (repeatable; < <= "
         "> >= = !=; the names are below)")
      ->expected(1)
      ->take_all();
}

void add_http(CLI::App& app, std::string_view kind, CommandLine& line, Texts& texts) {
  RunOptions& options = line.options;
  app.add_flag(
         "--closed", options.closed,
         "closed loop: as many requests as --http-connections get through (default: open loop)")
      ->excludes(app.get_option("--rate"))
      ->excludes(app.get_option("--ramp"));
  app.add_option("--users", options.users, "that act (default: all of the seed file)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--http-connections", options.http_connections,
                 "that requests go over, kept alive; a request waits for a free one")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  if (kind == "rewards") {
    app.add_option(
           "--check-ins", options.check_ins_percent,
           "percent of the activities that are check-ins, for streaks; the others are points")
        ->check(within(0.0, 100.0))
        ->capture_default_str();
    app.add_option("--repeats", options.repeats_percent,
                   "percent of the activities that are told of again, under the same key")
        ->check(within(0.0, 90.0))
        ->capture_default_str();
    return;
  }
  app.add_option("--mix", texts.operations,
                 "shares, such as get_user=60,club_feed=40 (default: those above)");
}

void add_closed_loop(CLI::App& app, std::string_view kind, RunOptions& options, CLI::Option* rate) {
  CLI::Option* in_flight =
      app.add_option("--in-flight", options.in_flight,
                     kind == "sends"
                         ? "closed loop: messages without an ack, per connection (default: open "
                           "loop)"
                         : "closed loop: messages that not all have yet, per chat (default: open "
                           "loop)")
          ->check(CLI::Range(std::size_t{1}, Flights::kInFlightMax))
          ->excludes(rate)
          ->excludes(app.get_option("--ramp"));
  if (kind != "broadcast") return;
  CLI::Option* club = app.add_flag(
      "--club", options.club,
      "the owner of the seed file's first club broadcasts over HTTP, one after the other; "
      "--connections counts the members who follow it");
  club->excludes(in_flight);
  app.add_option("--bystanders", options.bystanders,
                 "with --club: clients in chats of their own, who write at --rate")
      ->check(kClients)
      ->needs(club)
      ->capture_default_str();
}

void add_own(CLI::App& app, std::string_view kind, CommandLine& line, Texts& texts) {
  RunOptions& options = line.options;
  options.messages_per_second = 100;
  CLI::Option* rate = nullptr;
  if (kind != "idle") {
    rate = app.add_option("--rate", options.messages_per_second,
                          kind == "storm"     ? "messages per second of the bystanders together"
                          : kind == "rewards" ? "activities per second, of all users (open loop)"
                          : kind == "crud"    ? "requests per second, of all users (open loop)"
                                              : "per second, of all senders together (open loop)")
               ->check(within(0.001, 1e8))
               ->capture_default_str();
  }
  if (is_http(kind)) add_http(app, kind, line, texts);
  if (kind == "rooms" || kind == "slow") {
    app.add_option("--mix", texts.mix,
                   "shares of send, edit, typing, read and react, such as send=80,typing=20")
        ->capture_default_str();
  }
  if (kind == "rooms") {
    app.add_option("--breaks", options.breaks_per_second,
                   "connections per second that break and come back")
        ->check(kRate)
        ->capture_default_str();
  }
  if (kind == "broadcast" || kind == "sends") add_closed_loop(app, kind, options, rate);
  if (kind == "storm") {
    app.add_option("--missed", options.missed, "messages per chat while the crowd is away")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--bystanders", options.bystanders, "clients that are spared, at least")
        ->check(kClients)
        ->capture_default_str();
  }
  if (kind == "slow") {
    app.add_option("--slow", options.slow, "clients that stop reading")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
  }
}

std::string scenario_names() {
  std::string text;
  for (const ScenarioKind& kind : scenario_kinds()) text += fmt::format("{}, ", kind.name);
  return text + "compare";
}

bool is_command(std::string_view word) {
  const auto& kinds = scenario_kinds();
  return word == "compare" ||
         std::any_of(kinds.begin(), kinds.end(),
                     [&](const ScenarioKind& kind) { return word == kind.name; });
}

}  // namespace

std::optional<int> parse_command_line(int argc, const char* const* argv, CommandLine& line) {
  CLI::App app("Load against a running kithd, and proof of what it delivered.", "kith-bench");
  app.require_subcommand(1);
  app.set_version_flag("--version", "kith-bench " + std::string(kVersion));
  Texts texts;
  std::string examples = "Examples:";
  for (const ScenarioKind& kind : scenario_kinds()) {
    CLI::App* command = app.add_subcommand(kind.name, kind.purpose);
    std::string example = fmt::format("\n  kith-bench {}{}{}", kind.name, kServer, kind.example);
    if (kind.run == run_rooms) example += kOnNodes;
    command->footer(
        fmt::format("{}\nExample:{}\n\n{}", kind.hint, example, assert_names(kind.name)));
    examples += example;
    add_crowd(*command, kind.name, line, texts);
    add_common(*command, kind.name, texts);
    add_own(*command, kind.name, line, texts);
    add_output(*command, kind.name, line, texts);
    command->callback([&line, &texts, &kind] {
      line.scenario = kind.run;
      texts.scenario = kind.name;
    });
  }
  CLI::App* compare =
      app.add_subcommand("compare", "ratios of two sets of runs, with their spread");
  compare->footer(kCompareHelp);
  compare->add_option("a.json", line.compare_a, "lines that --json has written")->required();
  compare->add_option("b.json", line.compare_b, "the same, of the other side")->required();
  app.footer(examples + "\n  kith-bench compare before.json after.json");
  if (argc > 1 && *argv[1] != '-' && !is_command(argv[1])) {
    fmt::print(stderr, "kith-bench: there is no '{}'; {}\n", argv[1], scenario_names());
    return kWrongUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto unknown =
            error.get_exit_code() == 0 ? std::nullopt : unknown_option(app, argc, argv)) {
      fmt::print(stderr, "kith-bench: {}\n", *unknown);
      return kWrongUsage;
    }
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  if (line.scenario == nullptr) return std::nullopt;
  if (const auto understood = understand(texts, line); !understood) {
    fmt::print(stderr, "kith-bench: {}\n", understood.error().message);
    return kWrongUsage;
  }
  line.options.setting = {.command_line = shell_line(argc, argv),
                          .started_at = now_rfc3339(),
                          .machine = machine(),
                          .client = "kith-bench " + std::string(kVersion),
                          .server = {},
                          .url = urls_of(line.options.client.nodes)};
  return std::nullopt;
}

}  // namespace kith::bench
