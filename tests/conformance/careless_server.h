// A server as careless as those that were smuggled through: what the runner must find fault with.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

namespace kith::test {

class CarelessServer {
 public:
  // One connection after the other. `serve` returns when one is over, and leaves the socket open.
  using Serve = std::function<void(int socket)>;
  explicit CarelessServer(Serve serve);
  ~CarelessServer();
  CarelessServer(const CarelessServer&) = delete;
  CarelessServer& operator=(const CarelessServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void accept_all();

  Serve serve_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// Bytes, or the peer's end, within that time.
bool readable_within(int socket, int timeout_ms);

enum class Carelessness : std::uint8_t {
  answers_all,    // 200 to whatever ends with an empty line; no body is ever skipped
  refuses_alone,  // 400 to the first, and goes on reading behind it
};
void serve_carelessly(Carelessness kind, int socket);

enum class WsCarelessness : std::uint8_t {
  answers_all,  // whatever looks like a ping, however it came; no frame is ever a reason to close
  hangs_up,     // behind connection.init, without a word, at the first frame
};
void serve_carelessly(WsCarelessness kind, int socket);

}  // namespace kith::test
