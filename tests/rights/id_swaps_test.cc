// Requests and frames with ids put together at random: of other chats, of other kinds, of nothing.
// Whoever asks never sees what belongs to a chat that they are not in, never changes it, and is
// never told more than "there is no such thing". 1,000 of them; 10,000 in the long form.
#include <doctest/doctest.h>

#include <map>
#include <random>

#include "tests/rights/world.h"

namespace kith::test {
namespace {

struct Place {
  std::string chat;
  std::string canary;
  std::vector<std::size_t> members;  // the first is the owner
  std::vector<std::string> messages;
  std::string before;  // what the owner sees
};

constexpr std::size_t kUsers = 12;
constexpr std::size_t kPlaces = 8;

class Town {
 public:
  Town() : world_({"shards=2"}, kUsers) {
    for (std::size_t i = 0; i < kPlaces; ++i) places_.push_back(make_place(i));
    for (std::size_t i = 0; i < kUsers; ++i) {
      sockets_.push_back(connect(world_.server(), world_.other(i)));
      http_.push_back(world_.server().http());
    }
    for (Place& place : places_) place.before = view(place);
  }

  void swap_over_http();
  void swap_over_socket();
  // Nobody outside has changed anything. Members did not either: they asked for the impossible.
  void check_unchanged() {
    for (const Place& place : places_) CHECK(view(place) == place.before);
  }

 private:
  Place make_place(std::size_t number);
  std::string view(const Place& place) {
    const std::string& token = world_.other(place.members.front()).token;
    return http_.front().get("/chats/" + place.chat, token).body +
           http_.front().get("/chats/" + place.chat + "/messages?limit=200", token).body;
  }
  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  // A place, and somebody who is not in it.
  struct Outsider {
    const Place* place;
    std::size_t user;
  };
  Outsider outsider();
  // An id that does not belong here: of another place, another kind, or nothing.
  std::string message_elsewhere(const Place& place);
  std::string chat_of_another_kind(const Place& place);
  void check_answer(const std::string& text, std::size_t user);

  World world_;
  std::mt19937_64 random_{20'240'420};
  std::vector<Place> places_;
  std::vector<WsClient> sockets_;
  std::vector<HttpClient> http_;
  std::map<std::size_t, int> asked_;  // on the socket that is open now
};

Place Town::make_place(std::size_t number) {
  Place place;
  place.canary = unknown_id("canary-");
  place.members = {number % kUsers, (number + 1) % kUsers, (number + 5) % kUsers};
  const User& owner = world_.other(place.members[0]);
  const HttpResponse made = world_.server().post(
      "/chats",
      R"({"type":"group","name":")" + place.canary + R"(","participant_ids":[")" +
          world_.other(place.members[1]).id + "\",\"" + world_.other(place.members[2]).id + "\"]}",
      owner);
  REQUIRE(made.status == 201);
  place.chat = made.json()["id"].text();
  for (const std::size_t member : place.members) {
    const HttpResponse sent = world_.server().post(
        "/chats/" + place.chat + "/messages",
        R"({"client_message_id":"first","content":{"type":"text","text":")" + place.canary + "\"}}",
        world_.other(member));
    REQUIRE(sent.status == 202);
    place.messages.push_back(sent.json()["message_id"].text());
  }
  return place;
}

Town::Outsider Town::outsider() {
  for (;;) {
    const Place& place = places_[below(kPlaces)];
    const std::size_t user = below(kUsers);
    if (std::ranges::find(place.members, user) == place.members.end()) return {&place, user};
  }
}

std::string Town::message_elsewhere(const Place& place) {
  const Place& other = places_[below(kPlaces)];
  if (&other == &place || below(4) == 0) return unknown_id("msg_");
  return other.messages[below(other.messages.size())];
}

std::string Town::chat_of_another_kind(const Place& place) {
  const std::string digits = place.chat.substr(place.chat.find('_') + 1);
  constexpr std::array<std::string_view, 6> kPrefixes = {"chat_", "usr_",   "msg_",
                                                         "ses_",  "board_", "evt_"};
  switch (below(4)) {
    case 0:
      return std::string(kPrefixes[below(kPrefixes.size())]) + digits;
    case 1:
      return unknown_id("chat_");
    case 2:
      return "chat_" + places_[below(kPlaces)].messages.front().substr(4);
    default:
      return place.chat;
  }
}

void Town::check_answer(const std::string& text, std::size_t user) {
  CAPTURE(text);
  for (const Place& place : places_) {
    if (std::ranges::find(place.members, user) != place.members.end()) continue;
    CHECK(text.find(place.canary) == std::string::npos);
  }
}

struct Swap {
  const char* method;
  std::string_view path;
  std::string_view body;
};
constexpr std::array<Swap, 15> kSwaps = {{
    {"GET", "/chats/{c}", ""},
    {"GET", "/chats/{c}/messages?limit=200", ""},
    {"POST", "/chats/{c}/messages",
     R"({"client_message_id":"{u}","content":{"type":"text","text":"in"}})"},
    {"POST", "/chats/{c}/messages",
     R"({"client_message_id":"{u}","reply_to":"{m}","content":{"type":"text","text":"in"}})"},
    {"PATCH", "/chats/{c}/messages/{m}", R"({"content":{"type":"text","text":"in"}})"},
    {"DELETE", "/chats/{c}/messages/{m}", ""},
    {"POST", "/chats/{c}/messages/{m}/reactions", R"({"emoji":"👍"})"},
    {"DELETE", "/chats/{c}/messages/{m}/reactions/%F0%9F%91%8D", ""},
    {"POST", "/chats/{c}/messages/{m}/report", R"({"reason":"x"})"},
    {"POST", "/chats/{c}/read", R"({"last_read_message_id":"{m}"})"},
    {"POST", "/chats/{c}/typing", R"({"is_typing":true})"},
    {"POST", "/chats/{c}/participants", R"({"user_id":"{me}"})"},
    {"DELETE", "/chats/{c}/participants/{x}", ""},
    {"POST", "/chats/{c}/moderation", R"({"action":"ban","user_id":"{x}"})"},
    {"POST", "/chats/{c}/moderation", R"({"action":"hide","message_id":"{m}"})"},
}};

