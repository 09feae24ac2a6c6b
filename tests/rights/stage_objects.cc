// What of a stage only some rows of the routes name: somebody else's login, cases of reported
// messages, and a service account.
#include <doctest/doctest.h>

#include "tests/rights/world.h"
#include "tests/support/service.h"

namespace kith::test {
namespace {

Json done_at(const HttpResponse& response) {
  CAPTURE(response.body);
  REQUIRE(response.status / 100 == 2);
  return response.json();
}

void add_session(World& world, Stage& stage) {
  stage.victims_login = world.server().log_in(world.other(0));
  const Json logins =
      done_at(world.server().http().get("/users/me/sessions", stage.victims_login.token))["items"];
  for (std::size_t i = 0; i < logins.size(); ++i) {
    if (logins[i]["current"].flag()) stage.session = logins[i]["id"].text();
  }
  REQUIRE_FALSE(stage.session.empty());
}

void add_cases(World& world, Stage& stage) {
  for (const std::string& message : stage.victims_message) {
    done_at(world.server().post("/chats/" + stage.chat + "/messages/" + message + "/report",
                                R"({"reason":"rude"})", world.as(Relation::owner)));
  }
  const Json cases = done_at(world.server().http().get("/moderation/cases?status=open",
                                                       world.as(Relation::admin).token))["items"];
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (std::size_t k = 0; k < stage.reported_case.size(); ++k) {
      if (cases[i]["message_id"].text() == stage.victims_message[k]) {
        stage.reported_case[k] = cases[i]["id"].text();
      }
    }
  }
  for (const std::string& id : stage.reported_case) REQUIRE_FALSE(id.empty());
}

void add_service(World& world, Stage& stage) {
  const Json made = done_at(world.server().post(
      "/service-accounts", R"({"name":"of the stage","scopes":["presence:read"]})",
      world.as(Relation::admin)));
  stage.service = made["id"].text();
  stage.service_token = made["token"].text();
}

}  // namespace

void add_board(World& world, Stage& stage) {
  stage.board = done_at(world.server().http().get("/leaderboards",
                                                  world.as(Relation::owner).token))["board_id"]
                    .text();
  REQUIRE_FALSE(stage.board.empty());
}

void add_named(World& world, Stage& stage, std::string_view pattern) {
  if (pattern.find("{session_id}") != pattern.npos) add_session(world, stage);
  if (pattern.find("{case_id}") != pattern.npos) add_cases(world, stage);
  if (pattern.find("{service_id}") != pattern.npos) add_service(world, stage);
}

void check_named_stand(World& world, const Stage& stage) {
  if (!stage.session.empty()) {
    CHECK(world.server().http().get("/users/me", stage.victims_login.token).status == 200);
  }
  for (const std::string& id : stage.reported_case) {
    if (id.empty()) continue;
    const Json seen = done_at(
        world.server().http().get("/moderation/cases/" + id, world.as(Relation::admin).token));
    CHECK(seen["status"].text() == "open");
    CHECK(seen["assignee"].is_null());
  }
  if (!stage.service.empty()) {
    const std::string path = "/presence?users=" + world.other(0).id;
    CHECK(ask_as_service(world.server(), stage.service_token, {.path = path}).status == 200);
  }
}

}  // namespace kith::test
