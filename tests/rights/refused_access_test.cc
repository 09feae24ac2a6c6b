// Who is refused what is not theirs leaves an entry of the audit log, and in it nothing of what
// they named; a flood of refusals leaves few, and how many they were.
#include <doctest/doctest.h>

#include "tests/rights/refusals.h"
#include "tests/support/await.h"
#include "tests/support/service.h"

namespace kith::test {
namespace {

using namespace std::chrono_literals;

std::string entry(const std::string& route, int status) {
  return R"({"route":")" + route + R"(","status":)" + std::to_string(status) + "}";
}

TEST_CASE("a refused access is in the audit log: who, where by its pattern, and the status") {
  World world({"shards=1"});
  const Stage stage = set_stage(world);
  HttpClient http = world.server().http();
  const User& stranger = world.as(Relation::stranger);
  const User& muted = world.as(Relation::muted);
  const std::string chat = "/chats/" + stage.chat;

  CHECK(http.get(chat + "?secret=of-the-query", stranger.token).status == 404);
  CHECK(http.get("/chats/" + unknown_id("chat_"), stranger.token).status == 404);
  CHECK(http.patch("/users/" + muted.id, R"({"bio":"mine"})", stranger.token).status == 403);
  CHECK(http.get("/moderation/cases", stranger.token).status == 404);
  CHECK(http.get("/admin/dead-letters", stranger.token).status == 403);
  CHECK(http.post(chat + "/typing", R"({"is_typing":true})", muted.token).status == 403);

  // What nobody has reads like what somebody else has.
  CHECK(await_refusals(world, stranger, 5) ==
        std::vector{entry("GET /chats/{chat_id}", 404), entry("GET /chats/{chat_id}", 404),
                    entry("PATCH /users/{user_id}", 403), entry("GET /moderation/cases", 404),
                    entry("GET /admin/dead-letters", 403)});
  CHECK(await_refusals(world, muted, 1) == std::vector{entry("POST /chats/{chat_id}/typing", 403)});
}

TEST_CASE("what is not refused, or was asked by nobody, leaves no entry") {
  World world({"shards=1"});
  const Stage stage = set_stage(world);
  HttpClient http = world.server().http();
  const User& member = world.as(Relation::member);
  const std::string chat = "/chats/" + stage.chat;
  CHECK(http.get(chat).status == 401);
  CHECK(http.get(chat, member.token).status == 200);
  CHECK(http.get("/nowhere", member.token).status == 404);
  CHECK(http.get("/leaderboards/past", member.token).status == 404);  // names nothing of anybody's
  // Behind them all in the store: once this is there, theirs would be.
  CHECK(http.get(chat, world.as(Relation::stranger).token).status == 404);
  CHECK(await_refusals(world, world.as(Relation::stranger), 1).size() == 1);
  CHECK(refusals_of(world, member).empty());
}

TEST_CASE("a service that lacks the scope is told of by its own id") {
  World world({"shards=1"});
  const HttpResponse made =
      world.server().post("/service-accounts", R"({"name":"one","scopes":["presence:read"]})",
                          world.as(Relation::admin));
  REQUIRE(made.status == 201);
  const std::string member = world.as(Relation::member).id;
  CHECK(ask_as_service(world.server(), made.json()["token"].text(),
                       {.method = "POST", .path = "/users/" + member + "/disconnect", .body = "{}"})
            .status == 403);
  CHECK(await_refusals(world, User{}, 1) ==
        std::vector<std::string>{
            R"({"route":"POST /users/{user_id}/disconnect","status":403,"service_id":")" +
            made.json()["id"].text() + R"("})"});
}

TEST_CASE("a flood of refused accesses leaves few entries, which say how many they were") {
  World world({"shards=1"});
  const Stage stage = set_stage(world);
  HttpClient http = world.server().http();
  const User& stranger = world.as(Relation::stranger);
  const std::string chat = "/chats/" + stage.chat;
  const auto start = Clock::now();
  std::size_t asked = 0;
  const auto ask = [&] {
    ++asked;
    return http.get(chat, stranger.token);
  };
  const auto told_to_them = [](const HttpResponse& answer) {
    return replaced(answer.body, answer.header("x-correlation-id"), "NUMBER");
  };
  const std::string first = told_to_them(ask());
  while (asked < 1000) {
    const HttpResponse answer = ask();
    REQUIRE(answer.status == 404);
    REQUIRE(told_to_them(answer) == first);
  }
  // The flood goes on, until an entry has told of the thousand.
  std::vector<std::string> found;
  std::size_t told = 0;
  CHECK(await_condition(Clock::now() + kPatience, 50ms, [&] {
    REQUIRE(ask().status == 404);
    found = refusals_of(world, stranger);
    told = told_by(found);
    return told >= 1000;
  }));
  CHECK(told <= asked);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(Clock::now() - start).count();
  CHECK(found.size() <= kRefusalsAtOnce + static_cast<std::size_t>(seconds));

  // And nobody else's entry is lost in it.
  const User& removed = world.as(Relation::removed);
  CHECK(http.get(chat, removed.token).status == 404);
  CHECK(await_refusals(world, removed, 1) == std::vector{entry("GET /chats/{chat_id}", 404)});
  MESSAGE(asked, " refused, ", found.size(), " entries, which tell of ", told);
}

}  // namespace
}  // namespace kith::test
