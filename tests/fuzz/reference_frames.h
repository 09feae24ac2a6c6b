// What RFC 6455 section 5 makes of a client's whole byte stream, said once more and in the plainest
// way: no chopping, no unmasking in place, every message looked at anew. The decoder is held to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/frame.h"

namespace kith::fuzz {

struct FrameEvent {
  Opcode opcode = Opcode::text;  // of the message; or close, ping, pong
  std::uint16_t code = 0;        // of a close; 0: it had no body
  std::string payload;
  bool operator==(const FrameEvent&) const = default;
};

struct FrameStream {
  std::vector<FrameEvent> events;
  FrameDecoder::Outcome outcome = FrameDecoder::Outcome::more;
  CloseCode failure = CloseCode::normal;  // where the outcome is `failed`
  bool unfinished = false;  // the stream ends inside of a frame or a fragmented message
};

FrameStream read_frames(std::string_view stream, const FrameDecoder::Limits& limits);

// Whether `text` is, or could yet become, valid UTF-8.
bool is_utf8(std::string_view text);
bool may_become_utf8(std::string_view text);

// One frame as a client writes it.
struct ClientFrame {
  bool fin = true;
  std::uint8_t opcode = 1;
  std::uint32_t mask = 0;
  std::string_view payload;
};
void append_client_frame(std::string& out, const ClientFrame& frame);

}  // namespace kith::fuzz
