// Something that listens and claims to be Redis: answers what its script says, to each connection
// and each piece of bytes that it reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kith::test {

// What a Redis 7 says to HELLO 2, shortened.
inline constexpr std::string_view kHelloAnswer =
    "*4\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:2\r\n";

class FakeRedis {
 public:
  // Called on a thread of the fake's, one call at a time; what it gives back is written.
  using Script = std::function<std::string(std::string_view read)>;
  explicit FakeRedis(Script script);
  ~FakeRedis();
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void serve();

  const Script script_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};  // a pipe: closed at the end
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace kith::test
