// The hub's part of a fan-out: what a channel says in a turn, to everybody who listens. Without the
// system calls, which are most of it in a running server (ARCHITECTURE 2.6).
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "bench/micro/samples.h"
#include "engine/board_json.h"
#include "engine/context.h"
#include "engine/hub.h"
#include "gateway/outbound.h"

namespace kith::micro {
namespace {

class NoBus final : public Bus {
 public:
  void follow(const ChannelId&) override {}
  void unfollow(const ChannelId&) override {}
  void publish(BusEventPtr) override {}
  bool reaches_others() const override { return false; }
  void flush() override {}
  bool ill() const override { return false; }
};

// A port that the hub holds and never calls: storage of its size, in which none was ever made.
template <typename Port>
class Uncalled {
 public:
  Port& port() { return reinterpret_cast<Port&>(storage_); }

 private:
  alignas(Port) std::array<std::byte, sizeof(Port)> storage_{};
};

// As the gateway's session: a chunk that is all there is to write stays where it is until the end
// of the turn, and goes into a block of the socket's own where the socket does not take it.
class Sink final : public SessionSink {
 public:
  Sink(BlockPool& pool, bool socket_full) : outbound_(pool), socket_full_(socket_full) {}

  void write(std::string_view frames, std::uint32_t) override {
    hold_chunk();
    queued_bytes_ += frames.size();
    outbound_.append(frames);
  }
  void write_shared(const std::shared_ptr<const std::string>& frames, std::uint32_t) override {
    queued_bytes_ += frames->size();
    if (outbound_.empty() && chunk_ == nullptr) {
      chunk_ = &frames;
      return;
    }
    hold_chunk();
    outbound_.append(frames);
  }
  void identified(const UserId&) override {}
  void close(CloseCode, std::string_view) override {}
  void set_reading(bool) override {}

  // The end of the turn; how many bytes there were.
  std::size_t take() {
    if (socket_full_) hold_chunk();
    chunk_ = nullptr;
    outbound_.clear();
    return std::exchange(queued_bytes_, 0);
  }

 private:
  void hold_chunk() {
    if (chunk_ == nullptr) return;
    outbound_.append(*chunk_);
    chunk_ = nullptr;
  }

  Outbound outbound_;
  const std::shared_ptr<const std::string>* chunk_ = nullptr;
  bool socket_full_;
};

struct Listener {
  Listener(BlockPool& pool, bool socket_full) : sink(pool, socket_full) { session.sink = &sink; }
  Sink sink;
  Session session;
  Subscription subscription;
};

struct Audience {
  Audience(std::size_t listeners, bool sockets_full) {
    Channel& heard = hub.obtain(ChatId{sample_uuid(1)});
    heard.sequencer.open(0);
    for (std::size_t i = 0; i < listeners; ++i) {
      auto& listener = *everybody.emplace_back(std::make_unique<Listener>(pool, sockets_full));
      listener.session.ref = {.slot = static_cast<std::uint32_t>(i), .generation = 1};
      listener.subscription.session = &listener.session;
      listener.subscription.channel = &heard;
      hub.add_member(listener.subscription);
      hub.join(listener.subscription);
    }
    channel = &heard;
  }

  Uncalled<EventLog> log;
  Uncalled<Chats> chats;
  Uncalled<PresenceRegistry> presence;
  Uncalled<Authenticator> authenticator;
  Uncalled<SocketQuota> sockets;
  NoBus bus;
  Context context{{.log = log.port(),
                   .chats = chats.port(),
                   .bus = bus,
                   .presence = presence.port(),
                   .authenticator = authenticator.port(),
                   .sockets = sockets.port()},
                  {}};
  BlockPool pool;
  std::vector<std::unique_ptr<Listener>> everybody;
  Hub hub{context};
  Channel* channel = nullptr;
};

Sequenced sample_message(Seq seq) {
  auto event = std::make_shared<BusEvent>();
  event->event = message_event(64, seq);
  event->channel = event->event.channel;
  event->seq = seq;
  append_event_frame(event->frame, event->event);
  return {.event = std::move(event), .origin = std::nullopt, .ack = {}};
}

// leaderboard.updated, as many ranks of which have changed.
std::string board_frame(std::size_t ranks) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("type", "leaderboard.updated");
  json.field("channel", ChannelId(IdKind::board, sample_uuid(1)));
  json.field("revision", 100'091).field("base", 100'090).field("total", 1'000'000);
  json.key("entries").begin_array();
  for (std::size_t rank = 1; rank <= ranks; ++rank) {
    write_board_entry(json, {.rank = rank, .user = UserId{sample_uuid(rank)}, .score = 98'000});
  }
  json.end_array().end_object();
  std::string frame;
  append_text_frame(frame, text);
  return frame;
}

void fan_out(benchmark::State& state, bool sockets_full) {
  const auto listeners = static_cast<std::size_t>(state.range(0));
  const auto messages = static_cast<std::size_t>(state.range(1));
  Audience audience(listeners, sockets_full);
  std::vector<Sequenced> turn;
  std::size_t turn_bytes = 0;
  for (Seq seq = 1; seq <= messages; ++seq) {
    turn.push_back(sample_message(seq));
    turn_bytes += turn.back().event->frame.size();
  }
  std::size_t taken = 0;
  for (auto _ : state) {
    audience.hub.begin_turn(false);
    for (const Sequenced& item : turn) audience.hub.say_durable(*audience.channel, item);
    audience.hub.flush();
    for (auto& listener : audience.everybody) taken += listener->sink.take();
  }
  const auto turns = static_cast<std::size_t>(state.iterations());
  if (taken != turns * listeners * turn_bytes) state.SkipWithError("somebody got something else");
  state.SetItemsProcessed(static_cast<std::int64_t>(turns * listeners * messages));
  state.SetBytesProcessed(static_cast<std::int64_t>(taken));
}

// Items are deliveries.
void fan_out_sent(benchmark::State& state) {
  fan_out(state, false);
}
BENCHMARK(fan_out_sent)->ArgNames({"listeners", "messages"})->ArgsProduct({{1000, 5000}, {1, 16}});

// A live leaderboard: one state event of some ranks that have changed.
void fan_out_board(benchmark::State& state) {
  const auto watchers = static_cast<std::size_t>(state.range(0));
  Audience audience(watchers, false);
  const std::string frame = board_frame(static_cast<std::size_t>(state.range(1)));
  std::size_t taken = 0;
  for (auto _ : state) {
    audience.hub.begin_turn(false);
    audience.hub.say(*audience.channel, frame, Tier::state, 7);
    audience.hub.flush();
    for (auto& listener : audience.everybody) taken += listener->sink.take();
  }
  const auto turns = static_cast<std::size_t>(state.iterations());
  if (taken != turns * watchers * frame.size()) state.SkipWithError("somebody got something else");
  state.counters["frame_bytes"] = static_cast<double>(frame.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(turns * watchers));
  state.SetBytesProcessed(static_cast<std::int64_t>(taken));
}
BENCHMARK(fan_out_board)
    ->ArgNames({"watchers", "ranks"})
    ->ArgsProduct({{10'000}, {2, 10, 100}})
    ->Unit(benchmark::kMicrosecond);

void fan_out_queued(benchmark::State& state) {
  fan_out(state, true);
}
BENCHMARK(fan_out_queued)
    ->ArgNames({"listeners", "messages"})
    ->ArgsProduct({{1000, 5000}, {1, 16}});

}  // namespace
}  // namespace kith::micro
