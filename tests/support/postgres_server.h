// A Postgres of the tests' own: initdb into a private directory, reached by a unix socket there,
// ended with the object. As root it runs as another user, since Postgres refuses root. It keeps its
// promises (fsync and full_page_writes are on, as kithd demands); only the making of the directory
// is not synced.
//
// Whoever starts it must live as long as it: the kernel ends it with that thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace kith::test {

class PostgresServer {
 public:
  // Settings are "name=value", as postgres -c takes them.
  explicit PostgresServer(std::vector<std::string> settings = {});
  // A standby of another, which from here on commits nothing that this one does not have.
  static std::unique_ptr<PostgresServer> standby_of(const PostgresServer& primary);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // One per test program, started at its first use.
  static PostgresServer& shared();

  // Makes an empty database and answers its URL.
  std::string new_database();
  // The same database by way of either: "?host=one,other".
  std::string url_of_either(const std::string& url, const PostgresServer& other) const;
  void promote();                                       // a standby takes writes from here on
  void await_replay_of(const PostgresServer& primary);  // of all that it has committed by now
  void stop_following();                                // a standby, for good
  // Ends whoever uses it.
  void drop_database(const std::string& url);
  // From here on it takes TLS, for those who connect by TCP (settings say where it listens).
  void use_tls(const std::string& certificate, const std::string& key);
  // Whatever answers under `host` (a directory: its unix socket) in the server's place.
  std::string url_by_way_of(const std::string& url, const std::string& host, int port) const;
  std::filesystem::path socket_path() const;

  // Runs SQL in the database of that URL; the first column of the first row, or nothing.
  static std::string ask(const std::string& url, const std::string& sql);

  enum class Stop { fast, immediate, kill };
  void stop(Stop how);
  void start();  // and waits until it answers
  void restart(Stop how) {
    stop(how);
    start();
  }
  pid_t id() const { return process_->id(); }
  void freeze();  // SIGSTOP, to the processes of all sessions too
  void thaw();

 private:
  struct Copy {
    const PostgresServer& of;
  };
  explicit PostgresServer(Copy copy);
  std::vector<pid_t> children() const;
  void make_data(std::vector<std::string> command);
  std::string url_of(const std::string& database) const;

  TemporaryDirectory directory_;
  std::vector<std::string> settings_;
  std::string port_;  // as a URL has it; empty: the usual one
  std::unique_ptr<Process> process_;
  int databases_ = 0;
};

}  // namespace kith::test
