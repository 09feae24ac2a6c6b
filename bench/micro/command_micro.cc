// From the text of a frame to a command.
#include <benchmark/benchmark.h>

#include "bench/micro/samples.h"
#include "protocol/command.h"

namespace kith::micro {
namespace {

// `text` holds `commands` of them, an object per line.
void parse(benchmark::State& state, const std::string& text, std::int64_t commands) {
  CommandParser parser;
  std::int64_t good = 0;
  for (auto _ : state) {
    for_each_line(text, [&](std::string_view line) {
      auto frame = parser.parse(line);
      if (frame && frame->command) ++good;
      benchmark::DoNotOptimize(frame);
      return true;
    });
  }
  if (good != state.iterations() * commands) state.SkipWithError("a command was refused");
  state.SetItemsProcessed(good);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void parse_message_new(benchmark::State& state) {
  parse(state, message_new_command(static_cast<std::size_t>(state.range(0))), 1);
}
BENCHMARK(parse_message_new)->ArgName("text")->Arg(64)->Arg(1024)->Arg(8000);

void parse_subscribe(benchmark::State& state) {
  parse(state, subscribe_command(), 1);
}
BENCHMARK(parse_subscribe);

void parse_typing(benchmark::State& state) {
  parse(state, typing_command(), 1);
}
BENCHMARK(parse_typing);

void parse_several_per_frame(benchmark::State& state) {
  const std::int64_t commands = state.range(0);
  std::string text;
  for (std::int64_t i = 0; i < commands; ++i) text += message_new_command(64) + '\n';
  parse(state, text, commands);
}
BENCHMARK(parse_several_per_frame)->ArgName("commands")->Arg(4)->Arg(32);

}  // namespace
}  // namespace kith::micro
