// The wall clock jumps (RELIABILITY F25): what lasts a while is on the monotonic clock and does not
// notice; order and numbers are not made of time; a token is as good as the wall clock says, with
// its leeway.
#include <algorithm>

#include "tests/chaos/faulty_host.h"
#include "tests/chaos/survivors.h"
#include "tests/support/bench_run.h"

namespace kith::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

// A turn of the shard that began before the clock was set right refuses the token by its own time;
// `refused` counts these.
std::uint64_t head_of(Survivors& survivors, std::size_t& refused) {
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    try {
      return head_of(survivors.server(), survivors.user(), survivors.chat());
    } catch (const std::runtime_error&) {
      ++refused;
      if (Clock::now() > deadline) throw;
    }
  }
}

// The server has closed no socket, of whatever code, but those of our own looks that it refused;
// and none of the writers has lost its connection in another way.
void check_nobody_was_closed(Survivors& survivors, std::size_t refused_looks) {
  const double all = metric(survivors.server(), "kith_websocket_closes_total");
  const double tokens = metric(survivors.server(), R"(kith_websocket_closes_total{code="4500"})");
  CHECK(all - tokens == 0);
  CHECK(tokens <= static_cast<double>(refused_looks));
  CHECK(std::ranges::all_of(survivors.clients(),
                            [](const auto& client) { return client->connected(); }));
}

TEST_CASE("the wall clock jumps by hours and days: order, numbers and connections do not notice") {
  FaultyHost host;
  Survivors survivors(
      {.clients = 3,
       .in_flight = 10,
       .settings = {"shards=2", "gateway.ping_interval_s=1", "gateway.ping_timeout_s=2"}});
  CHECK(survivors.server().terminate() == 0);
  survivors.restart(host.launch(survivors.server().data()));
  survivors.connect();
  survivors.write();
  std::size_t refused_looks = 0;
  for (const std::int64_t jump : {kHour, -kHour, kDay, -kDay, -2 * kSecond, 2 * kSecond}) {
    const std::uint64_t before = head_of(survivors, refused_looks);
    host.set(&fault_control::wall_offset_ns, jump);
    std::uint64_t after = before;
    const auto deadline = Clock::now() + kPatience;
    // A hundred more messages, or it has stopped: pings and their timeouts among them.
    while (after < before + 100 && Clock::now() < deadline) {
      std::this_thread::sleep_for(300ms);
      host.set(&fault_control::wall_offset_ns, 0);  // for the look's own token
      after = head_of(survivors, refused_looks);
      host.set(&fault_control::wall_offset_ns, jump);
    }
    CHECK(after >= before + 100);
    host.set(&fault_control::wall_offset_ns, 0);
  }
  survivors.stop();
  check_nobody_was_closed(survivors, refused_looks);
  survivors.finish();
  CHECK(survivors.server().terminate() == 0);
}

TEST_CASE("rates and deadlines are on the monotonic clock") {
  FaultyHost host;
  TestServer server({"shards=1", "limits.messages_per_minute=20", "gateway.init_timeout_s=2",
                     "gateway.drain_s=0"});
  const Room room = make_room(server, 2);
  CHECK(server.terminate() == 0);
  server.launch_with(host.launch(server.data()));
  server.start();
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  std::size_t limited = 0;
  for (int i = 0; i < 40; ++i) {
    host.set(&fault_control::wall_offset_ns, i % 2 == 0 ? kDay : -kDay);
    limited +=
        socket.ask(message(room.chat, std::to_string(i), "text"))["code"].text() == "rate_limited";
  }
  host.heal();
  CHECK(limited >= 15);
  CHECK(limited <= 20);
  // Who says nothing is waited for as long as ever.
  const auto begun = Clock::now();
  WsClient silent(server.port());
  host.set(&fault_control::wall_offset_ns, kDay);
  CHECK(silent.wait_close() == 4502);
  CHECK(Clock::now() - begun >= 1s);
  CHECK(Clock::now() - begun < kPatience);
}

TEST_CASE("a token is good by the wall clock: a minute before its time, not a second behind") {
  FaultyHost host;
  TestServer server({"auth.access_minutes=15"});
  const User user = server.sign_up();
  CHECK(server.terminate() == 0);
  server.launch_with(host.launch(server.data()));
  server.start();
  // A shard looks at the clock once a turn: what comes in the turn of the jump is answered by the
  // time before it.
  const auto answers = [&](std::int64_t offset, int status) {
    host.set(&fault_control::wall_offset_ns, offset);
    const auto deadline = Clock::now() + kPatience;
    int last = 0;
    do {
      last = server.http().get("/chats", user.token).status;
    } while (last != status && Clock::now() < deadline);
    host.set(&fault_control::wall_offset_ns, 0);
    return last == status;
  };
  CHECK(answers(0, 200));
  CHECK(answers(14 * 60 * kSecond, 200));
  CHECK(answers(15 * 60 * kSecond + kSecond, 401));  // no leeway there
  CHECK(answers(0, 200));
  CHECK(answers(kDay, 401));
  CHECK(answers(-30 * kSecond, 200));  // issued in the future, within the leeway
  CHECK(answers(-kHour, 401));
  CHECK(answers(0, 200));
}

TEST_CASE("summer time is no jump: the server's time zone changes nothing") {
  FaultyHost host;
  TestServer server;
  const Room room = make_room(server, 2);
  CHECK(server.terminate() == 0);
  auto launch = host.launch(server.data());
  launch.environment.emplace_back("TZ", "Europe/Berlin");
  server.launch_with(launch);
  server.start();
  const User user = server.log_in(room.users[0]);
  // 2027-03-28 and 2027-10-31 at 00:59:59 UTC: a second later the local clock jumps.
  for (const std::int64_t edge : {1'806'195'599LL, 1'824'944'399LL}) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    WsClient socket = connect_to(server, user, {room.chat});
    std::vector<std::string> times;
    for (const int second : {0, 2}) {
      host.set(&fault_control::wall_offset_ns, (edge - now + second) * kSecond);
      const auto id = std::to_string(edge) + '-' + std::to_string(second);
      times.push_back(say(socket, room.chat, id, "text")["sent_at"].text());
    }
    host.set(&fault_control::wall_offset_ns, 0);
    CHECK(times[0].substr(11, 5) == "00:59");
    CHECK(times[1].substr(11, 5) == "01:00");
  }
}

}  // namespace
}  // namespace kith::test
