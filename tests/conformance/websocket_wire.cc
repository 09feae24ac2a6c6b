#include "tests/conformance/websocket_wire.h"

#include "protocol/assert.h"

namespace kith::test {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

LengthForm form_of(const FrameShape& shape, std::uint64_t length) {
  if (shape.length_form != LengthForm::shortest || length < 126) return shape.length_form;
  return length < 65536 ? LengthForm::two_bytes : LengthForm::eight_bytes;
}

}  // namespace

std::string frame(const FrameShape& shape, std::string_view payload) {
  std::string out;
  out += static_cast<char>((shape.fin ? 0x80 : 0) | shape.reserved_bits << 4 | shape.opcode);
  const std::uint64_t length = shape.declared.value_or(payload.size());
  const int mask_bit = shape.masked ? 0x80 : 0;
  switch (form_of(shape, length)) {
    case LengthForm::shortest:
      out += static_cast<char>(mask_bit | static_cast<int>(length));
      break;
    case LengthForm::two_bytes:
      out += static_cast<char>(mask_bit | 126);
      append_big_endian(out, length, 2);
      break;
    case LengthForm::eight_bytes:
      out += static_cast<char>(mask_bit | 127);
      append_big_endian(out, length, 8);
      break;
  }
  if (!shape.masked) return out.append(payload);
  out.append(shape.mask.data(), shape.mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ shape.mask[i % 4]);
  }
  return out;
}

std::string text_frame(std::string_view payload) {
  return frame({}, payload);
}
std::string ping_frame(std::string_view payload) {
  return frame({.opcode = kPing}, payload);
}
std::string pong_frame(std::string_view payload) {
  return frame({.opcode = kPong}, payload);
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, code, 2);
  return frame({.opcode = kClose}, payload.append(reason));
}

std::vector<std::string> fragments(const std::vector<std::string>& parts) {
  std::vector<std::string> frames;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    frames.push_back(
        frame({.opcode = i == 0 ? kText : kContinuation, .fin = i + 1 == parts.size()}, parts[i]));
  }
  return frames;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

std::vector<std::string> chopped(std::string_view bytes, std::size_t size) {
  std::vector<std::string> pieces;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
    pieces.emplace_back(bytes.substr(0, size));
  }
  return pieces;
}

std::string ping_command(std::string_view id) {
  return R"({"type":"ping","id":")" + std::string(id) + R"("})";
}

std::string ping_command(std::string_view id, std::size_t bytes) {
  std::string begin = R"({"type":"ping","id":")" + std::string(id) + R"(","padding":")";
  KITH_ASSERT(bytes >= begin.size() + 2);
  begin.resize(bytes - 2, 'x');
  return begin + R"("})";
}

std::string message_command(std::string_view text) {
  return R"({"type":"message.new","client_message_id":"c","content":{"type":"text","text":")" +
         std::string(text) + R"("}})";
}

std::string pong_event(std::string_view payload) {
  std::uint32_t hash = 2166136261;  // FNV-1a
  for (const char c : payload) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return "wpong:" + std::to_string(payload.size()) + ":" + std::to_string(hash);
}

std::string repeated(std::string_view event, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all.append(i == 0 ? "" : " ").append(event);
  return all;
}

}  // namespace kith::test