void Town::swap_over_http() {
  const Swap& swap = kSwaps[below(kSwaps.size())];
  const Outsider asks = outsider();
  const bool needs_message =
      (std::string(swap.path) + std::string(swap.body)).find("{m}") != std::string::npos;
  // An outsider with the chat's true ids, or a member with a message that is not the chat's.
  const bool member = needs_message && below(2) == 0;
  const std::size_t user = member ? asks.place->members[below(3)] : asks.user;
  const std::string chat = member ? asks.place->chat : chat_of_another_kind(*asks.place);
  const std::string message = member || below(2) == 0
                                  ? message_elsewhere(*asks.place)
                                  : asks.place->messages[below(asks.place->messages.size())];
  const auto fill = [&](std::string_view text) {
    std::string filled = replaced(std::string(text), "{c}", chat);
    filled = replaced(std::move(filled), "{m}", message);
    filled = replaced(std::move(filled), "{me}", world_.other(user).id);
    filled = replaced(std::move(filled), "{x}", world_.other(asks.place->members[below(3)]).id);
    return replaced(std::move(filled), "{u}", unknown_id("u-"));
  };
  const HttpResponse answer = http_[user].send({.method = swap.method,
                                                .path = fill(swap.path),
                                                .body = fill(swap.body),
                                                .token = world_.other(user).token});
  CAPTURE(swap.method);
  CAPTURE(swap.path);
  CAPTURE(chat);
  CAPTURE(message);
  CAPTURE(answer.body);
  CHECK(answer.status >= 400);
  CHECK(answer.status <= 422);
  if (!member) CHECK(answer.status != 403);  // that would say that it is there
  check_answer(answer.body, user);
}

constexpr std::array<std::string_view, 14> kFrames = {
    R"({"type":"subscribe","channel":"{c}","after_seq":0})",
    R"({"type":"presence","channel":"{c}"})",
    R"({"type":"history","chat_id":"{c}"})",
    R"({"type":"message.new","chat_id":"{c}","client_message_id":"{u}",)"
    R"("content":{"type":"text","text":"in"}})",
    R"({"type":"message.update","chat_id":"{c}","message_id":"{m}",)"
    R"("content":{"type":"text","text":"in"}})",
    R"({"type":"message.delete","chat_id":"{c}","message_id":"{m}"})",
    R"({"type":"reaction.add","chat_id":"{c}","message_id":"{m}","emoji":"👍"})",
    R"({"type":"reaction.remove","chat_id":"{c}","message_id":"{m}","emoji":"👍"})",
    R"({"type":"typing.start","chat_id":"{c}"})",
    R"({"type":"delivery.read","chat_id":"{c}","last_read_message_id":"{m}"})",
    R"({"type":"moderation","chat_id":"{c}","action":"hide","message_id":"{m}"})",
    R"({"type":"moderation","chat_id":"{c}","action":"ban","user_id":"{x}"})",
    R"({"type":"leaderboard","channel":"{c}"})",
    R"({"type":"subscribe","channel":"{x}"})",
};

void Town::swap_over_socket() {
  const Outsider asks = outsider();
  // More than 200 errors a minute are a flood.
  if (++asked_[asks.user] > 180) {
    sockets_[asks.user] = connect(world_.server(), world_.other(asks.user));
    asked_[asks.user] = 0;
  }
  const std::string message = below(2) == 0
                                  ? message_elsewhere(*asks.place)
                                  : asks.place->messages[below(asks.place->messages.size())];
  std::string other = world_.other(asks.place->members[below(3)]).id;
  std::string frame = replaced(std::string(kFrames[below(kFrames.size())]), "{c}",
                               chat_of_another_kind(*asks.place));
  frame = replaced(replaced(std::move(frame), "{m}", message), "{x}", other);
  frame = replaced(std::move(frame), "{u}", unknown_id("u-"));
  CAPTURE(frame);
  WsClient& socket = sockets_[asks.user];
  const Json answer = socket.ask(frame);
  CAPTURE(answer.dump());
  CHECK(answer["type"].text() == "error");
  const std::string code = answer["code"].text();
  const bool says_nothing = code == "forbidden" || code == "not_found" || code == "bad_request";
  CHECK(says_nothing);
  check_answer(answer.dump(), asks.user);
}

TEST_CASE("ids put together at random open nothing, tell nothing and change nothing") {
  const int swaps = long_form() ? 10'000 : 1'000;
  Town town;
  for (int i = 0; i < swaps / 2; ++i) {
    town.swap_over_http();
    town.swap_over_socket();
  }
  town.check_unchanged();
  MESSAGE(swaps, " random swaps of ids, nothing leaked");
}

}  // namespace
}  // namespace kith::test
