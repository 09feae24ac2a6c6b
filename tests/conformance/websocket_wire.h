// WebSocket frames of a client as bytes, right or wrong, made by hand (RFC 6455 section 5.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith::test {

inline constexpr std::uint8_t kContinuation = 0x0;
inline constexpr std::uint8_t kText = 0x1;
inline constexpr std::uint8_t kBinary = 0x2;
inline constexpr std::uint8_t kClose = 0x8;
inline constexpr std::uint8_t kPing = 0x9;
inline constexpr std::uint8_t kPong = 0xA;

enum class LengthForm : std::uint8_t { shortest, two_bytes, eight_bytes };

struct FrameShape {
  std::uint8_t opcode = kText;
  bool fin = true;
  std::uint8_t reserved_bits = 0;  // RSV1 is 4, RSV2 is 2, RSV3 is 1
  bool masked = true;
  std::array<char, 4> mask = {0x37, static_cast<char>(0xFA), 0x21, 0x3D};
  LengthForm length_form = LengthForm::shortest;
  std::optional<std::uint64_t> declared{};  // where it lies about its length
};
std::string frame(const FrameShape& shape, std::string_view payload);

std::string text_frame(std::string_view payload);
std::string ping_frame(std::string_view payload);
std::string pong_frame(std::string_view payload);
std::string close_frame(std::uint16_t code, std::string_view reason = {});
// One text message in as many frames as there are parts.
std::vector<std::string> fragments(const std::vector<std::string>& parts);
std::string joined(const std::vector<std::string>& parts);

// One write per `size` bytes.
std::vector<std::string> chopped(std::string_view bytes, std::size_t size);

// Commands that change nothing. `id` comes back in the answer, which is the event pong:<id>.
std::string ping_command(std::string_view id);
// With an unknown field that makes it exactly `bytes` long; they must be enough.
std::string ping_command(std::string_view id, std::size_t bytes);
// message.new with this text, which must need no escapes: in the chat of the socket's path.
std::string message_command(std::string_view text);

// The event that the server's pong of this payload is written down as (websocket_case.h).
std::string pong_event(std::string_view payload);
// One more of it: "a" and "b" are "a b".
std::string repeated(std::string_view event, std::size_t count);

}  // namespace kith::test
