#include "bench/figures/arena.h"

#include <fmt/format.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>

#include "bench/report.h"

namespace kith::figures {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kStartPatience = 20s;
constexpr auto kStopPatience = 30s;
constexpr auto kRunPatience = 15min;

std::string tail(const fs::path& log) {
  constexpr std::size_t kBytes = 600;
  std::string text = read_file(log);
  while (text.ends_with('\n')) text.pop_back();
  return text.size() > kBytes ? text.substr(text.size() - kBytes) : text;
}

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  const std::size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

double number_of(const bench::FlatReport& report, const std::string& name) {
  const auto* number = report.number(name);
  if (number == nullptr || !*number) throw RunFailed("a run without " + name);
  return **number;
}

Arena::Arena(ArenaOptions options) : options_(std::move(options)), directory_(options_.work) {
  if (!options_.raw.empty()) fs::create_directories(options_.raw);
}

const Arena::Seeded& Arena::seeded(const Population& population) {
  const std::string key =
      fmt::format("{}-{}-{}-{}-{}", population.users, population.rooms, population.members,
                  population.clubs, population.club_members);
  if (const auto known = seeded_.find(key); known != seeded_.end()) {
    return known->second;
  }
  Seeded made{.data = directory_.path() / ("seed-" + key),
              .seed_file = directory_.path() / ("seed-" + key + ".json")};
  Arguments command = {program("kithd"), "seed",
                       "--data",         made.data.string(),
                       "--users",        std::to_string(population.users),
                       "--rooms",        std::to_string(population.rooms),
                       "--members",      std::to_string(population.members),
                       "--out",          made.seed_file.string()};
  if (population.clubs > 0) {
    command.insert(command.end(), {"--clubs", std::to_string(population.clubs)});
  }
  if (population.club_members > 0) {
    command.insert(command.end(), {"--club-members", std::to_string(population.club_members)});
  }
  note_command(command, std::nullopt,
               {{made.seed_file.string(), "seed.json"}, {made.data.string(), "DATA"}});
  run(command, std::nullopt);
  return seeded_.emplace(key, std::move(made)).first->second;
}

fs::path Arena::fresh_copy(const fs::path& data) {
  fs::path copy = directory_.path() / fmt::format("data-{}", ++copies_);
  fs::copy(data, copy, fs::copy_options::recursive);
  return copy;
}

fs::path Arena::data_directory(const Population& population) {
  return fresh_copy(seeded(population).data);
}

bench::FlatReport Arena::kithd(const Population& population, const Arguments& scenario,
                               const fs::path& data) {
  bench::FlatReport report;
  serve(population, data, [&](const Served& served) {
    report = run_bench({served.server}, served.seed_file, scenario, options_.client_core);
  });
  return report;
}

void Arena::serve(const Population& population, const fs::path& data,
                  const std::function<void(const Served&)>& action) {
  const Seeded& seed = seeded(population);
  const fs::path directory = data.empty() ? fresh_copy(seed.data) : data;
  const std::uint16_t port = free_port();
  const fs::path log = directory_.path() / "kithd.log";
  const Arguments command = {program("kithd"),
                             "--data",
                             directory.string(),
                             "--listen",
                             fmt::format("127.0.0.1:{}", port),
                             "--set",
                             "shards=1",
                             "--set",
                             "limits.messages_per_minute=0",
                             "--set",
                             "limits.activities_per_minute=0",
                             "--set",
                             "log.level=warn"};
  note_command(command, options_.server_core,
               {{directory.string(), "DATA"}, {std::to_string(port), "PORT"}});
  const Neighbours::Watch watch(neighbours_);
  Process server({.command = command, .core = options_.server_core, .error_file = log});
  await(server, port, log);
  action({.server = {server, port}, .seed_file = seed.seed_file});
  stop(server, log);
  if (data.empty()) fs::remove_all(directory);
}

bench::FlatReport Arena::tcp_limit(const Population& population, const Arguments& scenario) {
  const Seeded& seed = seeded(population);
  const std::uint16_t port = free_port();
  const fs::path log = directory_.path() / "limit.log";
  const Arguments command = {program("kith-limit"), "tcp", "--port", std::to_string(port)};
  note_command(command, options_.server_core, {{std::to_string(port), "PORT"}});
  const Neighbours::Watch watch(neighbours_);
  Process server({.command = command, .core = options_.server_core, .error_file = log});
  await(server, port, log);
  auto report = run_bench({{server, port}}, seed.seed_file, scenario, options_.client_core);
  stop(server, log);
  return report;
}

bench::FlatReport Arena::sqlite_limit(const Arguments& arguments) {
  return bare_sql("sqlite", arguments);
}

bench::FlatReport Arena::bare_sql(const char* limit, const Arguments& arguments) {
  const std::string file = (directory_.path() / "limit.db").string();
  Arguments command = {program("kith-limit"), limit, "--file", file};
  command.insert(command.end(), arguments.begin(), arguments.end());
  note_command(command, options_.server_core, {{file, "limit.db"}});
  const Neighbours::Watch watch(neighbours_);
  return parsed(run(command, options_.server_core), fmt::format("kith-limit {}", limit));
}

Arena::Disk Arena::disk() {
  const auto report = parsed(run({program("kith-limit"), "sqlite", "--fsync-probe", "--file",
                                  (directory_.path() / "limit.db").string()},
                                 options_.server_core),
                             "kith-limit sqlite --fsync-probe");
  const std::string* sqlite = report.text("sqlite");
  return {.fsync_ms = number_of(report, "fsync_us") / 1000, .sqlite = sqlite ? *sqlite : "unknown"};
}

std::string Arena::version() {
  return last_line(run({program("kithd"), "--version"}, std::nullopt));
}

std::string Arena::filesystem() const {
  struct statfs status {};
  if (::statfs(options_.work.c_str(), &status) != 0) return "unknown";
  // linux/magic.h
  switch (status.f_type) {
    case 0xEF53:
      return "ext4";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x794C7630:
      return "overlay";
    case 0x01021994:
      return "tmpfs: no disk at all, so commits cost too little";
    default:
      return fmt::format("of type {:#x}", status.f_type);
  }
}

void Arena::note_command(const Arguments& command, std::optional<int> core, const Names& names) {
  std::string line = core ? fmt::format("taskset -c {}", *core) : "";
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
  for (const auto& [what, shown] : names) replace_all(line, what, shown);
  replace_all(line, options_.programs.string() + "/", "");
  if (std::find(commands_.begin(), commands_.end(), line) == commands_.end()) {
    commands_.push_back(std::move(line));
  }
}

void Arena::await(Process& server, std::uint16_t port, const fs::path& log) {
  const auto until = std::chrono::steady_clock::now() + kStartPatience;
  while (!accepts(port)) {
    if (interrupted != 0) throw Interrupted();
    if (!server.running() || std::chrono::steady_clock::now() > until) {
      throw RunFailed("the server did not start: " + tail(log));
    }
    std::this_thread::sleep_for(20ms);
  }
}

void Arena::stop(Process& server, const fs::path& log) {
  const int status = server.stop(kStopPatience);
  if (status != 0) {
    problems_.push_back(fmt::format("the server ended with {}: {}", status, tail(log)));
  } else if (const std::string said = tail(log); !said.empty()) {
    fmt::print(stderr, "{}\n", said);
  }
}

bench::FlatReport Arena::run_bench(const std::vector<Server>& servers, const fs::path& seed_file,
                                   const Arguments& scenario, std::optional<int> core) {
  Arguments command = {program("kith-bench")};
  command.insert(command.end(), scenario.begin(), scenario.end());
  command.insert(command.end(), {"--threads", "1"});
  Names names;
  std::string processes;
  for (const Server& server : servers) {
    const std::string number = servers.size() == 1 ? "" : std::to_string(names.size() / 2 + 1);
    const std::string url = fmt::format("ws://127.0.0.1:{}", server.port);
    const std::string pid = std::to_string(server.process.id());
    command.insert(command.end(), {"--url", url});
    processes += (processes.empty() ? "" : ",") + pid;
    names.emplace_back(url, "ws://127.0.0.1:PORT" + number);
    names.emplace_back(pid, "PID" + number);
  }
  command.insert(command.end(), {"--seed-file", seed_file.string(), "--server-pid", processes});
  names.emplace_back(seed_file.string(), "seed.json");
  note_command(command, core, names);
  const fs::path output = directory_.path() / "bench.out";
  const fs::path log = bench_log();
  Process client({.command = command, .core = core, .output_file = output, .error_file = log});
  const int status = client.wait(kRunPatience);
  auto report = parsed(read_file(output), "kith-bench: " + tail(log));
  judge(report, status);
  return report;
}

bench::FlatReport Arena::parsed(const std::string& output, const std::string& otherwise) {
  const std::string line = last_line(output);
  auto report = bench::flatten(line);
  if (!report) throw RunFailed("no figures came from " + otherwise);
  if (!options_.raw.empty()) {
    std::ofstream file(options_.raw / (series_ + ".jsonl"), std::ios::app);
    file << line << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write to " + options_.raw.string());
  }
  return std::move(report).value();
}

void Arena::judge(const bench::FlatReport& report, int status) {
  const auto stated = [&](const char* name) {
    const auto* number = report.number(name);
    return number == nullptr ? 0 : number->value_or(0);
  };
  ++client_runs_.all;
  client_runs_.busy +=
      bench::ClientUse{.cpu_percent = stated("client_cpu_percent"),
                       .cores = stated("cores"),
                       .busiest_thread_percent = stated("client_busiest_thread_percent")}
          .is_limit();
  client_runs_.late += stated("late_sends") > 0;
  std::string wrong;
  for (const char* name : {"lost", "doubled", "reordered", "altered", "unacked", "refused"}) {
    const auto* number = report.number(name);
    if (number == nullptr || !*number || **number == 0) continue;
    wrong += fmt::format("{}{} {}", wrong.empty() ? "" : ", ", name, **number);
  }
  if (const auto* failure = report.text("failure")) wrong += (wrong.empty() ? "" : ", ") + *failure;
  if (wrong.empty() && status != 0) wrong = fmt::format("kith-bench ended with {}", status);
  if (wrong.empty()) return;
  fmt::print(stderr, "  wrong: {}\n", wrong);
  problems_.push_back(fmt::format("{}: {}", series_, wrong));
}

std::string Arena::run(const Arguments& command, std::optional<int> core) {
  const fs::path output = directory_.path() / "run.out";
  const fs::path log = directory_.path() / "run.log";
  Process process({.command = command, .core = core, .output_file = output, .error_file = log});
  const int status = process.wait(kRunPatience);
  if (status != 0) {
    throw RunFailed(fmt::format("{} ended with {}: {}", command.front(), status, tail(log)));
  }
  return read_file(output);
}

}  // namespace kith::figures
