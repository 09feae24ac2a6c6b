// What a read over HTTP costs, beside nginx that serves a file of the same size.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "bench/figures/figures.h"
#include "bench/http_connection.h"
#include "bench/report_text.h"
#include "bench/seed_file.h"
#include "bench/server_usage.h"

namespace kith::figures {
namespace {

namespace fs = std::filesystem;

constexpr Population kReaders{.users = 1000, .rooms = 10, .members = 10, .clubs = 1};
constexpr const char* kNginx = "/usr/sbin/nginx";
constexpr int kPosts = 20;  // that a page of the feed shows
constexpr double kReadRatioMin = 0.25;
constexpr double kP99MaxMs = 10;
constexpr const char* kConnections = "16";
constexpr const char* kWriterRate = "50";

// A file server of one process, of the figures' own.
class Nginx {
 public:
  Nginx(Arena& arena, const std::string& body) : arena_(arena), port_(free_port()) {
    const fs::path directory = arena.directory() / "nginx";
    fs::create_directories(directory / "www");
    write_file(directory / "www" / "file.json", body);
    std::string paths;
    for (const char* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      paths += fmt::format("{}_temp_path {}/{};\n", name, directory.string(), name);
    }
    write_file(directory / "nginx.conf",
               fmt::format("daemon off;\nmaster_process off;\nworker_processes 1;\npid {0}/pid;\n"
                           "error_log {0}/error.log;\nevents {{ worker_connections 1024; }}\n"
                           "http {{ access_log off; sendfile on; tcp_nopush on;\n"
                           "keepalive_requests 1000000000; open_file_cache max=100;\n"
                           "default_type application/json;\n{1}"
                           "server {{ listen 127.0.0.1:{2}; root {0}/www; }} }}\n",
                           directory.string(), paths, port_));
    process_ = std::make_unique<Process>(
        Process::Start{.command = {kNginx, "-c", (directory / "nginx.conf").string(), "-e",
                                   (directory / "error.log").string()},
                       .core = arena.server_core(),
                       .error_file = log_});
    arena_.await(*process_, port_, log_);
  }
  ~Nginx() = default;  // its process ends with it
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  Arena::Server server() const { return {*process_, port_}; }

 private:
  Arena& arena_;
  const std::uint16_t port_;
  const fs::path log_ = arena_.directory() / "nginx.log";
  std::unique_ptr<Process> process_;
};

struct Request {
  std::string path;
  std::string token;
};

struct Loaded {
  double per_core_s = 0;  // requests per second of the server's CPU, all of its threads
  double per_s = 0;
  double p99_ms = 0;
};

double cpu_of(const Process& process) {
  const auto usage = bench::process_usage(process.id());
  if (!usage) throw RunFailed(usage.error().message);
  return usage->cpu_s + usage->store_cpu_s;
}

// `rate`: 0: as fast as can be.
Loaded load(Arena& arena, const Arena::Server& server, const Request& request, double rate,
            const std::string& seconds) {
  Arena::Arguments command = {arena.program("kith-limit"),
                              "http",
                              "--port",
                              std::to_string(server.port),
                              "--path",
                              request.path,
                              "--connections",
                              kConnections,
                              "--seconds",
                              seconds,
                              "--rate",
                              fmt::format("{:.0f}", rate)};
  if (!request.token.empty()) command.insert(command.end(), {"--token", request.token});
  arena.note_command(command, arena.client_core(),
                     {{request.token, "TOKEN"}, {std::to_string(server.port), "PORT"}});
  const double before = cpu_of(server.process);
  const auto report = arena.parsed(arena.run(command, arena.client_core()), "kith-limit http");
  const double cpu_s = cpu_of(server.process) - before;
  return {.per_core_s = number_of(report, "requests") / std::max(cpu_s, 0.01),
          .per_s = number_of(report, "per_s"),
          .p99_ms = number_of(report, "p99_us") / 1000};
}

std::string ask(const Arena::Server& server, const bench::HttpCall& call) {
  const bench::Target target{
      .host = "127.0.0.1", .port = std::to_string(server.port), .path = "/ws"};
  const bench::HttpReply reply = bench::ask_once(target, call);
  if (reply.status / 100 == 2) return reply.body;
  throw RunFailed(fmt::format("{} {}: {} {}", call.method, call.path, reply.status,
                              reply.status == 0 ? reply.trouble : reply.body));
}

// One kind of read, and what is measured of it.
struct Read {
  std::string name;
  std::optional<double> ratio_min{};
  Measure cost{};
  Measure rate{};
  Measure latency{};
  Measure bytes{};

  explicit Read(std::string what, std::optional<double> least)
      : name(std::move(what)), ratio_min(least) {
    cost.what = name + ": requests per core-second";
    if (ratio_min) cost.target = Target{.value = *ratio_min};
    rate.what = name + ": requests/s, as fast as one client can";
    latency.what = name + ": p99 at half that rate, while others write, ms";
    latency.target =
        Target{.of = Target::Of::kith, .bound = Target::Bound::most, .value = kP99MaxMs};
    bytes.what = name + ": bytes of the answer";
  }
};

class HttpFigures {
 public:
  HttpFigures(Arena& arena, const Plan& plan)
      : arena_(arena), plan_(plan), nginx_is_here_(fs::exists(kNginx)) {}

