#include "bench/figures/node_arena.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>

namespace kith::figures {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* kPostgres = "/usr/lib/postgresql/15/bin/";
constexpr auto kNodeStartPatience = 60s;
constexpr auto kNodeStopPatience = 30s;

std::string http_get(std::uint16_t port, const std::string& path) {
  namespace http = boost::beast::http;
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  http::request<http::empty_body> request(http::verb::get, path, 11);
  request.set(http::field::host, "127.0.0.1");
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  return response.body();
}

template <typename Condition>
void await_that(const char* what, Process& process, const fs::path& log, Condition holds) {
  const auto until = std::chrono::steady_clock::now() + kNodeStartPatience;
  while (!holds()) {
    if (interrupted != 0) throw Interrupted();
    if (!process.running() || std::chrono::steady_clock::now() > until) {
      throw RunFailed(fmt::format("{} does not start: {}", what, read_file(log)));
    }
    std::this_thread::sleep_for(20ms);
  }
}

}  // namespace

double NodeArena::Node::metric(const std::string& name) const {
  const std::string text = http_get(port, "/metrics");
  const auto at = text.find("\n" + name + " ");
  if (at == std::string::npos) throw RunFailed("no metric " + name);
  return std::stod(text.substr(at + name.size() + 2));
}

NodeArena::NodeArena(Arena& arena) : arena_(arena), directory_(arena.directory() / "nodes") {
  fs::remove_all(directory_);
  fs::create_directories(directory_ / "postgres");
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr) user = ::getpwnam("nobody");
    if (user == nullptr) throw RunFailed("no user to run Postgres as");
    as_ = {"/usr/bin/setpriv",
           "--reuid",
           std::to_string(user->pw_uid),
           "--regid",
           std::to_string(user->pw_gid),
           "--clear-groups",
           "--"};
    if (::chown((directory_ / "postgres").c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw RunFailed("cannot give a directory to another user");
    }
    // It must get there.
    for (fs::path path = directory_; path != path.root_path(); path = path.parent_path()) {
      std::error_code ignored;  // not ours: then it is open, or initdb says what it misses
      fs::permissions(path, fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add,
                      ignored);
      if (path == arena.directory()) break;
    }
  }
  start_postgres();
  start_redis();
}

NodeArena::~NodeArena() {
  for (Process* process : {redis_.get(), postgres_.get()}) {
    if (process == nullptr) continue;
    try {
      process->stop(kNodeStopPatience);
    } catch (const std::exception&) {
      // Its own end kills it.
    }
  }
}

void NodeArena::start_postgres() {
  const fs::path data = directory_ / "postgres" / "data";
  const fs::path log = directory_ / "postgres.log";
  const auto as_its_user = [&](Arena::Arguments words) {
    words.front().insert(0, kPostgres);
    words.insert(words.begin(), as_.begin(), as_.end());
    return words;
  };
  arena_.run(as_its_user({"initdb", "--pgdata", data.string(), "--username=kith", "--auth=trust",
                          "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"}),
             std::nullopt);
  postgres_port_ = free_port();
  postgres_ = std::make_unique<Process>(Process::Start{
      .command =
          as_its_user({"postgres", "-D", data.string(), "-k", "", "-c",
                       "listen_addresses=127.0.0.1", "-p", std::to_string(postgres_port_), "-c",
                       "shared_buffers=256MB", "-c", "max_wal_size=4GB", "-c", "min_wal_size=1GB"}),
      .error_file = log});
  postgres_url_ = fmt::format("postgres://kith@127.0.0.1:{}/", postgres_port_);
  await_that("Postgres", *postgres_, log, [&] {
    try {
      return ask("SELECT 1").starts_with("1");
    } catch (const RunFailed&) {
      return false;
    }
  });
  // As one that has run for a while: the files of its log are there, and are written over. Each
  // that it has to make first stops every commit for as long as 16 MiB take to be synced.
  ask("SELECT count(pg_logical_emit_message(false, 'kith', repeat('x', 1048576)))"
      " FROM generate_series(1, 900)");
  ask("CHECKPOINT");
}

