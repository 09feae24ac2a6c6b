#include "tests/fuzz/reference_frames.h"

#include <simdjson.h>

#include <optional>

namespace kith::fuzz {
namespace {

using Outcome = FrameDecoder::Outcome;

struct Head {
  bool fin = false;
  bool reserved = false;
  std::uint8_t opcode = 0;
  bool masked = false;
  unsigned short_length = 0;
  bool control() const { return opcode >= 8; }
};

class Reader {
 public:
  Reader(std::string_view stream, const FrameDecoder::Limits& limits)
      : stream_(stream), limits_(limits) {}

  FrameStream read() {
    while (!done_ && !rest().empty()) one_frame();
    if (!done_) wait();
    return std::move(out_);
  }

 private:
  std::string_view rest() const { return stream_.substr(at_); }
  unsigned byte(std::size_t index) const { return static_cast<unsigned char>(rest()[index]); }

  void fail(CloseCode code) {
    out_.outcome = Outcome::failed;
    out_.failure = code;
    done_ = true;
  }
  void wait() {
    out_.unfinished = open_ || !rest().empty();
    done_ = true;
  }

  // Each rule as soon as the bytes that it looks at are there.
  std::optional<CloseCode> objection(const Head& head) const {
    const bool known = head.opcode <= 2 || (head.opcode >= 8 && head.opcode <= 10);
    if (head.reserved || !known) return CloseCode::protocol_error;
    if (head.control()) {
      return head.fin ? std::nullopt : std::optional(CloseCode::protocol_error);
    }
    if ((head.opcode == 0) != open_) return CloseCode::protocol_error;
    if (fragments_ == limits_.fragments_max) return CloseCode::over_capacity;
    return std::nullopt;
  }

  void one_frame() {
    Head head{.fin = (byte(0) & 0x80) != 0,
              .reserved = (byte(0) & 0x70) != 0,
              .opcode = static_cast<std::uint8_t>(byte(0) & 15)};
    if (const auto code = objection(head)) return fail(*code);
    if (rest().size() < 2) return wait();
    head.masked = byte(1) >= 0x80;
    head.short_length = byte(1) & 0x7F;
    if (!head.masked) return fail(CloseCode::protocol_error);
    if (head.control() && head.short_length >= 126) return fail(CloseCode::protocol_error);

    const std::size_t digits = head.short_length < 126 ? 0 : head.short_length == 126 ? 2 : 8;
    if (rest().size() < 2 + digits) return wait();
    std::uint64_t length = digits == 0 ? head.short_length : 0;
    for (std::size_t i = 0; i < digits; ++i) length = length * 256 + byte(2 + i);
    const std::uint64_t least = digits == 2 ? 126 : digits == 8 ? 65536 : 0;
    if (length < least || length >= std::uint64_t{1} << 63) return fail(CloseCode::protocol_error);
    if (!head.control() && message_.size() + length > limits_.message_bytes_max) {
      return fail(CloseCode::message_too_big);
    }
    payload(head, 2 + digits, length);
  }

  void payload(const Head& head, std::size_t mask_at, std::uint64_t length) {
    if (rest().size() < mask_at + 4) return wait();
    const std::string_view mask = rest().substr(mask_at, 4);
    std::string plain(rest().substr(mask_at + 4, length));
    for (std::size_t i = 0; i < plain.size(); ++i) plain[i] ^= mask[i % 4];
    const bool whole = plain.size() == length;
    const auto opcode = static_cast<Opcode>(head.opcode);
    const bool text = opcode == Opcode::text || (head.opcode == 0 && text_);
    if (text && !may_become_utf8(message_ + plain)) return fail(CloseCode::invalid_payload);
    if (!whole) return wait();
    at_ += mask_at + 4 + length;
    if (opcode == Opcode::close) return close(plain);
    if (head.control()) return out_.events.push_back({.opcode = opcode, .payload = plain});

    if (!open_) text_ = text;
    message_ += plain;
    ++fragments_;
    open_ = !head.fin;
    if (open_) return;
    if (text_ && !is_utf8(message_)) return fail(CloseCode::invalid_payload);
    out_.events.push_back({.opcode = text_ ? Opcode::text : Opcode::binary, .payload = message_});
    message_.clear();
    fragments_ = 0;
  }

  void close(const std::string& body) {
    std::uint16_t code = 0;
    if (body.size() == 1) return fail(CloseCode::protocol_error);
    if (!body.empty()) {
      code = static_cast<std::uint16_t>(static_cast<unsigned char>(body[0]) * 256 +
                                        static_cast<unsigned char>(body[1]));
      const bool ours = code >= 3000 && code <= 4999;
      const bool registered =
          code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
      if ((!ours && !registered) || !is_utf8(body.substr(2))) {
        return fail(CloseCode::protocol_error);
      }
    }
    const std::string reason = body.empty() ? "" : body.substr(2);
    out_.events.push_back({.opcode = Opcode::close, .code = code, .payload = reason});
    out_.outcome = Outcome::stopped;
    done_ = true;
  }

  std::string_view stream_;
  const FrameDecoder::Limits& limits_;
  std::size_t at_ = 0;
  bool done_ = false;
  bool open_ = false;  // a fragmented message
  bool text_ = false;  // and it is text
  std::uint32_t fragments_ = 0;
  std::string message_;
  FrameStream out_;
};

}  // namespace

FrameStream read_frames(std::string_view stream, const FrameDecoder::Limits& limits) {
  return Reader(stream, limits).read();
}

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

// Valid up to a last character that some continuation bytes complete: all that a lead byte allows
// or forbids shows in these few values of the byte behind it.
bool may_become_utf8(std::string_view text) {
  if (is_utf8(text)) return true;
  for (std::size_t tail = 1; tail <= 3 && tail <= text.size(); ++tail) {
    if (!is_utf8(text.substr(0, text.size() - tail))) continue;
    const std::string cut(text.substr(text.size() - tail));
    for (const char next : {'\x80', '\x90', '\xA0'}) {
      for (std::size_t missing = 1; missing <= 4 - tail; ++missing) {
        if (is_utf8(cut + next + std::string(missing - 1, '\x80'))) return true;
      }
    }
  }
  return false;
}

void append_client_frame(std::string& out, const ClientFrame& frame) {
  const std::size_t size = frame.payload.size();
  const unsigned digits = size < 126 ? 0 : size < 65536 ? 2 : 8;
  out += static_cast<char>((frame.fin ? 0x80 : 0) | (frame.opcode & 15));
  out += static_cast<char>(0x80 | (digits == 0 ? size : digits == 2 ? 126 : 127));
  for (unsigned i = digits; i > 0; --i) out += static_cast<char>(size >> (8 * (i - 1)) & 0xFF);
  for (unsigned i = 4; i > 0; --i) out += static_cast<char>(frame.mask >> (8 * (i - 1)) & 0xFF);
  for (std::size_t i = 0; i < size; ++i) {
    out +=
        static_cast<char>(frame.payload[i] ^ static_cast<char>(frame.mask >> (24 - 8 * (i % 4))));
  }
}

}  // namespace kith::fuzz
