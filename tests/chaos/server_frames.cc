#include "tests/chaos/server_frames.h"

#include <stdexcept>

namespace kith::test {

namespace {

constexpr std::size_t kLength16 = 126;
constexpr std::size_t kLength64 = 127;

void append_big_endian(std::string& out, std::size_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

void append_client_frame(std::string& out, FrameKind kind, std::string_view payload) {
  constexpr std::uint8_t kFin = 0x80;
  constexpr std::uint8_t kMasked = 0x80;
  out += static_cast<char>(kFin | static_cast<std::uint8_t>(kind));
  if (payload.size() < kLength16) {
    out += static_cast<char>(kMasked | payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(kMasked | kLength16);
    append_big_endian(out, payload.size(), 2);
  } else {
    out += static_cast<char>(kMasked | kLength64);
    append_big_endian(out, payload.size(), 8);
  }
  out.append(4, '\0');
  out += payload;
}

std::optional<ServerFrame> ServerFrames::next() {
  const std::string_view bytes = std::string_view(waiting_).substr(taken_);
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() < 2) {
    drop_taken();
    return std::nullopt;
  }
  if ((octet(0) & 0xf0) != 0x80) throw std::runtime_error("a fragment or a reserved bit");
  if ((octet(1) & 0x80) != 0) throw std::runtime_error("a server's frame is masked");
  std::size_t header = 2;
  std::size_t length = octet(1);
  if (length >= kLength16) {
    const std::size_t extra = length == kLength16 ? 2 : 8;
    header += extra;
    if (bytes.size() < header) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < extra; ++i) length = length << 8 | octet(2 + i);
  }
  if (bytes.size() - header < length || bytes.size() < header) {
    drop_taken();
    return std::nullopt;
  }
  taken_ += header + length;
  return ServerFrame{.kind = static_cast<FrameKind>(octet(0) & 0x0f),
                     .payload = bytes.substr(header, length)};
}

std::optional<std::string> ServerFrames::take_http_head() {
  const auto end = waiting_.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  std::string head = waiting_.substr(0, end + 4);
  waiting_.erase(0, end + 4);
  return head;
}

void ServerFrames::clear() {
  waiting_.clear();
  taken_ = 0;
}

void ServerFrames::drop_taken() {
  waiting_.erase(0, taken_);
  taken_ = 0;
}

}  // namespace kith::test
