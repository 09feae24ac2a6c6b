// kith-bench: load against a running kithd, and proof that nothing was lost, doubled or reordered.
// Exit 0: all is well; 1: something was wrong with what came; 2: it could not run at all.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

#include "bench/scenario_rooms.h"

namespace {

using kith::bench::RoomsOptions;

constexpr int kCannotRun = 2;

struct Arguments {
  std::string url;
  std::string seed_file;
  std::string json_file;
  double rate = 100;
  double duration_s = 10;
  double breaks = 0;
  double settle_s = 0;
  double drain_s = 20;
  double reconnect_s = 30;
  double ready_s = 120;
  std::size_t payload = 64;
  std::size_t threads = 1;
  bool no_reconnect = false;
};

CLI::App* add_rooms(CLI::App& app, Arguments& arguments) {
  CLI::App* rooms = app.add_subcommand("rooms", "everybody connected, somebody always writing");
  rooms->add_option("--url", arguments.url, "ws://HOST:PORT[/ws]")->required();
  rooms->add_option("--seed-file", arguments.seed_file, "as `kithd seed --out` writes it")
      ->required();
  rooms->add_option("--rate", arguments.rate, "messages per second, of all senders together")
      ->check(CLI::PositiveNumber);
  rooms->add_option("--duration", arguments.duration_s, "seconds of sending")
      ->check(CLI::PositiveNumber);
  rooms->add_option("--payload", arguments.payload, "bytes of text per message (32 at least)")
      ->check(CLI::Range(32, 32'000));
  rooms->add_option("--breaks", arguments.breaks, "connections per second that break and come back")
      ->check(CLI::NonNegativeNumber);
  rooms->add_option("--threads", arguments.threads, "of this client")->check(CLI::Range(1, 64));
  rooms->add_option("--settle", arguments.settle_s, "seconds between ready and the first message");
  rooms->add_option("--drain", arguments.drain_s, "seconds that the last deliveries may take");
  rooms->add_option("--ready", arguments.ready_s, "seconds that connecting everybody may take");
  rooms->add_option("--reconnect-for", arguments.reconnect_s,
                    "seconds that a client tries to come back");
  rooms->add_flag("--no-reconnect", arguments.no_reconnect, "a broken connection ends the run");
  rooms->add_option("--json", arguments.json_file, "also write the JSON line to this file");
  return rooms;
}

std::chrono::milliseconds from_seconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// Every connection is a descriptor.
bool allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur >= wanted) return true;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted;
}

int fail(std::string_view why) {
  fmt::print(stderr, "kith-bench: {}\n", why);
  return kCannotRun;
}

int run(const Arguments& arguments) {
  const auto target = kith::bench::parse_target(arguments.url);
  if (!target) return fail(target.error().message);
  const auto seed = kith::bench::read_seed_file(arguments.seed_file);
  if (!seed) return fail(seed.error().message);
  if (seed->chats.empty()) return fail(arguments.seed_file + ": no chats");
  constexpr std::size_t kSpareDescriptors = 64;
  if (!allow_descriptors(seed->users.size() + kSpareDescriptors)) {
    return fail(fmt::format("{} connections need more file descriptors: raise `ulimit -n`",
                            seed->users.size()));
  }
  const RoomsOptions options{.client = {.target = target.value(),
                                        .payload_bytes = arguments.payload,
                                        .reconnect = !arguments.no_reconnect,
                                        .reconnect_for = from_seconds(arguments.reconnect_s),
                                        .run = std::random_device{}()},
                             .messages_per_second = arguments.rate,
                             .breaks_per_second = arguments.breaks,
                             .duration = from_seconds(arguments.duration_s),
                             .settle = from_seconds(arguments.settle_s),
                             .ready_within = from_seconds(arguments.ready_s),
                             .drain_within = from_seconds(arguments.drain_s),
                             .threads = arguments.threads};
  const auto report = run_rooms(seed.value(), options);
  const auto line = kith::bench::json(report);
  fmt::print("{}{}\n", kith::bench::summary(report), line);
  if (!arguments.json_file.empty()) {
    std::ofstream file(arguments.json_file);
    file << line << '\n';
    if (!file.flush()) return fail("cannot write " + arguments.json_file);
  }
  return report.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Load against a running kithd, and proof of what it delivered.", "kith-bench");
  app.require_subcommand(1);
  Arguments arguments;
  add_rooms(app, arguments);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
