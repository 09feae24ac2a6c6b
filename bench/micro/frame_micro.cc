// The frame codec: what every byte from a client and every frame to it costs before anybody looks
// at what it says.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "bench/micro/samples.h"
#include "protocol/frame.h"

namespace kith::micro {
namespace {

constexpr std::size_t kSlack = 64;

class Taker final : public FrameDecoder::Handler {
 public:
  bool on_message(Opcode, std::string_view payload, bool) override {
    benchmark::DoNotOptimize(payload.data());
    ++messages;
    return true;
  }
  bool on_ping(std::string_view) override { return true; }
  bool on_pong(std::string_view) override { return true; }
  bool on_close(std::optional<std::uint16_t>, std::string_view) override { return true; }

  std::size_t messages = 0;
};

// Feeds `wire` in reads of at most `read_bytes`. The decoder unmasks in place, so each read begins
// with a copy, as it does in the kernel.
void decode(benchmark::State& state, const std::string& wire, std::size_t frames,
            std::size_t read_bytes) {
  std::vector<char> buffer(std::min(read_bytes, wire.size()) + kSlack);
  FrameDecoder decoder;
  Taker taker;
  for (auto _ : state) {
    for (std::size_t at = 0; at < wire.size(); at += read_bytes) {
      const std::size_t bytes = std::min(read_bytes, wire.size() - at);
      std::memcpy(buffer.data(), wire.data() + at, bytes);
      const auto outcome = decoder.feed({buffer.data(), bytes}, kSlack, taker);
      if (outcome != FrameDecoder::Outcome::more) state.SkipWithError("the decoder refused");
    }
  }
  const auto expected = static_cast<std::size_t>(state.iterations()) * frames;
  if (taker.messages != expected) state.SkipWithError("frames are missing");
  state.SetItemsProcessed(static_cast<std::int64_t>(taker.messages));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}

// Small frames, so many in one read.
void decode_small(benchmark::State& state) {
  const auto frames = static_cast<std::size_t>(state.range(0));
  std::string wire;
  for (std::size_t i = 0; i < frames; ++i) {
    wire += masked_frame(Opcode::text, message_new_command(64));
  }
  decode(state, wire, frames, wire.size());
}
BENCHMARK(decode_small)->ArgName("frames_per_read")->Arg(1)->Arg(16)->Arg(256);

void decode_binary_small(benchmark::State& state) {
  const std::string wire = masked_frame(Opcode::binary, message_new_command(64));
  decode(state, wire, 1, wire.size());
}
BENCHMARK(decode_binary_small);

// The biggest frame there may be, in one read or in pieces.
void decode_64k(benchmark::State& state) {
  const std::string wire = masked_frame(Opcode::text, sample_text(64 * 1024));
  decode(state, wire, 1,
         state.range(0) == 0 ? wire.size() : static_cast<std::size_t>(state.range(0)));
}
BENCHMARK(decode_64k)->ArgName("read_bytes")->Arg(0)->Arg(16 * 1024)->Arg(1448);

void decode_64k_unicode(benchmark::State& state) {
  const std::string wire = masked_frame(Opcode::text, sample_unicode_text(64 * 1024));
  decode(state, wire, 1, wire.size());
}
BENCHMARK(decode_64k_unicode);

void encode_header(benchmark::State& state) {
  const auto payload_bytes = static_cast<std::size_t>(state.range(0));
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_frame_header(out, Opcode::text, payload_bytes);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_header)->ArgName("payload")->Arg(100)->Arg(1000)->Arg(100'000);

void validate_utf8(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    Utf8Validator validator;
    bool valid = validator.feed(text) && validator.complete();
    benchmark::DoNotOptimize(valid);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
void utf8_ascii(benchmark::State& state) {
  validate_utf8(state, sample_text(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(utf8_ascii)->ArgName("bytes")->Arg(128)->Arg(4096)->Arg(65536);
void utf8_unicode(benchmark::State& state) {
  validate_utf8(state, sample_unicode_text(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(utf8_unicode)->ArgName("bytes")->Arg(128)->Arg(4096)->Arg(65536);

}  // namespace
}  // namespace kith::micro
