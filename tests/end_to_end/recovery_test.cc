// Coming back: exactly what was missed, or told that it is too much (PROTOCOL section 2).
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

// Pipelined: the acks are awaited once all are sent.
std::int64_t say_many(WsClient& socket, const std::string& chat, int count,
                      std::size_t bytes = 10) {
  static int run = 0;
  const std::string prefix = "many-" + std::to_string(++run) + "-";
  const std::string text(bytes, 'x');
  for (int i = 0; i < count; ++i) {
    socket.send(message(chat, prefix + std::to_string(i), text));
  }
  std::int64_t last = 0;
  for (int i = 0; i < count; ++i) last = socket.expect("ack")["seq"].number();
  return last;
}

std::string epoch_of(const TestServer& server, const User& user) {
  WsClient socket(server.port());
  socket.send(init_frame(user));
  return socket.expect("connection.ready")["epoch"].text();
}

std::string resume(const std::string& epoch, const std::string& positions) {
  return R"("epoch":")" + epoch + R"(","resume":{)" + positions + "}";
}
std::string position(const std::string& channel, std::int64_t seq) {
  return '"' + channel + "\":" + std::to_string(seq);
}

KITH_ON_SHARDS("resuming brings exactly what was missed, then what is live") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  const auto before = say(sender, room.chat, "0", "seen")["seq"].number();
  const auto last = say_many(sender, room.chat, 350);
  CHECK(last == before + 350);

  WsClient back = connect(server, room.users[1],
                          resume(epoch_of(server, room.users[1]), position(room.chat, before)));
  for (auto seq = before + 1; seq <= last; ++seq) {
    CHECK(back.expect("message.new")["seq"].number() == seq);
  }
  const Json subscribed = back.expect("subscribed");
  CHECK(subscribed["channel"].text() == room.chat);
  CHECK(subscribed["seq"].number() == last);
  CHECK(subscribed["recovered"].flag());
  CHECK_FALSE(subscribed["gap"].present());
  CHECK(say(sender, room.chat, "live", "x")["seq"].number() == last + 1);
  CHECK(back.expect("message.new")["seq"].number() == last + 1);
}

KITH_ON_SHARDS("resuming while others write leaves no hole and no repeat") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  const auto epoch = epoch_of(server, room.users[1]);
  auto seen = say(sender, room.chat, "0", "x")["seq"].number();
  for (int round = 0; round < 15; ++round) {
    for (int i = 0; i < 40; ++i) {
      sender.send(message(room.chat, std::to_string(round) + "." + std::to_string(i), "x"));
    }
    WsClient back = connect(server, room.users[1], resume(epoch, position(room.chat, seen)));
    std::int64_t last = 0;
    for (int i = 0; i < 40; ++i) last = sender.expect("ack")["seq"].number();
    while (seen < last) {
      const Json frame = back.next();
      if (frame["type"].text() == "subscribed") {
        CHECK(frame["seq"].number() == seen);
      } else {
        CHECK(frame["seq"].number() == ++seen);
      }
    }
  }
}

KITH_ON_SHARDS("subscribe with after_seq replays; without, it begins now") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  const auto last = say_many(sender, room.chat, 5);
  WsClient socket = connect(server, room.users[1]);
  const Json now = subscribe(socket, room.chat);
  CHECK(now["seq"].number() == last);
  CHECK_FALSE(now["gap"].present());
  CHECK(socket.fence().empty());
  // Subscribing again replaces: the replay comes, and live events only once.
  socket.send(R"({"type":"subscribe","id":"7","channel":")" + room.chat + R"(","after_seq":)" +
              std::to_string(last - 3) + "}");
  for (int i = 2; i >= 0; --i) CHECK(socket.expect("message.new")["seq"].number() == last - i);
  const Json again = socket.expect("subscribed");
  CHECK(again["id"].text() == "7");
  CHECK(again["seq"].number() == last);
  CHECK(again["receipts"].is_array());
  say(sender, room.chat, "live", "x");
  CHECK(socket.expect("message.new")["seq"].number() == last + 1);
  CHECK(socket.fence().empty());
}

KITH_ON_SHARDS("more than 1,000 events or 1 MiB missed is a gap; 1,000 are replayed") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  const auto before = say(sender, room.chat, "0", "x")["seq"].number();
  WsClient socket = connect(server, room.users[1]);
  const std::string after = R"("after_seq":)" + std::to_string(before);

  say_many(sender, room.chat, 1000);
  socket.send(R"({"type":"subscribe","channel":")" + room.chat + "\"," + after + "}");
  for (int i = 1; i <= 1000; ++i) {
    CHECK(socket.expect("message.new")["seq"].number() == before + i);
  }
  CHECK(socket.expect("subscribed")["recovered"].flag());

  const auto last = say_many(sender, room.chat, 1);
  socket.expect("message.new");
  const Json gap = subscribe(socket, room.chat, after);
  CHECK_FALSE(gap["recovered"].flag());
  CHECK(gap["seq"].number() == last);
  CHECK(gap["gap"]["from"].number() == before + 1);
  CHECK(gap["gap"]["to"].number() == last);

  const auto big = say_many(sender, room.chat, 22, 50'000);
  for (int i = 0; i < 22; ++i) socket.expect("message.new");
  const Json bytes = subscribe(socket, room.chat, R"("after_seq":)" + std::to_string(last));
  CHECK_FALSE(bytes["recovered"].flag());
  CHECK(bytes["gap"]["to"].number() == big);
  CHECK(socket.fence().empty());
}

