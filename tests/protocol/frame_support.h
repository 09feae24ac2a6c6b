// A client's frames, and what the decoder makes of them, in tests.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/frame.h"

namespace kith::test {

enum class LengthForm { shortest, bits16, bits64 };

struct ClientFrame {
  Opcode opcode = Opcode::text;
  std::string_view payload{};
  bool fin = true;
  std::uint8_t reserved = 0;  // RSV1-3 as 0x40, 0x20, 0x10
  bool masked = true;
  std::array<std::uint8_t, 4> mask = {0x37, 0xFA, 0x21, 0x3D};
  LengthForm form = LengthForm::shortest;
  std::optional<std::uint64_t> declared{};  // another length than the payload's

  std::string bytes() const {
    std::string out;
    out += static_cast<char>((fin ? 0x80 : 0) | reserved | static_cast<std::uint8_t>(opcode));
    const std::uint64_t length = declared.value_or(payload.size());
    LengthForm used = form;
    if (used == LengthForm::shortest && length > 125) {
      used = length > 0xFFFF ? LengthForm::bits64 : LengthForm::bits16;
    }
    const int length_bytes = used == LengthForm::shortest ? 0 : used == LengthForm::bits16 ? 2 : 8;
    const auto seven = length_bytes == 0 ? length : length_bytes == 2 ? 126u : 127u;
    out += static_cast<char>((masked ? 0x80u : 0u) | seven);
    for (int i = length_bytes - 1; i >= 0; --i) out += static_cast<char>(length >> (8 * i));
    if (masked) out.append(reinterpret_cast<const char*>(mask.data()), mask.size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
      out += static_cast<char>(payload[i] ^ (masked ? static_cast<char>(mask[i % 4]) : 0));
    }
    return out;
  }
};

inline std::string text_frame(std::string_view payload) {
  return ClientFrame{.payload = payload}.bytes();
}
inline std::string fragment(Opcode opcode, std::string_view payload, bool fin) {
  return ClientFrame{.opcode = opcode, .payload = payload, .fin = fin}.bytes();
}
inline std::string control(Opcode opcode, std::string_view payload = {}) {
  return ClientFrame{.opcode = opcode, .payload = payload}.bytes();
}
inline std::string close_body(std::uint16_t code, std::string_view reason = {}) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + std::string(reason);
}

// Writes down what it is told. Stops the decoder at the n-th callback where asked to.
class Recorder final : public FrameDecoder::Handler {
 public:
  std::vector<std::string> trace;
  std::size_t stop_at = SIZE_MAX;
  std::size_t padded_messages = 0;
  unsigned touched = 0;

  bool on_message(Opcode opcode, std::string_view payload, bool padded) override {
    if (padded) {
      ++padded_messages;
      for (std::size_t i = 0; i < 64; ++i) {  // a sanitizer objects where this is a lie
        touched += static_cast<unsigned char>(payload.data()[payload.size() + i]);
      }
    }
    return record(fmt::format("{}:{}", opcode == Opcode::text ? "text" : "binary", payload));
  }
  bool on_ping(std::string_view payload) override {
    return record(fmt::format("ping:{}", payload));
  }
  bool on_pong(std::string_view payload) override {
    return record(fmt::format("pong:{}", payload));
  }
  bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
    return record(code ? fmt::format("close:{}:{}", *code, reason) : "close");
  }

 private:
  bool record(std::string entry) {
    trace.push_back(std::move(entry));
    return trace.size() < stop_at;
  }
};

// Feeds a piece from memory of exactly its size (and slack), so that a sanitizer sees every access
// outside of it.
inline FrameDecoder::Outcome feed(FrameDecoder& decoder, Recorder& recorder, std::string_view piece,
                                  std::size_t slack = 0) {
  std::vector<char> memory(piece.size() + slack, '\x5A');
  std::copy(piece.begin(), piece.end(), memory.begin());
  return decoder.feed(std::span<char>(memory.data(), piece.size()), slack, recorder);
}

inline std::string outcome_text(const FrameDecoder& decoder, FrameDecoder::Outcome outcome) {
  if (outcome == FrameDecoder::Outcome::more) return "more";
  if (outcome == FrameDecoder::Outcome::stopped) return "stopped";
  return fmt::format("failed {}", static_cast<int>(decoder.failure().code));
}

// All that comes of a stream, chopped into pieces of the given sizes (the last one repeats): the
// callbacks, then the outcome.
inline std::vector<std::string> decode(std::string_view stream,
                                       std::vector<std::size_t> pieces = {},
                                       FrameDecoder::Limits limits = {}) {
  FrameDecoder decoder(limits);
  Recorder recorder;
  auto outcome = FrameDecoder::Outcome::more;
  std::size_t next = 0;
  do {
    std::size_t size = stream.size();
    if (!pieces.empty()) size = std::min(size, pieces[std::min(next++, pieces.size() - 1)]);
    outcome = feed(decoder, recorder, stream.substr(0, size));
    stream.remove_prefix(size);
  } while (!stream.empty());
  recorder.trace.push_back(outcome_text(decoder, outcome));
  return recorder.trace;
}

}  // namespace kith::test
