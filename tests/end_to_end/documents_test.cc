// The documents as they are served, and what they promise of every request: keys that make a repeat
// harmless, lists that page, changes that are not lost, refusals that are problems.
#include "gateway/openapi/documents.h"

#include <algorithm>
#include <memory>

#include "tests/end_to_end/event_requests.h"
#include "tests/support/club.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TestServer& documents_server() {
  return shared_server<TwoShards>();
}

HttpResponse send(const User& user, std::string method, std::string path, std::string body,
                  std::vector<std::pair<std::string, std::string>> headers) {
  return documents_server().http().send({.method = std::move(method),
                                         .path = std::move(path),
                                         .body = std::move(body),
                                         .token = user.token,
                                         .headers = std::move(headers)});
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out(text);
  const auto at = out.find(what);
  return at == std::string::npos ? out : out.replace(at, what.size(), with);
}

TEST_CASE("the documents are served whole, to everybody, and known ones not again") {
  HttpClient http = documents_server().http();
  for (const auto& [path, document] :
       {std::pair("/openapi.json", &api::openapi_document()),
        std::pair("/api/v1/asyncapi.json", &api::asyncapi_document())}) {
    const HttpResponse got = http.get(path);
    CHECK(got.status == 200);
    CHECK(got.header("content-type") == "application/json");
    CHECK(got.body == document->json);
    const HttpResponse known =
        http.send({.path = path, .headers = {{"If-None-Match", got.header("etag")}}});
    CHECK(known.status == 304);
    CHECK(known.body.empty());
  }
  const HttpResponse page = http.get("/docs");
  CHECK(page.status == 200);
  CHECK(page.header("content-security-policy").find("script-src 'self'") != std::string::npos);
  CHECK(page.body.find("://") == std::string::npos);  // of no other host
}

struct Creation {
  std::string_view path;  // with {chat} and {club}
  std::string_view body;
  std::string_view other;  // what another body has in place of "one"
  const char* id;          // the member that names what was made
};

