// The content filter: it is asked about every message once that is said, and hides after the fact.
#include <doctest/doctest.h>

#include <set>

#include "gateway/outgoing/web_hook_signature.h"
#include "tests/support/hook_receiver.h"
#include "tests/support/metrics.h"
#include "tests/support/postgres_server.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

using Answer = HookReceiver::Answer;
using namespace std::chrono_literals;

constexpr const char* kFilterSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::vector<std::string> filtering(const HookReceiver& receiver,
                                   std::vector<std::string> more = {}) {
  std::vector<std::string> settings = {"shards=1",
                                       "content_filter.url=" + receiver.url(),
                                       std::string("content_filter.secret=") + kFilterSecret,
                                       "content_filter.timeout_s=1",
                                       "content_filter.retry_first_s=1",
                                       "content_filter.allowed_addresses=127.0.0.1"};
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

void hide_what_is_bad(HookReceiver& receiver) {
  receiver.answer_with([](const ReceivedHook& hook) -> std::string {
    const bool bad = hook.json()["content"]["text"].text().find("bad") != std::string::npos;
    return bad ? R"({"action":"hide","reason":"spam"})" : R"({"action":"allow"})";
  });
}

std::string outcome(const std::string& name, int count) {
  return R"(kith_outgoing_total{channel="filter",outcome=")" + name + R"("} )" +
         std::to_string(count);
}

// Only what is said behind the filter's first look is judged: says something until that is so.
void await_filter(WsClient& socket, const std::string& chat, HookReceiver& receiver) {
  const auto deadline = Clock::now() + kPatience;
  for (int i = 0; receiver.count() == 0; ++i) {
    REQUIRE(Clock::now() < deadline);
    say(socket, chat, "mark-" + std::to_string(i), "hello");
    try {
      receiver.wait_for(1, 3s);
    } catch (const std::runtime_error&) {
      continue;  // it was said before that look
    }
  }
}

TEST_CASE("what the filter hides is a tombstone for all, by nobody in particular") {
  HookReceiver receiver;
  hide_what_is_bad(receiver);
  TestServer server(filtering(receiver));
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  const Json good = say(sender, room.chat, "1", "hello");
  const Json bad = say(sender, room.chat, "2", "bad words");
  CHECK(reader.wait_for("message.new")["message_id"].text() == good["message_id"].text());
  CHECK(reader.wait_for("message.new")["content"]["text"].text() == "bad words");
  const Json hidden = reader.wait_for("system.moderation");
  CHECK(hidden["action"].text() == "hide");
  CHECK(hidden["message_id"].text() == bad["message_id"].text());
  CHECK(hidden["reason"].text() == "spam");
  CHECK_FALSE(hidden["moderator_id"].present());
  CHECK(hidden["seq"].number() == bad["seq"].number() + 1);

  // An edit is judged anew.
  sender.send(about("message.update", room.chat, good["message_id"].text(),
                    R"("content":{"type":"text","text":"bad after all"})"));
  CHECK(reader.wait_for("system.moderation")["message_id"].text() == good["message_id"].text());
  await_metric(server, outcome("sent", 3));
  await_metric(server, "kith_content_filter_hidden_total 2");
  await_metric(server, "kith_content_filter_late_total 0");

  const auto hooks = receiver.wait_for(3);
  REQUIRE(hooks.size() == 3);
  std::set<std::string> ids;
  for (const ReceivedHook& hook : hooks) {
    const Json body = hook.json();
    CHECK(body["type"].text() == "message.check");
    CHECK(body["id"].text() == hook.id());
    CHECK(body["chat_id"].text() == room.chat);
    CHECK(body["sender_id"].text() == room.users[0].id);
    ids.insert(hook.id());
    const auto secret = WebHookSecret::parse(kFilterSecret);
    REQUIRE(secret);
    CHECK(hook.headers.at("webhook-signature") ==
          secret->sign(hook.id(), std::stoll(hook.headers.at("webhook-timestamp")), hook.body));
  }
  CHECK(ids.size() == 3);
  CHECK(hooks[2].json()["edited"].flag());
}

TEST_CASE("nobody waits for a filter that says nothing") {
  HookReceiver receiver;
  receiver.next(std::vector<Answer>(64, Answer::silence));
  TestServer server(filtering(receiver));
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  receiver.wait_for(0);
  const auto begun = Clock::now();
  for (int i = 0; i < 50; ++i) {
    say(sender, room.chat, std::to_string(i), "hello");
    reader.wait_for("message.new");
  }
  CHECK(Clock::now() - begun < 1s * 25);  // of one second that each verdict would take
  receiver.wait_for(4);
}

TEST_CASE("a verdict that does not come is asked for again, and in the end the message stays") {
  HookReceiver receiver;
  hide_what_is_bad(receiver);
  TestServer server(filtering(receiver, {"content_filter.attempts_max=2"}));
  const Room room = make_room(server, 1);
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  receiver.next({Answer::failure});
  const Json late = say(socket, room.chat, "1", "bad, but late");
  CHECK(socket.wait_for("system.moderation")["message_id"].text() == late["message_id"].text());
  await_metric(server, outcome("retried", 1));
  const auto hooks = receiver.wait_for(2);
  CHECK(hooks[0].id() == hooks[1].id());
  receiver.next({Answer::redirect, Answer::cut});
  say(socket, room.chat, "2", "bad, and lucky");
  await_metric(server, outcome("dead", 1));
  await_metric(server, R"(kith_outgoing_waiting{channel="filter"} 0)");
  CHECK(receiver.count() == 4);
  const Json history = socket.ask(R"({"type":"history","chat_id":")" + room.chat + "\"}");
  CHECK(history["messages"][0]["content"]["type"].text() == "tombstone");
  CHECK(history["messages"][1]["content"]["text"].text() == "bad, and lucky");
}

