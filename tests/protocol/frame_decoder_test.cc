// RFC 6455 section by section: what is taken, what is refused, and with which code.
#include "protocol/limits.h"
#include "tests/protocol/frame_support.h"

namespace kith {

using namespace test;
using Trace = std::vector<std::string>;

namespace {

// The outcome, the same when it comes at once and byte by byte.
Trace both_ways(std::string_view stream) {
  const Trace at_once = decode(stream);
  CHECK(decode(stream, {1}) == at_once);
  return at_once;
}

}  // namespace

TEST_CASE("the examples of RFC 6455 section 5.7") {
  CHECK(both_ways(std::string("\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58")) ==
        Trace{"text:Hello", "more"});
  CHECK(both_ways(fragment(Opcode::text, "Hel", false) +
                  fragment(Opcode::continuation, "lo", true)) == Trace{"text:Hello", "more"});
  CHECK(both_ways(control(Opcode::ping, "Hello")) == Trace{"ping:Hello", "more"});
}

TEST_CASE("every length, in each of its forms, around the borders") {
  for (const std::size_t size :
       {0u, 1u, 7u, 8u, 124u, 125u, 126u, 127u, 128u, 255u, 256u, 4096u, 65534u, 65535u, 65536u}) {
    CAPTURE(size);
    const std::string payload(size, 'x');
    const Trace expected{"text:" + payload, "more"};
    CHECK(decode(text_frame(payload)) == expected);
    CHECK(decode(text_frame(payload), {1000}) == expected);
    CHECK(decode(text_frame(payload), {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7}) == expected);
  }
}

TEST_CASE("every mask unmasks, at every alignment") {
  const std::string payload = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (const std::array<std::uint8_t, 4> mask :
       {std::array<std::uint8_t, 4>{0, 0, 0, 0}, std::array<std::uint8_t, 4>{1, 2, 3, 4},
        std::array<std::uint8_t, 4>{255, 255, 255, 255}}) {
    for (std::size_t size = 0; size <= payload.size(); ++size) {
      const std::string part = payload.substr(0, size);
      const std::string bytes = ClientFrame{.payload = part, .mask = mask}.bytes();
      for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        REQUIRE(decode(bytes, {cut, 100}) == Trace{"text:" + part, "more"});
      }
    }
  }
}

