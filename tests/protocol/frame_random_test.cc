// The decoder against a second one that is written for nothing but to be plainly right.
#include <random>

#include "protocol/limits.h"
#include "tests/protocol/frame_support.h"

namespace kith {

using namespace test;
using Trace = std::vector<std::string>;

namespace {

// A stream that is mostly right: frames of all kinds, now and then one of a wrong kind.
std::string random_stream(std::mt19937_64& random) {
  constexpr Opcode kOpcodes[] = {Opcode::text,         Opcode::text, Opcode::binary,
                                 Opcode::continuation, Opcode::ping, Opcode::pong,
                                 Opcode::continuation};
  constexpr std::string_view kTexts[] = {"a", "κόσμε", "👍", "\xE2", "\x82", "\xAC", "\xFF", ""};
  std::string stream;
  bool open = false;
  for (auto frames = random() % 12; frames > 0; --frames) {
    std::string payload;
    for (auto parts = random() % 20; parts > 0; --parts) payload += kTexts[random() % 3];
    if (random() % 16 == 0) payload += kTexts[random() % 8];
    ClientFrame frame{.opcode = kOpcodes[random() % 7], .payload = payload};
    const bool control = static_cast<int>(frame.opcode) >= 8;
    if (control && random() % 32 != 0) payload.resize(payload.size() % 126);
    frame.payload = payload;
    if (!control && random() % 32 != 0) {
      if (open) frame.opcode = Opcode::continuation;
      if (!open && frame.opcode == Opcode::continuation) frame.opcode = Opcode::text;
      frame.fin = random() % 2 == 0;
      open = !frame.fin;
    }
    if (random() % 100 == 0) frame.masked = false;
    if (random() % 100 == 0) frame.form = LengthForm::bits16;
    if (random() % 100 == 0) frame.reserved = 0x40;
    for (auto& byte : frame.mask) byte = static_cast<std::uint8_t>(random());
    stream += frame.bytes();
  }
  if (random() % 4 == 0) {
    stream += control(Opcode::close, close_body(static_cast<std::uint16_t>(random() % 5100)));
  }
  if (!stream.empty() && random() % 8 == 0) {
    stream[random() % stream.size()] = static_cast<char>(random());
  }
  return stream;
}

// What a close frame is reported as; nothing where it is refused.
std::string close_slowly(std::string_view payload) {
  if (payload.empty()) return "close";
  if (payload.size() == 1) return "";
  const int code =
      static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
  if (!is_valid_received_close_code(static_cast<std::uint16_t>(code))) return "";
  Utf8Validator reason;
  if (!reason.feed(payload.substr(2)) || !reason.complete()) return "";
  return fmt::format("close:{}:{}", code, payload.substr(2));
}

// The same rules, written as slowly as the RFC reads: the whole stream lies there, one frame after
// the other is looked at.
Trace decode_slowly(std::string_view stream, std::size_t bytes_max, std::uint32_t fragments_max) {
  Trace trace;
  std::string message;
  int kind = 0;  // of the open message
  std::uint32_t fragments = 0;
  const auto failed = [&trace](int code) {
    trace.push_back(fmt::format("failed {}", code));
    return trace;
  };
  const auto byte_at = [&stream](std::size_t i) { return static_cast<unsigned char>(stream[i]); };
  while (!stream.empty()) {
    const int opcode = byte_at(0) & 15;
    const bool fin = byte_at(0) >= 128;
    const bool control = opcode >= 8;
    if ((byte_at(0) / 16 % 8) != 0 || (opcode > 2 && opcode < 8) || opcode > 10)
      return failed(1002);
    if (control ? !fin : (opcode == 0) != (fragments > 0)) return failed(1002);
    if (!control && fragments == fragments_max) return failed(4013);
    if (stream.size() < 2) break;
    std::uint64_t length = byte_at(1) % 128;
    if (byte_at(1) < 128 || (control && length > 125)) return failed(1002);
    std::size_t at = 2;
    if (length >= 126) {
      const std::size_t wide = length == 126 ? 2 : 8;
      if (stream.size() < 2 + wide) break;
      length = 0;
      while (at < 2 + wide) length = length * 256 + byte_at(at++);
      if (length < (wide == 2 ? 126u : 65536u) || length >= std::uint64_t{1} << 63) {
        return failed(1002);
      }
    }
    if (!control && message.size() + length > bytes_max) return failed(1009);
    if (stream.size() < at + 4) break;
    std::string payload(stream.substr(at + 4, length));
    for (std::size_t i = 0; i < payload.size(); ++i) {
      payload[i] = static_cast<char>(payload[i] ^ stream[at + i % 4]);
    }
    const bool whole = payload.size() == length;
    const bool text = !control && (opcode == 0 ? kind : opcode) == 1;
    Utf8Validator utf8;
    if (text && (!utf8.feed(message + payload) || (whole && fin && !utf8.complete()))) {
      return failed(1007);
    }
    if (!whole) break;
    stream.remove_prefix(at + 4 + payload.size());
    if (opcode == 9) trace.push_back("ping:" + payload);
    if (opcode == 10) trace.push_back("pong:" + payload);
    if (opcode == 8) {
      const std::string closed = close_slowly(payload);
      if (closed.empty()) return failed(1002);
      trace.push_back(closed);
      trace.push_back("stopped");
      return trace;
    }
    if (control) continue;
    if (opcode != 0) kind = opcode;
    message += payload;
    ++fragments;
    if (fin) {
      trace.push_back((kind == 1 ? "text:" : "binary:") + message);
      message.clear();
      fragments = 0;
      kind = 0;
    }
  }
  trace.push_back("more");
  return trace;
}

}  // namespace

TEST_CASE("random streams, chopped at random, mean what the slow decoder makes of them") {
  std::mt19937_64 random(5);
  const FrameDecoder::Limits limits{.message_bytes_max = 300, .fragments_max = 4};
  std::size_t with_messages = 0;
  std::size_t with_failures = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string stream = random_stream(random);
    const Trace expected = decode_slowly(stream, limits.message_bytes_max, limits.fragments_max);
    if (expected.size() > 1) ++with_messages;
    if (expected.back().starts_with("failed")) ++with_failures;
    CAPTURE(i);
    REQUIRE(decode(stream, {}, limits) == expected);
    REQUIRE(decode(stream, {1}, limits) == expected);
    std::vector<std::size_t> pieces;
    for (int piece = 0; piece < 50; ++piece) pieces.push_back(1 + random() % 40);
    REQUIRE(decode(stream, pieces, limits) == expected);
  }
  CHECK(with_messages > 2000);
  CHECK(with_failures > 1000);
}

TEST_CASE("random bytes never stop the decoder from answering the same at every chop") {
  std::mt19937_64 random(6);
  for (int i = 0; i < 20'000; ++i) {
    std::string stream;
    for (auto left = random() % 40; left > 0; --left) stream += static_cast<char>(random());
    if (!stream.empty() && random() % 2 == 0) stream[0] = static_cast<char>(0x81);
    if (stream.size() > 1 && random() % 2 == 0) stream[1] = static_cast<char>(0x80 | random() % 20);
    REQUIRE(decode(stream) == decode_slowly(stream, limits::kFrameBytesMax, limits::kFragmentsMax));
    REQUIRE(decode(stream, {1}) == decode(stream));
  }
}

}  // namespace kith
