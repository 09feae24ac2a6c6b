// A server as careless as those that were smuggled through: what the runner must find fault with.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace kith::test {

enum class Carelessness : std::uint8_t {
  answers_all,    // 200 to whatever ends with an empty line; no body is ever skipped
  refuses_alone,  // 400 to the first, and goes on reading behind it
};

class CarelessServer {
 public:
  explicit CarelessServer(Carelessness kind);
  ~CarelessServer();
  CarelessServer(const CarelessServer&) = delete;
  CarelessServer& operator=(const CarelessServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void accept_all();
  void serve(int socket) const;

  Carelessness kind_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace kith::test
