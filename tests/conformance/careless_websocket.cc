// It takes frames of any bits, opcode, length form and order, masked or not, and text of any bytes.
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "tests/conformance/careless_server.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

constexpr int kClientGoneMs = 60'000;  // it always ends by itself, long before

struct LooseFrame {
  std::uint8_t opcode = 0;
  bool fin = false;
  std::string payload;
};

std::optional<LooseFrame> take_loose_frame(std::string& buffered) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(buffered[at]); };
  if (buffered.size() < 2) return std::nullopt;
  const std::size_t short_length = byte(1) & 0x7F;
  const std::size_t extended = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  const bool masked = (byte(1) & 0x80) != 0;
  const std::size_t head = 2 + extended + (masked ? 4 : 0);
  if (buffered.size() < head) return std::nullopt;
  std::uint64_t length = extended == 0 ? short_length : 0;
  for (std::size_t i = 0; i < extended; ++i) length = length << 8 | byte(2 + i);
  if (buffered.size() - head < length) return std::nullopt;
  LooseFrame frame{.opcode = static_cast<std::uint8_t>(byte(0) & 0x0F),
                   .fin = (byte(0) & 0x80) != 0,
                   .payload = buffered.substr(head, static_cast<std::size_t>(length))};
  for (std::size_t i = 0; masked && i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ buffered[head - 4 + i % 4]);
  }
  buffered.erase(0, head + frame.payload.size());
  return frame;
}

class LooseSession {
 public:
  LooseSession(WsCarelessness kind, int socket) : kind_(kind), socket_(socket) {}

  void run() {
    std::array<char, 65536> block;
    while (!over_ && readable_within(socket_, kClientGoneMs)) {
      const ssize_t got = recv(socket_, block.data(), block.size(), 0);
      if (got <= 0) return;
      buffered_.append(block.data(), static_cast<std::size_t>(got));
      if (!upgraded_) upgrade();
      while (upgraded_ && !over_) {
        const auto frame = take_loose_frame(buffered_);
        if (!frame) break;
        on_frame(*frame);
      }
    }
  }

 private:
  void upgrade();
  void on_frame(const LooseFrame& frame);
  void on_text(std::string_view text);
  void answer_pings(std::string_view text);
  void say(std::string_view bytes) {
    if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) over_ = true;
  }
  void say_text(std::string_view text) { say(frame({.masked = false}, text)); }

  const WsCarelessness kind_;
  const int socket_;
  std::string buffered_;
  std::string message_;  // of all data frames since the last that was an end
  bool upgraded_ = false;
  bool in_chat_ = false;
  bool probe_answered_ = false;
  bool over_ = false;
};

void LooseSession::upgrade() {
  const auto end = buffered_.find("\r\n\r\n");
  if (end == std::string::npos) return;
  in_chat_ = buffered_.starts_with("GET /chats/");
  buffered_.erase(0, end + 4);
  upgraded_ = true;
  say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

void LooseSession::on_frame(const LooseFrame& incoming) {
  const bool init = incoming.payload.find("connection.init") != std::string::npos;
  if (kind_ == WsCarelessness::hangs_up && !init) {
    over_ = true;
    return;
  }
  switch (incoming.opcode) {
    case kContinuation:
    case kText:
    case kBinary:
      message_ += incoming.payload;
      if (!incoming.fin) return;
      on_text(message_);
      message_.clear();
      return;
    case kPing:
      return say(frame({.opcode = kPong, .masked = false}, incoming.payload));
    case kClose:
      // Once it is shown that the connection lives, so that nobody need wait for its end.
      if (!probe_answered_) return;
      say(frame({.opcode = kClose, .masked = false}, incoming.payload));
      over_ = true;
      return;
    default:
      return;
  }
}

void LooseSession::on_text(std::string_view text) {
  if (text.find("connection.init") == text.npos) return answer_pings(text);
  say_text(R"({"type":"connection.ready"})");
  for (int i = 0; i < (in_chat_ ? 2 : 1); ++i) say_text(R"({"type":"subscribed"})");
}

void LooseSession::answer_pings(std::string_view text) {
  constexpr std::string_view kPingType = R"("type":"ping")";
  constexpr std::string_view kIdKey = R"("id":")";
  for (auto at = text.find(kPingType); at != text.npos; at = text.find(kPingType, at + 1)) {
    const auto key = text.find(kIdKey, at);
    std::string_view id = key == text.npos ? "" : text.substr(key + kIdKey.size());
    id = id.substr(0, id.find('"'));
    // What cannot stand in an answer as it is stays away from it.
    const bool plain = id.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == id.npos;
    say_text(R"({"type":"pong","id":")" + std::string(plain ? id : "odd") + "\"}");
    probe_answered_ = probe_answered_ || id == "probe";
  }
}

}  // namespace

void serve_carelessly(WsCarelessness kind, int socket) {
  LooseSession(kind, socket).run();
}

}  // namespace kith::test
