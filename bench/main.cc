// kith-bench: load against a running kithd, and proof that nothing was lost, doubled or reordered.
// Exit 0: all is well; 1: something was wrong with what came, it broke off, or an --assert failed;
// 2: it never ran, because of the command line, a file, the seed file's tokens or the server; or
// all was well, and --json or --report could not be written.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "bench/command_line.h"
#include "bench/compare.h"
#include "bench/preflight.h"
#include "bench/report_html.h"

namespace {

using kith::bench::CommandLine;
using kith::bench::kStandardOutput;

constexpr int kWrong = 1;
constexpr int kCannotRun = 2;

int fail(std::string_view why) {
  fmt::print(stderr, "kith-bench: {}\n", why);
  return kCannotRun;
}

void interrupt(int) {
  kith::bench::interrupted = 1;
}

bool write_file(const std::string& path, std::ios::openmode mode, const std::string& text) {
  std::ofstream file(path, mode);
  file << text;
  return static_cast<bool>(file.flush());
}

int run(CommandLine& line) {
  const auto seed = kith::bench::read_seed_file(line.seed_file);
  if (!seed) return fail(seed.error().message);
  if (seed->chats.empty()) return fail(line.seed_file + ": no chats");
  if (const auto ready = kith::bench::preflight(line, seed.value()); !ready)
    return fail(ready.error().message);
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  auto report = line.scenario(seed.value(), line.options);
  const auto measured = json(report);
  for (const auto& assertion : line.assertions) {
    if (auto failed = check(assertion, measured)) {
      report.failed_asserts.push_back(std::move(*failed));
    }
  }
  const auto json_line = json(report);
  const bool json_alone = line.json_file == kStandardOutput;
  fmt::print(json_alone ? stderr : stdout, "{}", summary(report));
  fmt::print("{}\n", json_line);
  int written = 0;
  if (!json_alone && !line.json_file.empty() &&
      !write_file(line.json_file, std::ios::app, json_line + '\n')) {
    written = fail("cannot write " + line.json_file);
  }
  if (!line.html_file.empty() && !write_file(line.html_file, std::ios::trunc, html(report))) {
    written = fail("cannot write " + line.html_file);
  }
  if (!report.began) return kCannotRun;
  // What was wrong with the server says more than a file that is missing.
  return report.ok() ? written : kWrong;
}

int compare(const CommandLine& line) {
  const auto table = kith::bench::compare_files(line.compare_a, line.compare_b);
  if (!table) return fail(table.error().message);
  fmt::print("{}", table.value());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  if (const auto exit_code = kith::bench::parse_command_line(argc, argv, line)) return *exit_code;
  try {
    return line.scenario == nullptr ? compare(line) : run(line);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