TEST_CASE("an answer that is no verdict is none") {
  HookReceiver receiver;
  std::atomic<int> asked = 0;
  receiver.answer_with([&](const ReceivedHook&) -> std::string {
    const int number = ++asked;
    if (number == 1) return R"({"action":"delete"})";
    if (number == 2) return "hide";
    if (number == 3) return R"({"action":"hide","reason":7})";
    return "";
  });
  TestServer server(filtering(receiver));
  const Room room = make_room(server, 1);
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  say(socket, room.chat, "1", "hello");
  await_metric(server, outcome("retried", 3));
  await_metric(server, outcome("sent", 1));
  await_metric(server, "kith_content_filter_hidden_total 0");
}

TEST_CASE(
    "what was said before a crash is judged after it, and what was before the filter is not") {
  HookReceiver receiver;
  hide_what_is_bad(receiver);
  TestServer server(std::vector<std::string>{"shards=1"});
  const Room room = make_room(server, 1);
  const auto post = [&](const TestServer& to, const std::string& id, const std::string& text) {
    REQUIRE(to.post("/chats/" + room.chat + "/messages",
                    R"({"client_message_id":")" + id + R"(","content":{"type":"text","text":")" +
                        text + R"("}})",
                    room.users[0])
                .status == 202);
  };
  post(server, "1", "bad of old");
  server.terminate();

  const std::filesystem::path data = server.data();
  TestServer filtered(filtering(receiver), [&](const std::filesystem::path& fresh) {
    std::filesystem::remove_all(fresh);
    std::filesystem::copy(data, fresh, std::filesystem::copy_options::recursive);
  });
  {
    WsClient socket = connect_to(filtered, room.users[0], {room.chat});
    await_filter(socket, room.chat, receiver);
  }
  receiver.next(std::vector<Answer>(64, Answer::failure));
  post(filtered, "2", "bad and new");
  filtered.kill();
  receiver.forget_answers();
  filtered.start();
  WsClient socket = connect_to(filtered, room.users[0], {room.chat});
  const auto is_hidden = [&](std::size_t from_the_end) {
    const Json messages =
        socket.ask(R"({"type":"history","chat_id":")" + room.chat + "\"}")["messages"];
    return messages[messages.size() - from_the_end]["content"]["type"].text() == "tombstone";
  };
  const auto deadline = Clock::now() + kPatience;
  while (!is_hidden(1)) REQUIRE(Clock::now() < deadline);
  const Json oldest =
      socket.ask(R"({"type":"history","chat_id":")" + room.chat + "\"}")["messages"][0];
  CHECK(oldest["content"]["text"].text() == "bad of old");
}

TEST_CASE("of two nodes one asks about each message, and both have the verdict") {
  HookReceiver receiver;
  hide_what_is_bad(receiver);
  const std::string store = "storage.url=" + PostgresServer::shared().new_database();
  TestServer one(filtering(receiver, {store}));
  TestServer two(filtering(receiver, {store}));
  const Room room = make_room(one, 2);
  WsClient here = connect_to(one, room.users[0], {room.chat});
  WsClient there = connect_to(two, room.users[1], {room.chat});
  await_filter(here, room.chat, receiver);
  for (int i = 0; i < 20; ++i) say(here, room.chat, "x" + std::to_string(i), "hello");
  const Json bad = say(there, room.chat, "bad", "bad words");
  CHECK(here.wait_for("system.moderation")["message_id"].text() == bad["message_id"].text());
  CHECK(there.wait_for("system.moderation")["message_id"].text() == bad["message_id"].text());
  await_metric(one, R"(kith_outgoing_waiting{channel="filter"} 0)");
  std::multiset<std::string> asked;
  for (const ReceivedHook& hook : receiver.wait_for(21)) {
    asked.insert(hook.json()["message_id"].text());
  }
  for (const std::string& message : asked) CHECK(asked.count(message) == 1);
}

}  // namespace
}  // namespace kith::test
