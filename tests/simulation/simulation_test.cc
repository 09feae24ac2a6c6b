// The simulation itself: the same seed is the same life, to the byte and in another process, and a
// life is one worth living. And every seed that ever failed, lived again.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/simulation/report.h"

using namespace kith::simulation;

namespace {

std::string run(const std::string& arguments, int expected_status = 0) {
  const std::string command = std::string(KITH_SIM) + " " + arguments;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  std::array<char, 4096> bytes{};
  while (const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    out.append(bytes.data(), count);
  }
  const int ended = pclose(pipe);
  REQUIRE(WIFEXITED(ended));
  CHECK(WEXITSTATUS(ended) == expected_status);
  return out;
}

std::string digest_in(const std::string& text) {
  const auto at = text.rfind("digest ");
  REQUIRE(at != std::string::npos);
  return text.substr(at + 7, text.find_first_of(",\n", at) - at - 7);
}

}  // namespace

TEST_CASE("a seed is the same life to the byte, also in another process and with a trace kept") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const Outcome first = live(make_plan(seed, 4));
    std::size_t told = 0;
    const Outcome second = live(make_plan(seed, 4), [&](const TraceLine&) { ++told; });
    CHECK(first.digest == second.digest);
    CHECK(first.bytes == second.bytes);
    CHECK(first.turns == second.turns);
    CHECK(told > 20);
  }
  // Hash tables are keyed anew in each process: nothing may depend on their order.
  const std::string once = digest_in(run("--seeds 20 --minutes 4"));
  CHECK(once == digest_in(run("--seeds 20 --minutes 4 --jobs 3")));
  CHECK(once != digest_in(run("--seeds 20 --from 2 --minutes 4")));
}

TEST_CASE("a life is one worth living") {
  const Summary summary = run_seeds({.count = 60, .minutes = 10});
  const Totals& totals = summary.totals;
  CHECK(summary.reports == 60);
  CHECK(totals.lives == 60);
  CHECK(totals.lived_seconds >= 60 * 600);
  CHECK(totals.acts > 60 * 1000);
  CHECK(totals.committed > 60 * 300);
  CHECK(totals.crashes > 60);
  CHECK(totals.backfills > 600);
  CHECK(totals.heads_healed > 600);
  CHECK(totals.replays > 600);
  CHECK(totals.gaps_told > 5);
  CHECK(totals.fell_behind > 5);
  CHECK(totals.activities > 60 * 40);
  CHECK(totals.activities_repeated > 60 * 5);
  CHECK(totals.badges > 60);
  CHECK(totals.board_frames > 60 * 20);
}

TEST_CASE("every seed that ever failed, lived again") {
  std::ifstream file(KITH_SOURCE_DIR "/tests/simulation/seeds.txt");
  REQUIRE(file.good());
  std::string line;
  std::size_t lives = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::uint64_t seed = 0;
    std::uint32_t minutes = 0;
    fields >> seed >> minutes;
    REQUIRE(minutes > 0);
    ++lives;
    CAPTURE(line);
    const Report report = live_apart(make_plan(seed, minutes));
    for (const Report::Found& one : report.found) MESSAGE(one.check << " " << one.what);
    CHECK(report.ok());
  }
  CHECK(lives > 0);
}

TEST_CASE("a life that fails is made small, and still fails") {
  Plan plan = make_plan(1, 4);
  plan.mutation = Mutation::no_dedup;
  REQUIRE(live_apart(plan).has("C2"));
  const Plan small = shrink(plan, "C2");
  const Report report = live_apart(small);
  CHECK(report.has("C2"));
  CHECK(small.clients_off != 0);
  CHECK(small.acts_off != 0);
  CHECK(report.totals.acts < live_apart(plan).totals.acts / 4);
}

// What somebody reads after a bad night.
TEST_CASE("kith-sim tells of a broken server: exit 1, the seed, and a shortened trace") {
  const std::string out = run("--broken no_dedup --seeds 24 --minutes 2 --jobs 2", 1);
  CAPTURE(out.substr(0, 2000));
  const auto named = out.find(" FAILED\n");
  REQUIRE(named != std::string::npos);
  const auto line = out.rfind('\n', named) + 1;  // of npos: the first line
  std::istringstream words(out.substr(line, named - line));
  std::string word;
  std::uint64_t seed = 0;
  words >> word >> seed;
  CHECK(word == "seed");
  CHECK(seed >= 1);
  CHECK(seed <= 24);
  CHECK(out.find("\n  C2 ") != std::string::npos);
  // Shortened: some of what the clients did is left out; and what it says can be lived again.
  const auto shortened = out.find("\nshortened (");
  REQUIRE(shortened != std::string::npos);
  const std::string trace = out.substr(shortened);
  CHECK(trace.find("): seed ") != std::string::npos);
  CHECK(trace.find("; broken: no_dedup") != std::string::npos);
  CHECK(trace.find("\nacts left:") != std::string::npos);
  CHECK(trace.find(" us  ") != std::string::npos);
  CHECK(out.find("\n0 failed\n") == std::string::npos);
}

// An assertion of the engine's ends the process, so what happened is told while it happens.
TEST_CASE("kith-sim tells of a process that died too, with a trace, and keeps each seed once") {
  namespace fs = std::filesystem;
  const fs::path kept = fs::temp_directory_path() / ("kith-seeds-" + std::to_string(getpid()));
  const std::string how = " --minutes 2 --broken asserts --keep " + kept.string() + " 2>/dev/null";
  const std::string out = run("--seeds 2" + how, 1);
  CAPTURE(out.substr(0, 2000));
  CHECK(out.find("seed 1 FAILED\n  C15 the process ended with ") != std::string::npos);
  CHECK(out.find("\n2 failed\n") != std::string::npos);
  const auto shortened = out.find("\nshortened (C15): seed 1");
  REQUIRE(shortened != std::string::npos);
  const auto next = out.find("\nshortened (C15): seed 2");
  REQUIRE(next != std::string::npos);
  for (const auto& [begin, end] : {std::pair{shortened, next}, std::pair{next, out.size()}}) {
    CHECK(out.substr(begin, end - begin).find(" us  ") != std::string::npos);
  }

  run("--seed 1" + how, 1);
  std::ifstream file(kept);
  std::uint64_t expected = 1;
  for (std::string line; std::getline(file, line); ++expected) {
    CAPTURE(line);
    CHECK(line.starts_with(std::to_string(expected) + " 2  broken on purpose (asserts): C15 the "));
  }
  CHECK(expected == 3);
  fs::remove(kept);
}

TEST_CASE("kith-sim lives something, and reads only what is a report") {
  run("--seeds 0 2>/dev/null", 2);
  Report report{.seed = 7, .totals = {}, .found = {{"C1", "lost"}, {"C3", "two of one"}}};
  report.totals.acts = 5;
  const auto again = parse_report(to_line(report));
  REQUIRE(again);
  CHECK(again->seed == 7);
  CHECK(again->totals.acts == 5);
  REQUIRE(again->found.size() == 2);
  CHECK(again->found[1].check == "C3");
  CHECK(again->found[1].what == "two of one");
  CHECK_FALSE(parse_report(""));
  CHECK_FALSE(parse_report("7 1 600"));
  CHECK_FALSE(parse_report("assertion failed"));
  CHECK_FALSE(parse_report(to_line(Report{.seed = 7, .totals = {}, .found = {}}) + " 8"));
}
