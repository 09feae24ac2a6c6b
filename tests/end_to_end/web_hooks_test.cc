// Web hooks: who is told by one, what a receiver that misbehaves gets, and where none is sent.
#include <doctest/doctest.h>

#include <map>

#include "gateway/outgoing/web_hook_signature.h"
#include "tests/support/hook_receiver.h"
#include "tests/support/metrics.h"
#include "tests/support/postgres_server.h"
#include "tests/support/service.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

using Answer = HookReceiver::Answer;

constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kOldSecret = "whsec_b2xkIHNlY3JldCBvbGQgc2VjcmV0IG9sZCE=";

std::vector<std::string> hooking(const std::string& url, std::vector<std::string> more = {}) {
  std::vector<std::string> settings = {"shards=1",
                                       "webhook.url=" + url,
                                       std::string("webhook.secret=") + kSecret,
                                       "webhook.timeout_s=1",
                                       "notifications.delay_s=0",
                                       "notifications.retry_first_s=1"};
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

std::vector<std::string> hooking_here(const HookReceiver& receiver,
                                      std::vector<std::string> more = {}) {
  more.emplace_back("webhook.allowed_addresses=127.0.0.1");
  return hooking(receiver.url(), std::move(more));
}

std::string outgoing(const std::string& outcome, int count) {
  return R"(kith_outgoing_total{channel="webhook",outcome=")" + outcome + R"("} )" +
         std::to_string(count);
}

TEST_CASE("who has no socket is told by a signed hook, who has one is not") {
  HookReceiver receiver;
  TestServer server(hooking_here(receiver, {std::string("webhook.previous_secret=") + kOldSecret}));
  const auto users = server.sign_up(3);
  WsClient here = connect(server, users[2]);
  const std::string chat = server.group(users[0], {users[1], users[2]});
  here.wait_for("notification.new");
  await_metric(server, outgoing("sent", 1));
  await_metric(server, outgoing("dropped", 1));
  await_metric(server, R"(kith_outgoing_waiting{channel="webhook"} 0)");
  const auto hooks = receiver.wait_for(1);
  REQUIRE(hooks.size() == 1);
  const ReceivedHook& hook = hooks[0];
  CHECK(hook.request_line == "POST /in HTTP/1.1");
  CHECK(hook.headers.at("content-type") == "application/json");
  const Json body = hook.json();
  CHECK(body["type"].text() == "notification");
  CHECK(body["id"].text() == hook.id());
  CHECK(hook.id().starts_with("dlv_"));
  CHECK(body["user_id"].text() == users[1].id);
  REQUIRE(body["notifications"].size() == 1);
  CHECK(body["notifications"][0]["type"].text() == "chat.joined");
  CHECK(body["notifications"][0]["payload"]["chat_id"].text() == chat);
  const auto listed = server.http().get("/notifications", users[1].token).json()["items"][0];
  CHECK(body["notifications"][0]["id"].text() == listed["id"].text());

  const std::int64_t timestamp = std::stoll(hook.headers.at("webhook-timestamp"));
  const auto age =
      std::chrono::system_clock::now() - std::chrono::sys_seconds(std::chrono::seconds(timestamp));
  CHECK(age < 5min);
  CHECK(hook.headers.at("webhook-signature") ==
        WebHookSecret::parse(kSecret)->sign(hook.id(), timestamp, hook.body) + ' ' +
            WebHookSecret::parse(kOldSecret)->sign(hook.id(), timestamp, hook.body));
}

TEST_CASE("a receiver that fails, redirects or says nothing gets it again, with the same id") {
  HookReceiver receiver;
  receiver.next({Answer::failure, Answer::redirect, Answer::silence});
  TestServer server(hooking_here(receiver));
  const auto users = server.sign_up(2);
  server.group(users[0], {users[1]});
  const auto hooks = receiver.wait_for(4, kPatience * 4);
  REQUIRE(hooks.size() == 4);
  for (const ReceivedHook& hook : hooks) {
    CHECK(hook.request_line == "POST /in HTTP/1.1");  // no redirect was followed
    CHECK(hook.id() == hooks[0].id());
    CHECK(hook.body == hooks[0].body);
  }
  await_metric(server, outgoing("sent", 1));
  await_metric(server, outgoing("retried", 3));
}

TEST_CASE("what fails too often is dead, and the next one goes its way") {
  HookReceiver receiver;
  receiver.next({Answer::failure, Answer::cut});
  TestServer server(hooking_here(receiver, {"notifications.attempts_max=2"}));
  const auto users = server.sign_up(2);
  server.group(users[0], {users[1]});
  await_metric(server, outgoing("dead", 1));
  await_metric(server, R"(kith_outgoing_dead_letters{channel="webhook"} 1)");
  server.group(users[0], {users[1]});
  await_metric(server, outgoing("sent", 1));
  const auto hooks = receiver.wait_for(3);
  CHECK(hooks[0].id() == hooks[1].id());
  CHECK(hooks[2].id() != hooks[0].id());
  await_log(server, "outgoing.dead");
}

TEST_CASE("an admin has dead letters tried again") {
  HookReceiver receiver;
  receiver.next({Answer::failure});
  User admin;
  TestServer server(hooking_here(receiver, {"notifications.attempts_max=1"}),
                    [&](const std::filesystem::path& data) { admin = make_admin(data); });
  const auto users = server.sign_up(2);
  server.group(users[0], {users[1]});
  await_metric(server, R"(kith_outgoing_dead_letters{channel="webhook"} 1)");
  CHECK(server.http().get("/admin/dead-letters", users[0].token).status == 403);
  const Json letters = server.http().get("/admin/dead-letters", admin.token).json()["items"];
  REQUIRE(letters.size() == 1);
  CHECK(letters[0]["user_id"].text() == users[1].id);
  CHECK(letters[0]["channel"].text() == "webhook");
  CHECK(server.post("/admin/dead-letters/retry", R"({"channel":"pigeon"})", admin).status == 422);
  const auto retried = server.post("/admin/dead-letters/retry", "{}", admin);
  CHECK(retried.json()["count"].number() == 1);
  CHECK_FALSE(retried.json()["more"].flag());
  await_metric(server, outgoing("sent", 1));
  CHECK(receiver.wait_for(2)[1].id() == letters[0]["id"].text());
}

TEST_CASE("a hook that was received and not marked when the process died comes again, as itself") {
  HookReceiver receiver;
  receiver.next({Answer::silence});
  TestServer server(hooking_here(receiver));
  const auto users = server.sign_up(2);
  server.group(users[0], {users[1]});
  receiver.wait_for(1);
  server.kill();
  server.start();
  const auto hooks = receiver.wait_for(2, kPatience * 4);
  CHECK(hooks[1].id() == hooks[0].id());
  CHECK(hooks[1].body == hooks[0].body);
  await_metric(server, outgoing("sent", 1));
}

TEST_CASE("an address within somebody's own network is not connected to, whatever its name") {
  HookReceiver receiver;
  const std::string port = receiver.url().substr(receiver.url().rfind(':'));
  for (const std::string& settings :
       {"https://127.0.0.1" + port, "https://localhost" + port, "http://localhost" + port}) {
    CAPTURE(settings);
    // Ranges are named, this is not one of them.
    TestServer server(hooking(settings, {"webhook.allowed_addresses=10.0.0.0/8"}));
    const auto users = server.sign_up(2);
    server.group(users[0], {users[1]});
    await_metric(server, outgoing("retried", 1));
    await_log(server, "not one that may be connected to");
  }
  CHECK(receiver.count() == 0);
}

TEST_CASE("what a user has turned off, or has put into a digest, is not sent now") {
  HookReceiver receiver;
  TestServer server(hooking_here(receiver));
  const auto users = server.sign_up(4);
  const auto choose = [&](const User& user, const std::string& preferences) {
    REQUIRE(server.http().patch("/notifications/preferences", preferences, user.token).status ==
            200);
  };
  choose(users[1], R"({"types":{"chat.joined":{"webhook":"off"}}})");
  choose(users[2], R"({"channels":{"webhook":"digest"},"digest":{"every":"week"}})");
  server.group(users[0], {users[1], users[2], users[3]});
  await_metric(server, outgoing("sent", 1));
  await_metric(server, R"(kith_outgoing_waiting{channel="webhook"} 1)");  // the digest
  const auto hooks = receiver.wait_for(1);
  CHECK(hooks.size() == 1);
  CHECK(hooks[0].json()["user_id"].text() == users[3].id);
}

TEST_CASE("two nodes on one database send each hook once") {
  HookReceiver receiver;
  const std::string url = PostgresServer::shared().new_database();
  const auto settings = hooking_here(receiver, {"storage.url=" + url, "limits.signups_per_minute=0",
                                                "notifications.sender_threads=4"});
  TestServer one(settings);
  TestServer other(settings);
  const auto users = one.sign_up(2);
  for (int i = 0; i < 30; ++i) (i % 2 == 0 ? one : other).group(users[0], {users[1]});
  std::map<std::string, int> given;
  // Whoever has many waiting gets the rest in a digest, later: ten at least come by themselves.
  const auto hooks = receiver.wait_for(10, kPatience * 4);
  for (const ReceivedHook& hook : hooks) ++given[hook.id()];
  for (const auto& [id, times] : given) CHECK(times == 1);
}

TEST_CASE("what one node's socket has been given, no other node sends out") {
  HookReceiver receiver;
  const std::string url = PostgresServer::shared().new_database();
  const auto settings = hooking_here(receiver, {"storage.url=" + url, "notifications.delay_s=3"});
  TestServer one(settings);
  TestServer other(settings);
  const auto users = one.sign_up(3);
  WsClient here = connect(one, users[1]);
  for (int i = 0; i < 4; ++i) other.group(users[0], {users[1]});
  for (int i = 0; i < 4; ++i) here.wait_for("notification.new");
  // Behind all of them, and with no socket: when it has come, theirs were due.
  other.group(users[0], {users[2]});
  receiver.wait_for(1);
  await_metric(one, R"(kith_outgoing_waiting{channel="webhook"} 0)");
  for (const ReceivedHook& hook : receiver.wait_for(1)) {
    CHECK(hook.json()["user_id"].text() == users[2].id);
  }
}

}  // namespace
}  // namespace kith::test
