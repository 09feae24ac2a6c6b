// From a committed event to the bytes that its subscribers get; and what is in every one of them:
// ids.
#include <benchmark/benchmark.h>

#include "bench/histogram.h"
#include "bench/micro/samples.h"
#include "bench/workload.h"
#include "protocol/event.h"

namespace kith::micro {
namespace {

template <typename Append>
void append_all(benchmark::State& state, Append&& append) {
  std::string out;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    out.clear();
    append(out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    bytes += static_cast<std::int64_t>(out.size());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(bytes);
}

void encode_message(benchmark::State& state) {
  const DurableEvent event = message_event(static_cast<std::size_t>(state.range(0)), 42);
  append_all(state, [&](std::string& out) { append_event_frame(out, event); });
}
BENCHMARK(encode_message)->ArgName("text")->Arg(64)->Arg(1024)->Arg(8000);

void encode_reaction(benchmark::State& state) {
  DurableEvent event = message_event(0, 42);
  event.type = EventType::reaction_add;
  event.content.clear();
  event.client_message_id.clear();
  event.emoji = "👍";
  append_all(state, [&](std::string& out) { append_event_frame(out, event); });
}
BENCHMARK(encode_reaction);

void encode_ack(benchmark::State& state) {
  const DurableEvent event = message_event(64, 42);
  const Ack ack{.id = "17",
                .chat = event.channel.chat(),
                .message = event.message,
                .client_message_id = event.client_message_id,
                .seq = event.seq,
                .sent_at = event.at};
  append_all(state, [&](std::string& out) { append_ack_json(out, ack); });
}
BENCHMARK(encode_ack);

void encode_id(benchmark::State& state) {
  const ChatId id{sample_uuid(1)};
  append_all(state, [&](std::string& out) { id.append_to(out); });
}
BENCHMARK(encode_id);

void decode_id(benchmark::State& state) {
  const std::string text = ChatId{sample_uuid(1)}.text();
  for (auto _ : state) {
    std::string_view given = text;
    benchmark::DoNotOptimize(given);
    auto id = ChatId::parse(given);
    if (!id) state.SkipWithError("no id");
    benchmark::DoNotOptimize(id);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decode_id);

void make_uuid(benchmark::State& state) {
  std::uint64_t seed = 0;
  UuidGenerator generator([&seed] { return bench::mix_bits(++seed); });
  const WallTime now(std::chrono::milliseconds(1'790'000'000'123));
  for (auto _ : state) {
    auto uuid = generator.next(now);
    benchmark::DoNotOptimize(uuid);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(make_uuid);

// The load client's own: once per delivery that it measures.
void record_latency(benchmark::State& state) {
  std::vector<std::chrono::nanoseconds> latencies;
  for (std::uint64_t i = 0; i < 1024; ++i) {
    latencies.emplace_back(static_cast<std::int64_t>(bench::mix_bits(i) % 50'000'000));
  }
  bench::Histogram histogram;
  std::size_t next = 0;
  for (auto _ : state) histogram.record(latencies[next++ % latencies.size()]);
  benchmark::DoNotOptimize(histogram);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(record_latency);

}  // namespace
}  // namespace kith::micro
