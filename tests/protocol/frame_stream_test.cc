// The decoder's life: closing, stopping, memory, and streams chopped in every way.
#include <random>

#include "protocol/limits.h"
#include "tests/protocol/frame_support.h"

namespace kith {

using namespace test;
using Trace = std::vector<std::string>;

TEST_CASE("close frames, with and without a body") {
  CHECK(decode(control(Opcode::close)) == Trace{"close", "stopped"});
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999}) {
    CHECK(decode(control(Opcode::close, close_body(static_cast<std::uint16_t>(code), "bye é"))) ==
          Trace{fmt::format("close:{}:bye é", code), "stopped"});
  }
  CHECK(decode(control(Opcode::close, close_body(1000, std::string(123, 'r')))).back() ==
        "stopped");
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    CAPTURE(code);
    CHECK(decode(control(Opcode::close, close_body(static_cast<std::uint16_t>(code)))) ==
          Trace{"failed 1002"});
  }
  CHECK(decode(control(Opcode::close, "\x03")) == Trace{"failed 1002"});
  CHECK(decode(control(Opcode::close, close_body(1000, "\xFF"))) == Trace{"failed 1002"});
  CHECK(decode(control(Opcode::close, close_body(1000, "\xE2\x82"))) == Trace{"failed 1002"});
}

TEST_CASE("everything behind a close is ignored, in the same read and in later ones") {
  const std::string close = control(Opcode::close, close_body(1000));
  CHECK(decode(close + text_frame("never") + close) == Trace{"close:1000:", "stopped"});
  CHECK(decode(close + text_frame("never") + close, {1}) == Trace{"close:1000:", "stopped"});
  CHECK(decode(close + "\xFF\xFF\xFF") == Trace{"close:1000:", "stopped"});
  CHECK(decode(close + "\xFF\xFF\xFF", {close.size(), 1}) == Trace{"close:1000:", "stopped"});
}

TEST_CASE("after a failure nothing is delivered any more") {
  FrameDecoder decoder;
  Recorder recorder;
  CHECK(feed(decoder, recorder, fragment(Opcode::text, "kept?", false)) ==
        FrameDecoder::Outcome::more);
  CHECK(feed(decoder, recorder, text_frame("a")) == FrameDecoder::Outcome::failed);
  CHECK(feed(decoder, recorder, text_frame("a")) == FrameDecoder::Outcome::failed);
  CHECK(decoder.failure().code == CloseCode::protocol_error);
  CHECK_FALSE(decoder.failure().reason.empty());
  CHECK(recorder.trace.empty());
  CHECK(decoder.buffered_bytes() < 64);
}

TEST_CASE("a handler that says stop is not called again") {
  for (const std::string& second :
       {text_frame("b"), control(Opcode::ping, "b"), control(Opcode::pong, "b"),
        fragment(Opcode::text, "b", false) + fragment(Opcode::continuation, "", true)}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
      FrameDecoder decoder;
      Recorder recorder;
      recorder.stop_at = 2;
      std::string stream = text_frame("a") + second + text_frame("c");
      auto outcome = FrameDecoder::Outcome::more;
      for (std::size_t at = 0; at < stream.size(); at += piece) {
        outcome = feed(decoder, recorder, std::string_view(stream).substr(at, piece));
      }
      CHECK(outcome == FrameDecoder::Outcome::stopped);
      CHECK(recorder.trace.size() == 2);
    }
  }
}

