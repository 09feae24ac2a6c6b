// Clubs over HTTP, to the letter of the requirement document's section 2.3, and what it leaves
// open: search, members, lost updates, bad input.
#include "tests/support/club.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TestServer& server() {
  return shared_server<TwoShards>();
}

// Of a 422: the fields it names.
std::string fields_of(const HttpResponse& response) {
  CHECK(response.status == 422);
  CHECK(response.header("content-type") == "application/problem+json");
  std::string names;
  const Json errors = response.json()["errors"];
  for (std::size_t i = 0; i < errors.size(); ++i) {
    names += (names.empty() ? "" : " ") + errors[i]["field"].text();
  }
  return names;
}

HttpResponse patch(const Club& club, const User& by, std::string body, std::string if_match = {}) {
  HttpRequest request{
      .method = "PATCH", .path = club.path(), .body = std::move(body), .token = by.token};
  if (!if_match.empty()) request.headers.emplace_back("If-Match", std::move(if_match));
  return server().http().send(request);
}

TEST_CASE("a club is made, joined, posted in and read as the document shows it") {
  const auto users = server().sign_up(2);
  const HttpResponse made = server().post(
      "/clubs",
      R"({"name":"Austin Adventurers","description":"Outdoor explorations","city":"Austin",)"
      R"("tags":["outdoors"],"privacy_level":"public"})",
      users[0]);
  CHECK(made.status == 201);
  CHECK(made.json().keys() == std::vector<std::string>{"id", "slug"});
  CHECK(made.json()["slug"].text().starts_with("austin-adventurers"));
  const std::string path = "/clubs/" + made.json()["id"].text();
  const HttpResponse joined =
      server().post(path + "/join", R"({"message":"Excited to join!"})", users[1]);
  CHECK(joined.status == 200);
  CHECK(joined.body == R"({"status":"approved"})");
  const HttpResponse posted = server().post(
      path + "/posts", R"({"content":"Photos from last hike","media_ids":["med_456"]})", users[1]);
  CHECK(posted.status == 201);
  CHECK(posted.json().keys() == std::vector<std::string>{"id", "created_at"});
  const HttpResponse feed = server().http().get("/api/v1" + path + "/feed", users[0].token);
  CHECK(feed.status == 200);
  const Json item = feed.json()["items"][0];
  CHECK(item["id"].text() == posted.json()["id"].text());
  CHECK(item["type"].text() == "post");
  CHECK(item["author"]["id"].text() == users[1].id);
  CHECK_FALSE(item["author"]["display_name"].text().empty());
  CHECK(item["content"].text() == "Photos from last hike");
  CHECK(item["media"].texts() == std::vector<std::string>{"med_456"});
  CHECK(item["created_at"].text() == posted.json()["created_at"].text());
  CHECK(feed.json()["next_cursor"].is_null());
}

TEST_CASE("what a body gets wrong is named, and what it may not set is not set") {
  const Club club = make_club(server(), 2);
  const auto create = [&](std::string_view body) {
    return server().post("/clubs", std::string(body), club.owner());
  };
  CHECK(fields_of(create("{}")) == "name");
  CHECK(fields_of(create(R"({"name":"   "})")) == "name");
  CHECK(fields_of(create(R"({"name":7,"tags":"x","privacy_level":"secret"})")) ==
        "name tags privacy_level");
  CHECK(fields_of(create(R"({"name":"x","tags":[""],"city":7,"description":[]})")) ==
        "description city tags");
  CHECK(create("[]").status == 400);
  CHECK(fields_of(server().post(club.path("/posts"), "{}", club.owner())) == "content");
  CHECK(fields_of(server().post(club.path("/posts"), R"({"media_ids":[""],"event_id":"evt_1"})",
                                club.owner())) == "media_ids event_id");
  CHECK(fields_of(server().post(club.path("/posts"),
                                R"({"event_id":"evt_01ARZ3NDEKTSV4RRFFQ69G5FAV"})",
                                club.owner())) == "event_id");
  CHECK(fields_of(act_on_member(server(), club, club.owner(), club.users[1], "crown")) == "action");
  CHECK(fields_of(act_on_member(server(), club, club.owner(), club.users[1], "role",
                                R"("role":"king")")) == "role");
  CHECK(fields_of(act_on_member(server(), club, club.owner(), club.users[1], "ban",
                                R"("until":"later")")) == "until");
  CHECK(fields_of(server().post(club.path("/join"), R"({"message":7})", club.users[1])) ==
        "message");
  CHECK(fields_of(server().post(club.path("/read"), R"({"seq":"1"})", club.owner())) == "seq");
  CHECK(fields_of(server().post(club.path("/read"), R"({"seq":1000000})", club.owner())) == "seq");
  const HttpResponse assigned = patch(club, club.owner(),
                                      R"({"name":"New","owner_id":")" + club.users[1].id +
                                          R"(","member_count":99,"slug":"x","id":"club_1"})");
  CHECK(assigned.status == 200);
  CHECK(assigned.json()["name"].text() == "New");
  CHECK(assigned.json()["owner_id"].text() == club.owner().id);
  CHECK(assigned.json()["member_count"].number() == 2);
  CHECK(assigned.json()["id"].text() == club.id);
  HttpClient http = server().http();
  CHECK(http.get("/clubs/club_1", club.owner().token).status == 400);
  CHECK(http.get("/clubs?limit=0", club.owner().token).status == 400);
  CHECK(http.get("/clubs?cursor=mine", club.owner().token).status == 400);
  CHECK(http.get(club.path("/members?status=asleep"), club.owner().token).status == 400);
}

