#include "tests/support/postgres_server.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/await.h"

namespace kith::test {
namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr auto kStartingMax = 60s;  // recovery after a kill, on a busy machine

std::optional<Process::User> server_user() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* entry = getpwnam(name)) {
      return Process::User{.user = entry->pw_uid, .group = entry->pw_gid};
    }
  }
  throw std::runtime_error("no user to run Postgres as");
}

}  // namespace

PostgresServer::PostgresServer(std::vector<std::string> settings) : settings_(std::move(settings)) {
  for (const std::string& setting : settings_) {
    if (setting.starts_with("port=")) port_ = "&" + setting;
  }
  make_data({"initdb", "--username=kith", "--auth=trust", "--encoding=UTF8", "--locale=C",
             "--no-sync", "--no-instructions"});
}

PostgresServer::PostgresServer(Copy copy) {
  make_data({"pg_basebackup", "--host=" + copy.of.directory_.path().string(), "--username=kith",
             "--checkpoint=fast", "--write-recovery-conf", "--no-sync"});
}

std::unique_ptr<PostgresServer> PostgresServer::standby_of(const PostgresServer& primary) {
  std::unique_ptr<PostgresServer> standby(new PostgresServer(Copy{primary}));
  ask(primary.url_of("postgres"), "ALTER SYSTEM SET synchronous_standby_names = '*'");
  ask(primary.url_of("postgres"), "SELECT pg_reload_conf()");
  const std::string settled =
      "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'";
  const bool follows = await_condition(Clock::now() + kStartingMax, 10ms, [&] {
    return !ask(primary.url_of("postgres"), settled).empty();
  });
  if (!follows) throw std::runtime_error("the standby does not follow");
  return standby;
}

void PostgresServer::promote() {
  ask(url_of("postgres"), "SELECT pg_promote()");
}

void PostgresServer::await_replay_of(const PostgresServer& primary) {
  const std::string end = ask(primary.url_of("postgres"), "SELECT pg_current_wal_lsn()");
  const std::string behind =
      "SELECT 1 WHERE pg_last_wal_replay_lsn() IS NULL OR pg_last_wal_replay_lsn() < '" + end + "'";
  const bool follows = await_condition(Clock::now() + kStartingMax, 5ms,
                                       [&] { return ask(url_of("postgres"), behind).empty(); });
  if (!follows) throw std::runtime_error("the standby does not follow");
}

void PostgresServer::stop_following() {
  ask(url_of("postgres"), "ALTER SYSTEM SET primary_conninfo = ''");
  ask(url_of("postgres"), "SELECT pg_reload_conf()");
  const bool alone = await_condition(Clock::now() + kStartingMax, 5ms, [&] {
    return ask(url_of("postgres"), "SELECT 1 FROM pg_stat_wal_receiver").empty();
  });
  if (!alone) throw std::runtime_error("the standby still follows");
}

void PostgresServer::make_data(std::vector<std::string> command) {
  const auto user = server_user();
  const auto& path = directory_.path();
  if (user && chown(path.c_str(), user->user, user->group) != 0) {
    throw std::runtime_error("chown failed");
  }
  command.front().insert(0, kPrograms);
  command.push_back("--pgdata=" + (path / "data").string());
  Process made({.command = std::move(command),
                .stdout_file = {},
                .stderr_file = path / "making",
                .environment = {},
                .user = user});
  if (made.wait(1min) != 0) {
    throw std::runtime_error("no data directory: " + read_file(path / "making"));
  }
  start();
}

