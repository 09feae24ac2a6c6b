// Tokens of other back ends: what is none, or is none any more, opens nothing, and whatever it is,
// the answer is the same.
#include <doctest/doctest.h>

#include <set>

#include "gateway/opaque_token.h"
#include "storage/sqlite_connection.h"
#include "tests/rights/world.h"
#include "tests/support/service.h"

namespace kith::test {
namespace {

struct Made {
  std::string id;
  std::string token;
};
Made make_over_http(World& world, const std::string& scopes) {
  const HttpResponse made =
      world.server().post("/service-accounts", R"({"name":"one","scopes":[)" + scopes + "]}",
                          world.as(Relation::admin));
  REQUIRE_MESSAGE(made.status == 201, made.body);
  return {.id = made.json()["id"].text(), .token = made.json()["token"].text()};
}

std::string without_number(const HttpResponse& response) {
  return std::to_string(response.status) +
         replaced(response.body, response.header("x-correlation-id"), "NUMBER");
}

std::int64_t count(World& world, const char* sql) {
  auto db = SqliteConnection::open((world.server().data() / "kith.db").string(),
                                   SqliteConnection::Mode::read);
  REQUIRE(db);
  auto row = (*db)->query(sql);
  return row.next() ? row.integer(0) : -1;
}

TEST_CASE("no forged service token opens a route, and all are told the same") {
  World world({"shards=1"});
  const Made good = make_over_http(world, R"("presence:read","events:publish","chats:write")");
  const Made ended = make_over_http(world, R"("presence:read")");
  const User& admin = world.as(Relation::admin);
  const std::string user = world.as(Relation::member).id;
  CHECK(world.server().http().del("/service-accounts/" + ended.id, admin.token).status == 204);
  CHECK(world.server().http().del("/service-accounts/" + ended.id, admin.token).status == 404);

  std::string turned = good.token;
  turned.back() = turned.back() == 'A' ? 'B' : 'A';
  std::string lower = good.token;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto hash = hash_opaque_token(good.token);
  const std::string raw_hash = replaced(std::string(hash.begin(), hash.end()), "\n", "x");
  std::string hex;
  for (const auto byte : hash) {
    hex += "0123456789abcdef"[byte / 16];
    hex += "0123456789abcdef"[byte % 16];
  }
  const std::vector<std::string> forged = {ended.token,
                                           turned,
                                           lower,
                                           good.id,
                                           "svc_",
                                           "svc_" + hex,
                                           good.token + "A",
                                           good.token.substr(0, good.token.size() - 1),
                                           "SVC_" + good.token.substr(4),
                                           good.token.substr(4),
                                           "svc_" + good.token,
                                           "svc_' OR '1'='1",
                                           "svc_%",
                                           "svc_" + std::string(4000, 'A'),
                                           new_opaque_token("svc_").text,
                                           new_opaque_token("rft_").text,
                                           admin.token,
                                           world.as(Relation::member).token,
                                           "null",
                                           "*"};
  std::set<std::string> answers;
  for (const std::string& token : forged) {
    CAPTURE(token);
    const auto ask = [&](HttpRequest request) {
      return ask_as_service(world.server(), token, std::move(request), user);
    };
    answers.insert(without_number(ask({.path = "/presence?users=" + user})));
    answers.insert(without_number(ask(
        {.method = "POST", .path = "/channels/" + user + "/events", .body = R"({"name":"a"})"})));
    if (!token.starts_with("eyJ")) {
      answers.insert(without_number(ask({.method = "POST", .path = "/chats", .body = "{}"})));
    }
  }
  CAPTURE(*answers.begin());
  CHECK(answers.size() == 1);
  CHECK(answers.begin()->starts_with("401"));
  CHECK(ask_as_service(world.server(), good.token, {.path = "/presence?users=" + user}).status ==
        200);
}

TEST_CASE("a service token is no user's: it opens no socket") {
  World world({"shards=1"});
  const Made good = make_over_http(world, R"("chats:write","members:write","messages:write")");
  WsClient socket(world.server().port());
  socket.send(R"({"type":"connection.init","token":")" + good.token + "\"}");
  CHECK(socket.wait_close() == 4500);
}

TEST_CASE("a service's token is shown once, stored as a hash, and what it does is audited") {
  World world({"shards=1"});
  const Made made = make_over_http(world, R"("chats:write","users:disconnect")");
  const User& admin = world.as(Relation::admin);
  const HttpResponse list = world.server().http().get("/service-accounts", admin.token);
  REQUIRE(list.status == 200);
  CHECK(list.json()["items"][0]["id"].text() == made.id);
  CHECK(list.json()["items"][0]["created_by"].text() == admin.id);
  CHECK(list.json()["items"][0]["scopes"].texts() ==
        std::vector<std::string>{"users:disconnect", "chats:write"});
  CHECK(list.body.find(made.token) == std::string::npos);
  REQUIRE(
      ask_as_service(
          world.server(), made.token,
          {.method = "POST", .path = "/chats", .body = R"({"type":"group","participant_ids":[]})"},
          world.as(Relation::member).id)
          .status == 201);
  REQUIRE(ask_as_service(world.server(), made.token,
                         {.method = "POST",
                          .path = "/users/" + world.as(Relation::member).id + "/disconnect",
                          .body = "{}"})
              .status == 200);
  CHECK(world.server().terminate() == 0);
  CHECK(read_file(world.server().data() / "kith.db").find(made.token) == std::string::npos);
  CHECK(count(world, "SELECT COUNT(*) FROM audit_log WHERE action = 'service.create'") == 1);
  CHECK(count(world, "SELECT COUNT(*) FROM audit_log WHERE action = 'service.act'") == 1);
  CHECK(count(world, "SELECT COUNT(*) FROM audit_log WHERE action = 'service.disconnect'") == 1);
  CHECK(world.server().log().find(made.token) == std::string::npos);
}

TEST_CASE("what is wrong with a new service account is named") {
  World world({"shards=1"});
  for (const auto& [body, field] :
       {std::pair(R"({"scopes":["presence:read"]})", "name"),
        std::pair(R"({"name":"b\u0456lling","scopes":["presence:read"]})", "name"),
        std::pair(R"({"name":"a"})", "scopes"), std::pair(R"({"name":"a","scopes":[]})", "scopes"),
        std::pair(R"({"name":"a","scopes":["all"]})", "scopes"),
        std::pair(R"({"name":"a","scopes":"presence:read"})", "scopes")}) {
    const HttpResponse refused =
        world.server().post("/service-accounts", body, world.as(Relation::admin));
    CHECK(refused.status == 422);
    CHECK(refused.json()["errors"][0]["field"].text() == field);
  }
}

}  // namespace
}  // namespace kith::test
