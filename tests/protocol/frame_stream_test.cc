// The decoder's life: closing, stopping, memory, and streams chopped in every way.
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

}  // namespace kith