TEST_CASE("framing that the RFC forbids fails with 1002") {
  const std::string open = fragment(Opcode::text, "a", false);
  const std::vector<std::pair<const char*, std::string>> cases = {
      {"unmasked", ClientFrame{.payload = "a", .masked = false}.bytes()},
      {"unmasked, empty", ClientFrame{.masked = false}.bytes()},
      {"unmasked ping", ClientFrame{.opcode = Opcode::ping, .masked = false}.bytes()},
      {"RSV1", ClientFrame{.payload = "a", .reserved = 0x40}.bytes()},
      {"RSV2", ClientFrame{.payload = "a", .reserved = 0x20}.bytes()},
      {"RSV3", ClientFrame{.payload = "a", .reserved = 0x10}.bytes()},
      {"RSV1 on ping", ClientFrame{.opcode = Opcode::ping, .reserved = 0x40}.bytes()},
      {"RSV1 on close", ClientFrame{.opcode = Opcode::close, .reserved = 0x40}.bytes()},
      {"RSV1 on continuation",
       open + ClientFrame{.opcode = Opcode::continuation, .reserved = 0x40}.bytes()},
      {"fragmented ping", fragment(Opcode::ping, "a", false)},
      {"fragmented pong", fragment(Opcode::pong, "", false)},
      {"fragmented close", fragment(Opcode::close, "", false)},
      {"ping of 126 bytes", control(Opcode::ping, std::string(126, 'a'))},
      {"pong of 65536 bytes", control(Opcode::pong, std::string(65536, 'a'))},
      {"close of 126 bytes", control(Opcode::close, close_body(1000, std::string(124, 'a')))},
      {"ping with a length in 16 bits",
       ClientFrame{.opcode = Opcode::ping, .payload = "a", .form = LengthForm::bits16}.bytes()},
      {"continuation of nothing", fragment(Opcode::continuation, "a", true)},
      {"open continuation of nothing", fragment(Opcode::continuation, "a", false)},
      {"continuation after a whole message",
       text_frame("a") + fragment(Opcode::continuation, "b", true)},
      {"continuation after the last one",
       open + fragment(Opcode::continuation, "", true) + fragment(Opcode::continuation, "", true)},
      {"text inside a message", open + text_frame("b")},
      {"binary inside a message", open + fragment(Opcode::binary, "b", true)},
      {"first fragment inside a message", open + fragment(Opcode::text, "b", false)},
      {"16 bits for 125", ClientFrame{.form = LengthForm::bits16, .declared = 125}.bytes()},
      {"16 bits for 0", ClientFrame{.form = LengthForm::bits16}.bytes()},
      {"64 bits for 125", ClientFrame{.form = LengthForm::bits64, .declared = 125}.bytes()},
      {"64 bits for 126", ClientFrame{.form = LengthForm::bits64, .declared = 126}.bytes()},
      {"64 bits for 65535", ClientFrame{.form = LengthForm::bits64, .declared = 65535}.bytes()},
      {"length 2^63", ClientFrame{.declared = std::uint64_t{1} << 63}.bytes()},
      {"length 2^64-1", ClientFrame{.declared = ~std::uint64_t{0}}.bytes()},
  };
  for (const auto& [name, bytes] : cases) {
    CAPTURE(name);
    CHECK(both_ways(bytes).back() == "failed 1002");
  }
  for (const int opcode : {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
    for (const bool fin : {true, false}) {
      const auto bytes = fragment(static_cast<Opcode>(opcode), "a", fin);
      CHECK(both_ways(bytes) == Trace{"failed 1002"});
    }
  }
}

TEST_CASE("what came before a bad frame has been delivered") {
  CHECK(both_ways(text_frame("a") + control(Opcode::ping, "b") + fragment(Opcode::ping, "", false) +
                  text_frame("never")) == Trace{"text:a", "ping:b", "failed 1002"});
}

TEST_CASE("a bad first byte is refused before the second comes") {
  CHECK(decode("\xC1") == Trace{"failed 1002"});
  CHECK(decode("\x83") == Trace{"failed 1002"});
  CHECK(decode("\x80") == Trace{"failed 1002"});
  CHECK(decode("\x09") == Trace{"failed 1002"});
  CHECK(decode("\x81\x05") == Trace{"failed 1002"});
}

TEST_CASE("too big is known from the declared length, before anything is stored") {
  for (const std::uint64_t declared : {std::uint64_t{limits::kFrameBytesMax + 1},
                                       std::uint64_t{1} << 30, (std::uint64_t{1} << 63) - 1}) {
    FrameDecoder decoder;
    Recorder recorder;
    const std::string header = ClientFrame{.declared = declared}.bytes();
    CHECK(feed(decoder, recorder, header.substr(0, 10)) == FrameDecoder::Outcome::failed);
    CHECK(decoder.failure().code == CloseCode::message_too_big);
    CHECK(decoder.buffered_bytes() < 64);
  }
}

TEST_CASE("the limit holds for the sum of the fragments") {
  const FrameDecoder::Limits small{.message_bytes_max = 10};
  const std::string five = fragment(Opcode::text, "12345", false);
  const std::string last = fragment(Opcode::continuation, "67890", true);
  const std::string more = fragment(Opcode::continuation, "678901", true);
  CHECK(decode(five + last, {}, small) == Trace{"text:1234567890", "more"});
  CHECK(decode(five + more, {}, small) == Trace{"failed 1009"});
  CHECK(decode(five + more, {1}, small) == Trace{"failed 1009"});
  CHECK(decode(text_frame("12345678901"), {}, small) == Trace{"failed 1009"});
  // A ping between them counts nothing; the next message starts from nothing.
  CHECK(
      decode(five + control(Opcode::ping, std::string(100, 'p')) + last + five + last, {}, small) ==
      Trace{"ping:" + std::string(100, 'p'), "text:1234567890", "text:1234567890", "more"});
}

TEST_CASE("more fragments than allowed fail with 4013") {
  const auto message = [](int fragments) {
    std::string out = fragment(Opcode::text, "", false);
    for (int i = 2; i < fragments; ++i) out += fragment(Opcode::continuation, "", false);
    return out + fragment(Opcode::continuation, "x", true);
  };
  CHECK(decode(message(limits::kFragmentsMax)) == Trace{"text:x", "more"});
  CHECK(decode(message(limits::kFragmentsMax + 1)) == Trace{"failed 4013"});
  CHECK(decode(message(limits::kFragmentsMax + 1), {1}) == Trace{"failed 4013"});
  CHECK(decode(message(limits::kFragmentsMax) + message(limits::kFragmentsMax)) ==
        Trace{"text:x", "text:x", "more"});
}

TEST_CASE("control frames come between fragments, in order") {
  CHECK(both_ways(fragment(Opcode::text, "a", false) + control(Opcode::ping, "1") +
                  fragment(Opcode::continuation, "b", false) + control(Opcode::pong, "2") +
                  control(Opcode::ping) + fragment(Opcode::continuation, "c", true)) ==
        Trace{"ping:1", "pong:2", "ping:", "text:abc", "more"});
  CHECK(both_ways(fragment(Opcode::binary, "a", false) + control(Opcode::close, close_body(1000)) +
                  fragment(Opcode::continuation, "b", true)) == Trace{"close:1000:", "stopped"});
}

TEST_CASE("fragments may be empty, and so may messages") {
  CHECK(both_ways(text_frame("")) == Trace{"text:", "more"});
  CHECK(both_ways(fragment(Opcode::text, "", false) + fragment(Opcode::continuation, "", false) +
                  fragment(Opcode::continuation, "", true)) == Trace{"text:", "more"});
  CHECK(both_ways(fragment(Opcode::binary, "", true)) == Trace{"binary:", "more"});
}

TEST_CASE("text that is no UTF-8 fails with 1007, binary is not looked at") {
  CHECK(both_ways(text_frame("\xC0\x80")) == Trace{"failed 1007"});
  CHECK(both_ways(text_frame("abc\xE2\x82")) == Trace{"failed 1007"});
  CHECK(both_ways(fragment(Opcode::binary, "\xFF\xC0\x80", true)) ==
        Trace{"binary:\xFF\xC0\x80", "more"});
  CHECK(both_ways(fragment(Opcode::binary, "\xFF", false) +
                  fragment(Opcode::continuation, "\xFE", true)) ==
        Trace{"binary:\xFF\xFE", "more"});
  CHECK(both_ways(control(Opcode::ping, "\xFF")) == Trace{"ping:\xFF", "more"});
}

TEST_CASE("a character may be cut by a fragment's border, also around a ping") {
  CHECK(both_ways(fragment(Opcode::text, "\xE2", false) + control(Opcode::ping, "\xFF") +
                  fragment(Opcode::continuation, "\x82", false) +
                  fragment(Opcode::continuation, "\xAC", true)) ==
        Trace{"ping:\xFF", "text:\xE2\x82\xAC", "more"});
  CHECK(both_ways(fragment(Opcode::text, "\xE2", false) +
                  fragment(Opcode::continuation, "x", true)) == Trace{"failed 1007"});
  CHECK(both_ways(fragment(Opcode::text, "\xE2\x82", false) +
                  fragment(Opcode::continuation, "", true)) == Trace{"failed 1007"});
  // And what one message left behind does not spoil the next.
  CHECK(both_ways(text_frame("\xE2\x82\xAC") + text_frame("\xE2\x82\xAC")).back() == "more");
}

TEST_CASE("bad text fails fast, inside an unfinished frame and before the last fragment") {
  const std::string bad = text_frame("abc\xFF" + std::string(1000, 'x'));
  CHECK(decode(std::string_view(bad).substr(0, 8 + 3)) == Trace{"more"});
  CHECK(decode(std::string_view(bad).substr(0, 8 + 4)) == Trace{"failed 1007"});
  CHECK(decode(std::string_view(bad).substr(0, 8 + 4), {1}) == Trace{"failed 1007"});
  CHECK(decode(fragment(Opcode::text, "\xF4\x90", false)) == Trace{"failed 1007"});
  const std::string second = fragment(Opcode::text, "\xF4", false) +
                             fragment(Opcode::continuation, "\x90\x80\x80 and more", false);
  CHECK(decode(std::string_view(second).substr(0, 7 + 6)) == Trace{"more"});
  CHECK(decode(std::string_view(second).substr(0, 7 + 7)) == Trace{"failed 1007"});
}

}  // namespace kith
