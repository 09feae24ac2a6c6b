// Who connects in a run, and to what.
#include "bench/crowd.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace kith::bench {
namespace {

using Indices = std::vector<std::size_t>;

// Users 0 to 4; user 2 is in no chat, and nobody is in chat 2.
Seed small_seed() {
  Seed seed;
  seed.users = {{.id = "usr_0", .token = "t0", .chats = {0}},
                {.id = "usr_1", .token = "t1", .chats = {0, 1}},
                {.id = "usr_2", .token = "t2", .chats = {}},
                {.id = "usr_3", .token = "t3", .chats = {1}},
                {.id = "usr_4", .token = "t4", .chats = {3}}};
  seed.chats = {{.id = "chat_0", .members = {0, 1}},
                {.id = "chat_1", .members = {1, 3}},
                {.id = "chat_2", .members = {}},
                {.id = "chat_3", .members = {4}}};
  return seed;
}

Indices users_of(const Crowd& crowd) {
  Indices users;
  for (const auto& client : crowd.clients()) users.push_back(client.user);
  return users;
}

TEST_CASE("without a number there is one socket per user that has a chat") {
  const Seed seed = small_seed();
  const Crowd crowd = Crowd::everybody(seed, 0, true);
  CHECK(users_of(crowd) == Indices{0, 1, 3, 4});
  CHECK(crowd.of_chat(0) == Indices{0, 1});
  CHECK(crowd.of_chat(1) == Indices{1, 2});
  CHECK(crowd.of_chat(2).empty());
  CHECK(crowd.of_chat(3) == Indices{3});
  CHECK(crowd.chats() == Indices{0, 1, 3});
  for (const auto& client : crowd.clients()) {
    CHECK(client.subscribes);
    CHECK(client.measured);
    CHECK(client.group == Group::steady);
    CHECK(client.chats == seed.users[client.user].chats);
  }
}

TEST_CASE("fewer subscribers than users are members of the first chats, so that they share them") {
  Seed seed;
  for (std::size_t user = 0; user < 12; ++user) {
    seed.users.push_back({.id = "u", .token = "t", .chats = {user % 4}});
  }
  for (std::size_t chat = 0; chat < 4; ++chat) {
    seed.chats.push_back({.id = "c", .members = {chat, chat + 4, chat + 8}});
  }
  const Crowd crowd = Crowd::everybody(seed, 5, true);
  CHECK(users_of(crowd) == Indices{0, 4, 8, 1, 5});
  CHECK(crowd.chats() == Indices{0, 1});
  CHECK(crowd.anybody_shares());
  CHECK(crowd.lonely_chats() == 0);
  CHECK_NOTHROW(crowd.require_shared());
  CHECK(Crowd::everybody(seed, 4, true).lonely_chats() == 1);
  // Who is in two chats has one socket.
  Seed both = small_seed();
  CHECK(users_of(Crowd::everybody(both, 3, true)) == Indices{0, 1, 3});
}

TEST_CASE("a crowd to whom nothing could be delivered is refused") {
  const Seed seed = small_seed();
  CHECK_THROWS_WITH(Crowd::everybody(seed, 1, true).require_shared(),
                    "nothing to be delivered: there is only one connection");
  Crowd crowd(seed);
  crowd.add({.user = 0, .chats = {0}});
  crowd.add({.user = 3, .chats = {1}});
  CHECK_THROWS_WITH(crowd.require_shared(),
                    "nothing to be delivered: no two of the 2 connections are of different users "
                    "and share a chat");
  CHECK(crowd.lonely_chats() == 2);
  crowd.add({.user = 1, .chats = {0, 1}});
  CHECK_NOTHROW(crowd.require_shared());
}

TEST_CASE("fewer connections that do not subscribe are taken from all over the list") {
  Seed seed;
  for (std::size_t user = 0; user < 10; ++user) {
    seed.users.push_back({.id = "u", .token = "t", .chats = {user}});
    seed.chats.push_back({.id = "c", .members = {user}});
  }
  const Crowd crowd = Crowd::everybody(seed, 4, false);
  CHECK(users_of(crowd) == Indices{0, 2, 5, 7});
  CHECK(crowd.chats() == Indices{0, 2, 5, 7});
  CHECK_FALSE(crowd.clients().front().subscribes);
}

TEST_CASE("more connections than users give users several sockets, in turn") {
  const Crowd crowd = Crowd::everybody(small_seed(), 10, true);
  CHECK(users_of(crowd) == Indices{0, 1, 3, 4, 0, 1, 3, 4, 0, 1});
  CHECK(crowd.of_chat(0) == Indices{0, 1, 4, 5, 8, 9});
  CHECK(crowd.of_chat(1) == Indices{1, 2, 5, 6, 9});
  CHECK(crowd.of_chat(3) == Indices{3, 7});
  // The publisher of a chat stays its first member, however many sockets come.
  CHECK(crowd.of_chat(0).front() == 0);
}

TEST_CASE("where nobody has a chat there is nobody to connect") {
  Seed seed;
  seed.users = {{.id = "usr_0", .token = "t", .chats = {}}};
  seed.chats = {{.id = "chat_0", .members = {}}};
  const Crowd crowd = Crowd::everybody(seed, 5, true);
  CHECK(crowd.clients().empty());
  CHECK(crowd.chats().empty());
}

TEST_CASE("sockets of one user share nothing that could be delivered") {
  const Seed seed = small_seed();
  Crowd crowd(seed);
  crowd.add({.user = 0, .chats = {0}});
  crowd.add({.user = 3, .chats = {1}});
  crowd.add({.user = 0, .chats = {0}});
  CHECK_FALSE(crowd.anybody_shares());
  crowd.add({.user = 1, .chats = {0, 1}});
  CHECK(crowd.anybody_shares());
}

TEST_CASE("a crowd that a scenario puts together is found by chat") {
  const Seed seed = small_seed();
  Crowd crowd(seed);
  crowd.add({.user = 1, .chats = {1}, .group = Group::affected});
  crowd.add({.user = 1, .chats = {0}});
  CHECK(crowd.of_chat(0) == Indices{1});
  CHECK(crowd.of_chat(1) == Indices{0});
  CHECK(crowd.chats() == Indices{0, 1});
}

// Each client has one place, and places of a worker are counted from 0 without a hole.
std::vector<std::size_t> clients_of(const Crowd& crowd, std::size_t workers) {
  const auto places = crowd.places(workers);
  REQUIRE(places.size() == crowd.clients().size());
  std::vector<std::size_t> slots(workers);
  for (const auto& place : places) {
    REQUIRE(place.worker < workers);
    CHECK(place.slot == slots[place.worker]++);
  }
  return slots;
}

TEST_CASE("clients are shared out evenly among the threads") {
  const Crowd crowd = Crowd::everybody(small_seed(), 10, true);
  CHECK_FALSE(crowd.anybody_apart());
  CHECK(clients_of(crowd, 1) == Indices{10});
  CHECK(clients_of(crowd, 2) == Indices{5, 5});
  auto three = clients_of(crowd, 3);
  std::sort(three.begin(), three.end());
  CHECK(three == Indices{3, 3, 4});
}

TEST_CASE("those apart have the first thread to themselves") {
  const Seed seed = small_seed();
  Crowd crowd(seed);
  for (std::size_t i = 0; i < 9; ++i) crowd.add({.user = 0, .chats = {0}, .apart = i % 3 == 0});
  CHECK(crowd.anybody_apart());
  CHECK(clients_of(crowd, 3) == Indices{3, 3, 3});
  const auto places = crowd.places(3);
  for (std::size_t i = 0; i < 9; ++i) CHECK((places[i].worker == 0) == (i % 3 == 0));
  CHECK(clients_of(crowd, 1) == Indices{9});  // one thread is everybody's
}

}  // namespace
}  // namespace kith::bench
