#include "bench/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <random>

#include "bench/machine.h"
#include "protocol/version.h"

namespace kith::bench {
namespace {

constexpr int kWrongUsage = 2;
// So that an error names a range that one can read, and no time or rate overflows.
const CLI::Range kSeconds(0.0, 1e6);
const CLI::Range kRate(0.0, 1e8);
const CLI::Range kClients(0, 1'000'000);

// As they were given.
struct Texts {
  std::string url;
  std::string payload = "64";
  std::string mix = "send=1";
  std::vector<std::string> asserts;
  double duration_s = 10;
  double ramp_s = 0;
  double settle_s = 0;
  double drain_s = 20;
  double reconnect_s = 30;
  double ready_s = 120;
  pid_t server_pid = 0;
  bool no_reconnect = false;
};

struct Kind {
  const char* name;
  const char* purpose;
  Report (*run)(const Seed&, const RunOptions&);
  const char* example;
};

constexpr const char* kServer = " --url ws://127.0.0.1:8080 --seed-file seed.json ";
const Kind kKinds[] = {
    {"rooms", "everybody connected, somebody in each chat always acting", run_rooms,
     "--rate 2500 --duration 30 --mix send=80,edit=5,typing=10,read=3,react=2"},
    {"broadcast", "one publisher per chat, all others listen", run_broadcast,
     "--in-flight 16 --duration 10"},
    {"sends", "acks alone: nobody listens; read back at the end", run_sends,
     "--connections 50 --in-flight 20 --assert 'ack_p99_ms<25'"},
    {"idle", "connected, subscribed and silent", run_idle,
     "--duration 60 --server-pid \"$(pidof kithd)\" --assert "
     "'server.rss_bytes_per_connection<2560'"},
    {"storm", "the crowd is cut off and comes back at once", run_storm,
     "--missed 10 --bystanders 100 --rate 50 --assert 'figures.bystander_storm_p99_ms<50'"},
    {"slow", "some clients stop reading", run_slow, "--slow 50 --rate 500 --duration 20"},
};

void add_common(CLI::App& app, CommandLine& line, Texts& texts) {
  RunOptions& options = line.options;
  app.add_option("--url", texts.url, "ws://HOST:PORT[/ws]")->required();
  app.add_option("--seed-file", line.seed_file, "as `kithd seed --out` writes it")->required();
  app.add_option("--connections", options.connections,
                 "sockets (default: one per user that has a chat; more: several per user)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--threads", options.threads, "of this client")->check(CLI::Range(1, 64));
  app.add_option("--duration", texts.duration_s, "seconds of load")->check(CLI::Range(0.001, 1e6));
  app.add_option("--ramp", texts.ramp_s, "seconds in which the rate rises to its height")
      ->check(kSeconds);
  app.add_option("--connect-rate", options.connects_per_second,
                 "connects per second (default: the next when one is answered, 64 under way)")
      ->check(kRate);
  app.add_option("--payload", texts.payload,
                 "bytes of text per message, or a mix as bytes:weight,... (32 at least)");
  app.add_option("--settle", texts.settle_s, "seconds between all ready and the load")
      ->check(kSeconds);
  app.add_option("--drain", texts.drain_s, "seconds that the last deliveries may take")
      ->check(kSeconds);
  app.add_option("--ready", texts.ready_s, "seconds that connecting everybody may take")
      ->check(kSeconds);
  app.add_option("--reconnect-for", texts.reconnect_s, "seconds that a client tries to come back")
      ->check(kSeconds);
  app.add_flag("--no-reconnect", texts.no_reconnect, "a broken connection ends the run");
  app.add_option("--server-pid", texts.server_pid,
                 "also measure this local process: CPU (threads named store* apart), memory");
  app.add_option("--json", line.json_file, "append the JSON line to this file");
  app.add_option("--history", options.history_file,
                 "write what every client asked for, was answered and saw, for kith-check: JSON "
                 "lines, some 350 bytes per delivery");
  app.add_option("--report", line.html_file, "write a report, one self-contained HTML file");
  app.add_option(
         "--assert", texts.asserts,
         "fail unless it holds: p99_ms<50, ack_ms.p999<100, server.cpu_s<5 ... (repeatable)")
      ->expected(1)
      ->take_all();
}

void add_own(CLI::App& app, std::string_view kind, CommandLine& line, Texts& texts) {
  RunOptions& options = line.options;
  options.messages_per_second = 100;
  CLI::Option* rate = nullptr;
  if (kind != "idle") {
    rate = app.add_option("--rate", options.messages_per_second,
                          kind == "storm" ? "messages per second of the bystanders together"
                                          : "per second, of all senders together (open loop)")
               ->check(CLI::Range(0.001, 1e8));
  }
  if (kind == "rooms" || kind == "slow") {
    app.add_option("--mix", texts.mix,
                   "shares of send, edit, typing, read and react, such as send=80,typing=20");
  }
  if (kind == "rooms") {
    app.add_option("--breaks", options.breaks_per_second,
                   "connections per second that break and come back")
        ->check(kRate);
  }
  if (kind == "broadcast" || kind == "sends") {
    app.add_option("--in-flight", options.in_flight,
                   kind == "sends" ? "closed loop: messages without an ack, per connection"
                                   : "closed loop: messages that not all have yet, per chat")
        ->check(CLI::Range(std::size_t{1}, Flights::kInFlightMax))
        ->excludes(rate)
        ->excludes(app.get_option("--ramp"));
  }
  if (kind == "storm") {
    app.add_option("--missed", options.missed, "messages per chat while the crowd is away")
        ->check(CLI::Range(1, 1000));
    app.add_option("--bystanders", options.bystanders, "clients that are spared, at least")
        ->check(kClients);
  }
  if (kind == "slow") {
    app.add_option("--slow", options.slow, "clients that stop reading")->check(kClients);
  }
}

std::chrono::milliseconds from_seconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

std::string joined(int argc, const char* const* argv) {
  std::string text = "kith-bench";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool plain = argument.find_first_of(" '\"$<>|&;()*") == std::string_view::npos;
    text += plain ? fmt::format(" {}", argument) : fmt::format(" '{}'", argument);
  }
  return text;
}

Status understand(const Texts& texts, CommandLine& line) {
  RunOptions& options = line.options;
  if (!std::isfinite(options.messages_per_second)) {
    return fail(ErrorCode::bad_request, "--rate: a number of messages per second");
  }
  auto target = parse_target(texts.url);
  if (!target) return target.error();
  auto payload = PayloadSizes::parse(texts.payload);
  if (!payload) return payload.error();
  auto mix = ActionMix::parse(texts.mix);
  if (!mix) return mix.error();
  for (const std::string& text : texts.asserts) {
    auto assertion = parse_assertion(text);
    if (!assertion) return assertion.error();
    line.assertions.push_back(std::move(assertion.value()));
  }
  options.client = {.target = std::move(target.value()),
                    .payload = std::move(payload.value()),
                    .reconnect = !texts.no_reconnect,
                    .reconnect_for = from_seconds(texts.reconnect_s),
                    .run = std::random_device{}()};
  options.mix = mix.value();
  options.duration = from_seconds(texts.duration_s);
  options.ramp = from_seconds(texts.ramp_s);
  options.settle = from_seconds(texts.settle_s);
  options.drain_within = from_seconds(texts.drain_s);
  options.ready_within = from_seconds(texts.ready_s);
  if (texts.server_pid != 0) options.server_pid = texts.server_pid;
  return Nothing{};
}

}  // namespace

