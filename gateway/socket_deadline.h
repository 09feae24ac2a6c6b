// A deadline on what a socket is waiting for: when it passes, the operations of the socket are
// cancelled. One timer per connection, moved lazily: setting a later deadline costs no timer
// operation. On the shard's thread alone.
#pragma once

#include <chrono>
#include <memory>

#include "gateway/client_socket.h"
#include "protocol/ids.h"

namespace kith {

class SocketDeadline {
 public:
  // `socket` lives until stop() or the destructor.
  explicit SocketDeadline(ClientSocket& socket);
  ~SocketDeadline();
  SocketDeadline(const SocketDeadline&) = delete;
  SocketDeadline& operator=(const SocketDeadline&) = delete;

  void expire_at(SteadyTime when);
  void expire_after(std::chrono::steady_clock::duration wait);
  void clear();  // nothing is being waited for
  bool passed() const;
  void stop();  // lets go of the socket

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kith
