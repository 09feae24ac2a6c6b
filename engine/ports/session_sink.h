// The engine's view of a client's socket: where frames for it go. Implemented by the gateway's
// WebSocketSession. The engine writes whole WebSocket frames; the gateway sends what was written
// once, at the end of the shard's turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/close_code.h"
#include "protocol/ids.h"

namespace kith {

class SessionSink {
 public:
  // Appends `count` whole frames to what waits to be written. Always takes them: the
  // engine asks queued_bytes() first for what may be left out.
  virtual void write(std::string_view frames, std::uint32_t count = 1) = 0;
  // The same for what many get at once. The engine keeps `frames`, and the pointer itself, where
  // they are until a begin_turn() that says nobody refers to them: a socket that takes all of it at
  // once has no need of a copy.
  virtual void write_shared(const std::shared_ptr<const std::string>& frames,
                            std::uint32_t count) = 0;
  // Whose socket it is, once the token has held. From here on it is served as one of many that are
  // connected (the gateway has a lobby for those that come), and the log names the user.
  virtual void identified(const UserId& user) = 0;
  // Ends the session: what was written goes out, then the close frame, then the socket is closed.
  // The engine has forgotten the session when it calls this; nothing calls the engine about it
  // afterwards. Deferred to the end of the turn.
  virtual void close(CloseCode code, std::string_view reason) = 0;
  // False: stop reading this socket until it is true again (PROTOCOL section 6; ARCHITECTURE I8).
  virtual void set_reading(bool reading) = 0;

  // Bytes that wait to be written.
  std::size_t queued_bytes() const { return queued_bytes_; }

  // Has the memory fetched that a write is about to touch: in a fan-out to many nothing of the next
  // session is in a cache.
  void expect_write() const {
    const char* bytes = reinterpret_cast<const char*>(this);
    __builtin_prefetch(bytes, 1);
    __builtin_prefetch(bytes + 64, 1);
    __builtin_prefetch(bytes + 128, 1);
  }

  // The engine's own marks. They lie here because a fan-out and its flush touch nothing else of
  // most sessions.
  bool apart = false;          // does not get the whole chunk like everybody else
  bool wants_drained = false;  // on_drained() would do something

 protected:
  ~SessionSink() = default;
  std::size_t queued_bytes_ = 0;
};

}  // namespace kith
