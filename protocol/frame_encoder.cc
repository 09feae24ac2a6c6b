#include "protocol/assert.h"
#include "protocol/frame.h"

namespace kith {
namespace {

constexpr std::size_t kControlBytesMax = 125;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<unsigned char>(value >> shift));
  }
}

bool is_control(Opcode opcode) {
  return (static_cast<std::uint8_t>(opcode) & 0x8) != 0;
}

}  // namespace

void append_frame_header(std::string& out, Opcode opcode, std::size_t payload_bytes) {
  KITH_ASSERT(!is_control(opcode) || payload_bytes <= kControlBytesMax);
  constexpr std::uint8_t kFin = 0x80;
  out += static_cast<char>(kFin | static_cast<std::uint8_t>(opcode));
  if (payload_bytes < 126) {
    append_big_endian(out, payload_bytes, 1);
  } else if (payload_bytes <= 0xFFFF) {
    append_big_endian(out, 126, 1);
    append_big_endian(out, payload_bytes, 2);
  } else {
    append_big_endian(out, 127, 1);
    append_big_endian(out, payload_bytes, 8);
  }
}

void append_close_frame(std::string& out, CloseCode code, std::string_view reason) {
  constexpr std::size_t kReasonBytesMax = kControlBytesMax - 2;
  if (reason.size() > kReasonBytesMax) {
    std::size_t cut = kReasonBytesMax;
    while (cut > 0 && (static_cast<unsigned char>(reason[cut]) & 0xC0) == 0x80) --cut;
    reason = reason.substr(0, cut);
  }
  append_frame_header(out, Opcode::close, 2 + reason.size());
  append_big_endian(out, static_cast<std::uint16_t>(code), 2);
  out += reason;
}

bool is_valid_received_close_code(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace kith
