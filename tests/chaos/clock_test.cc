// The wall clock jumps (RELIABILITY F25): what lasts a while is on the monotonic clock and does not
// notice; order and numbers are not made of time; a token is as good as the wall clock says, with
// its leeway.
#include <algorithm>
#include <thread>

#include "tests/chaos/faulty_host.h"
#include "tests/chaos/survivors.h"
#include "tests/support/await.h"
#include "tests/support/bench_run.h"

namespace kith::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

// In which a ping goes unanswered, and its timeout passes; and what any other timer of a second or
// two had to do.
constexpr auto kHeldAtLeast = 3s;
constexpr int kPingTimedOut = 4004;
constexpr const char* kCommitted = "kith_storage_messages_total";

// A turn of the shard that began before the clock was set right refuses the token by its own time;
// `refused` counts these.
WsClient connect_by_right_time(Survivors& survivors, std::size_t& refused) {
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    try {
      return connect(survivors.server(), survivors.user());
    } catch (const std::runtime_error&) {
      ++refused;
      if (Clock::now() > deadline) throw;
    }
  }
}

// Says nothing and answers pings, in a thread of its own.
class Idle {
 public:
  explicit Idle(WsClient socket) : socket_(std::move(socket)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
  }
  // What has ended it; nothing where it stands to the end.
  std::string leave() {
    thread_.request_stop();
    thread_.join();
    return ended_;
  }

 private:
  void listen(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      try {
        socket_.next(50ms);
      } catch (const DeadlinePassed&) {
        // Nothing, or a ping.
      } catch (const std::runtime_error& error) {
        ended_ = error.what();
        return;
      }
    }
  }

  WsClient socket_;
  std::string ended_;
  std::jthread thread_;  // last: it uses the others
};

// The server has closed so many sockets because they answered no ping, and of the others none, of
// whatever code, but those of our own that it refused; and none of the writers has lost its
// connection in another way.
void check_closed(Survivors& survivors, std::size_t deaf, std::size_t refused) {
  const auto closes = [&](const std::string& code) {
    return metric(survivors.server(), "kith_websocket_closes_total" + code);
  };
  // A shard tells of itself once a second.
  CHECK(await_condition(Clock::now() + kPatience, 20ms,
                        [&] { return closes(R"({code="4004"})") >= static_cast<double>(deaf); }));
  const double all = closes({});
  const double tokens = closes(R"({code="4500"})");
  CHECK(closes(R"({code="4004"})") == static_cast<double>(deaf));
  CHECK(all - tokens == static_cast<double>(deaf));
  CHECK(tokens <= static_cast<double>(refused));
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
  std::size_t refused = 0;
  Idle idle(connect_by_right_time(survivors, refused));
  survivors.write();
  std::size_t deaf_ones = 0;
  for (const std::int64_t jump : {kHour, -kHour, kDay, -kDay, -2 * kSecond, 2 * kSecond}) {
    CAPTURE(jump);
    WsClient deaf = connect_by_right_time(survivors, refused);
    deaf.answer_pings(false);
    const double before = metric(survivors.server(), kCommitted);
    host.set(&fault_control::wall_offset_ns, jump);
    const auto held = Clock::now();
    // A timer that goes by the wall clock has hours to wait, or none.
    CHECK(deaf.wait_close() == kPingTimedOut);
    ++deaf_ones;
    CHECK(await_condition(held + 2 * kPatience, 20ms, [&] {
      return Clock::now() - held > kHeldAtLeast &&
             metric(survivors.server(), kCommitted) >= before + 100;
    }));
    host.set(&fault_control::wall_offset_ns, 0);
  }
  CHECK(idle.leave() == "");
  survivors.stop();
  check_closed(survivors, deaf_ones, refused);
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
  for (const std::int64_t jump : {kDay, -kDay, -kHour}) {
    CAPTURE(jump);
    const auto begun = Clock::now();
    WsClient silent(server.port());
    host.set(&fault_control::wall_offset_ns, jump);
    CHECK(silent.wait_close() == 4502);
    CHECK(Clock::now() - begun >= 1s);
    CHECK(Clock::now() - begun < kPatience);
    host.heal();
  }
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
