#include "tests/support/bench_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "tests/support/await.h"

namespace kith::test {
namespace {

// What the last live line says ("   2.1 s  40/40 ready"); 0 where there is none yet.
double seconds_reported(const std::string& text) {
  double seconds = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    char* end = nullptr;
    const double value = std::strtod(line.c_str(), &end);
    if (std::string_view(end).starts_with(" s  ")) seconds = value;
  }
  return seconds;
}

}  // namespace

TestServer seeded(const std::filesystem::path& seed_file, const Population& population,
                  std::vector<std::string> settings) {
  std::vector<std::string> storage;
  for (const std::string& setting : settings) {
    if (setting.starts_with("storage.")) storage.insert(storage.end(), {"--set", setting});
  }
  return TestServer(std::move(settings), [&](const std::filesystem::path& data) {
    std::vector<std::string> command = {kithd(),     "seed",
                                        "--data",    data.string(),
                                        "--users",   std::to_string(population.users),
                                        "--rooms",   std::to_string(population.rooms),
                                        "--members", std::to_string(population.members),
                                        "--out",     seed_file.string()};
    command.insert(command.end(), storage.begin(), storage.end());
    const auto add = [&](const char* option, int count) {
      if (count > 0) command.insert(command.end(), {option, std::to_string(count)});
    };
    add("--clubs", population.clubs);
    add("--club-members", population.club_members);
    const Output seeded = run(std::move(command));
    INFO(seeded.err);
    REQUIRE(seeded.status == 0);
  });
}

std::vector<std::string> bench_command(const TestServer& server,
                                       const std::filesystem::path& seed_file, std::string scenario,
                                       const std::vector<std::string>& more) {
  std::vector<std::string> command = {kith_bench(),  std::move(scenario),
                                      "--url",       "ws://" + server.address(),
                                      "--seed-file", seed_file.string()};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

BenchTown::BenchTown(const Population& population, std::vector<std::string> settings)
    : server(seeded(seed_file, population, [&] {
        settings.insert(settings.end(),
                        {"limits.messages_per_minute=0", "limits.activities_per_minute=0"});
        return std::move(settings);
      }())) {}

std::vector<std::string> BenchTown::command_to(std::uint16_t port, std::string scenario,
                                               const std::vector<std::string>& more) const {
  auto command = this->command(std::move(scenario), more);
  const auto url = std::ranges::find(command, "ws://" + server.address());
  REQUIRE(url != command.end());
  *url = "ws://127.0.0.1:" + std::to_string(port);
  return command;
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Json last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  REQUIRE(end != std::string::npos);
  const auto begin = text.rfind('\n', end);
  return Json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin));
}

void check_clean(const Output& output) {
  INFO(output.out, output.err);
  CHECK(output.status == 0);
  const Json result = last_line(output.out);
  CHECK(result["ok"].flag());
  for (const char* count :
       {"lost", "doubled", "reordered", "altered", "unacked", "refused", "rate_limited"}) {
    INFO(count);
    CHECK(result[count].number() == 0);
  }
}

double metric(const TestServer& server, const std::string& name) {
  const std::string text = server.http().get("/metrics").body;
  const std::string line = '\n' + name;
  double sum = 0;
  for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at)) {
    at += line.size();
    if (text[at] != ' ' && text[at] != '{') continue;  // a longer name
    sum += std::strtod(text.c_str() + text.rfind(' ', text.find('\n', at)), nullptr);
  }
  return sum;
}

BenchRun::BenchRun(std::vector<std::string> command)
    : process_({.command = std::move(command),
                .stdout_file = directory_.path() / "out",
                .stderr_file = directory_.path() / "err"}) {}

void BenchRun::await_second(int second) {
  std::string told;
  const auto come_to_it = [&] {
    told = read_file(directory_.path() / "err");
    return seconds_reported(told) >= second || !process_.running();
  };
  REQUIRE_MESSAGE(await_condition(Clock::now() + 60s, 20ms, come_to_it), "no word of second ",
                  second, " in: ", told);
}

Output BenchRun::finish() {
  const int status = process_.wait(std::chrono::seconds(90));
  return {.status = status,
          .out = read_file(directory_.path() / "out"),
          .err = read_file(directory_.path() / "err")};
}

}  // namespace kith::test
