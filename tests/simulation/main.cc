// kith-sim: many seeds, and what to know of those that fail.
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/report.h"

using namespace kith::simulation;

namespace {

constexpr std::string_view kHelp = R"(kith-sim: clusters of real engines over models of store, bus
and network, each life from one seed; the history checker judges it.

  --seeds N      how many lives (100)
  --from S       the first seed (1)
  --jobs J       processes (1)
  --minutes M    virtual minutes of a life, before everything gets well (10)
  --seed X       this one alone, with all that it finds
  --trace FILE   with --seed: where the trace goes; of a failure the shortened one (else stdout)
  --keep FILE    adds each seed that fails to this file, as tests/simulation/seeds.txt
  --broken NAME  breaks something on purpose: no_heads, max_plus_one, drop_oldest, no_dedup,
                 unsynced, counts_again, loses_points, loses_days, loses_moves, gives_twice,
                 blind_boards, always_gap, asserts, late_typing
  --help

Exit code 0: all was well. 1: a promise was broken; the seed is told, and of the first a shortened
trace. 2: bad arguments.
)";
constexpr std::size_t kShrunkMax = 3;
constexpr std::size_t kTraceLinesMax = 60;
constexpr std::size_t kLineBytesMax = 400;

struct Arguments {
  Seeds seeds;
  std::optional<std::uint64_t> seed;
  std::string trace;
  std::string keep;
  bool help = false;
};

std::uint64_t number(std::string_view name, std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(std::string(name) + " needs a number, not '" + std::string(text) +
                                "'");
  }
  return out;
}

Mutation mutation(std::string_view name) {
  for (std::size_t i = 0; i < kMutations; ++i) {
    if (name_of(static_cast<Mutation>(i)) == name) return static_cast<Mutation>(i);
  }
  throw std::invalid_argument("nothing is broken by the name of '" + std::string(name) + "'");
}

Arguments parse(int count, char** texts) {
  Arguments out;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = texts[i];
    if (name == "--help") {
      out.help = true;
      continue;
    }
    if (i + 1 >= count) throw std::invalid_argument(std::string(name) + " needs a value");
    const std::string_view value = texts[++i];
    if (name == "--seeds") {
      out.seeds.count = number(name, value);
    } else if (name == "--from") {
      out.seeds.from = number(name, value);
    } else if (name == "--jobs") {
      out.seeds.jobs = static_cast<std::uint32_t>(number(name, value));
    } else if (name == "--minutes") {
      out.seeds.minutes = static_cast<std::uint32_t>(number(name, value));
    } else if (name == "--seed") {
      out.seed = number(name, value);
    } else if (name == "--trace") {
      out.trace = value;
    } else if (name == "--keep") {
      out.keep = value;
    } else if (name == "--broken") {
      out.seeds.mutation = mutation(value);
    } else {
      throw std::invalid_argument("no such option: " + std::string(name));
    }
  }
  if (out.seeds.jobs == 0 || out.seeds.jobs > 64 || out.seeds.minutes == 0 ||
      out.seeds.count == 0) {
    throw std::invalid_argument("--jobs is 1 to 64, --minutes and --seeds at least 1");
  }
  return out;
}

// The first channel that a violation names.
std::string channel_in(const std::string& what) {
  for (const std::string_view prefix : {"chat_", "usr_"}) {
    const auto at = what.find(prefix);
    if (at != std::string::npos) return what.substr(at, what.find_first_of(" #,:)", at) - at);
  }
  return {};
}

void write_trace(std::ostream& out, const std::vector<TraceLine>& trace, const Report::Found* found,
                 std::size_t lines_max) {
  const std::string channel = found != nullptr ? channel_in(found->what) : std::string();
  std::vector<const TraceLine*> shown;
  for (const TraceLine& line : trace) {
    if (channel.empty() || line.channel.empty() || line.channel == channel) shown.push_back(&line);
  }
  const std::size_t first = shown.size() > lines_max ? shown.size() - lines_max : 0;
  if (first > 0) out << "... " << first << " lines before\n";
  for (std::size_t i = first; i < shown.size(); ++i) {
    out << shown[i]->time.count() << " us  " << shown[i]->text.substr(0, kLineBytesMax) << "\n";
  }
}

