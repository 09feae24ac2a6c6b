// Putting a channel's events in order, as they come from the bus.
#include "engine/sequencer.h"

#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/micro/samples.h"

namespace kith::micro {
namespace {

constexpr Seq kEvents = 1'000;

std::vector<BusEventPtr> in_order() {
  std::vector<BusEventPtr> events;
  for (Seq seq = 1; seq <= kEvents; ++seq) {
    auto event = std::make_shared<BusEvent>();
    event->seq = seq;
    event->event = message_event(64, seq);
    append_event_frame(event->frame, event->event);
    events.push_back(std::move(event));
  }
  return events;
}

void sequence(benchmark::State& state, const std::vector<BusEventPtr>& arriving) {
  for (auto _ : state) {
    Sequencer sequencer;
    sequencer.open(0);
    for (const BusEventPtr& event : arriving) {
      Sequenced item{.event = event, .origin = std::nullopt, .ack = {}};
      benchmark::DoNotOptimize(sequencer.offer(item));
      while (auto ready = sequencer.take_ready()) benchmark::DoNotOptimize(ready->event);
    }
    if (sequencer.delivered() != kEvents) state.SkipWithError("not everything came out");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(arriving.size()));
}

void sequence_in_order(benchmark::State& state) {
  sequence(state, in_order());
}
BENCHMARK(sequence_in_order);

// Every tenth is overtaken by so many others: a hole, and those behind it wait.
void sequence_late(benchmark::State& state) {
  auto events = in_order();
  const auto late_by = static_cast<std::size_t>(state.range(0));
  for (std::size_t i = 0; i + late_by < events.size();
       i += std::max<std::size_t>(10, late_by + 1)) {
    const auto from = events.begin() + static_cast<std::ptrdiff_t>(i);
    std::rotate(from, from + 1, from + static_cast<std::ptrdiff_t>(late_by) + 1);
  }
  sequence(state, events);
}
BENCHMARK(sequence_late)->ArgName("late_by")->Arg(1)->Arg(8)->Arg(500);

// Everything twice: the bus and the look at the log both brought it.
void sequence_repeats(benchmark::State& state) {
  std::vector<BusEventPtr> arriving;
  for (const BusEventPtr& event : in_order()) arriving.insert(arriving.end(), 2, event);
  sequence(state, arriving);
}
BENCHMARK(sequence_repeats);

}  // namespace
}  // namespace kith::micro
