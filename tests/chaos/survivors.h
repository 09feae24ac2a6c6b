// Recorded clients of one server that is killed, or fails, and is started again under them; and the
// checker's word on what they saw.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <random>

#include "tests/chaos/environment.h"
#include "tests/chaos/recorded_client.h"
#include "tests/history/checker.h"

namespace kith::test {

inline TestServer::Launch failing_at(const std::string& orders) {
  return {.program = KITH_KITHD_FAILPOINTS, .environment = {{"KITH_FAIL", orders}}};
}

class Survivors {
 public:
  struct Options {
    std::size_t clients = 5;
    std::size_t in_flight = 50;  // of each
    std::size_t text_bytes = 0;
    bool changes = false;  // they edit and delete what they have sent, and read history, besides
    std::vector<std::string> settings{"shards=2"};
  };
  // Starts a server, signs users up, puts all into one group; connects nobody yet.
  explicit Survivors(Options options);

  TestServer& server() { return *server_; }
  std::vector<std::unique_ptr<RecordedClient>>& clients() { return clients_; }
  const User& user() const { return users_.front(); }
  const std::string& chat() const { return chat_; }
  std::size_t unanswered() const;
  std::size_t refused() const;
  std::size_t changed() const;  // edits and deletions that were acked
  std::size_t read() const;     // histories

  void connect();
  void write();  // all, each in its thread; comes back when each has been answered, or has lost it
  void stop();   // no more; waits for what is in flight
  void join();   // of a server that has gone
  void restart(TestServer::Launch launch);
  // And connect() and write(); false: the server died on the way.
  bool restart_and_write(TestServer::Launch launch);

  // Of a server that has gone: its store as it is, and back to that, as of a disk that has kept
  // nothing of what it was told since. For the controls.
  void keep_store() const;
  void put_store_back() const;

  // Everybody resumes to the end, and the log is read: all that happened. Once.
  History end();
  // And the checker decides; fails the test where it finds anything.
  Verdict finish();

 private:
  std::filesystem::path kept_store() const { return server_->directory() / "kept"; }
  std::size_t sum(std::size_t (RecordedClient::*of)() const) const;
  void note_end();  // of the process, in the history

  HistoryBook book_;
  std::unique_ptr<TestServer> server_;
  std::vector<User> users_;
  std::string chat_;
  Log log_;
  std::vector<std::unique_ptr<RecordedClient>> clients_;
};

}  // namespace kith::test
