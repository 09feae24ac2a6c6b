// Stands between a node and its Redis and understands what passes: of the messages that Redis sends
// to a subscriber it loses, repeats and shuffles as told. Canaries pass, so that the bus is well as
// far as it can know. Everything else passes as it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace kith::test {

// Chances are of 1000.
struct RespFaults {
  std::uint32_t lose = 0;
  std::uint32_t repeat = 0;
  std::size_t shuffle = 0;  // a message waits until so many do, or nothing comes for 2 ms
};

class RespProxy {
 public:
  RespProxy(std::uint16_t redis_port, RespFaults faults);
  ~RespProxy();
  RespProxy(const RespProxy&) = delete;
  RespProxy& operator=(const RespProxy&) = delete;

  std::uint16_t port() const { return port_; }
  void set(RespFaults faults);
  std::uint64_t lost() const { return lost_; }
  std::uint64_t repeated() const { return repeated_; }

 private:
  struct Pair;
  void serve();
  void accept();
  bool to_redis(Pair& pair);
  bool to_node(Pair& pair);
  void on_message(Pair& pair, std::string bytes);
  void release(Pair& pair, std::size_t keep);

  const std::uint16_t redis_port_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};  // a pipe: closed at the end
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  RespFaults faults_;  // guarded by mutex_
  std::mt19937_64 random_{1};
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::atomic<std::uint64_t> lost_ = 0;
  std::atomic<std::uint64_t> repeated_ = 0;
  std::thread thread_;
};

}  // namespace kith::test
