// Bytes come as the network chops them. A frame that lies whole in the input is unmasked and handed
// on where it lies; one that does not is collected in Held::partial, already unmasked and its text
// already checked, so that bad text fails before its frame is whole and no byte is looked at twice.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "protocol/frame.h"

namespace kith {
namespace {

constexpr std::size_t kPadding = 64;  // what simdjson wants to be readable behind a text

bool is_control(Opcode opcode) {
  return (static_cast<std::uint8_t>(opcode) & 0x8) != 0;
}

bool is_known(std::uint8_t opcode) {
  return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

std::uint64_t load_big_endian(std::span<const char> bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// `offset` is where in the frame's payload `data` begins.
void unmask(std::span<char> data, const std::array<char, 4>& mask, std::size_t offset) {
  std::array<char, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(offset + i) & 3];
  std::uint64_t key;
  std::memcpy(&key, turned.data(), sizeof key);
  std::size_t i = 0;
  for (; i + 8 <= data.size(); i += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, data.data() + i, sizeof eight);
    eight ^= key;
    std::memcpy(data.data() + i, &eight, sizeof eight);
  }
  for (; i < data.size(); ++i) data[i] = static_cast<char>(data[i] ^ turned[i & 7]);
}

std::string_view view(std::span<const char> bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

struct FrameDecoder::Header {
  Opcode opcode = Opcode::continuation;
  bool fin = false;
  bool text = false;  // its payload is part of a text message
  std::array<char, 4> mask{};
  std::size_t header_bytes = 0;
  std::size_t payload_bytes = 0;
};

FrameDecoder::Held& FrameDecoder::hold() {
  if (!held_) held_ = std::make_unique<Held>();
  return *held_;
}

void FrameDecoder::let_go() {
  if (held_->partial.empty() && held_->message.empty()) held_.reset();
}

FrameDecoder::Outcome FrameDecoder::fail(CloseCode code, std::string_view reason) {
  failure_ = {code, reason};
  return Outcome::failed;
}

bool FrameDecoder::check_first_byte(const Header& header) {
  const bool open = fragments_ > 0;
  if (is_control(header.opcode)) {
    if (!header.fin) fail(CloseCode::protocol_error, "fragmented control frame");
  } else if (header.opcode == Opcode::continuation) {
    if (!open) fail(CloseCode::protocol_error, "continuation without a message");
  } else if (open) {
    fail(CloseCode::protocol_error, "new message inside a fragmented one");
  }
  if (!failed() && !is_control(header.opcode) && fragments_ >= limits_.fragments_max) {
    fail(CloseCode::over_capacity, "too many fragments");
  }
  return !failed();
}

// Judges each byte as soon as it is there, in their order: the outcome does not depend on how the
// stream was chopped. Changes nothing but failure_, so it may look at the same bytes again.
FrameDecoder::HeaderState FrameDecoder::read_header(std::span<const char> bytes, Header& header) {
  const auto refuse = [this](CloseCode code, std::string_view reason) {
    fail(code, reason);
    return HeaderState::refused;
  };
  if (bytes.empty()) return HeaderState::incomplete;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto opcode = static_cast<std::uint8_t>(first & 0x0F);
  if ((first & 0x70) != 0) return refuse(CloseCode::protocol_error, "reserved bit set");
  if (!is_known(opcode)) return refuse(CloseCode::protocol_error, "reserved opcode");
  header.fin = (first & 0x80) != 0;
  header.opcode = static_cast<Opcode>(opcode);
  header.text = header.opcode == Opcode::text ||
                (header.opcode == Opcode::continuation && message_opcode_ == Opcode::text);
  if (!check_first_byte(header)) return HeaderState::refused;

  if (bytes.size() < 2) return HeaderState::incomplete;
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  const std::uint8_t short_length = second & 0x7F;
  if ((second & 0x80) == 0) return refuse(CloseCode::protocol_error, "unmasked frame");
  if (is_control(header.opcode) && short_length > 125) {
    return refuse(CloseCode::protocol_error, "control frame over 125 bytes");
  }

  const std::size_t length_bytes = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  if (bytes.size() < 2 + length_bytes) return HeaderState::incomplete;
  std::uint64_t length = short_length;
  if (length_bytes > 0) length = load_big_endian(bytes.subspan(2, length_bytes));
  if ((length_bytes == 2 && length < 126) || (length_bytes == 8 && length <= 0xFFFF)) {
    return refuse(CloseCode::protocol_error, "length not in its shortest form");
  }
  if (length >> 63 != 0) return refuse(CloseCode::protocol_error, "length over 2^63");
  if (!is_control(header.opcode) && length > limits_.message_bytes_max - message_bytes()) {
    return refuse(CloseCode::message_too_big, "message too big");
  }

  header.header_bytes = 2 + length_bytes + header.mask.size();
  header.payload_bytes = static_cast<std::size_t>(length);
  if (bytes.size() < header.header_bytes) return HeaderState::incomplete;
  std::memcpy(header.mask.data(), bytes.data() + 2 + length_bytes, header.mask.size());
  return HeaderState::whole;
}

// Unmasks what has come of a payload and checks its text.
bool FrameDecoder::take_payload(const Header& header, std::span<char> payload, std::size_t offset) {
  unmask(payload, header.mask, offset);
  if (!header.text || utf8_.feed(view(payload))) return true;
  fail(CloseCode::invalid_payload, "text is not UTF-8");
  return false;
}

FrameDecoder::Outcome FrameDecoder::feed(std::span<char> input, std::size_t slack,
                                         Handler& handler) {
  if (failed()) return Outcome::failed;
  if (closed_) return Outcome::stopped;
  Outcome outcome = Outcome::more;
  while (outcome == Outcome::more && !input.empty()) {
    outcome = in_frame() ? decode_partial(input, handler) : decode_in_place(input, slack, handler);
  }
  if (outcome != Outcome::more) {
    closed_ = true;
    held_.reset();
  }
  return outcome;
}

FrameDecoder::Outcome FrameDecoder::decode_in_place(std::span<char>& input, std::size_t slack,
                                                    Handler& handler) {
  Header header;
  const HeaderState state = read_header(input, header);
  if (state == HeaderState::refused) return Outcome::failed;
  if (state == HeaderState::whole) {
    const std::size_t available = input.size() - header.header_bytes;
    const auto payload =
        input.subspan(header.header_bytes, std::min(available, header.payload_bytes));
    if (!take_payload(header, payload, 0)) return Outcome::failed;
    if (payload.size() == header.payload_bytes) {
      input = input.subspan(header.header_bytes + payload.size());
      return frame(header, payload, input.size() + slack, handler);
    }
  }
  hold().partial.assign(input.data(), input.size());
  input = {};
  return Outcome::more;
}

FrameDecoder::Outcome FrameDecoder::decode_partial(std::span<char>& input, Handler& handler) {
  std::string& partial = held_->partial;
  Header header;
  HeaderState state = read_header(partial, header);
  while (state == HeaderState::incomplete && !input.empty()) {
    partial += input.front();
    input = input.subspan(1);
    state = read_header(partial, header);
  }
  if (state == HeaderState::refused) return Outcome::failed;
  if (state == HeaderState::incomplete) return Outcome::more;

  // Grows with what comes, not with what was declared: a header alone costs nothing.
  const std::size_t had = partial.size() - header.header_bytes;
  const std::size_t taken = std::min(header.payload_bytes - had, input.size());
  partial.append(input.data(), taken);
  input = input.subspan(taken);
  const std::span<char> fresh(partial.data() + header.header_bytes + had, taken);
  if (!take_payload(header, fresh, had)) return Outcome::failed;
  if (had + taken < header.payload_bytes) return Outcome::more;

  std::string whole = std::exchange(partial, {});
  let_go();
  whole.reserve(whole.size() + kPadding);
  const std::span<char> payload(whole.data() + header.header_bytes, header.payload_bytes);
  return frame(header, payload, kPadding, handler);
}

FrameDecoder::Outcome FrameDecoder::frame(const Header& header, std::span<char> payload,
                                          std::size_t slack, Handler& handler) {
  const auto passed = [](bool go_on) { return go_on ? Outcome::more : Outcome::stopped; };
  switch (header.opcode) {
    case Opcode::ping:
      return passed(handler.on_ping(view(payload)));
    case Opcode::pong:
      return passed(handler.on_pong(view(payload)));
    case Opcode::close:
      return close_frame(view(payload), handler);
    default:
      return data_frame(header, view(payload), slack, handler);
  }
}

FrameDecoder::Outcome FrameDecoder::data_frame(const Header& header, std::string_view payload,
                                               std::size_t slack, Handler& handler) {
  if (header.opcode != Opcode::continuation) message_opcode_ = header.opcode;
  const bool unfragmented = header.fin && fragments_ == 0;
  ++fragments_;
  if (!unfragmented) hold().message.append(payload);
  if (!header.fin) return Outcome::more;
  if (header.text && !utf8_.complete()) {
    return fail(CloseCode::invalid_payload, "text ends inside a character");
  }

  std::string assembled;
  const Opcode opcode = std::exchange(message_opcode_, Opcode::continuation);
  fragments_ = 0;
  if (!unfragmented) {
    assembled = std::exchange(held_->message, {});
    let_go();
    assembled.reserve(assembled.size() + kPadding);
    payload = assembled;
    slack = kPadding;
  }
  const bool go_on = handler.on_message(opcode, payload, slack >= kPadding);
  return go_on ? Outcome::more : Outcome::stopped;
}

FrameDecoder::Outcome FrameDecoder::close_frame(std::string_view payload, Handler& handler) {
  std::optional<std::uint16_t> code;
  if (payload.size() == 1) return fail(CloseCode::protocol_error, "close code cut short");
  if (payload.size() >= 2) {
    code = static_cast<std::uint16_t>(load_big_endian(payload.substr(0, 2)));
    if (!is_valid_received_close_code(*code)) {
      return fail(CloseCode::protocol_error, "close code not allowed");
    }
    payload.remove_prefix(2);
    // 1002 and not 1007, which is about messages (RFC 6455 section 7.4.1).
    Utf8Validator reason;
    if (!reason.feed(payload) || !reason.complete()) {
      return fail(CloseCode::protocol_error, "close reason is not UTF-8");
    }
  }
  handler.on_close(code, payload);
  return Outcome::stopped;
}

}  // namespace kith