std::optional<int> parse_command_line(int argc, const char* const* argv, CommandLine& line) {
  CLI::App app("Load against a running kithd, and proof of what it delivered.", "kith-bench");
  app.require_subcommand(1);
  Texts texts;
  std::string examples = "Examples:";
  for (const Kind& kind : kKinds) {
    CLI::App* command = app.add_subcommand(kind.name, kind.purpose);
    const std::string example =
        fmt::format("\n  kith-bench {}{}{}", kind.name, kServer, kind.example);
    command->footer("Example:" + example);
    examples += example;
    add_common(*command, line, texts);
    add_own(*command, kind.name, line, texts);
    command->callback([&line, run = kind.run] { line.scenario = run; });
  }
  CLI::App* compare =
      app.add_subcommand("compare", "ratios of two sets of runs, with their spread");
  compare->add_option("a.json", line.compare_a, "lines that --json has written")->required();
  compare->add_option("b.json", line.compare_b, "the same, of the other side")->required();
  app.footer(examples + "\n  kith-bench compare before.json after.json");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  if (line.scenario == nullptr) return std::nullopt;
  if (const auto understood = understand(texts, line); !understood) {
    fmt::print(stderr, "kith-bench: {}\n", understood.error().message);
    return kWrongUsage;
  }
  line.options.setting = {.command_line = joined(argc, argv),
                          .started_at = now_rfc3339(),
                          .machine = machine(),
                          .client = "kith-bench " + std::string(kVersion),
                          .server = {},
                          .url = texts.url};
  return std::nullopt;
}

}  // namespace kith::bench
