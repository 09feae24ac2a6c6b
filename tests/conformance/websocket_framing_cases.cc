// RFC 6455 section 5.2: what a frame's header may say, and sizes at each border of its encoding.
#include "tests/conformance/websocket_cases.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

constexpr std::size_t kFrameBytes = 65536;  // limits.frame_bytes
const std::string kFramingRefused = "close:1002 eof";
const std::string kTooBig = "close:1009 eof";

std::string text_of(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>('a' + i * 7 % 26);
  return text;
}

// A message whose frame has a payload of this size, stored and read back.
WsCase echo(std::string id, std::size_t bytes, std::size_t write_bytes) {
  const std::string text = text_of(bytes - message_command("").size());
  return {.id = std::move(id),
          .section = "5.2",
          .writes = chopped(text_frame(message_command(text)), write_bytes),
          .expect = "ack text alive",
          .start = Start::in_chat,
          .tail = Tail::history,
          .text = text};
}

void add_sizes(std::vector<WsCase>& cases) {
  struct Size {
    std::size_t bytes;
    std::size_t write_bytes;  // per write; none beyond that
  };
  static constexpr std::size_t kWhole = 1 << 20;
  static constexpr Size kSizes[] = {
      {125, kWhole},   {126, kWhole}, {127, kWhole}, {128, kWhole}, {65535, kWhole},
      {65536, kWhole}, {125, 1},      {126, 1},      {127, 1},      {1000, 1},
      {1000, 3},       {4096, 17},    {65535, 997},  {65536, 1021}, {65536, 4099},
      {32768, kWhole}, {16384, 8192},
  };
  for (const Size& size : kSizes) {
    const std::string chop =
        size.write_bytes == kWhole ? "" : "-by-" + std::to_string(size.write_bytes);
    cases.push_back(
        echo("size-" + std::to_string(size.bytes) + chop, size.bytes, size.write_bytes));
  }
  cases.push_back(
      {.id = "size-0", .section = "5.2", .writes = {text_frame("")}, .expect = "alive"});
  cases.push_back({.id = "size-1-newline",
                   .section = "PROTOCOL 3: empty lines are skipped",
                   .writes = {text_frame("\n")},
                   .expect = "alive"});
  cases.push_back({.id = "size-1-no-json",
                   .section = "PROTOCOL 3",
                   .writes = {text_frame("x")},
                   .expect = "closing:4501 close:4501 eof"});
  cases.push_back({.id = "size-65536-parsed-whole",
                   .section = "10.4",
                   .writes = {text_frame(ping_command("a", kFrameBytes))},
                   .expect = "pong:a alive"});
}

void add_too_big(std::vector<WsCase>& cases) {
  struct Declared {
    const char* name;
    std::uint64_t bytes;
  };
  static constexpr Declared kDeclared[] = {{"65537", 65537},
                                           {"16-MiB", std::uint64_t{1} << 24},
                                           {"1-GiB", std::uint64_t{1} << 30},
                                           {"2^31", std::uint64_t{1} << 31},
                                           {"2^32", std::uint64_t{1} << 32},
                                           {"2^62", std::uint64_t{1} << 62},
                                           {"2^63-1", (std::uint64_t{1} << 63) - 1}};
  for (const auto& [name, bytes] : kDeclared) {
    cases.push_back({.id = std::string("declared-") + name,
                     .section = "10.4",
                     .writes = {frame({.declared = bytes}, "")},
                     .expect = kTooBig,
                     .tail = Tail::nothing});
  }
  // Section 5.2: the most significant bit must be 0.
  for (const auto& [name, bytes] :
       {Declared{"2^63", std::uint64_t{1} << 63}, Declared{"2^64-1", ~std::uint64_t{0}}}) {
    cases.push_back({.id = std::string("declared-") + name,
                     .section = "5.2",
                     .writes = {frame({.declared = bytes}, "")},
                     .expect = kFramingRefused + " | " + kTooBig,
                     .tail = Tail::nothing});
  }
  cases.push_back({.id = "size-65537",
                   .section = "10.4",
                   .writes = {text_frame(ping_command("a", kFrameBytes + 1))},
                   .expect = kTooBig});
  cases.push_back({.id = "binary-65537",
                   .section = "10.4",
                   .writes = {frame({.opcode = kBinary}, std::string(kFrameBytes + 1, 'x'))},
                   .expect = kTooBig});
  const std::vector<std::string> halves =
      fragments({std::string(40'000, ' '), std::string(40'000, ' ')});
  cases.push_back(
      {.id = "sum-of-fragments-80000", .section = "10.4", .writes = halves, .expect = kTooBig});
  const std::string command = ping_command("a", kFrameBytes);
  cases.push_back({.id = "sum-of-fragments-65536",
                   .section = "10.4",
                   .writes = fragments({command.substr(0, 30'000), command.substr(30'000)}),
                   .expect = "pong:a alive"});
  cases.push_back({.id = "sum-of-fragments-65537",
                   .section = "10.4",
                   .writes = fragments({command, "\n"}),
                   .expect = kTooBig});
}

