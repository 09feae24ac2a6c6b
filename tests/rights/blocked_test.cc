// Two whom a block lies between, in their direct chat (RELIABILITY 3.5): what each of them may,
// before the block, while it stands and once it has ended, whoever of them set it. What was said
// stays to be read; nothing is said any more, and neither is told whether the other is there.
#include <doctest/doctest.h>

#include "tests/rights/world.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

// {chat}, {own} and {theirs} (messages), {them}, {unique}.
struct FrameOfTwo {
  std::string_view frame;
  std::string_view answer;  // its type, where it is done
  bool though_blocked;      // it is done all the same
};
constexpr std::array kFramesOfTwo = {
    FrameOfTwo{R"({"type":"message.new","chat_id":"{chat}","client_message_id":"{unique}",)"
               R"("content":{"type":"text","text":"hello"}})",
               "ack", false},
    FrameOfTwo{R"({"type":"message.new","chat_id":"{chat}","client_message_id":"{unique}",)"
               R"("reply_to":"{theirs}","content":{"type":"text","text":"hello"}})",
               "ack", false},
    FrameOfTwo{R"({"type":"message.update","chat_id":"{chat}","message_id":"{own}",)"
               R"("content":{"type":"text","text":"edited {unique}"}})",
               "ack", false},
    FrameOfTwo{R"({"type":"reaction.add","chat_id":"{chat}","message_id":"{theirs}","emoji":"👍"})",
               "ack", false},
    FrameOfTwo{R"({"type":"typing.start","chat_id":"{chat}"})", "ack", false},
    FrameOfTwo{R"({"type":"typing.stop","chat_id":"{chat}"})", "ack", true},
    FrameOfTwo{R"({"type":"presence","channel":"{chat}"})", "presence", false},
    FrameOfTwo{R"({"type":"presence","channel":"{them}"})", "", false},
    FrameOfTwo{R"({"type":"history","chat_id":"{chat}"})", "history", true},
    FrameOfTwo{R"({"type":"delivery.read","chat_id":"{chat}","last_read_message_id":"{theirs}"})",
               "ack", true},
    FrameOfTwo{R"({"type":"subscribe","channel":"{chat}","presence":true})", "subscribed", true},
};

struct RequestOfTwo {
  std::string_view method;
  std::string_view path;
  std::string_view body;
  int status;
  int blocked;
};
constexpr std::array kRequestsOfTwo = {
    RequestOfTwo{"GET", "/chats/{chat}", "", 200, 200},
    RequestOfTwo{"GET", "/chats/{chat}/messages", "", 200, 200},
    RequestOfTwo{"POST", "/chats/{chat}/messages",
                 R"({"client_message_id":"{unique}","content":{"type":"text","text":"hello"}})",
                 202, 403},
    RequestOfTwo{"PATCH", "/chats/{chat}/messages/{own}",
                 R"({"content":{"type":"text","text":"edited {unique}"}})", 200, 403},
    RequestOfTwo{"POST", "/chats/{chat}/messages/{theirs}/reactions", R"({"emoji":"👍"})", 200, 403},
    RequestOfTwo{"POST", "/chats/{chat}/typing", R"({"is_typing":true})", 200, 403},
    RequestOfTwo{"POST", "/chats/{chat}/read", R"({"last_read_message_id":"{theirs}"})", 200, 200},
    RequestOfTwo{"GET", "/users/{them}", "", 200, 404},
};

// One of the two, on a socket that follows the chat and on one that does not.
struct OneOfTwo {
  User user;
  User them;
  std::string chat;
  std::string own;
  std::string theirs;
  WsClient follows;
  WsClient asks;

  std::string fill(std::string_view text) const {
    std::string filled(text);
    for (const auto& [what, with] :
         {std::pair("{chat}", &chat), std::pair("{own}", &own), std::pair("{theirs}", &theirs),
          std::pair("{them}", &them.id)}) {
      filled = replaced(std::move(filled), what, *with);
    }
    return replaced(std::move(filled), "{unique}", unknown_id("u-"));
  }
};

WsClient connect_watching(const TestServer& server, const User& user, const std::string& chat) {
  WsClient socket = connect(server, user);
  CHECK(subscribe(socket, chat, R"("presence":true)")["type"].text() == "subscribed");
  return socket;
}

std::vector<OneOfTwo> two_in_a_chat(World& world) {
  const TestServer& server = world.server();
  const User& one = world.other(0);
  const User& other = world.other(1);
  const std::string chat = server.direct(one, other);
  std::vector<OneOfTwo> two;
  for (const auto& [user, them] : {std::pair(&one, &other), std::pair(&other, &one)}) {
    two.push_back({.user = *user,
                   .them = *them,
                   .chat = chat,
                   .own = {},
                   .theirs = {},
                   .follows = connect_watching(server, *user, chat),
                   .asks = connect(server, *user)});
    two.back().own = say(two.back().asks, chat, "first", "hello")["message_id"].text();
  }
  two[0].theirs = two[1].own;
  two[1].theirs = two[0].own;
  return two;
}

