// A server of the test's own on a port of 127.0.0.1: what is said on each connection is the
// caller's, on a thread per connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/tls.h"

namespace kith::test {

// One accepted connection, blocking. Ends, for both sides, when the listener goes.
class Conversation {
 public:
  explicit Conversation(int fd) : fd_(fd) {}
  // Without its CRLF (or LF); nothing: the peer has closed.
  std::optional<std::string> line();
  std::optional<std::string> bytes(std::size_t count);
  void say(std::string_view text);
  void wait_for_close();  // says nothing more, until the peer or the listener has had enough
  // All that follows is within TLS; what came before in the clear is forgotten. False: the peer
  // does not want to.
  bool start_tls(const TlsServer& server);

 private:
  bool more();

  const int fd_;
  TlsServer::Connection tls_;  // null: in the clear
  std::string read_;
};

class TcpListener {
 public:
  explicit TcpListener(std::function<void(Conversation&)> talk);
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  void accept();

  const std::function<void(Conversation&)> talk_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;  // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::vector<std::thread> talks_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace kith::test
