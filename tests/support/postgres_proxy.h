// Stands between a store and its Postgres, on a unix socket of its own, and cuts connections at a
// chosen word of their conversation (postgresql.org/docs/15/protocol-message-formats.html).
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/support/process.h"

namespace kith::test {

class PostgresProxy {
 public:
  explicit PostgresProxy(std::filesystem::path server_socket);
  ~PostgresProxy();  // cuts all
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  // What a URL says as host; the port is kPort.
  std::string host() const { return directory_.path().string(); }
  static constexpr int kPort = 5432;

  enum class Cut {
    never,
    at_commit,   // the server has committed; its word of it does not get through
    at_answer,   // nor does anything else that it says
    at_request,  // the server is not even asked
    silently,    // the same, and nothing is closed: both sides wait
  };
  // The next conversation that comes to that point is cut, and only that one. Behind a silence
  // whoever connects anew is taken and told nothing, either, until the proxy goes.
  void arm(Cut cut) { cut_ = cut; }
  bool cut_done() const { return cut_ == Cut::never; }

 private:
  void accept_all();
  void carry(int client);
  // False: the conversation is over.
  bool carry_requests(int client, int server);
  bool carry_answers(int server, int client, std::string& buffer);
  bool take(Cut cut);

  TemporaryDirectory directory_;
  const std::filesystem::path server_socket_;
  int listener_ = -1;
  std::atomic<bool> stopped_ = false;
  std::atomic<Cut> cut_ = Cut::never;
  std::atomic<bool> silent_ = false;
  std::mutex mutex_;
  std::vector<std::thread> carriers_;
  std::thread acceptor_;
};

}  // namespace kith::test
