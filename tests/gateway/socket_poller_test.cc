#include "gateway/socket_poller.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <vector>

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Pair {
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0); }
  ~Pair() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  Pair(const Pair&) = delete;
  void say() const { REQUIRE(::write(ends[1], "x", 1) == 1); }
  void hear() const {
    char byte = 0;
    REQUIRE(::read(ends[0], &byte, 1) == 1);
  }
  void close(std::size_t end) { ::close(std::exchange(ends[end], -1)); }

  std::array<int, 2> ends{-1, -1};
};

struct Client final : SocketPoller::Client {
  void on_ready(std::uint32_t events) override {
    seen.push_back(events);
    if (act) act();
  }
  std::vector<std::uint32_t> seen;
  std::function<void()> act;
};

struct PollerFixture {
  boost::asio::io_context io{1};
  SocketPoller poller{io, 256};
  Pair pair;
  Client client;

  void run() {
    io.restart();
    while (io.poll_one() > 0 && !poller.full()) {
    }
    poller.begin_turn();
  }
};

TEST_CASE_FIXTURE(PollerFixture, "a socket is told of until what it has is read, and then anew") {
  REQUIRE(poller.add(pair.ends[0], EPOLLIN, client));
  run();
  CHECK(client.seen.empty());
  pair.say();
  io.run_one_for(10s);
  CHECK(client.seen == std::vector<std::uint32_t>{EPOLLIN});
  client.act = [&] { pair.hear(); };
  run();
  CHECK(client.seen.size() == 2);
  run();
  CHECK(client.seen.size() == 2);
  pair.say();
  run();
  CHECK(client.seen.size() == 3);
}

TEST_CASE_FIXTURE(PollerFixture,
                  "what is waited for can change, and nothing comes of a closed socket") {
  REQUIRE(poller.add(pair.ends[0], EPOLLIN, client));
  client.act = [&] { poller.change(pair.ends[0], EPOLLET, client); };
  pair.say();
  run();
  CHECK(client.seen.size() == 1);
  client.act = {};
  poller.change(pair.ends[0], EPOLLET | EPOLLOUT, client);
  run();
  REQUIRE(client.seen.size() == 2);
  CHECK((client.seen[1] & EPOLLOUT) != 0);
  client.act = [&] { pair.close(0); };
  poller.change(pair.ends[0], EPOLLIN, client);
  run();
  CHECK(client.seen.size() == 3);
  run();
  CHECK(client.seen.size() == 3);
}

TEST_CASE_FIXTURE(PollerFixture, "a peer that has gone is told once to one that does not read") {
  REQUIRE(poller.add(pair.ends[0], EPOLLET, client));
  pair.close(1);
  run();
  REQUIRE(client.seen.size() == 1);
  CHECK((client.seen[0] & EPOLLHUP) != 0);
  run();
  CHECK(client.seen.size() == 1);
}

TEST_CASE_FIXTURE(PollerFixture,
                  "in one turn so many are looked at and no more, in the next the others") {
  SocketPoller few(io, 2);
  std::array<Pair, 5> pairs;
  std::array<Client, 5> clients;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    REQUIRE(few.add(pairs[i].ends[0], EPOLLIN, clients[i]));
    clients[i].act = [&pair = pairs[i]] { pair.hear(); };
    pairs[i].say();
  }
  const auto seen = [&] {
    std::size_t count = 0;
    for (const Client& each : clients) count += each.seen.size();
    return count;
  };
  for (const std::size_t expected : {2U, 4U, 5U}) {
    io.restart();
    while (io.poll_one() > 0) {
    }
    few.dispatch();  // has had enough, too
    CHECK(seen() == expected);
    few.begin_turn();
  }
}

TEST_CASE_FIXTURE(PollerFixture, "of one that was removed nothing is heard") {
  REQUIRE(poller.add(pair.ends[0], EPOLLIN, client));
  poller.remove(pair.ends[0]);
  pair.say();
  run();
  poller.dispatch();
  CHECK(client.seen.empty());
}

TEST_CASE_FIXTURE(PollerFixture, "one that throws does not silence the others") {
  REQUIRE(poller.add(pair.ends[0], EPOLLIN, client));
  client.act = [&] {
    pair.hear();
    throw std::runtime_error("a bug");
  };
  pair.say();
  CHECK_THROWS_AS(io.run_one_for(10s), std::runtime_error);
  client.act = [&] { pair.hear(); };
  pair.say();
  io.restart();
  io.run_one_for(10s);
  CHECK(client.seen.size() == 2);
}

TEST_CASE_FIXTURE(PollerFixture, "nor does it keep from another what comes only once") {
  Pair other;
  Client quiet;
  std::array<Client*, 2> clients{&client, &quiet};
  for (Client* each : clients) each->act = [] { throw std::runtime_error("a bug"); };
  REQUIRE(poller.add(pair.ends[0], EPOLLET, client));
  REQUIRE(poller.add(other.ends[0], EPOLLET, quiet));
  pair.close(1);
  other.close(1);
  CHECK_THROWS_AS(poller.dispatch(), std::runtime_error);
  CHECK(client.seen.size() == 1);
  CHECK(quiet.seen.size() == 1);
}

}  // namespace
}  // namespace kith
