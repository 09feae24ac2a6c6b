// kith-figures: kithd, kith-bench and the limits, interleaved, and bench/RESULTS.md of what came.
// A target that is missed is reported; it fails only with --strict, since speed is no test.
// Exit 0: all ran and nothing was lost; 1: something was wrong with what came, or did not run;
// 2: it could not begin.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "bench/figures/figures.h"
#include "bench/machine.h"

namespace {

using namespace kith::figures;

constexpr int kCannotBegin = 2;
constexpr const char* kQuick = "**A quick run: to see that everything works, no more.**";

struct Arguments {
  ArenaOptions arena;
  std::string out;
  std::string revision;
  std::vector<std::string> only;
  Plan plan;
  bool strict = false;
};

void interrupt(int) {
  interrupted = 1;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const Figure& figure : all_figures()) out.push_back(figure.name);
  return out;
}

std::string head(const Arguments& arguments, const Arena& arena, double fsync_ms) {
  std::string out =
      "# Figures\n\n"
      "Written by `./dev bench`; what stands below the line `notes` at the end is kept. Numbers "
      "are medians, with the least and the greatest run in brackets; a ratio is that of the "
      "medians, with those of single rounds in brackets. Where the commands begin with `taskset`, "
      "the server has one core and kith-bench another; servers on Postgres, one or several, are "
      "pinned to none, and share all cores with it and with kith-bench. `shards` is what the "
      "command says. kithd commits every message before anybody sees it.\n\n";
  out += fmt::format("- The last run, {}, was on: {}\n", kith::bench::now_rfc3339(),
                     kith::bench::machine());
  out += fmt::format("- Its disk: {}, 4 KiB written and synced in {:.2f} ms\n", arena.filesystem(),
                     fsync_ms);
  out +=
      "- Each section names the build that it was measured with, when, and on what machine; one "
      "that names no machine is older than that word, and may be of another.\n";
  if (arguments.plan.quick) out += fmt::format("\n{}\n", kQuick);
  return out;
}

Section measure(const Figure& figure, const Arguments& arguments, Arena& arena) {
  Plan plan = arguments.plan;
  const Arena::Disk disk = arena.disk();
  plan.fsync_ms = disk.fsync_ms;
  fmt::print(stderr, "{}\n", figure.name);
  Section section;
  try {
    section = figure.measure(arena, plan);
  } catch (const RunFailed& failure) {
    fmt::print(stderr, "  {}\n", failure.what());
    section.measures = {{.what = "could not run", .kith = {}, .target = Target{}}};
    section.problems.push_back(failure.what());
  }
  section.name = figure.name;
  section.title = figure.title;
  section.commands = arena.take_commands();
  for (std::string& problem : arena.take_problems()) {
    section.problems.push_back(std::move(problem));
  }
  const Arena::ClientRuns client = arena.take_client_runs();
  section.conditions = to_string(Conditions{
      .build = fmt::format("{}{}, SQLite {}, GCC {}", arena.version(),
                           arguments.revision.empty() ? "" : " (" + arguments.revision + ")",
                           disk.sqlite, __VERSION__),
      .machine = kith::bench::machine(),
      .when = kith::bench::now_rfc3339(),
      .rounds = section.rounds.value_or(plan.runs),
      .quick = plan.quick,
      .fsync_ms = plan.fsync_ms,
      .neighbours_percent = spread_of(arena.neighbours().take_percents()),
      .client_runs = client.all,
      .client_busy = client.busy,
      .client_late = client.late});
  return section;
}

bool missed_any(const Section& section) {
  return std::any_of(section.measures.begin(), section.measures.end(),
                     [](const Measure& one) { return one.target && !met(one).value_or(false); });
}

// A quick page and one of full runs never share a summary: they are of different things.
void refuse_to_mix(const Arguments& arguments, const std::string& before) {
  if (before.find("<!-- figure ") == std::string::npos) return;
  const bool was_quick = before.find(kQuick) != std::string::npos;
  if (was_quick == arguments.plan.quick) return;
  throw std::runtime_error(fmt::format(
      "{} holds figures of {} runs, and this is {}: take another "
      "--out",
      arguments.out, was_quick ? "quick" : "full", was_quick ? "a full one" : "a quick one"));
}

int run(const Arguments& arguments) {
  refuse_to_mix(arguments, read_file(arguments.out));
  Arena arena(arguments.arena);
  Page page{.head = head(arguments, arena, arena.disk().fsync_ms),
            .names = names(),
            .sections = {},
            .before = read_file(arguments.out)};
  bool wrong = false;
  bool missed = false;
  for (const Figure& figure : all_figures()) {
    const auto& only = arguments.only;
    if (!only.empty() && std::find(only.begin(), only.end(), figure.name) == only.end()) continue;
    page.sections.push_back(measure(figure, arguments, arena));
    wrong = wrong || !page.sections.back().problems.empty();
    missed = missed || missed_any(page.sections.back());
    // After each, so that what was measured is kept whatever comes.
    write_file(arguments.out, to_markdown(page));
  }
  const std::string text = to_markdown(page);
  const std::size_t summary = text.find("## Summary");
  fmt::print("{}", text.substr(summary, text.find("<!-- figure ") - summary));
  return wrong || (arguments.strict && missed) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("kith-figures: measures kithd against its limits and writes RESULTS.md");
  Arguments arguments;
  std::string programs = "build";
  std::string work;
  std::string raw;
  app.add_option("--bin", programs, "where kithd, kith-bench and kith-limit lie (build)")
      ->check(CLI::ExistingDirectory);
  app.add_option(
      "--out", arguments.out,
      "file to write; its notes are kept (bench/RESULTS.md; with --quick build/QUICK.md)");
  app.add_option("--work", work, "whose disk is measured: data is made there (that of --bin)")
      ->check(CLI::ExistingDirectory);
  app.add_option("--raw", raw, "keep the JSON line of every run in this directory");
  app.add_option("--only", arguments.only, "some of the figures")
      ->delimiter(',')
      ->check(CLI::IsMember(names()));
  CLI::Option* runs = app.add_option("--runs", arguments.plan.runs, "of each side, interleaved (5)")
                          ->check(CLI::Range(1, 100));
  app.add_flag("--quick", arguments.plan.quick, "one short run of each: to see that all works");
  app.add_flag("--strict", arguments.strict, "a missed target fails");
  app.add_option("--server-core", arguments.arena.server_core, "(0)")->check(CLI::Range(0, 1023));
  app.add_option("--client-core", arguments.arena.client_core, "(1)")->check(CLI::Range(0, 1023));
  app.add_option("--revision", arguments.revision, "of the source, to be stated");
  CLI11_PARSE(app, argc, argv);
  if (arguments.out.empty()) {
    arguments.out = arguments.plan.quick ? "build/QUICK.md" : "bench/RESULTS.md";
  }
  if (arguments.plan.quick && runs->count() == 0) arguments.plan.runs = 1;
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  try {
    arguments.arena.programs = std::filesystem::canonical(programs);
    arguments.arena.work = work.empty() ? arguments.arena.programs : std::filesystem::path(work);
    arguments.arena.raw = raw;
    return run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "kith-figures: {}\n", error.what());
    return kCannotBegin;
  }
}
