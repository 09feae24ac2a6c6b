// More than 200 people in a chat: counts instead of names, no typing, no receipts (PROTOCOL 4).
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

constexpr std::size_t kPeople = 210;

struct Crowd {
  TemporaryDirectory directory;
  std::string chat;
  std::vector<User> users;
  TestServer server;  // last: what it is seeded with is kept in the others

  explicit Crowd(const char* shards)
      : server({shards, "limits.messages_per_minute=0"}, [this](const auto& data) {
          const auto people = std::to_string(kPeople);
          const auto file = (directory.path() / "seed.json").string();
          REQUIRE(run({kithd(), "seed", "--data", data.string(), "--users", people, "--rooms", "1",
                       "--members", people, "--out", file})
                      .status == 0);
          const Json seed = Json::parse(read_file(file));
          chat = seed["chats"][0]["id"].text();
          for (std::size_t i = 0; i < kPeople; ++i) {
            User user;
            user.id = seed["users"][i]["id"].text();
            user.token = seed["users"][i]["token"].text();
            users.push_back(user);
          }
        }) {}
};

KITH_ON_SHARDS("a large chat tells how many are there, and spares everybody the rest") {
  Crowd crowd(Shards::kSetting);
  WsClient watcher = connect(crowd.server, crowd.users[0]);
  const Json first = subscribe(watcher, crowd.chat, R"("presence":true)");
  CHECK_FALSE(first["receipts"].present());
  std::vector<WsClient> sockets;
  for (std::size_t i = 1; i < kPeople; ++i) {
    sockets.push_back(connect_to(crowd.server, crowd.users[i], {crowd.chat}));
  }
  std::size_t joins = 0;
  const Json last = watcher.wait_for("the count of all", [&](const Json& frame) {
    joins += frame["type"].text() == "presence.join" ? 1 : 0;
    return frame["type"].text() == "presence.count" &&
           frame["count"].number() == static_cast<std::int64_t>(kPeople);
  });
  CHECK(last["channel"].text() == crowd.chat);
  CHECK(joins <= 200);
  const Json asked = watcher.ask(R"({"type":"presence","channel":")" + crowd.chat + R"("})");
  CHECK(asked["count"].number() == static_cast<std::int64_t>(kPeople));
  CHECK(asked["users"].size() == 200);

  sockets[0].ask(R"({"type":"typing.start","chat_id":")" + crowd.chat + R"("})");
  const auto sent = say(sockets[1], crowd.chat, "1", "hello, all")["message_id"].text();
  sockets[2].ask(R"({"type":"delivery.read","chat_id":")" + crowd.chat +
                 R"(","last_read_message_id":")" + sent + R"("})");
  say(sockets[1], crowd.chat, "2", "and again");
  std::vector<std::string> types;
  while (types.size() < 2) {
    const Json frame = watcher.next();
    if (frame["type"].text().starts_with("presence.")) continue;
    types.push_back(frame["type"].text());
  }
  CHECK(types == std::vector<std::string>{"message.new", "message.new"});
  for (std::size_t i = 2; i < sockets.size(); ++i) {
    CHECK(sockets[i].wait_for("message.new")["message_id"].text() == sent);
  }
  const Json history = watcher.ask(R"({"type":"history","chat_id":")" + crowd.chat + R"("})");
  CHECK(history["messages"][0]["read_count"].number() == 1);
}

}  // namespace
}  // namespace kith::test
