// Users, passwords and TLS: who is let in, and that nobody reads the password anywhere.
#include <doctest/doctest.h>

#include "tests/redis/bus_node.h"
#include "tests/redis/fake_redis.h"
#include "tests/support/certificates.h"
#include "tests/support/redis_server.h"

namespace kith::test {
namespace {

const std::string kPassword = "hunter2 with spaces\r\nand more";

bool holds(const std::vector<std::string>& notices, std::string_view text) {
  return std::ranges::any_of(
      notices, [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("the password lets the bus in, also as a named user with no more rights than it needs") {
  RedisServer server({.password = "hunter2"});
  BusNode a({.port = server.port(), .password = "hunter2"});
  a.await_healthy();
  const std::string made =
      server.ask({"ACL", "SETUSER", "kith", "on", ">" + kPassword, "resetchannels", "&kith:*",
                  "nocommands", "+hello", "+subscribe", "+unsubscribe", "+publish", "+ping"});
  REQUIRE(made == "+OK\r\n");
  BusNode b({.port = server.port(), .user = "kith", .password = kPassword});
  b.await_healthy();
  b.shard().bus->follow(room(1));
  b.await_subscriptions(1);
  a.shard().publish(room(1), 1);
  CHECK(b.shard().take(1) == std::vector<Seq>{1});
  const std::string clients = server.ask({"CLIENT", "LIST"});
  CHECK(clients.find("name=kith-sub-") != std::string::npos);
  CHECK(clients.find("name=kith-pub-") != std::string::npos);
}

TEST_CASE("a wrong password is said in one line, without it, and tried again for ever") {
  RedisServer server({.password = "right"});
  const RedisBusTimes quick{.backoff_min = 1ms, .backoff_max = 5ms};
  BusNode wrong({.port = server.port(), .password = kPassword}, {.times = quick});
  BusNode none({.port = server.port()}, {.times = quick});
  await("attempts", [&] { return wrong.stats().failures > 20 && none.stats().failures > 20; });
  CHECK(holds(wrong.notices(), "WRONGPASS"));
  CHECK(holds(none.notices(), "NOAUTH"));
  // Told once, not with every attempt; of the two connections each.
  CHECK(wrong.notices().size() <= 2);
  CHECK_FALSE(holds(wrong.notices(), "hunter2"));
  CHECK(wrong.redis->ill());
  REQUIRE(server.ask({"CONFIG", "SET", "requirepass", kPassword}) == "+OK\r\n");
  wrong.await_healthy();
}

TEST_CASE("a Redis that repeats what it was sent does not bring the password into a notice") {
  FakeRedis fake([](std::string_view read) {
    std::string text(read);
    std::ranges::replace_if(
        text, [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return "-ERR unknown command, with args beginning with: " + text + "\r\n";
  });
  BusNode node({.port = fake.port(), .password = "hunter2"},
               {.times = {.backoff_min = 1ms, .backoff_max = 5ms}});
  await("notices", [&] { return !node.notices().empty(); });
  CHECK(holds(node.notices(), "ERR"));
  CHECK_FALSE(holds(node.notices(), "hunter2"));
}

TEST_CASE("rediss:// checks the certificate against the authority and the name") {
  const Certificates certificates;
  const std::uint16_t port = free_port();
  const RedisServer server(
      {.more = {"--tls-port", std::to_string(port), "--tls-cert-file", certificates.certificate(),
                "--tls-key-file", certificates.key(), "--tls-ca-cert-file",
                certificates.authority(), "--tls-auth-clients", "no"}});
  const std::string ca = certificates.authority();
  BusNode a({.host = "localhost", .port = port, .tls = true, .ca_file = ca});
  BusNode b({.host = "127.0.0.1", .port = port, .tls = true, .ca_file = ca});
  a.await_healthy();
  b.shard().bus->follow(room(1));
  b.await_subscriptions(1);
  for (Seq seq = 1; seq <= 50; ++seq) a.shard().publish(room(1), seq, 100'000);
  CHECK(b.shard().take(50) == numbers(1, 50));

  const RedisBusTimes quick{.backoff_min = 1ms, .backoff_max = 5ms};
  // The machine's authorities do not know it; and 127.0.0.2 is not named.
  BusNode unknown({.host = "127.0.0.1", .port = port, .tls = true}, {.times = quick});
  BusNode in_clear({.host = "127.0.0.1", .port = port},
                   {.times = {.connect_timeout = 100ms, .backoff_min = 1ms, .backoff_max = 5ms}});
  await("refusals", [&] { return unknown.stats().failures > 4 && in_clear.stats().failures > 4; });
  CHECK(unknown.redis->ill());
  CHECK(holds(unknown.notices(), "TLS"));
  CHECK(in_clear.redis->ill());

  LocalBusHub hub;
  ClusterPresence presence;
  const RedisAddress no_file{.tls = true, .ca_file = certificates.path("none.pem")};
  const auto refused = RedisBus::open(no_file, {.epoch = "e"}, hub, presence);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("bus.ca_file") != std::string::npos);
}

}  // namespace kith::test