void explain(const Report& report, const Seeds& seeds, const std::string& file) {
  const Report::Found& found = report.found.front();
  Plan plan = make_plan(report.seed, seeds.minutes);
  plan.mutation = seeds.mutation;
  const Plan small = shrink(plan, found.check);
  const Told told = live_and_tell(small);
  const Report& again = told.report;
  std::cout << "\nshortened (" << found.check << "): " << describe(small) << "\n";
  const Report::Found* shown = nullptr;
  for (const Report::Found& one : again.found) {
    std::cout << "  " << one.check << " " << one.what << "\n";
    if (one.check == found.check && shown == nullptr) shown = &one;
  }
  if (file.empty()) {
    write_trace(std::cout, told.trace, shown, kTraceLinesMax);
  } else {
    std::ofstream out(file);
    write_trace(out, told.trace, shown, ~std::size_t{0});
  }
}

bool stands_in(const std::string& path, const std::string& beginning) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(beginning)) return true;
  }
  return false;
}

// Every seed that failed once is lived again by every build, from there.
void keep(const Report& report, const Arguments& arguments) {
  const Seeds& seeds = arguments.seeds;
  const std::string line = to_seed_line(report, seeds.minutes, seeds.mutation);
  std::cout << "  to be kept in tests/simulation/seeds.txt: " << line << "\n";
  const std::string beginning =
      std::to_string(report.seed) + " " + std::to_string(seeds.minutes) + " ";
  if (arguments.keep.empty() || stands_in(arguments.keep, beginning)) return;
  std::ofstream file(arguments.keep, std::ios::app);
  file << line << "\n" << std::flush;
  if (!file) std::cout << "  it cannot be written to " << arguments.keep << "\n";
}

void print(const Report& report, const Arguments& arguments) {
  std::cout << "seed " << report.seed << " FAILED\n";
  for (const Report::Found& one : report.found) {
    std::cout << "  " << one.check << " " << one.what << "\n";
  }
  keep(report, arguments);
  std::cout.flush();
}

int run_one(const Arguments& arguments) {
  Plan plan = make_plan(*arguments.seed, arguments.seeds.minutes);
  plan.mutation = arguments.seeds.mutation;
  std::cout << describe(plan) << "\n";
  const Report report = live_apart(plan);
  if (report.ok()) {
    std::cout << "all was well: " << report.totals.acts << " acts, " << report.totals.committed
              << " commits, digest " << std::hex << report.totals.digest << std::dec << "\n";
    if (arguments.trace.empty()) return 0;
    std::ofstream out(arguments.trace);
    write_trace(out, live_and_tell(plan).trace, nullptr, ~std::size_t{0});
    return 0;
  }
  print(report, arguments);
  explain(report, arguments.seeds, arguments.trace);
  return 1;
}

int run_many(const Arguments& arguments) {
  Seeds seeds = arguments.seeds;
  seeds.failed = [&arguments](const Report& report) { print(report, arguments); };
  const auto begun = std::chrono::steady_clock::now();
  const Summary summary = run_seeds(seeds);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const Totals& totals = summary.totals;
  for (std::size_t i = 0; i < std::min(kShrunkMax, summary.failures.size()); ++i) {
    explain(summary.failures[i], seeds, {});
  }
  std::cout << totals.lives << " lives, " << totals.lived_seconds / 60 << " virtual minutes in "
            << took.count() << " s: " << totals.acts << " acts, " << totals.committed
            << " commits, " << totals.bytes / 1'000'000 << " MB to clients, " << totals.crashes
            << " crashes, " << totals.backfills << " holes filled, " << totals.heads_healed
            << " tails healed, " << totals.replays << " replays, " << totals.gaps_told
            << " gaps told, " << totals.fell_behind << " fell behind, " << totals.activities
            << " activities acked, " << totals.badges << " badges, " << totals.board_frames
            << " frames of boards; digest " << std::hex << totals.digest << std::dec << "\n"
            << summary.failures.size() << " failed\n";
  if (summary.reports != seeds.count) {
    std::cout << "of " << seeds.count << " lives only " << summary.reports << " were told of\n";
    return 1;
  }
  return summary.failures.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** texts) {
  try {
    const Arguments arguments = parse(count, texts);
    if (arguments.help) {
      std::cout << kHelp;
      return 0;
    }
    return arguments.seed ? run_one(arguments) : run_many(arguments);
  } catch (const std::invalid_argument& error) {
    std::cerr << "kith-sim: " << error.what() << "\n";
    return 2;
  }
}
