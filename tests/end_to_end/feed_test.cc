// GET /feed and what of it comes live, and the prompt of the day.
#include "tests/end_to_end/event_requests.h"
#include "tests/support/club.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TestServer& feed_server() {
  return shared_server<TwoShards>();
}

std::string types_of(const Json& feed) {
  std::string out;
  for (std::size_t i = 0; i < feed["items"].size(); ++i) {
    out += (i == 0 ? "" : " ") + feed["items"][i]["type"].text();
  }
  return out;
}

TEST_CASE("one's day: posts, media, events and who comes to them, and what is on in town") {
  const Club club = make_club(feed_server(), 3);
  const User stranger = feed_server().sign_up("stranger");
  const User& reader = club.users[1];
  REQUIRE(feed_server()
              .http()
              .patch("/users/" + reader.id, R"({"city":"Feedville"})", reader.token)
              .status == 200);
  REQUIRE(post_in(feed_server(), club, club.owner(), "Weekly plan").status == 201);
  const std::string of_club = R"(,"club_id":")" + club.id + '"';
  const std::string hike = publish_event(feed_server(), club.owner(), of_club);
  REQUIRE(answer(feed_server(), club.users[2], hike, "going").status == 200);
  const std::string concert = publish_event(feed_server(), stranger, R"(,"city":"feedville")");
  const HttpResponse got = feed_server().http().get("/feed", reader.token);
  REQUIRE(got.status == 200);
  const Json feed = got.json();
  CHECK(types_of(feed) == "recommendation rsvp event post");
  CHECK(feed["items"][0]["event"]["id"].text() == concert);
  CHECK(feed["items"][1]["actor"]["id"].text() == club.users[2].id);
  CHECK(feed["items"][1]["event"]["id"].text() == hike);
  CHECK(feed["items"][2]["id"].text() == hike);
  CHECK(feed["items"][2]["club"]["id"].text() == club.id);
  CHECK(feed["items"][3]["post"]["content"].text() == "Weekly plan");
  CHECK(feed["next_cursor"].is_null());

  const HttpResponse first = feed_server().http().get("/feed?limit=3", reader.token);
  const std::string cursor = first.json()["next_cursor"].text();
  REQUIRE_FALSE(cursor.empty());
  const HttpResponse rest = feed_server().http().get("/feed?cursor=" + cursor, reader.token);
  CHECK(types_of(rest.json()) == "post");
  CHECK(feed_server().http().get("/feed?cursor=" + cursor, stranger.token).status == 400);
  CHECK(feed_server().http().get("/feed?limit=0", reader.token).status == 400);
}

TEST_CASE("an event that the club publishes comes to whoever follows the club, as in their feed") {
  const Club club = make_club(feed_server(), 2);
  WsClient socket = connect(feed_server(), club.users[1], R"("follow":["clubs"])");
  socket.wait_for("subscribed", [&](const Json& frame) {
    return frame["type"].text() == "subscribed" && frame["channel"].text() == club.id;
  });
  const std::string hike =
      publish_event(feed_server(), club.owner(), R"(,"club_id":")" + club.id + '"');
  const Json told = socket.wait_for("feed.item");
  CHECK(told["channel"].text() == club.id);
  const Json feed = feed_server().http().get("/feed", club.users[1].token).json();
  CHECK(told["item"].dump() == feed["items"][0].dump());
  CHECK(told["item"]["event"]["id"].text() == hike);
}

TEST_CASE("the prompt of the day comes with the first socket of the day, and once") {
  TestServer prompting({"notifications.icebreakers=true"});
  const User ada = prompting.sign_up("ada");
  WsClient socket = connect(prompting, ada);
  const Json told = socket.wait_for("icebreaker.prompt");
  CHECK(told["channel"].text() == ada.id);
  const Json today = prompting.http().get("/icebreakers/today", ada.token).json();
  CHECK(told["prompt_id"].text() == today["id"].text());
  CHECK(told["prompt"].text() == today["prompt"].text());
  // On another socket, and after a restart, it is in the log, and is not told again.
  prompting.kill();
  prompting.start();
  WsClient again = connect(prompting, ada);
  for (const Json& frame : again.fence()) CHECK(frame["type"].text() != "icebreaker.prompt");
  const Json answered = subscribe(again, ada.id, R"("after_seq":0)");
  CHECK(answered["seq"].number() == told["seq"].number());
}

}  // namespace
}  // namespace kith::test
