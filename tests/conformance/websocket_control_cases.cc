// RFC 6455 sections 5.5.2 and 5.5.3: pings are answered with their payload, in order, also inside
// of a message; pongs are swallowed; a flood of either ends (RELIABILITY 3.1).
#include "tests/conformance/websocket_cases.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

const std::string kControlRefused = "close:1002 eof";
const std::string kFlooded = "closing:4013 close:4013 eof";

std::string every_byte(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(255 - i * 5 % 256);
  return bytes;
}

void add_pings(std::vector<WsCase>& cases) {
  for (const std::size_t size : {0, 1, 2, 16, 64, 124, 125}) {
    const std::string payload = every_byte(size);
    cases.push_back({.id = "ping-" + std::to_string(size),
                     .section = "5.5.2",
                     .writes = {ping_frame(payload)},
                     .expect = pong_event(payload) + " alive"});
  }
  for (const std::size_t size : {126, 127, 65535, 65536}) {
    cases.push_back({.id = "ping-" + std::to_string(size),
                     .section = "5.5",
                     .writes = {ping_frame(std::string(size, 'x'))},
                     .expect = kControlRefused});
    cases.push_back({.id = "pong-" + std::to_string(size),
                     .section = "5.5",
                     .writes = {pong_frame(std::string(size, 'x'))},
                     .expect = kControlRefused});
  }
  cases.push_back({.id = "ping-by-1",
                   .section = "5.5.2",
                   .writes = chopped(ping_frame(every_byte(125)), 1),
                   .expect = pong_event(every_byte(125)) + " alive"});
  std::string ten;
  std::string answers;
  for (int i = 0; i < 10; ++i) {
    const std::string payload = "ping " + std::to_string(i);
    ten += ping_frame(payload);
    answers += pong_event(payload) + " ";
  }
  cases.push_back({.id = "pings-ten-in-one-write",
                   .section = "5.5.2",
                   .writes = {ten},
                   .expect = answers + "alive"});
  cases.push_back({.id = "pings-ten-by-3",
                   .section = "5.5.2",
                   .writes = chopped(ten, 3),
                   .expect = answers + "alive"});
  cases.push_back({.id = "ping-before-init",
                   .section = "5.5.2",
                   .writes = {ping_frame("early"), close_frame(1000)},
                   .expect = pong_event("early") + " close:1000 eof",
                   .start = Start::upgraded});
}

void add_between_fragments(std::vector<WsCase>& cases) {
  const std::vector<std::string> parts = fragments({R"({"type":"pi)", R"(ng","id")", R"(:"a"})"});
  cases.push_back({.id = "ping-in-message",
                   .section = "5.4",
                   .writes = {parts[0], ping_frame("1"), parts[1], ping_frame("2"), parts[2]},
                   .expect = pong_event("1") + " " + pong_event("2") + " pong:a alive"});
  const std::string mixed =
      parts[0] + ping_frame("1") + parts[1] + pong_frame("2") + ping_frame("3") + parts[2];
  cases.push_back({.id = "ping-and-pong-in-message-by-1",
                   .section = "5.4",
                   .writes = chopped(mixed, 1),
                   .expect = pong_event("1") + " " + pong_event("3") + " pong:a alive"});
  cases.push_back({.id = "ping-answered-before-the-message-ends",
                   .section = "5.5.2",
                   .writes = {parts[0] + ping_frame("now") + close_frame(1000)},
                   .expect = pong_event("now") + " close:1000 eof",
                   .tail = Tail::nothing});
}

void add_pongs(std::vector<WsCase>& cases) {
  cases.push_back({.id = "pong-unsolicited",
                   .section = "5.5.3",
                   .writes = {pong_frame("")},
                   .expect = "alive"});
  cases.push_back({.id = "pong-unsolicited-with-payload",
                   .section = "5.5.3",
                   .writes = {pong_frame(every_byte(125))},
                   .expect = "alive"});
  cases.push_back({.id = "pong-then-ping",
                   .section = "5.5.3",
                   .writes = {pong_frame("a") + ping_frame("b")},
                   .expect = pong_event("b") + " alive"});
}

void add_bad_ones(std::vector<WsCase>& cases) {
  for (const std::uint8_t opcode : {kPing, kPong, kClose}) {
    cases.push_back({.id = "control-fragmented-" + std::to_string(opcode),
                     .section = "5.5",
                     .writes = {frame({.opcode = opcode, .fin = false}, "")},
                     .expect = kControlRefused});
    cases.push_back(
        {.id = "control-fragmented-in-message-" + std::to_string(opcode),
         .section = "5.5",
         .writes = {frame({.fin = false}, "{"), frame({.opcode = opcode, .fin = false}, "")},
         .expect = kControlRefused});
  }
  cases.push_back({.id = "ping-fragmented-with-continuation",
                   .section = "5.5",
                   .writes = {frame({.opcode = kPing, .fin = false}, "a"),
                              frame({.opcode = kContinuation}, "b")},
                   .expect = kControlRefused});
}

void add_floods(std::vector<WsCase>& cases) {
  std::string pings;
  std::string pongs;
  for (int i = 0; i < 50; ++i) {
    pings += ping_frame("");
    pongs += pong_frame("");
  }
  const std::string ten = repeated(pong_event(""), 10) + " ";
  cases.push_back({.id = "pings-flood",
                   .section = "RELIABILITY 3.1: more than 10 a second",
                   .writes = {pings},
                   .expect = ten + kFlooded});
  cases.push_back({.id = "pongs-flood",
                   .section = "RELIABILITY 3.1: more than 10 a second",
                   .writes = {pongs},
                   .expect = kFlooded});
  cases.push_back({.id = "pings-flood-in-message",
                   .section = "RELIABILITY 3.1: more than 10 a second",
                   .writes = {frame({.fin = false}, "{") + pings},
                   .expect = ten + kFlooded});
}

// Messages that hold no command are as good as control frames.
void add_empty_floods(std::vector<WsCase>& cases) {
  const auto add = [&](const char* id, const std::string& one, const std::string& expect) {
    cases.push_back({.id = id,
                     .section = "RELIABILITY 3.1: empty frames",
                     .writes = {one},
                     .expect = expect,
                     .tail = Tail::nothing,
                     .repeat_last = 20'000});
  };
  add("empty-messages-flood", text_frame(""), kFlooded);
  add("empty-lines-flood", text_frame("\n\r\n"), kFlooded);
  add("empty-messages-in-fragments-flood", joined(fragments({"", ""})), kFlooded);
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += text_frame("");
  cases.push_back(
      {.id = "empty-messages-ten", .section = "PROTOCOL 3", .writes = {ten}, .expect = "alive"});
}

}  // namespace

void add_control_cases(std::vector<WsCase>& cases) {
  add_pings(cases);
  add_between_fragments(cases);
  add_pongs(cases);
  add_bad_ones(cases);
  add_floods(cases);
  add_empty_floods(cases);
}

}  // namespace kith::test
