// RFC 6455 section 5.4: one message in several frames, and every order of frames that is none.
#include "tests/conformance/websocket_cases.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

const std::string kRefused = "close:1002 eof";
const std::string kTooMany = "closing:4013 close:4013 eof";
const std::string kSeen = "pong:a alive";

// Empty ones first, then the command.
std::vector<std::string> command_in(std::size_t frames) {
  std::vector<std::string> parts(frames - 1);
  parts.push_back(ping_command("a"));
  return fragments(parts);
}

void add_good(std::vector<WsCase>& cases) {
  const std::string command = ping_command("a");
  const auto add = [&](std::string id, std::vector<std::string> writes) {
    cases.push_back(
        {.id = std::move(id), .section = "5.4", .writes = std::move(writes), .expect = kSeen});
  };
  add("fragments-2", fragments({command.substr(0, 9), command.substr(9)}));
  add("fragments-2-in-one-write", {joined(fragments({command.substr(0, 9), command.substr(9)}))});
  std::vector<std::string> single;
  for (const char c : command) single.emplace_back(1, c);
  add("fragments-of-1-byte", fragments(single));
  add("fragments-of-1-byte-by-1", chopped(joined(fragments(single)), 1));
  add("fragments-first-empty", fragments({"", command}));
  add("fragments-last-empty", fragments({command, ""}));
  add("fragments-middle-empty", fragments({command.substr(0, 5), "", "", command.substr(5)}));
  add("fragments-256", command_in(256));
  add("fragments-256-in-one-write", {joined(command_in(256))});
  add("fragments-256-twice", {joined(command_in(256))});
  cases.back().writes.push_back(joined(command_in(256)));
  cases.back().expect = "pong:a pong:a alive";
  cases.push_back({.id = "fragments-all-empty",
                   .section = "5.4",
                   .writes = fragments({"", "", ""}),
                   .expect = "alive"});
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>('a' + i % 26);
  std::vector<std::string> parts;
  const std::string message = message_command(text);
  for (std::size_t at = 0; at < message.size(); at += 101) parts.push_back(message.substr(at, 101));
  cases.push_back({.id = "fragments-of-101-bytes-by-7",
                   .section = "5.4",
                   .writes = chopped(joined(fragments(parts)), 7),
                   .expect = "ack text alive",
                   .start = Start::in_chat,
                   .tail = Tail::history,
                   .text = text});
}

void add_too_many(std::vector<WsCase>& cases) {
  cases.push_back({.id = "fragments-257",
                   .section = "RELIABILITY 3.1",
                   .writes = {joined(command_in(257))},
                   .expect = kTooMany});
  cases.push_back(
      {.id = "fragments-without-end",
       .section = "RELIABILITY 1.2",
       .writes = {frame({.fin = false}, ""), frame({.opcode = kContinuation, .fin = false}, "")},
       .expect = kTooMany,
       .tail = Tail::nothing,
       .repeat_last = 20'000});
  cases.push_back({.id = "fragments-binary-257",
                   .section = "RELIABILITY 3.1",
                   .writes = {frame({.opcode = kBinary, .fin = false}, ""),
                              frame({.opcode = kContinuation, .fin = false}, "")},
                   .expect = kTooMany,
                   .tail = Tail::nothing,
                   .repeat_last = 1000});
}

void add_bad_orders(std::vector<WsCase>& cases) {
  const std::string begin = frame({.fin = false}, R"({"type":"ping",)");
  const std::string middle = frame({.opcode = kContinuation, .fin = false}, " ");
  const std::string end = frame({.opcode = kContinuation}, R"("id":"a"})");
  const std::string whole = text_frame(ping_command("b"));
  const std::string binary = frame({.opcode = kBinary}, "x");
  struct Order {
    const char* name;
    std::vector<std::string> writes;
    std::string expect;
  };
  const std::vector<Order> orders = {
      {"end-of-nothing", {end}, kRefused},
      {"middle-of-nothing", {middle}, kRefused},
      {"end-of-nothing-empty", {frame({.opcode = kContinuation}, "")}, kRefused},
      {"middle-then-end-of-nothing", {middle, end}, kRefused},
      {"whole-then-end", {whole, end}, "pong:b " + kRefused},
      {"whole-then-middle", {whole, middle}, "pong:b " + kRefused},
      {"message-then-end-again", {begin, end, end}, "pong:a " + kRefused},
      {"message-then-middle", {begin, end, middle}, "pong:a " + kRefused},
      {"text-in-text", {begin, whole}, kRefused},
      {"text-in-text-after-middle", {begin, middle, whole}, kRefused},
      {"begin-in-text", {begin, begin}, kRefused},
      {"binary-in-text", {begin, binary}, kRefused},
      {"binary-begin-in-text", {begin, frame({.opcode = kBinary, .fin = false}, "x")}, kRefused},
      {"text-in-binary", {frame({.opcode = kBinary, .fin = false}, "x"), whole}, kRefused},
      {"ping-then-end-of-nothing", {ping_frame("p"), end}, pong_event("p") + " " + kRefused},
      {"text-in-text-behind-ping",
       {begin, ping_frame("p"), whole},
       pong_event("p") + " " + kRefused},
  };
  for (const Order& order : orders) {
    cases.push_back({.id = std::string("order-") + order.name,
                     .section = "5.4",
                     .writes = order.writes,
                     .expect = order.expect});
    cases.push_back({.id = std::string("order-") + order.name + "-in-one-write",
                     .section = "5.4",
                     .writes = {joined(order.writes)},
                     .expect = order.expect});
  }
}

}  // namespace

void add_fragmentation_cases(std::vector<WsCase>& cases) {
  add_good(cases);
  add_too_many(cases);
  add_bad_orders(cases);
  cases.push_back({.id = "fragments-binary",
                   .section = "7.4.1, PROTOCOL 3",
                   .writes = {frame({.opcode = kBinary, .fin = false}, "{"),
                              frame({.opcode = kContinuation}, "}")},
                   .expect = "closing:4501 close:4501 eof"});
}

}  // namespace kith::test