void add_length_forms(std::vector<WsCase>& cases) {
  const auto add = [&](const char* id, LengthForm form, std::size_t bytes, std::uint8_t opcode) {
    cases.push_back(
        {.id = id,
         .section = "5.2: the minimal number of bytes must be used",
         .writes = {frame({.opcode = opcode, .length_form = form}, ping_command("a", bytes))},
         .expect = kFramingRefused});
  };
  add("length-64-in-two-bytes", LengthForm::two_bytes, 64, kText);
  add("length-125-in-two-bytes", LengthForm::two_bytes, 125, kText);
  add("length-64-in-eight-bytes", LengthForm::eight_bytes, 64, kText);
  add("length-126-in-eight-bytes", LengthForm::eight_bytes, 126, kText);
  add("length-65535-in-eight-bytes", LengthForm::eight_bytes, 65535, kText);
  add("length-64-in-two-bytes-ping", LengthForm::two_bytes, 64, kPing);
  add("length-64-in-eight-bytes-ping", LengthForm::eight_bytes, 64, kPing);
}

void add_masks(std::vector<WsCase>& cases) {
  const std::string command = ping_command("a");
  cases.push_back({.id = "mask-none",
                   .section = "5.1",
                   .writes = {frame({.masked = false}, command)},
                   .expect = kFramingRefused});
  cases.push_back({.id = "mask-none-empty",
                   .section = "5.1",
                   .writes = {frame({.masked = false}, "")},
                   .expect = kFramingRefused});
  for (const std::uint8_t opcode : {kPing, kPong, kClose}) {
    cases.push_back({.id = "mask-none-opcode-" + std::to_string(opcode),
                     .section = "5.1",
                     .writes = {frame({.opcode = opcode, .masked = false}, "")},
                     .expect = kFramingRefused});
  }
  const std::array<char, 4> masks[] = {
      {0, 0, 0, 0}, {-1, -1, -1, -1}, {0, 0, 0, 1}, {'{', '"', 't', 'y'}, {-128, 127, 1, -2}};
  for (std::size_t i = 0; i < std::size(masks); ++i) {
    cases.push_back({.id = "mask-" + std::to_string(i),
                     .section = "5.3",
                     .writes = {frame({.mask = masks[i]}, ping_command("a", 300))},
                     .expect = "pong:a alive"});
  }
}

void add_bits_and_opcodes(std::vector<WsCase>& cases) {
  for (std::uint8_t bits = 1; bits < 8; ++bits) {
    cases.push_back({.id = "reserved-bits-" + std::to_string(bits),
                     .section = "5.2",
                     .writes = {frame({.reserved_bits = bits}, ping_command("a"))},
                     .expect = kFramingRefused});
  }
  for (const std::uint8_t opcode : {kBinary, kPing, kPong, kClose}) {
    cases.push_back({.id = "reserved-bits-opcode-" + std::to_string(opcode),
                     .section = "5.2",
                     .writes = {frame({.opcode = opcode, .reserved_bits = 4}, "")},
                     .expect = kFramingRefused});
  }
  cases.push_back({.id = "reserved-bits-in-continuation",
                   .section = "5.2, RFC 7692 6",
                   .writes = {frame({.fin = false}, "{"),
                              frame({.opcode = kContinuation, .reserved_bits = 4}, "}")},
                   .expect = kFramingRefused});
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    const auto value = static_cast<std::uint8_t>(opcode);
    cases.push_back({.id = "reserved-opcode-" + std::to_string(opcode),
                     .section = "5.2",
                     .writes = {frame({.opcode = value}, "")},
                     .expect = kFramingRefused});
    cases.push_back({.id = "reserved-opcode-" + std::to_string(opcode) + "-in-message",
                     .section = "5.2",
                     .writes = {frame({.fin = false}, "{"), frame({.opcode = value}, "x")},
                     .expect = kFramingRefused});
  }
  // What came before a refused frame stands.
  cases.push_back({.id = "good-frame-before-a-bad-one",
                   .section = "7.1.7",
                   .writes = {text_frame(ping_command("a")) + frame({.opcode = 3}, "x")},
                   .expect = "pong:a " + kFramingRefused});
  cases.push_back({.id = "good-frame-behind-a-bad-one",
                   .section = "7.1.7",
                   .writes = {frame({.opcode = 3}, "x") + text_frame(ping_command("a"))},
                   .expect = kFramingRefused});
}

}  // namespace

void add_framing_cases(std::vector<WsCase>& cases) {
  add_sizes(cases);
  add_too_big(cases);
  add_length_forms(cases);
  add_masks(cases);
  add_bits_and_opcodes(cases);
  cases.push_back({.id = "binary",
                   .section = "7.4.1, PROTOCOL 3",
                   .writes = {frame({.opcode = kBinary}, ping_command("a"))},
                   .expect = "closing:4501 close:4501 eof"});
  cases.push_back({.id = "binary-empty",
                   .section = "7.4.1, PROTOCOL 3",
                   .writes = {frame({.opcode = kBinary}, "")},
                   .expect = "closing:4501 close:4501 eof"});
  std::string many;
  for (int i = 0; i < 100; ++i) many += text_frame(ping_command("a"));
  cases.push_back({.id = "hundred-frames-in-one-write",
                   .section = "5.2",
                   .writes = {many},
                   .expect = repeated("pong:a", 100) + " alive"});
  cases.push_back({.id = "hundred-frames-by-13",
                   .section = "5.2",
                   .writes = chopped(many, 13),
                   .expect = repeated("pong:a", 100) + " alive"});
}

}  // namespace kith::test