TEST_CASE("a message is called padded exactly where 64 bytes behind it are readable") {
  const auto padded = [](const std::string& bytes, std::size_t slack) {
    FrameDecoder decoder;
    Recorder recorder;
    feed(decoder, recorder, bytes, slack);
    return recorder.padded_messages;
  };
  CHECK(padded(text_frame("a"), 0) == 0);
  CHECK(padded(text_frame("a"), 63) == 0);
  CHECK(padded(text_frame("a"), 64) == 1);
  CHECK(padded(text_frame("a") + text_frame(std::string(58, 'b')), 0) == 1);  // 6 + 58 behind it
  CHECK(padded(text_frame("a") + text_frame(std::string(57, 'b')), 0) == 0);
  // What the decoder holds itself always is.
  CHECK(padded(fragment(Opcode::text, "a", false) + fragment(Opcode::continuation, "b", true), 0) ==
        1);
  FrameDecoder decoder;
  Recorder recorder;
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string bytes = text_frame(std::string(size, 'a'));
    feed(decoder, recorder, bytes.substr(0, 3));
    feed(decoder, recorder, bytes.substr(3));
    CHECK(recorder.padded_messages == size + 1);
  }
}

TEST_CASE("memory is held for what is unfinished alone, and grows with what has come") {
  const std::string bytes = text_frame(std::string(60'000, 'x'));
  FrameDecoder decoder;
  Recorder recorder;
  const std::size_t idle = decoder.buffered_bytes();
  feed(decoder, recorder, bytes);
  CHECK(decoder.buffered_bytes() == idle);  // whole frames pass without a copy
  feed(decoder, recorder, std::string_view(bytes).substr(0, 20));
  CHECK(decoder.buffered_bytes() < 200);  // declared: 60,000
  feed(decoder, recorder, std::string_view(bytes).substr(20, 30'000));
  CHECK(decoder.buffered_bytes() >= 30'000);
  CHECK(decoder.buffered_bytes() < 70'000);
  feed(decoder, recorder, std::string_view(bytes).substr(30'020));
  CHECK(decoder.buffered_bytes() == idle);
  feed(decoder, recorder, fragment(Opcode::text, std::string(30'000, 'x'), false));
  CHECK(decoder.buffered_bytes() >= 30'000);
  feed(decoder, recorder, fragment(Opcode::continuation, "", true));
  CHECK(decoder.buffered_bytes() == idle);
  CHECK(recorder.trace.size() == 3);

  feed(decoder, recorder, std::string_view(bytes).substr(0, 30'000));
  feed(decoder, recorder, "");
  CHECK(feed(decoder, recorder, std::string(1, '\xFF') + std::string(40'000, 'x')) ==
        FrameDecoder::Outcome::failed);
  CHECK(decoder.buffered_bytes() == idle);
}

TEST_CASE("a stream of many frames means the same at every cut") {
  const std::string stream =
      text_frame("Hello, κόσμε") + control(Opcode::ping, "p") +
      fragment(Opcode::text, "\xF0\x9F", false) + control(Opcode::pong, std::string(125, 'q')) +
      fragment(Opcode::continuation, "\x91\x8D", true) + text_frame("") +
      text_frame(std::string(200, 'z')) + fragment(Opcode::binary, "\x00\xFF", true) +
      control(Opcode::close, close_body(4000, "end")) + text_frame("ignored");
  const Trace expected = decode(stream);
  CHECK(expected.size() == 9);
  CHECK(decode(stream, {1}) == expected);
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    REQUIRE(decode(stream, {cut, stream.size()}) == expected);
    REQUIRE(decode(stream, {cut, 1, stream.size()}) == expected);
    REQUIRE(decode(stream, {cut, 3}) == expected);
  }
}

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
      Utf8Validator reason;
      const int code = payload.size() < 2 ? 0
                                          : static_cast<unsigned char>(payload[0]) * 256 +
                                                static_cast<unsigned char>(payload[1]);
      if (payload.size() == 1 ||
          (!payload.empty() &&
           (!is_valid_received_close_code(static_cast<std::uint16_t>(code)) ||
            !reason.feed(std::string_view(payload).substr(2)) || !reason.complete()))) {
        return failed(1002);
      }
      trace.push_back(payload.empty() ? "close"
                                      : fmt::format("close:{}:{}", code, payload.substr(2)));
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
