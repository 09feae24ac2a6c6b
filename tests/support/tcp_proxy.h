// A network of one hop, on 127.0.0.1, that can be broken: bytes pass between whoever connects and a
// target port until a test says otherwise. A thread of its own; any may call.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/socket.h"

namespace kith::test {

class TcpProxy {
 public:
  // What the target says passes through it. Used on the proxy's thread.
  using Filter = std::function<std::string(std::string_view bytes)>;

  explicit TcpProxy(std::uint16_t target, Filter filter_of_first = nullptr);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // Who connects from now on has a filter each way, a copy of these; null: bytes pass. Portions are
  // as the network has them.
  void filter_all(Filter to_target, Filter from_target);

  std::uint16_t port() const { return port_; }
  std::size_t connections() const;
  // Whoever connects from now on is closed at once.
  void refuse(bool now) { refusing_ = now; }
  // While it is one, nothing passes and nothing is refused, as where packets are dropped: bytes
  // wait, and who connects hears nothing.
  void black_hole(bool now);
  // Where whoever connects from now on is led.
  void retarget(std::uint16_t port) { target_ = port; }
  // Resets all that there are.
  void cut_all();
  // Resets the connection over which least was sent to the target: who listens, of those that talk.
  void cut_quietest();

 private:
  struct Way {
    int from = -1;
    int to = -1;
    std::string waiting;  // read, and not yet taken
    std::uint64_t passed = 0;
    Filter filter{};  // none: bytes pass as they are
  };
  struct Link {
    Way up;
    Way down;
  };

  void run();
  std::vector<pollfd> interests();
  void accept_one();
  // False: the connection is over.
  static bool pass(Way& way, short ready);
  static void reset(const Link& link);

  std::atomic<std::uint16_t> target_;
  Filter filter_of_first_;  // of the first connection, until there is one
  Filter to_target_;        // of everybody's who connects
  Filter from_target_;
  int listener_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> refusing_ = false;
  std::atomic<bool> hole_ = false;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::list<Link> links_;
  std::thread thread_;
};

}  // namespace kith::test
