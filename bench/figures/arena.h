// Where the runs take place: kithd or a limit on one core, kith-bench on another, one run at a
// time, each with a server and data of its own.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/figures/neighbours.h"
#include "bench/figures/process.h"
#include "bench/flat_json.h"

namespace kith::figures {

struct ArenaOptions {
  std::filesystem::path programs;  // kithd, kith-bench and kith-limit lie there
  std::filesystem::path work;      // data directories are made in it: its disk is measured
  std::filesystem::path raw;       // JSON lines are kept there, a file per series; empty: nowhere
  int server_core = 0;
  int client_core = 1;
};

// What `kithd seed` makes.
struct Population {
  int users = 0;
  int rooms = 0;
  int members = 0;
  int clubs = 0;
  int club_members = 0;  // of each; 0: everybody
};

// A run that says nothing: a program that did not start, or did not come to its end. Its text has
// what the program said.
struct RunFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Arena {
 public:
  using Arguments = std::vector<std::string>;

  explicit Arena(ArenaOptions options);

  // One run of kith-bench with these arguments against kithd. `data`: of data_directory(); empty:
  // a fresh one, gone afterwards. These throw RunFailed, and Interrupted.
  bench::FlatReport kithd(const Population& population, const Arguments& scenario,
                          const std::filesystem::path& data = {});
  struct Server {
    const Process& process;
    std::uint16_t port = 0;
  };
  // A server on its core, on data of its own, while `action` runs.
  struct Served {
    const Server& server;
    const std::filesystem::path& seed_file;
  };
  void serve(const Population& population, const std::filesystem::path& data,
             const std::function<void(const Served&)>& action);
  // The same against the bare TCP server.
  bench::FlatReport tcp_limit(const Population& population, const Arguments& scenario);
  // The bare SQLite loop, on the server's core.
  bench::FlatReport sqlite_limit(const Arguments& arguments);
  // Another of kith-limit's loops, likewise: `limit` is its name, and takes --file.
  bench::FlatReport bare_sql(const char* limit, const Arguments& arguments);
  // Seeded, to be used by several runs; gone with the arena.
  std::filesystem::path data_directory(const Population& population);

  struct Disk {
    double fsync_ms = 0;  // the median of 4 KiB and fdatasync, where `work` is
    std::string sqlite;   // the version that is used there
  };
  Disk disk();
  std::string version();           // of kithd
  std::string filesystem() const;  // of `work`: its type

  // The file that --raw's lines go to from now on.
  void begin_series(std::string name) { series_ = std::move(name); }
  // Since the last call: the commands, without what differs from run to run, each once; and what
  // must not be, such as messages that were lost.
  std::vector<std::string> take_commands() { return std::exchange(commands_, {}); }
  std::vector<std::string> take_problems() { return std::exchange(problems_, {}); }
  // Since the last call: in how many runs kith-bench, not the server, was the limit, or was behind
  // its own schedule (by its own word).
  struct ClientRuns {
    int all = 0;
    int busy = 0;
    int late = 0;
  };
  ClientRuns take_client_runs() { return std::exchange(client_runs_, {}); }
  Neighbours& neighbours() { return neighbours_; }  // watched during every run

  // --- for whoever runs servers of their own (node_arena.h) ---
  using Names = std::vector<std::pair<std::string, std::string>>;  // what is shown for what
  // One run of kith-bench against all of them. `core`: where it is pinned; none: nowhere.
  bench::FlatReport run_bench(const std::vector<Server>& servers,
                              const std::filesystem::path& seed_file, const Arguments& scenario,
                              std::optional<int> core);
  int server_core() const { return options_.server_core; }
  int client_core() const { return options_.client_core; }
  const std::filesystem::path& directory() const { return directory_.path(); }
  // What kith-bench says on stderr, of the run that goes on or the last one.
  std::filesystem::path bench_log() const { return directory_.path() / "bench.log"; }
  std::string program(const char* name) const { return (options_.programs / name).string(); }
  // As one would type it.
  void note_command(const Arguments& command, std::optional<int> core, const Names& names);
  void await(Process& server, std::uint16_t port, const std::filesystem::path& log);
  void stop(Process& server, const std::filesystem::path& log);
  // To its end; its stdout.
  std::string run(const Arguments& command, std::optional<int> core);
  bench::FlatReport parsed(const std::string& output, const std::string& otherwise);

 private:
  struct Seeded {
    std::filesystem::path data;  // never used itself: copied
    std::filesystem::path seed_file;
  };

  const Seeded& seeded(const Population& population);
  std::filesystem::path fresh_copy(const std::filesystem::path& data);
  void judge(const bench::FlatReport& report, int status);

  ArenaOptions options_;
  TemporaryDirectory directory_;
  std::map<std::string, Seeded> seeded_;
  int copies_ = 0;
  std::string series_ = "runs";
  std::vector<std::string> commands_;
  std::vector<std::string> problems_;
  ClientRuns client_runs_;
  Neighbours neighbours_;
};

// Throws RunFailed where the report has no such number, or null for it.
double number_of(const bench::FlatReport& report, const std::string& name);

}  // namespace kith::figures
