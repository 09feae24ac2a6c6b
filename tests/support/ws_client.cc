#include "tests/support/ws_client.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/wire_watch.h"
namespace kith::test {
namespace {

constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;
constexpr std::uint8_t kPong = 10;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return value;
}

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

}  // namespace

WsClient::WsClient(std::uint16_t port, Options options)
    : socket_(port, {.receive_buffer_bytes = options.receive_buffer_bytes}) {
  std::string request = "GET " + options.path +
                        " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  for (const auto& [name, value] : options.headers) request += name + ": " + value + "\r\n";
  const auto deadline = Clock::now() + options.patience;
  socket_.send(request + "\r\n", deadline);
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
    if (!socket_.receive(buffered_, deadline)) throw Disconnected("closed while upgrading");
  }
  const std::string head = buffered_.substr(0, end);
  buffered_.erase(0, end + 4);
  if (head.starts_with("HTTP/1.1 503 ")) throw Disconnected("not upgraded: " + head);
  // The key above is RFC 6455's own example, and this its answer.
  if (!head.starts_with("HTTP/1.1 101 ") ||
      head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string::npos) {
    throw std::runtime_error("not upgraded: " + head);
  }
}

std::string WsClient::encode(Frame frame, std::string_view payload) {
  std::string out;
  out += static_cast<char>((frame.fin ? 0x80 : 0) | (frame.reserved_bits << 4U) | frame.opcode);
  const std::uint8_t mask_bit = frame.masked ? 0x80 : 0;
  const std::uint64_t length = frame.declared_bytes.value_or(payload.size());
  if (length < 126) {
    out += static_cast<char>(mask_bit | length);
  } else if (length < 65536) {
    out += static_cast<char>(mask_bit | 126);
    append_big_endian(out, length, 2);
  } else {
    out += static_cast<char>(mask_bit | 127);
    append_big_endian(out, length, 8);
  }
  if (!frame.masked) return out.append(payload);
  constexpr std::string_view kMask = "\x12\x34\x56\x78";
  out += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ kMask[i % 4]);
  }
  return out;
}

void WsClient::send_frame(Frame frame, std::string_view payload) {
  send_raw(encode(frame, payload));
}

void WsClient::send_raw(std::string_view bytes) {
  socket_.send(bytes, Clock::now() + kPatience);
}

bool WsClient::take_frame() {
  if (buffered_.size() < 2) return false;
  const auto first = static_cast<unsigned char>(buffered_[0]);
  const auto second = static_cast<unsigned char>(buffered_[1]);
  if ((second & 0x80U) != 0) throw std::runtime_error("the server masks its frames");
  if ((first & 0x70U) != 0) throw std::runtime_error("the server uses reserved bits");
  std::size_t header = 2;
  std::uint64_t length = second;
  if (second >= 126) {
    const std::size_t extended = second == 126 ? 2 : 8;
    if (buffered_.size() < 2 + extended) return false;
    length = big_endian(std::string_view(buffered_).substr(2, extended));
    header += extended;
  }
  if (buffered_.size() - header < length) return false;
  const std::string payload = buffered_.substr(header, static_cast<std::size_t>(length));
  buffered_.erase(0, header + static_cast<std::size_t>(length));
  const auto opcode = static_cast<std::uint8_t>(first & 0x0FU);
  if (opcode >= kClose) {
    on_frame(opcode, payload);
    return true;
  }
  message_ += payload;
  if ((first & 0x80U) != 0) on_frame(kText, std::exchange(message_, {}));
  return true;
}

void WsClient::on_frame(std::uint8_t opcode, std::string_view payload) {
  if (opcode == kPing && answer_pings_) send_frame({.opcode = kPong}, payload);
  if (opcode == kClose) {
    close_code_ = payload.size() < 2 ? std::uint16_t{1005}
                                     : static_cast<std::uint16_t>(big_endian(payload.substr(0, 2)));
    if (payload.size() > 2) close_reason_ = payload.substr(2);
  }
  if (opcode != kText) return;
  while (!payload.empty()) {
    const auto end = std::min(payload.find('\n'), payload.size());
    const auto line = payload.substr(0, end);
    payload.remove_prefix(std::min(end + 1, payload.size()));
    if (line.empty()) continue;
    Json json = Json::parse(line);
    if (wire_watch.frame != nullptr) wire_watch.frame(line);
    if (json.keys().empty() || json.keys().front() != "type") {
      throw std::runtime_error("a server's frame has `type` first: " + std::string(line));
    }
    if (json["type"].text() == "connection.closing") closing_ = json;
    queue_.push_back(std::move(json));
  }
}

bool WsClient::pump(Clock::time_point deadline) {
  if (close_code_) return false;
  if (take_frame()) return true;
  std::string block;
  if (!socket_.receive(block, deadline)) {
    close_code_ = 1006;
    return false;
  }
  buffered_ += block;
  while (take_frame()) {
  }
  return true;
}

Json WsClient::pop() {
  Json json = std::move(queue_.front());
  queue_.pop_front();
  return json;
}

Json WsClient::next(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (queue_.empty()) {
    if (!pump(deadline)) {
      throw Disconnected("closed with " + std::to_string(*close_code_) + " " + close_reason_);
    }
  }
  return pop();
}

Json WsClient::expect(std::string_view type) {
  Json json = next();
  if (json["type"].text() != type) {
    throw std::runtime_error("expected " + std::string(type) + ", got " + json.dump());
  }
  return json;
}

Json WsClient::wait_for(std::string_view type) {
  return wait_for(type, [type](const Json& json) { return json["type"].text() == type; });
}

Json WsClient::wait_for(std::string_view what, const std::function<bool(const Json&)>& fits) {
  const auto deadline = Clock::now() + kPatience;
  std::string seen;
  try {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      Json json = next(std::max(left, 1ms));
      if (fits(json)) return json;
      if (seen.size() < 2000) seen += "\n  " + json.dump();
    }
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("waiting for " + std::string(what) + ": " + error.what() +
                             "; before that:" + seen);
  }
}

Json WsClient::ask(std::string_view frame) {
  const std::string id = "ask-" + std::to_string(next_id_++);
  send(R"({"id":")" + id + R"(",)" + std::string(frame.substr(1)));
  const auto deadline = Clock::now() + kPatience;
  for (std::size_t looked_at = 0;; ++looked_at) {
    while (queue_.size() <= looked_at) {
      if (!pump(deadline)) {
        throw Disconnected("closed with " + std::to_string(*close_code_) +
                           " instead of an answer to " + std::string(frame));
      }
    }
    Json json = queue_[looked_at];
    if (json["id"].text() != id) continue;
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(looked_at));
    return json;
  }
}

std::vector<Json> WsClient::fence() {
  const std::string id = "fence-" + std::to_string(next_id_++);
  send(R"({"type":"ping","id":")" + id + R"("})");
  std::vector<Json> before;
  for (;;) {
    Json json = next();
    if (json["type"].text() == "pong" && json["id"].text() == id) return before;
    before.push_back(std::move(json));
  }
}

std::uint16_t WsClient::wait_close() {
  const auto deadline = Clock::now() + kPatience;
  while (pump(deadline)) {
  }
  return *close_code_;
}

void WsClient::close(std::uint16_t code) {
  std::string payload;
  append_big_endian(payload, code, 2);
  send_frame({.opcode = kClose}, payload);
}

}  // namespace kith::test