TEST_CASE("a repeat under the same Idempotency-Key makes nothing new; another body is a conflict") {
  const Club club = make_club(documents_server(), 2);
  const Creation creations[] = {
      {"/chats", R"({"type":"group","name":"one","participant_ids":[]})", "two", "id"},
      {"/clubs", R"({"name":"one"})", "two", "id"},
      {"/clubs/{club}/posts", R"({"content":"one"})", "two", "id"},
      {"/clubs/{club}/broadcasts", R"({"content":{"type":"text","text":"one"},"audience":"all"})",
       "two", "id"},
      {"/events", "{hike}", "two", "id"},
      {"/chats/{chat}/messages", R"({"content":{"type":"text","text":"one"}})", "two",
       "message_id"},
  };
  const std::string hike = replaced(sunset_hike(), "Sunset", "one");
  std::size_t documented = 0;
  for (const api::Operation& operation : api::operations()) {
    documented += (operation.with & api::kIdempotencyKey) != 0 ? 1 : 0;
  }
  // And those that have their own tests: what one did (two), what other back ends make (two), and a
  // refresh.
  CHECK(documented == std::size(creations) + 5);
  for (const Creation& creation : creations) {
    CAPTURE(creation.path);
    const std::string path =
        replaced(replaced(creation.path, "{club}", club.id), "{chat}", club.chat);
    const std::string body = replaced(creation.body, "{hike}", hike);
    const auto post = [&](const std::string& json, const std::string& key) {
      return send(club.owner(), "POST", path, json, {{"Idempotency-Key", key}});
    };
    const HttpResponse made = post(body, "key-1");
    REQUIRE_MESSAGE(made.status / 100 == 2, made.body);
    const HttpResponse again = post(body, "key-1");
    CHECK(again.status / 100 == 2);
    CHECK(again.json()[creation.id].text() == made.json()[creation.id].text());
    const HttpResponse other = post(replaced(body, "one", creation.other), "key-1");
    CHECK(other.status == 409);
    CHECK(other.json()["code"].text() == "conflict");
    const HttpResponse another = post(body, "key-2");
    CHECK(another.json()[creation.id].text() != made.json()[creation.id].text());
    for (const char* key :
         {"", "with blank", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
      CHECK(post(body, key).status == 400);
    }
  }
}

TEST_CASE("a change of an older version is lost, and told so: 412") {
  const Club club = make_club(documents_server(), 1);
  const User& owner = club.owner();
  const std::string event = make_event(documents_server(), owner);
  struct Change {
    std::string path;
    std::string first;
    std::string second;
  };
  const Change changes[] = {
      {"/users/" + owner.id, R"({"bio":"first"})", R"({"bio":"second"})"},
      {club.path(), R"({"description":"first"})", R"({"description":"second"})"},
      {"/events/" + event, R"({"description":"first"})", R"({"description":"second"})"}};
  for (const Change& change : changes) {
    CAPTURE(change.path);
    const std::string tag = documents_server().http().get(change.path, owner.token).header("etag");
    REQUIRE_FALSE(tag.empty());
    const auto patch = [&](const std::string& body, const std::string& if_match) {
      return send(owner, "PATCH", change.path, body, {{"If-Match", if_match}});
    };
    CHECK(patch(change.first, tag).status == 200);
    const HttpResponse lost = patch(change.second, tag);
    CHECK(lost.status == 412);
    CHECK(lost.json()["code"].text() == "conflict");
    const HttpResponse stands = documents_server().http().get(change.path, owner.token);
    CHECK(stands.body.find("second") == std::string::npos);
    CHECK(patch(change.second, "no tag").status == 400);
    CHECK(patch(change.second, stands.header("etag")).status == 200);
    CHECK(patch(change.first, "*").status == 200);
  }
}

// What an operation's path stands for, and somebody who may ask for all of them: the owner of the
// club and of the event, who is an admin too.
struct Setting {
  std::unique_ptr<TestServer> server;
  Club club;
  std::string event;

  std::string path(std::string_view pattern) const {
    std::string out = replaced(pattern, "{club_id}", club.id);
    out = replaced(replaced(out, "{event_id}", event), "{chat_id}", club.chat);
    return replaced(out, "{user_id}", club.owner().id);
  }
  HttpResponse get(const std::string& path) const {
    return server->http().get(path, club.owner().token);
  }
};
Setting make_setting() {
  auto server = std::make_unique<TestServer>();
  const Club club = make_club(*server, 2);
  const std::string event = publish_event(*server, club.owner(), R"(,"club_id":")" + club.id + '"');
  REQUIRE(server->terminate() == 0);  // the data directory is its own while it runs
  const Output granted = run({kithd(), "grant", "--data", server->data().string(), "--user",
                              club.owner().id, "--role", "admin"});
  REQUIRE_MESSAGE(granted.status == 0, granted.err);
  server->start();
  return {.server = std::move(server), .club = club, .event = event};
}

// Of an operation whose query is right. No board's period has ended yet.
int status_of(const api::Operation& operation) {
  return operation.pattern == "/leaderboards/past" ? 404 : 200;
}

TEST_CASE("what a query says is held to what the document says of it") {
  const Setting setting = make_setting();
  std::size_t parameters = 0;
  for (const api::Operation& operation : api::operations()) {
    for (const api::Parameter& parameter : operation.query) {
      using Kind = api::Schema::Kind;
      const api::Schema& schema = parameter.schema;
      const bool ruled = !schema.values.empty() || schema.id || !schema.format.empty() ||
                         schema.kind == Kind::boolean || schema.kind == Kind::number;
      if (!ruled) continue;
      ++parameters;
      const std::string path =
          setting.path(operation.pattern) + '?' + parameter.name + "=none-of-these";
      CAPTURE(path);
      const HttpResponse answer = setting.get(path);
      CHECK((answer.status == 400 || answer.status == 422));
      for (const std::string& value : schema.values) {
        const std::string good = setting.path(operation.pattern) + '?' + parameter.name + '=';
        CHECK(setting.get(good + value).status == status_of(operation));
      }
    }
  }
  CHECK(parameters > 10);
}

TEST_CASE("every list holds to its limit, and refuses what is none and cursors that are not its") {
  const Setting setting = make_setting();
  std::size_t lists = 0;
  for (const api::Operation& operation : api::operations()) {
    const auto takes = [&](std::string_view name) {
      return std::ranges::find(operation.query, name, &api::Parameter::name) !=
             operation.query.end();
    };
    if (!takes("limit")) continue;
    ++lists;
    const std::string path = setting.path(operation.pattern);
    CAPTURE(path);
    const auto get = [&](const std::string& query) { return setting.get(path + query); };
    const HttpResponse one = get("?limit=1");
    CHECK(one.status == status_of(operation));
    CHECK(one.json()["items"].size() <= 1);
    CHECK(one.json()["messages"].size() <= 1);
    CHECK(get("?limit=4294967296").status == status_of(operation));  // more counts as the most
    for (const char* limit : {"0", "-1", "ten", "1.5", ""}) {
      CAPTURE(limit);
      const int status = get("?limit=" + std::string(limit)).status;
      CHECK((status == 400 || status == 422));
    }
    if (!takes("cursor")) continue;
    const int status = get("?cursor=forged").status;
    CHECK((status == 400 || status == 422));
  }
  CHECK(lists > 10);
}

}  // namespace
}  // namespace kith::test
