// RFC 6455 sections 5.5.1 and 7: a close frame is answered with its code and the connection ended;
// nothing behind it is read.
#include "tests/conformance/websocket_cases.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

const std::string kCloseRefused = "close:1002 eof";
const std::string kClosed = "close:1000 eof";

void add_codes(std::vector<WsCase>& cases) {
  // Section 7.4.1 and the IANA registry; 3000-3999 registered, 4000-4999 private.
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                         3000, 3500, 3999, 4000, 4500, 4999}) {
    cases.push_back({.id = "close-" + std::to_string(code),
                     .section = "7.4",
                     .writes = {close_frame(static_cast<std::uint16_t>(code))},
                     .expect = "close:" + std::to_string(code) + " eof"});
  }
  for (const int code : {0, 1, 125, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000,
                         5001, 9999, 32768, 65535}) {
    cases.push_back({.id = "close-bad-" + std::to_string(code),
                     .section = "7.4.2",
                     .writes = {close_frame(static_cast<std::uint16_t>(code))},
                     .expect = kCloseRefused});
  }
}

void add_bodies(std::vector<WsCase>& cases) {
  const auto add = [&](const char* id, const std::string& bytes, const std::string& expect) {
    cases.push_back({.id = id, .section = "5.5.1", .writes = {bytes}, .expect = expect});
  };
  add("close-empty", frame({.opcode = kClose}, ""), "close:none eof | " + kClosed);
  add("close-of-1-byte", frame({.opcode = kClose}, "\x03"), kCloseRefused);
  add("close-reason", close_frame(1000, "going home"), kClosed);
  add("close-reason-utf8", close_frame(1000, "\xE2\x82\xAC \xF0\x9F\x98\x80"), kClosed);
  add("close-reason-1", close_frame(1000, "x"), kClosed);
  add("close-reason-123", close_frame(1000, std::string(123, 'x')), kClosed);
  add("close-reason-124", close_frame(1000, std::string(124, 'x')), kCloseRefused);
  add("close-reason-70000", close_frame(1000, std::string(70'000, 'x')), kCloseRefused);
  add("close-reason-null", close_frame(1000, std::string(5, '\0')), kClosed);
  // Section 8.1 would have 1007 and section 7.4.1 keeps that for messages: both are at home.
  const std::string bad_text = kCloseRefused + " | close:1007 eof";
  add("close-reason-bad-utf8", close_frame(1000, "\xC3("), bad_text);
  add("close-reason-surrogate", close_frame(1000, "\xED\xA0\x80"), bad_text);
  add("close-reason-overlong", close_frame(1000, "\xC0\xAF"), bad_text);
  add("close-reason-cut", close_frame(1000, "\xE2\x82"), bad_text);
  add("close-bad-code-and-reason", close_frame(999, "x"), kCloseRefused);
}

void add_order(std::vector<WsCase>& cases) {
  const std::string close = close_frame(1000);
  const auto add = [&](const char* id, std::vector<std::string> writes, const std::string& expect,
                       Tail tail = Tail::probe) {
    cases.push_back({.id = id,
                     .section = "5.5.1",
                     .writes = std::move(writes),
                     .expect = expect,
                     .tail = tail});
  };
  add("close-then-data", {close, text_frame(ping_command("late"))}, kClosed);
  add("close-then-data-in-one-write", {close + text_frame(ping_command("late"))}, kClosed);
  add("close-then-ping", {close + ping_frame("late")}, kClosed);
  add("close-then-garbage", {close + "\xFF\xFF\xFF\xFF"}, kClosed);
  add("close-twice", {close, close}, kClosed);
  add("close-twice-in-one-write", {close + close_frame(1001)}, kClosed);
  add("data-then-close", {text_frame(ping_command("a")) + close}, "pong:a " + kClosed);
  add("ping-then-close", {ping_frame("p") + close}, pong_event("p") + " " + kClosed);
  add("close-by-1", chopped(close_frame(1000, "slowly"), 1), kClosed);
  add("close-in-message", {frame({.fin = false}, "{"), close}, kClosed);
  add("close-in-message-then-its-end",
      {frame({.fin = false}, R"({"type":)") + close +
       frame({.opcode = kContinuation}, R"("ping","id":"late"})")},
      kClosed);
  add("close-then-megabyte", {close, std::string(1 << 20, 'x')}, kClosed);
  add("close-before-bad-frame", {close + frame({.reserved_bits = 7}, "")}, kClosed);
  cases.push_back({.id = "close-before-init",
                   .section = "5.5.1",
                   .writes = {close},
                   .expect = kClosed,
                   .start = Start::upgraded});
  cases.push_back({.id = "close-behind-init",
                   .section = "5.5.1",
                   .writes = {text_frame(R"({"type":"connection.init","token":"x"})") + close},
                   .expect = kClosed + " | closing:4500 close:4500 eof",
                   .start = Start::upgraded});
}

}  // namespace

void add_close_cases(std::vector<WsCase>& cases) {
  add_codes(cases);
  add_bodies(cases);
  add_order(cases);
}

}  // namespace kith::test
