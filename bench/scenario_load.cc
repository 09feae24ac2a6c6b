// rooms, broadcast, sends and idle: a crowd, one load, a drain.
#include "bench/scenarios.h"

namespace kith::bench {
namespace {

Load load_of(const Run& run, const RunOptions& options) {
  return {.start = {},
          .open_loop = {.per_second = options.in_flight > 0 ? 0 : options.messages_per_second,
                        .duration = options.duration,
                        .ramp = options.ramp},
          .chats = run.crowd().chats(),
          .sender = Sender::any_member,
          .mix = options.mix,
          .breaks_per_second = options.breaks_per_second,
          .window = LoadClient::Window::none,
          .in_flight = options.in_flight};
}

ConnectPace pace_of(const RunOptions& options) {
  return {.per_second = options.connects_per_second};
}

Crowd followers(const Seed& seed, const RunOptions& options) {
  Crowd crowd = Crowd::everybody(seed, options.connections, true);
  crowd.require_shared();
  return crowd;
}

void measure(Run& run, const RunOptions& options, Load load) {
  run.start(std::move(load));
  run.begin_measuring();
  run.watch(options.duration);
  run.end_measuring();
}

// Where everybody in a chat is of another user than its publisher, each message lands with all of
// them; where nobody else is there, its ack must do.
bool expect_landings(Run& run) {
  bool all = true;
  for (const std::size_t chat : run.crowd().chats()) {
    const auto& members = run.crowd().of_chat(chat);
    const std::size_t publisher = run.crowd().clients()[members.front()].user;
    std::uint32_t receivers = 0;
    for (const std::size_t member : members) {
      receivers += run.crowd().clients()[member].user == publisher ? 0 : 1;
    }
    if (receivers == 0) all = false;
    run.flights().expect(chat, receivers);
  }
  return all;
}

}  // namespace

Report run_rooms(const Seed& seed, const RunOptions& options) {
  Run run("rooms", seed, followers(seed, options), options);
  if (run.connect(pace_of(options))) {
    measure(run, options, load_of(run, options));
    run.drain();
  }
  return run.finish();
}

Report run_broadcast(const Seed& seed, const RunOptions& options) {
  if (options.club) return run_club_broadcast(seed, options);
  Run run("broadcast", seed, followers(seed, options), options);
  Load load = load_of(run, options);
  load.sender = Sender::first_member;
  if (options.in_flight > 0) {
    load.window = expect_landings(run) ? LoadClient::Window::landed : LoadClient::Window::acked;
  }
  if (run.connect(pace_of(options))) {
    measure(run, options, std::move(load));
    run.drain();
  }
  return run.finish();
}

Report run_sends(const Seed& seed, const RunOptions& options) {
  Run run("sends", seed, Crowd::everybody(seed, options.connections, false), options);
  run.expect_no_deliveries();
  Load load = load_of(run, options);
  if (options.in_flight > 0) load.window = LoadClient::Window::acked;
  if (run.connect(pace_of(options))) {
    measure(run, options, std::move(load));
    if (run.drain()) {
      run.verifying();
      for (const std::size_t chat : run.crowd().chats()) {
        const Seq first = run.heads().first(chat);
        if (first == 0) continue;
        run.with_client(run.crowd().of_chat(chat).front(),
                        [chat, first](LoadClient& client) { client.inspect(chat, first - 1); });
      }
      run.drain();
    }
  }
  return run.finish();
}

Report run_idle(const Seed& seed, const RunOptions& options) {
  Run run("idle", seed, followers(seed, options), options);
  if (run.connect(pace_of(options))) {
    Load load = load_of(run, options);
    load.open_loop = {};
    run.start(load);  // only so that the live lines begin
    run.begin_measuring();
    const bool silent_to_its_end = run.watch(options.duration);
    run.end_measuring();
    // What a run sends that does not wait any more is nobody's to answer.
    if (silent_to_its_end) {
      for (const std::size_t chat : run.crowd().chats()) {
        run.with_client(run.crowd().of_chat(chat).front(), [chat](LoadClient& client) {
          client.act(Action::send, chat, mix_bits(chat), Clock::now());
        });
      }
      run.drain();
    }
  }
  return run.finish();
}

}  // namespace kith::bench