std::string NodeArena::ask(const std::string& sql) {
  return arena_.run({std::string(kPostgres) + "psql", "--no-psqlrc", "-qAt", "-d",
                     postgres_url_ + "postgres", "-c", sql},
                    std::nullopt);
}

void NodeArena::start_redis() {
  if (redis_port_ == 0) redis_port_ = free_port();
  redis_ = std::make_unique<Process>(Process::Start{
      .command = {"/usr/bin/redis-server", "--port", std::to_string(redis_port_), "--bind",
                  "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory_.string()},
      .error_file = directory_ / "redis.log"});
  await_that("Redis", *redis_, directory_ / "redis.log", [&] { return accepts(redis_port_); });
}

void NodeArena::stop_redis() {
  redis_->stop(kNodeStopPatience);
}

NodeArena::Database NodeArena::database(const std::vector<Population>& populations) {
  const std::string name = fmt::format("kith{}", ++databases_);
  ask("CREATE DATABASE " + name);
  Database made{.url = postgres_url_ + name, .seed_files = {}};
  for (const Population& population : populations) {
    made.seed_files.push_back(directory_ /
                              fmt::format("seed-{}-{}.json", name, made.seed_files.size()));
    const Arena::Arguments command = {arena_.program("kithd"),
                                      "seed",
                                      "--data",
                                      (directory_ / "seeding").string(),
                                      "--set",
                                      "storage.url=" + made.url,
                                      "--users",
                                      std::to_string(population.users),
                                      "--rooms",
                                      std::to_string(population.rooms),
                                      "--members",
                                      std::to_string(population.members),
                                      "--out",
                                      made.seed_files.back().string()};
    arena_.note_command(command, std::nullopt,
                        {{made.seed_files.back().string(), "seed.json"},
                         {made.url, "postgres://..."},
                         {(directory_ / "seeding").string(), "DATA"}});
    arena_.run(command, std::nullopt);
  }
  ask("CHECKPOINT");  // the files of its log are used again, as in start_postgres()
  return made;
}

std::vector<NodeArena::Node> NodeArena::start(const Setting& setting) {
  std::vector<Node> nodes;
  const std::string redis_url = fmt::format("redis://127.0.0.1:{}", redis_port_);
  for (int i = 0; i < setting.nodes; ++i) {
    Node node;
    node.port = free_port();
    const fs::path data = directory_ / fmt::format("node-{}", ++nodes_made_);
    node.log = data.string() + ".log";
    Arena::Arguments command = {arena_.program("kithd"),
                                "--data",
                                data.string(),
                                "--listen",
                                fmt::format("127.0.0.1:{}", node.port),
                                "--set",
                                fmt::format("shards={}", setting.shards),
                                "--set",
                                "limits.messages_per_minute=0",
                                "--set",
                                "log.level=warn",
                                "--set",
                                "storage.url=" + setting.storage_url};
    if (setting.bus) command.insert(command.end(), {"--set", "bus.url=" + redis_url});
    arena_.note_command(command, std::nullopt,
                        {{data.string(), "DATA"},
                         {fmt::format(":{}", node.port), ":PORT"},
                         {setting.storage_url, "postgres://..."},
                         {redis_url, "redis://..."}});
    node.process =
        std::make_unique<Process>(Process::Start{.command = command, .error_file = node.log});
    nodes.push_back(std::move(node));
  }
  for (Node& node : nodes) {
    arena_.await(*node.process, node.port, node.log);
    if (!setting.bus) continue;
    await_that("the bus", *node.process, node.log,
               [&] { return node.metric("kith_bus_healthy") == 1; });
  }
  return nodes;
}

void NodeArena::stop(std::vector<Node>& nodes) {
  for (Node& node : nodes) arena_.stop(*node.process, node.log);
  nodes.clear();
}

}  // namespace kith::figures