PostgresServer::~PostgresServer() {
  if (process_ == nullptr || !process_->running()) return;
  process_->signal(SIGQUIT);
  try {
    process_->wait();
  } catch (const std::exception&) {
    process_->signal(SIGKILL);  // its own children end with it
  }
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::start() {
  const std::string path = directory_.path().string();
  std::vector<std::string> command = {std::string(kPrograms) + "postgres",
                                      "-D",
                                      path + "/data",
                                      "-k",
                                      path,
                                      "-c",
                                      "listen_addresses=",
                                      "-c",
                                      "shared_buffers=32MB",
                                      "-c",
                                      "max_connections=60",
                                      "-c",
                                      "max_wal_size=256MB",
                                      "-c",
                                      "log_checkpoints=off"};
  for (const std::string& setting : settings_) {
    command.insert(command.end(), {"-c", setting});
  }
  const auto deadline = Clock::now() + kStartingMax;
  process_.reset();
  while (PQping(url_of("postgres").c_str()) != PQPING_OK || process_ == nullptr) {
    if (Clock::now() > deadline) {
      throw std::runtime_error("Postgres does not start: " + read_file(directory_.path() / "log"));
    }
    // Again where it has refused to: what a killed one has left behind takes a moment to end.
    if (process_ == nullptr || !process_->running()) {
      process_ = std::make_unique<Process>(Process::Start{.command = command,
                                                          .stdout_file = {},
                                                          .stderr_file = directory_.path() / "log",
                                                          .environment = {},
                                                          .user = server_user()});
    }
    std::this_thread::sleep_for(10ms);  // it has no other way to say so
  }
}

void PostgresServer::stop(Stop how) {
  process_->signal(how == Stop::fast ? SIGINT : how == Stop::immediate ? SIGQUIT : SIGKILL);
  process_->wait(1min);
}

void PostgresServer::use_tls(const std::string& certificate, const std::string& key) {
  const auto user = server_user();
  const auto place = [&](const std::string& file, const char* name) {
    const auto path = directory_.path() / name;
    write_file(path, read_file(file));
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    if (user && ::chown(path.c_str(), user->user, user->group) != 0) {
      throw std::runtime_error("chown failed");
    }
    return path.string();
  };
  const std::string admin = url_of("postgres");
  ask(admin, "ALTER SYSTEM SET ssl_cert_file = '" + place(certificate, "server.pem") + "'");
  ask(admin, "ALTER SYSTEM SET ssl_key_file = '" + place(key, "server.key") + "'");
  ask(admin, "ALTER SYSTEM SET ssl = on");
  ask(admin, "SELECT pg_reload_conf()");
}

std::vector<pid_t> PostgresServer::children() const {
  const std::string number = std::to_string(process_->id());
  std::istringstream text(read_file("/proc/" + number + "/task/" + number + "/children"));
  return {std::istream_iterator<pid_t>(text), {}};
}

void PostgresServer::freeze() {
  process_->signal(SIGSTOP);  // first: then it makes no more of them
  for (const pid_t child : children()) ::kill(child, SIGSTOP);
}

void PostgresServer::thaw() {
  for (const pid_t child : children()) ::kill(child, SIGCONT);
  process_->signal(SIGCONT);
}

std::filesystem::path PostgresServer::socket_path() const {
  return directory_.path() / ".s.PGSQL.5432";
}

std::string PostgresServer::url_of(const std::string& database) const {
  return "postgres://kith@/" + database + "?host=" + directory_.path().string() + port_;
}

std::string PostgresServer::url_of_either(const std::string& url,
                                          const PostgresServer& other) const {
  return url + "," + other.directory_.path().string();
}

std::string PostgresServer::url_by_way_of(const std::string& url, const std::string& host,
                                          int port) const {
  return url.substr(0, url.find('?')) + "?host=" + host + "&port=" + std::to_string(port);
}

std::string PostgresServer::new_database() {
  const std::string name = "kith" + std::to_string(++databases_);
  ask(url_of("postgres"), "CREATE DATABASE " + name);
  return url_of(name);
}

void PostgresServer::drop_database(const std::string& url) {
  const std::size_t begin = url.find("@/") + 2;
  const std::string name = url.substr(begin, url.find('?') - begin);
  ask(url_of("postgres"), "DROP DATABASE " + name + " WITH (FORCE)");
}

std::string PostgresServer::ask(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                              PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

}  // namespace kith::test