void check_frames(OneOfTwo& one, WsClient& socket, bool blocked) {
  for (const FrameOfTwo& row : kFramesOfTwo) {
    const Json answer = socket.ask(one.fill(row.frame));
    CAPTURE(row.frame);
    CAPTURE(answer.dump());
    if (row.answer.empty() || (blocked && !row.though_blocked)) {
      CHECK(answer["type"].text() == "error");
      CHECK(answer["code"].text() == "forbidden");
    } else {
      CHECK(answer["type"].text() == row.answer);
    }
    if (row.answer == "subscribed") CHECK(answer["presence"].present() == !blocked);
  }
}

void check_two(World& world, std::vector<OneOfTwo>& two, bool blocked) {
  CAPTURE(blocked);
  for (OneOfTwo& one : two) {
    CAPTURE(one.user.id);
    check_frames(one, one.follows, blocked);
    check_frames(one, one.asks, blocked);
    const auto leave = R"({"type":"unsubscribe","channel":")" + one.chat + "\"}";
    CHECK(one.asks.ask(leave)["type"].text() == "unsubscribed");
    for (const RequestOfTwo& row : kRequestsOfTwo) {
      CAPTURE(row.method);
      CAPTURE(row.path);
      const HttpResponse answer = world.server().http().send({.method = std::string(row.method),
                                                              .path = one.fill(row.path),
                                                              .body = one.fill(row.body),
                                                              .token = one.user.token});
      CAPTURE(answer.body);
      CHECK(answer.status == (blocked ? row.blocked : row.status));
    }
  }
}

// Of the mute that a block is, or of its end.
void wait_for_mutes(std::vector<OneOfTwo>& two, std::string_view action) {
  for (OneOfTwo& one : two) {
    const Json told = one.follows.wait_for("the mute", [&](const Json& frame) {
      return frame["type"].text() == "system.moderation" && frame["action"].text() == action &&
             frame["user_id"].text() == one.user.id;
    });
    CHECK_FALSE(told["moderator_id"].present());
    CHECK(told["reason"].text() == (action == "mute" ? "blocked" : ""));
  }
}

// To begin a chat is refused as with somebody who is nobody.
void check_no_new_chat(World& world, const OneOfTwo& one) {
  const auto begin = [&](const std::string& with) {
    const HttpResponse answer = world.server().post(
        "/chats", R"({"type":"direct","participant_ids":[")" + with + "\"]}", one.user);
    return std::to_string(answer.status) +
           replaced(answer.body, answer.header("x-correlation-id"), "NUMBER");
  };
  const std::string refused = begin(one.them.id);
  CHECK(refused.starts_with("4"));
  CHECK(refused == begin(unknown_id("usr_")));
}

KITH_ON_SHARDS("whom a block lies between say nothing to each other, nor see the other there") {
  World world({Shards::kSetting});
  std::vector<OneOfTwo> two = two_in_a_chat(world);
  check_two(world, two, false);
  for (std::size_t blocker = 0; blocker < two.size(); ++blocker) {
    CAPTURE(blocker);
    const std::string path = "/users/" + two[blocker].them.id + "/block";
    REQUIRE(world.server().post(path, "", two[blocker].user).status == 204);
    wait_for_mutes(two, "mute");
    check_two(world, two, true);
    for (const OneOfTwo& one : two) check_no_new_chat(world, one);
    REQUIRE(world.server().http().del(path, two[blocker].user.token).status == 204);
    wait_for_mutes(two, "unmute");
    check_two(world, two, false);
  }
  // To anybody else it is no chat at all, with a block or without.
  WsClient stranger = connect(world.server(), world.as(Relation::stranger));
  for (const FrameOfTwo& row : kFramesOfTwo) {
    CAPTURE(row.frame);
    const std::string code = stranger.ask(two[0].fill(row.frame))["code"].text();
    CHECK((code == "forbidden" || code == "not_found"));
  }
}

// Does the first hear of it when the second comes?
bool hears_of_coming(World& world, const User& one, const User& other, bool blocked) {
  const std::string chat = world.server().direct(one, other);
  WsClient watcher = connect_watching(world.server(), one, chat);
  const std::string message = say(watcher, chat, "1", "hello")["message_id"].text();
  if (blocked) {
    REQUIRE(world.server().post("/users/" + one.id + "/block", "", other).status == 204);
    watcher.wait_for("the mute", [&](const Json& frame) {
      return frame["type"].text() == "system.moderation" && frame["user_id"].text() == one.id;
    });
  }
  WsClient comes = connect_to(world.server(), other, {chat});
  // Behind their coming.
  const auto read = R"({"type":"delivery.read","chat_id":")" + chat +
                    R"(","last_read_message_id":")" + message + "\"}";
  CHECK(comes.ask(read)["type"].text() == "ack");
  bool heard = false;
  for (;;) {
    const Json frame = watcher.next();
    if (frame["type"].text() == "delivery.read") return heard;
    if (frame["type"].text() == "presence.join") heard = true;
  }
}

KITH_ON_SHARDS("whom a block lies between are not told that the other comes") {
  World world({Shards::kSetting});
  CHECK(hears_of_coming(world, world.other(0), world.other(1), false));
  CHECK_FALSE(hears_of_coming(world, world.other(2), world.other(3), true));
}

}  // namespace
}  // namespace kith::test
