// kill -9 in the middle of everything, again and again (RELIABILITY F1 to F3; invariants I1, I2, I4
// and I5): at random moments, and in the windows between a commit, its ack and its fan-out. Nothing
// that was acked is lost, doubled or renumbered, be it a message, an edit or a deletion, every
// history shows it, and every retry is answered with the original.
//
// KITH_CYCLES=1000 for a night; KITH_CHAOS_SEED repeats a run's choices.
#include <signal.h>

#include "tests/chaos/survivors.h"
#include "tests/support/await.h"
#include "tests/support/bench_run.h"
#include "tests/support/sanitized.h"

namespace kith::test {
namespace {

constexpr std::size_t kCyclesPerRound = 15;
constexpr auto kWindowPatience = 60s;
// More than what all clients repeat of what they have acks for.
constexpr double kForgotten = 300;

// In flight at each kill, on average. The goal of 200 (RELIABILITY 4) is the long form's, and of a
// build that is fast enough for it: at any moment some have been answered and are not yet followed
// by others, the more the less the clients get to run.
std::size_t interrupted_min() {
#ifdef __OPTIMIZE__
  if (long_form() && !kSanitized) return 200;
#endif
  return 10;
}

TEST_CASE("kill -9 at any moment under load: nothing acked is lost, doubled or renumbered") {
  const std::size_t cycles = from_environment("KITH_CYCLES", 30);
  const std::uint64_t seed = chaos_seed();
  INFO("KITH_CHAOS_SEED=", seed);
  std::mt19937_64 random(seed);
  std::size_t done = 0;
  std::size_t acked = 0;
  std::size_t interrupted = 0;
  std::size_t unknown = 0;
  std::size_t changed = 0;
  std::size_t read = 0;
  // A round is a server and a history of its own, so that a night's run stays small.
  while (done < cycles) {
    Survivors survivors({.in_flight = 96, .changes = true});
    for (std::size_t i = 0; i < kCyclesPerRound && done < cycles; ++i, ++done) {
      CAPTURE(done);
      survivors.connect();
      survivors.write();
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 230));  // the fault's
      survivors.server().kill();
      survivors.join();
      interrupted += survivors.unanswered();
      survivors.restart({});
    }
    const Verdict verdict = survivors.finish();
    acked += verdict.acked;
    unknown += verdict.unknown;
    changed += survivors.changed();
    read += survivors.read();
  }
  CHECK(interrupted >= interrupted_min() * cycles);
  CHECK(changed > 0);
  CHECK(read > 0);
  MESSAGE(cycles, " cycles, ", acked, " acked, ", changed, " edits and deletions, ", read,
          " histories, ", interrupted, " in flight when it died, ", unknown, " never answered");
}

struct Window {
  std::string point;
  std::string action;
  std::size_t first;   // times that the point is passed before it may happen,
  std::size_t spread;  // and about this many more
  std::size_t text_bytes = 0;
};

const std::vector<Window> kWindows = {
    {.point = "before_commit", .action = "kill", .first = 20, .spread = 60},
    {.point = "after_commit", .action = "kill", .first = 20, .spread = 60},
    // The acks have gone out, or are going, and the other shard has not yet heard.
    {.point = "before_publish", .action = "late_kill", .first = 20, .spread = 60},
    // Some of a shard's sessions have been written to, others not.
    {.point = "between_flushes", .action = "kill", .first = 100, .spread = 100},
    {.point = "in_checkpoint", .action = "kill", .first = 1, .spread = 2, .text_bytes = 2000},
    {.point = "after_checkpoint", .action = "kill", .first = 1, .spread = 2, .text_bytes = 2000},
};

TEST_CASE("killed between commit, ack and fan-out: a retry gets the same seq") {
  const std::size_t cycles = from_environment("KITH_CYCLES", 30) / 10;
  const std::uint64_t seed = chaos_seed();
  INFO("KITH_CHAOS_SEED=", seed);
  std::mt19937_64 random(seed);
  for (const Window& window : kWindows) {
    CAPTURE(window.point);
    // Where content goes the log is cut to nothing soon (wal_wipe.h), and may never have grown to
    // what a checkpoint of its size waits for.
    const bool checkpoint = window.text_bytes > 0;
    // So many that they are never all on one of the two shards: nothing would be published then.
    Survivors survivors(
        {.clients = 16, .in_flight = 16, .text_bytes = window.text_bytes, .changes = !checkpoint});
    CHECK(survivors.server().terminate() == 0);
    std::size_t interrupted = 0;
    for (std::size_t i = 0; i < cycles; ++i) {
      const std::size_t when = window.first + random() % window.spread;
      if (survivors.restart_and_write(
              failing_at(window.point + ':' + window.action + ':' + std::to_string(when)))) {
        CHECK(survivors.server().process().wait(kWindowPatience) == 128 + SIGKILL);
        survivors.join();
      }
      interrupted += survivors.unanswered();
      survivors.restart({});
    }
    const Verdict verdict = survivors.finish();
    CHECK(interrupted > 0);
    MESSAGE(window.point, ": ", cycles, " cycles, ", verdict.acked, " acked");
  }
}

// The control of those above: where what was acked is gone, their clients and the checker say so.
TEST_CASE("a store that comes back without what it had acked is found out") {
  Survivors survivors({.in_flight = 20});
  survivors.server().kill();
  survivors.keep_store();
  survivors.restart({});
  survivors.connect();
  survivors.write();
  CHECK(await_condition(Clock::now() + kWindowPatience, 5ms, [&] {
    return metric(survivors.server(), "kith_storage_messages_total") >= kForgotten;
  }));
  survivors.stop();
  survivors.server().kill();
  survivors.put_store_back();
  survivors.restart({});
  const Verdict verdict = check(survivors.end());
  INFO(to_text(verdict));
  CHECK(verdict.broke("C1"));
}

TEST_CASE("killed after the commit and before the ack: the message is there, once") {
  TestServer server({"shards=1", "limits.messages_per_minute=0"});
  const Room room = make_room(server, 2);
  CHECK(server.terminate() == 0);
  server.launch_with(failing_at("after_commit:kill:10"));
  server.start();
  std::size_t tried = 0;
  std::string lost;
  {
    WsClient socket(server.port());
    socket.send(init_frame(room.users[0]));
    socket.expect("connection.ready");
    try {
      for (;; ++tried) {
        lost = "sent-" + std::to_string(tried);
        say(socket, room.chat, lost, "text");
      }
    } catch (const Disconnected&) {
      CHECK(server.process().wait() == 128 + SIGKILL);
    }
  }
  server.launch_with({});
  server.start();
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  const Json retried = say(socket, room.chat, lost, "text");
  CHECK(retried["duplicate"].flag());
  const Json next = say(socket, room.chat, "next", "text");
  CHECK(next["seq"].number() == retried["seq"].number() + 1);
  CHECK_FALSE(next["duplicate"].flag());
}

}  // namespace
}  // namespace kith::test