  Section measure() {
    for (progress_.round = 1; progress_.round <= plan_.runs; ++progress_.round) {
      arena_.begin_series("http");
      arena_.serve(kReaders, {}, [&](const Arena::Served& served) { round(served); });
    }
    Section section{
        .text = fmt::format(
            "One client, {} connections that are kept alive, the next request when one is "
            "answered. "
            "Against nginx (one process, the same core, an open file of the same size, no log) "
            "with "
            "the same client in the same run; CPU is of all threads of the server. kithd checks "
            "the token and reads the store for every request. At half the rate requests come on a "
            "schedule, while others write {} times a second.{}",
            kConnections, kWriterRate,
            nginx_is_here_ ? "" : " There is no nginx on this machine, so there is no ratio."),
        .limit_name = "nginx"};
    for (Read* read : {&user_, &feed_}) {
      for (Measure* each : {&read->cost, &read->latency, &read->rate, &read->bytes}) {
        section.measures.push_back(std::move(*each));
      }
    }
    return section;
  }

 private:
  void round(const Arena::Served& served) {
    const auto seed = bench::read_seed_file(served.seed_file.string());
    if (!seed) throw RunFailed(seed.error().message);
    const std::string& token = seed->users[0].token;
    const std::string club = "/clubs/" + seed->clubs.front().id;
    for (int i = 0; i < kPosts; ++i) {
      ask(served.server, {.method = "POST",
                          .path = club + "/posts",
                          .token = token,
                          .body = fmt::format(R"({{"content":"What a day, number {}"}})", i)});
    }
    measure_read(user_, served, {.path = "/users/" + seed->users[1].id, .token = token});
    measure_read(feed_, served, {.path = club + "/feed?limit=20", .token = token});
  }

  void measure_read(Read& read, const Arena::Served& served, const Request& request) {
    progress_.what = read.name + ", requests per core-second";
    const std::string body = ask(served.server, {.path = request.path, .token = request.token});
    read.bytes.kith.push_back(static_cast<double>(body.size()));
    const Loaded full = load(arena_, served.server, request, 0, plan_.seconds(4));
    read.cost.kith.push_back(full.per_core_s);
    read.rate.kith.push_back(full.per_s);
    progress_.say("kithd", full.per_core_s);
    if (nginx_is_here_) {
      const Nginx nginx(arena_, body);
      const Loaded bare =
          load(arena_, nginx.server(), {.path = "/file.json", .token = {}}, 0, plan_.seconds(4));
      read.cost.limit.push_back(bare.per_core_s);
      read.rate.limit.push_back(bare.per_s);
      progress_.say("nginx", bare.per_core_s);
    }
    read.latency.kith.push_back(half_load(served, request, full.per_s / 2));
    progress_.say("p99 at half the rate, ms:", read.latency.kith.back());
  }

  double half_load(const Arena::Served& served, const Request& request, double rate) {
    const Arena::Arguments command = {arena_.program("kith-bench"),
                                      "crud",
                                      "--url",
                                      fmt::format("ws://127.0.0.1:{}", served.server.port),
                                      "--seed-file",
                                      served.seed_file.string(),
                                      "--users",
                                      "50",
                                      "--rate",
                                      kWriterRate,
                                      "--mix",
                                      "create_post=1,update_user=1",
                                      "--duration",
                                      "60"};
    arena_.note_command(
        command, arena_.client_core(),
        {{served.seed_file.string(), "seed.json"}, {std::to_string(served.server.port), "PORT"}});
    const fs::path log = arena_.directory() / "writer.log";
    Process writer({.command = command, .core = arena_.client_core(), .error_file = log});
    await_writer(writer, log);
    const Loaded half = load(arena_, served.server, request, rate, plan_.seconds(4));
    if (!writer.running()) throw RunFailed("the writer ended: " + read_file(log));
    writer.stop(std::chrono::seconds(30));
    return half.p99_ms;
  }

  // Until it has reported a second of its load.
  static void await_writer(Process& writer, const fs::path& log) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (read_file(log).find(" s  ") == std::string::npos) {
      if (!writer.running() || std::chrono::steady_clock::now() > until) {
        throw RunFailed("the writer did not begin: " + read_file(log));
      }
      if (interrupted != 0) throw Interrupted();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  Arena& arena_;
  const Plan& plan_;
  const bool nginx_is_here_;
  Progress progress_{.plan = plan_, .what = {}};
  Read user_{"GET /users/{id}", kReadRatioMin};
  Read feed_{"GET /clubs/{id}/feed", std::nullopt};
};

}  // namespace

Section measure_http(Arena& arena, const Plan& plan) {
  return HttpFigures(arena, plan).measure();
}

}  // namespace kith::figures
