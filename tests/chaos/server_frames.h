// The client's side of RFC 6455, as little of it as a load needs, and none of the server's code: so
// the two implementations check each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kith::test {

enum class FrameKind : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// Masked with zeros, which is a mask like any other.
void append_client_frame(std::string& out, FrameKind kind, std::string_view payload);

struct ServerFrame {
  FrameKind kind = FrameKind::text;
  std::string_view payload;  // into the bytes that were given to feed()
};

// Takes whole frames out of bytes that come in pieces. kithd never fragments, so a fragment is an
// error here.
class ServerFrames {
 public:
  void feed(std::string_view bytes) { waiting_.append(bytes); }
  // The next whole frame, good until the next call. Throws std::runtime_error on what no server may
  // send.
  std::optional<ServerFrame> next();
  // Where HTTP was spoken before: what is up to and with the empty line, once it is whole.
  std::optional<std::string> take_http_head();
  void clear();

 private:
  void drop_taken();

  std::string waiting_;
  std::size_t taken_ = 0;
};

}  // namespace kith::test
