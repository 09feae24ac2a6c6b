#include "tests/engine/cluster.h"

namespace kith::test {

void Client::write(std::string_view frames, std::uint32_t) {
  buffer_ += frames;
  queued_bytes_ = buffer_.size();
}

void Client::write_shared(const std::shared_ptr<const std::string>& frames, std::uint32_t count) {
  write(*frames, count);
}

void Client::close(CloseCode code, std::string_view reason) {
  REQUIRE(open);
  open = false;
  close_code = code;
  close_reason = reason;
  std::erase(shard->clients, this);
  partial_ += buffer_;  // what was written goes out
  transcript += buffer_;
  buffer_.clear();
  queued_bytes_ = 0;
  parse();
}

void Client::send(std::string_view text) {
  waiting.emplace_back(text);
  send_waiting();
}

void Client::send_waiting() {
  while (open && reading && !waiting.empty()) {
    const std::string text = std::move(waiting.front());
    waiting.pop_front();
    shard->engine.on_text(ref, text);
  }
}

void Client::drain() {
  const std::size_t bytes = std::min(bytes_per_turn, buffer_.size());
  if (bytes == 0) return;
  partial_.append(buffer_, 0, bytes);
  transcript.append(buffer_, 0, bytes);
  buffer_.erase(0, bytes);
  queued_bytes_ = buffer_.size();
  parse();
  if (wants_drained) shard->engine.on_drained(ref);
}

void Client::disconnect() {
  if (!open) return;
  open = false;
  std::erase(shard->clients, this);
  shard->engine.closed(ref);
}

// Unmasked, unfragmented text frames (RFC 6455 section 5.2).
void Client::parse() {
  std::size_t at = 0;
  while (partial_.size() - at >= 2) {
    const auto byte = [&](std::size_t i) {
      return std::size_t{static_cast<unsigned char>(partial_[at + i])};
    };
    REQUIRE(byte(0) == 0x81);
    std::size_t header = 2;
    std::size_t length = byte(1);
    if (length == 126 || length == 127) {
      const std::size_t wide = length == 126 ? 2 : 8;
      header += wide;
      if (partial_.size() - at < header) break;
      length = 0;
      for (std::size_t i = 0; i < wide; ++i) length = length << 8 | byte(2 + i);
    }
    if (partial_.size() - at < header + length) break;
    inbox.push_back(partial_.substr(at + header, length));
    at += header + length;
  }
  partial_.erase(0, at);
}

Json Client::next() {
  if (inbox.empty()) return {};
  const std::string text = std::move(inbox.front());
  inbox.pop_front();
  return Json::parse(text);
}

Json Client::next(std::string_view type) {
  while (!inbox.empty()) {
    Json frame = next();
    if (frame["type"].text() == type) return frame;
  }
  return {};
}

std::vector<Json> Client::all() {
  std::vector<Json> frames;
  while (!inbox.empty()) frames.push_back(next());
  return frames;
}

std::string Client::types() {
  std::string out;
  for (const Json& frame : all()) {
    if (!out.empty()) out += ' ';
    out += frame["type"].text();
    if (frame["type"].text() == "subscribed") out += "@" + std::to_string(frame["seq"].number());
  }
  return out;
}

}  // namespace kith::test
