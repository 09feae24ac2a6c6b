// WebSocket framing (RFC 6455 section 5), sans IO: no socket, no clock, no thread. The server's
// side only: it decodes masked frames in place and writes unmasked ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/close_code.h"
#include "protocol/limits.h"

namespace kith {

enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

inline constexpr std::size_t kFrameHeaderBytesMax = 10;

// Appends the header of one unfragmented, unmasked frame. Control payloads are <= 125 bytes.
void append_frame_header(std::string& out, Opcode opcode, std::size_t payload_bytes);
// A close frame; `reason` is cut to 123 bytes at a character boundary.
void append_close_frame(std::string& out, CloseCode code, std::string_view reason);

// Fails fast: rejects at the first byte that cannot continue (RFC 3629; surrogates, overlong forms
// and everything above U+10FFFF refused).
class Utf8Validator {
 public:
  // False once the text so far cannot be the beginning of valid UTF-8.
  bool feed(std::string_view bytes);
  bool complete() const { return pending_ == 0; }  // not inside a character: as after reset()
  void reset() { *this = Utf8Validator{}; }

 private:
  std::uint8_t pending_ = 0;  // continuation bytes still to come
  std::uint8_t low_ = 0x80;   // what the next one may be
  std::uint8_t high_ = 0xBF;
};

// Incremental decoder. Holds nothing between calls but a partial frame or the fragments of an
// unfinished message, and gives that memory back when they are done, so that an idle connection
// costs sizeof(FrameDecoder).
class FrameDecoder {
 public:
  // Callbacks, in the order of the bytes. Views are good during the call only. Returning false
  // stops the decoder: what is left of the input is dropped and `feed` answers `stopped`.
  class Handler {
   public:
    virtual ~Handler() = default;
    // A whole message; text is valid UTF-8. The 64 bytes behind `payload` are readable where
    // `padded` is true (simdjson needs them).
    virtual bool on_message(Opcode opcode, std::string_view payload, bool padded) = 0;
    virtual bool on_ping(std::string_view payload) = 0;
    virtual bool on_pong(std::string_view payload) = 0;
    // `code` is nothing where the close frame had no body. Bytes behind a close are ignored.
    virtual bool on_close(std::optional<std::uint16_t> code, std::string_view reason) = 0;
  };
  struct Limits {
    std::size_t message_bytes_max = limits::kFrameBytesMax;
    std::uint32_t fragments_max = limits::kFragmentsMax;
  };
  enum class Outcome : std::uint8_t { more, stopped, failed };

  FrameDecoder() = default;
  explicit FrameDecoder(Limits limits) : limits_(limits) {}

  // Decodes `input`, unmasking it in place; `slack` is how many bytes behind it are readable.
  // `failed`: see failure(). The declared length is checked before anything is stored for it.
  // After `stopped` (which a close frame also ends in) and `failed` all further input is ignored
  // and gets the same answer. Not to be called or destroyed from inside a callback.
  Outcome feed(std::span<char> input, std::size_t slack, Handler& handler);

  // Why it failed and what to close with: 1002 framing, 1007 not UTF-8, 1009 too big, 4013 more
  // than fragments_max fragments.
  struct Failure {
    CloseCode code = CloseCode::protocol_error;
    std::string_view reason;  // static text
  };
  Failure failure() const { return failure_; }

  // Bytes held for unfinished input.
  std::size_t buffered_bytes() const {
    return held_ ? held_->partial.capacity() + held_->message.capacity() : 0;
  }

 private:
  struct Header;
  enum class HeaderState : std::uint8_t { incomplete, whole, refused };
  HeaderState read_header(std::span<const char> bytes, Header& header);
  bool check_first_byte(const Header& header);
  Outcome decode_in_place(std::span<char>& input, std::size_t slack, Handler& handler);
  Outcome decode_partial(std::span<char>& input, Handler& handler);
  bool take_payload(const Header& header, std::span<char> payload, std::size_t offset);
  Outcome frame(const Header& header, std::span<char> payload, std::size_t slack, Handler& handler);
  Outcome data_frame(const Header& header, std::string_view payload, std::size_t slack,
                     Handler& handler);
  Outcome close_frame(std::string_view payload, Handler& handler);
  Outcome fail(CloseCode code, std::string_view reason);
  bool failed() const { return !failure_.reason.empty(); }

  // What a connection seldom has any of, and most have none.
  struct Held {
    std::string partial;  // an unfinished frame, from its header on; its payload unmasked
    std::string message;  // the fragments so far, unmasked
  };
  Held& hold();
  void let_go();  // of what holds nothing
  bool in_frame() const { return held_ && !held_->partial.empty(); }
  std::size_t message_bytes() const { return held_ ? held_->message.size() : 0; }

  Limits limits_{};
  std::unique_ptr<Held> held_;
  std::uint32_t fragments_ = 0;
  Opcode message_opcode_ = Opcode::continuation;
  Utf8Validator utf8_;  // over the text message, as far as its bytes have come
  bool closed_ = false;
  Failure failure_{};
};

// The close codes that a peer may send (RFC 6455 section 7.4.1, IANA registry): 1000-1003,
// 1007-1014, 3000-4999.
bool is_valid_received_close_code(std::uint16_t code);

}  // namespace kith
