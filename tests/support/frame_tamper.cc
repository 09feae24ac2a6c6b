#include "tests/support/frame_tamper.h"

#include <cstdint>

namespace kith::test {
namespace {

constexpr unsigned char kTextFrame = 0x1;
constexpr unsigned char kWhole = 0x80;

// RFC 6455, section 5.2; a server masks nothing.
void append_frame(std::string& out, std::string_view text) {
  constexpr std::size_t kShortMax = 125;
  constexpr std::size_t kMiddleMax = 65535;
  const auto size = text.size();
  out += static_cast<char>(kWhole | kTextFrame);
  int bytes = 0;
  if (size <= kShortMax) {
    out += static_cast<char>(size);
  } else {
    bytes = size <= kMiddleMax ? 2 : 8;
    out += static_cast<char>(bytes == 2 ? 126 : 127);
  }
  while (bytes-- > 0)
    out += static_cast<char>((static_cast<std::uint64_t>(size) >> (8 * bytes)) & 0xFF);
  out += text;
}

bool is_message(std::string_view line) {
  return line.starts_with(R"({"type":"message.new")") || line.starts_with(R"({"type":"ack")");
}

}  // namespace

std::string FrameTamper::operator()(std::string_view bytes) {
  std::string out;
  unread_ += bytes;
  if (!upgraded_) {
    constexpr std::string_view kEnd = "\r\n\r\n";
    const auto end = unread_.find(kEnd);
    if (end == std::string::npos) return out;
    upgraded_ = true;
    out = unread_.substr(0, end + kEnd.size());
    unread_.erase(0, end + kEnd.size());
  }
  while (take_frame(out)) {
  }
  return out;
}

bool FrameTamper::take_frame(std::string& out) {
  const auto byte = [this](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(unread_[i]));
  };
  if (unread_.size() < 2) return false;
  std::uint64_t size = byte(1) & 0x7F;
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (unread_.size() < 2 + more) return false;
  if (more > 0) size = 0;
  for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(2 + i);
  const std::size_t head = 2 + more;
  if (unread_.size() < head + size) return false;
  const std::string frame = unread_.substr(0, head + size);
  unread_.erase(0, frame.size());
  if (static_cast<unsigned char>(frame[0]) != (kWhole | kTextFrame) || done_) {
    out += frame;
    return true;
  }
  std::string_view text = std::string_view(frame).substr(head);
  while (!text.empty()) {
    const auto end = text.find('\n');
    take_line(text.substr(0, end), out);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return true;
}

void FrameTamper::take_line(std::string_view line, std::string& out) {
  if (done_ || !is_message(line)) {
    pass_held(0, out);
    append_frame(out, line);
    return;
  }
  held_.emplace_back(line);
  if (held_.size() < window_) return;
  std::vector<std::string> messages(held_.begin(), held_.end());
  done_ = change_(messages);
  held_.assign(messages.begin(), messages.end());
  pass_held(done_ ? 0 : window_ - 1, out);
}

void FrameTamper::pass_held(std::size_t keep, std::string& out) {
  while (held_.size() > keep) {
    append_frame(out, held_.front());
    held_.pop_front();
  }
}

}  // namespace kith::test