TEST_CASE("an update of an older version is lost, and told so") {
  const Club club = make_club(server(), 2);
  const HttpResponse first = server().http().get(club.path(), club.owner().token);
  const std::string tag = first.header("etag");
  CHECK(tag == R"("1")");
  const HttpResponse updated = patch(club, club.owner(), R"({"city":"Boston"})", tag);
  CHECK(updated.status == 200);
  CHECK(updated.header("etag") == R"("2")");
  const HttpResponse lost = patch(club, club.owner(), R"({"city":"Chicago"})", tag);
  CHECK(lost.status == 412);
  CHECK(lost.json()["code"].text() == "conflict");
  CHECK(lost.header("etag") == R"("2")");
  CHECK(patch(club, club.owner(), R"({"city":"Chicago"})", "W/\"2\"").status == 412);
  CHECK(server().http().get(club.path(), club.owner().token).json()["city"].text() == "Boston");
  CHECK(patch(club, club.owner(), R"({"city":"Denver"})", "*").status == 200);
  CHECK(patch(club, club.users[1], R"({"city":"mine"})").status == 403);
}

TEST_CASE("members are listed page by page, with their roles; requests for organizers alone") {
  const Club club = make_club(server(), 5);
  CHECK(act_on_member(server(), club, club.owner(), club.users[2], "role", R"("role":"moderator")")
            .status == 200);
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const Json page =
        server()
            .http()
            .get(club.path("/members?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)),
                 club.users[4].token)
            .json();
    for (std::size_t i = 0; i < page["items"].size(); ++i) {
      seen.push_back(page["items"][i]["user_id"].text());
      if (seen.back() == club.users[2].id) CHECK(page["items"][i]["role"].text() == "moderator");
    }
    cursor = page["next_cursor"].text();
  } while (!cursor.empty());
  std::vector<std::string> expected;
  for (const User& user : club.users) expected.push_back(user.id);
  CHECK(seen == expected);
  HttpClient http = server().http();
  CHECK(http.get(club.path("/members?status=pending"), club.users[4].token).status == 403);
  CHECK(http.get(club.path("/members?status=pending"), club.users[2].token).status == 200);
}

TEST_CASE("the same request with the same key makes one club and one post") {
  const User user = server().sign_up();
  const auto send = [&](const std::string& path, const std::string& body, const std::string& key) {
    return server().http().send({.method = "POST",
                                 .path = path,
                                 .body = body,
                                 .token = user.token,
                                 .headers = {{"Idempotency-Key", key}}});
  };
  const HttpResponse first = send("/clubs", R"({"name":"Once"})", "key-1");
  const HttpResponse again = send("/clubs", R"({"name":"Once"})", "key-1");
  CHECK(first.status == 201);
  CHECK(again.status == 200);
  CHECK(again.body == first.body);
  CHECK(send("/clubs", R"({"name":"Other"})", "key-1").status == 409);
  const std::string posts = "/clubs/" + first.json()["id"].text() + "/posts";
  const HttpResponse post = send(posts, R"({"content":"x"})", "key-1");
  CHECK(post.status == 201);
  CHECK(send(posts, R"({"content":"x"})", "key-1").body == post.body);
}

TEST_CASE("clubs are found over HTTP") {
  const User user = server().sign_up();
  const auto make = [&](const std::string& body) {
    return server().post("/clubs", body, user).json()["id"].text();
  };
  const std::string kayaks =
      make(R"({"name":"Kayak Friends","city":"Xanadu","tags":["Water Sports"]})");
  const std::string chess = make(R"({"name":"Chess at Night","city":"Xanadu"})");
  const auto found = [&](const std::string& query) {
    const Json page = server().http().get("/clubs?" + query, user.token).json();
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < page["items"].size(); ++i) {
      ids.push_back(page["items"][i]["id"].text());
    }
    return ids;
  };
  using Ids = std::vector<std::string>;
  CHECK(found("q=kayak") == Ids{kayaks});
  CHECK(found("city=xanadu") == Ids{chess, kayaks});
  CHECK(found("tag=water%20sports") == Ids{kayaks});
  CHECK(found("city=Xanadu&q=chess") == Ids{chess});
  CHECK(found("mine=true") == Ids{chess, kayaks});
  CHECK(found("q=kayak%20chess").empty());
}

}  // namespace
}  // namespace kith::test
