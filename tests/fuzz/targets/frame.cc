// A client's bytes on a socket: frames, lines, commands. The decoder is held to a second reading of
// the RFC, and must say the same however the stream is cut.
#include "protocol/frame.h"

#include <simdjson.h>

#include <cstring>
#include <memory>

#include "protocol/command.h"
#include "tests/fuzz/command_oracle.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reference_frames.h"

namespace kith::fuzz {
namespace {

class Recorder final : public FrameDecoder::Handler {
 public:
  bool on_message(Opcode opcode, std::string_view payload, bool padded) override {
    if (padded) {
      // AddressSanitizer looks whether the padding may be read, as the promise says.
      std::array<char, simdjson::SIMDJSON_PADDING> behind;
      std::memcpy(behind.data(), payload.data() + payload.size(), behind.size());
    }
    return keep({.opcode = opcode, .payload = std::string(payload)});
  }
  bool on_ping(std::string_view payload) override {
    return keep({.opcode = Opcode::ping, .payload = std::string(payload)});
  }
  bool on_pong(std::string_view payload) override {
    return keep({.opcode = Opcode::pong, .payload = std::string(payload)});
  }
  bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
    KITH_ASSERT(code != 0);
    return keep(
        {.opcode = Opcode::close, .code = code.value_or(0), .payload = std::string(reason)});
  }

  std::vector<FrameEvent> events;

 private:
  bool keep(FrameEvent event) {
    events.push_back(std::move(event));
    return true;
  }
};

struct Decoded {
  std::vector<FrameEvent> events;
  FrameDecoder::Outcome outcome = FrameDecoder::Outcome::more;
  std::string failure;
  CloseCode code = CloseCode::normal;
  std::size_t buffered_bytes = 0;
  std::size_t buffered_most = 0;
};

// Every piece lies in memory of its own, with `slack` readable bytes behind it and none more.
Decoded decode(std::string_view stream, const std::vector<std::size_t>& pieces, std::size_t slack,
               const FrameDecoder::Limits& limits) {
  FrameDecoder decoder(limits);
  Recorder recorder;
  Decoded out;
  std::size_t at = 0;
  for (const std::size_t size : pieces) {
    const auto memory = std::make_unique<char[]>(size + slack);
    std::memcpy(memory.get(), stream.data() + at, size);
    at += size;
    const auto before = out.outcome;
    out.outcome = decoder.feed({memory.get(), size}, slack, recorder);
    KITH_ASSERT(before == FrameDecoder::Outcome::more || out.outcome == before);
    out.buffered_most = std::max(out.buffered_most, decoder.buffered_bytes());
  }
  out.events = std::move(recorder.events);
  out.buffered_bytes = decoder.buffered_bytes();
  if (out.outcome == FrameDecoder::Outcome::failed) {
    out.failure = decoder.failure().reason;
    out.code = decoder.failure().code;
    KITH_ASSERT(!out.failure.empty());
  }
  return out;
}

void compare(const Decoded& decoded, const FrameStream& expected,
             const FrameDecoder::Limits& limits) {
  KITH_ASSERT(decoded.outcome == expected.outcome);
  KITH_ASSERT(decoded.code == expected.failure);
  KITH_ASSERT(decoded.events == expected.events);
  if (!expected.unfinished) KITH_ASSERT(decoded.buffered_bytes == 0);
  // A message and the frame that continues it, each in a string that may have doubled.
  KITH_ASSERT(decoded.buffered_most <= 4 * limits.message_bytes_max + 1024);
}

// Masked frames made of the input, so that what is behind the mask is reached at once.
std::string framed(Input& input) {
  std::string stream;
  while (!input.empty()) {
    const std::uint8_t first = input.byte();
    const std::uint32_t mask = input.byte() * 0x0101'0301u;
    append_client_frame(
        stream,
        {.fin = (first & 0x80) != 0, .opcode = first, .mask = mask, .payload = input.text()});
  }
  return stream;
}

// What came out, framed plainly again, comes out the same.
void round_trip(const std::vector<FrameEvent>& events) {
  std::string stream;
  for (const FrameEvent& event : events) {
    std::string payload = event.payload;
    if (event.code != 0) {
      payload.insert(0, {static_cast<char>(event.code >> 8), static_cast<char>(event.code & 0xFF)});
    }
    append_client_frame(stream, {.opcode = static_cast<std::uint8_t>(event.opcode),
                                 .mask = 0x1234'5678,
                                 .payload = payload});
  }
  if (stream.empty()) return;
  const auto again = decode(stream, {stream.size()}, 0, {});
  KITH_ASSERT(again.events == events);
}

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(frame) {
  using namespace kith;
  using namespace kith::fuzz;
  Input given(input);
  const std::uint8_t how = given.byte();
  const std::uint64_t seed = given.byte() * 0x9E37'79B9u + 1;
  FrameDecoder::Limits limits;
  if ((how & 1) != 0) limits = {.message_bytes_max = 80, .fragments_max = 4};
  const std::string stream = (how & 2) != 0 ? framed(given) : std::string(given.rest());

  const FrameStream expected = read_frames(stream, limits);
  const auto whole = decode(stream, {stream.size()}, 0, limits);
  compare(whole, expected, limits);
  const auto cut = decode(stream, cuts(stream.size(), seed), (how & 4) != 0 ? 64 : 0, limits);
  compare(cut, expected, limits);
  KITH_ASSERT(cut.failure == whole.failure);
  round_trip(whole.events);

  const CommandOracle oracle((how & 8) != 0);
  for (const FrameEvent& event : whole.events) {
    if (event.opcode != Opcode::text) continue;
    for_each_line(event.payload, [&](std::string_view line) { return oracle.check(line); });
  }
}
