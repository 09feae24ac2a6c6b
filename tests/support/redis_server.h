// A redis-server of the test's own: in a directory of its own, on a free port of loopback, without
// persistence. Never the one that a package may have started. Throws std::runtime_error where it
// does not come up.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process.h"

namespace kith::test {

class RedisServer {
 public:
  struct Options {
    std::string password{};           // of the user "default"; empty: none
    std::vector<std::string> more{};  // further arguments, "--name", "value"
    std::uint16_t port = 0;           // 0: a free one
  };
  explicit RedisServer(Options options);
  RedisServer() : RedisServer(Options{}) {}

  std::uint16_t port() const { return port_; }

  void kill();    // SIGKILL, and waits until it is gone
  void start();   // again on the same port, empty
  void freeze();  // SIGSTOP
  void thaw();    // SIGCONT
  // One command on a connection of its own; the answer as it stands in RESP.
  std::string ask(std::initializer_list<std::string_view> words) const;

 private:
  bool answers() const;

  const Options options_;
  TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace kith::test