TEST_CASE("no epoch, another epoch, or a position ahead of the log: nothing is recovered") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  const auto last = say_many(sender, room.chat, 3);
  const auto epoch = epoch_of(server, room.users[1]);
  std::string more;
  SUBCASE("no epoch") {
    more = R"("resume":{)" + position(room.chat, last - 2) + "}";
  }
  SUBCASE("another epoch") {
    more = resume("01ARZ3NDEK", position(room.chat, last - 2));
  }
  SUBCASE("ahead of the log") {
    more = resume(epoch, position(room.chat, last + 7));
  }
  WsClient socket = connect(server, room.users[1], more);
  const Json subscribed = socket.expect("subscribed");
  CHECK(subscribed["channel"].text() == room.chat);
  CHECK_FALSE(subscribed["recovered"].flag());
  CHECK(subscribed["seq"].number() == last);
  say(sender, room.chat, "live", "x");
  CHECK(socket.expect("message.new")["seq"].number() == last + 1);
}

KITH_ON_SHARDS("a replay shows each message with its content of now") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  const Json sent = say(sender, room.chat, "1", "first words");
  sender.ask(about("message.update", room.chat, sent["message_id"].text(),
                   R"("content":{"type":"text","text":"last words"})"));
  WsClient socket = connect(server, room.users[1]);
  socket.send(R"({"type":"subscribe","channel":")" + room.chat + R"(","after_seq":)" +
              std::to_string(sent["seq"].number() - 1) + "}");
  CHECK(socket.expect("message.new")["content"]["text"].text() == "last words");
  CHECK(socket.expect("message.update")["content"]["text"].text() == "last words");
  CHECK(socket.expect("subscribed")["recovered"].flag());
}

KITH_ON_SHARDS("after unsubscribing nothing comes, and sending still works") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient socket = connect_to(server, room.users[1], {room.chat});
  const Json answer = socket.ask(R"({"type":"unsubscribe","channel":")" + room.chat + R"("})");
  CHECK(answer["type"].text() == "unsubscribed");
  CHECK(answer["channel"].text() == room.chat);
  const auto seq = say(sender, room.chat, "1", "x")["seq"].number();
  CHECK(say(socket, room.chat, "2", "y")["seq"].number() == seq + 1);
  CHECK(sender.expect("message.new")["seq"].number() == seq + 1);
  CHECK(socket.fence().empty());
}

KITH_ON_SHARDS("channels come in order: one's own, the path's, those of resume, those followed") {
  const TestServer& server = shared_server<Shards>();
  const auto users = server.sign_up(2);
  std::vector<std::string> chats;
  for (int i = 0; i < 5; ++i) chats.push_back(server.group(users[0], {users[1]}));
  const std::string foreign = server.group(users[1], {});
  WsClient sender = connect(server, users[1]);
  for (int i = 0; i < 5; ++i) say(sender, chats[static_cast<std::size_t>(i)], "1", "x");
  const auto epoch = epoch_of(server, users[0]);

  WsClient socket(server.port(), {.path = "/chats/" + chats[0]});
  socket.send(
      init_frame(users[0], resume(epoch, position(chats[3], 0) + "," + position(foreign, 3) + "," +
                                             position(chats[1], 0)) +
                               R"(,"follow":["chats"])"));
  socket.expect("connection.ready");
  std::vector<std::string> order;
  while (order.size() < 7) {
    const Json frame = socket.next();
    const auto type = frame["type"].text();
    if (type == "subscribed") order.push_back(frame["channel"].text());
    if (type == "error") {
      CHECK(frame["code"].text() == "forbidden");
      order.push_back("error " + frame["channel"].text());
    }
  }
  // Of the followed ones, the most recent activity comes first.
  const std::vector<std::string> expected = {users[0].id, chats[0], chats[3], "error " + foreign,
                                             chats[1],    chats[4], chats[2]};
  CHECK(order == expected);
}

KITH_ON_SHARDS("who follows their chats also follows what they join later") {
  const TestServer& server = shared_server<Shards>();
  const auto users = server.sign_up(2);
  WsClient socket = connect(server, users[1], R"("follow":["chats"])");
  CHECK(socket.fence().empty());
  const auto chat = server.group(users[0], {users[1]});
  const Json subscribed = socket.wait_for("subscribed");
  CHECK(subscribed["channel"].text() == chat);
  WsClient sender = connect_to(server, users[0], {chat});
  const auto seq = say(sender, chat, "1", "welcome")["seq"].number();
  CHECK(socket.wait_for("message.new")["seq"].number() == seq);
}

TEST_CASE("over the socket's channel limit: too_large, and following stops at it") {
  const TestServer server({"limits.channels_per_socket=3"});
  const User user = server.sign_up();
  std::vector<std::string> chats;
  for (int i = 0; i < 4; ++i) chats.push_back(server.group(user, {}));
  WsClient socket = connect(server, user);
  int subscribed = 1;  // the own channel
  Json answer;
  for (const auto& chat : chats) {
    answer = subscribe(socket, chat);
    if (answer["type"].text() == "subscribed") ++subscribed;
  }
  CHECK(subscribed == 3);
  CHECK(answer["code"].text() == "too_large");
}

}  // namespace
}  // namespace kith::test
