// Broadcasts over the real server: sent, scheduled, counted, cancelled.
#include "protocol/time_format.h"
#include "tests/end_to_end/event_requests.h"
#include "tests/support/club.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

WsClient follow_club(const TestServer& server, const User& user, const Club& club) {
  WsClient socket = connect(server, user, R"("follow":["clubs"])");
  socket.wait_for("subscribed",
                  [&](const Json& frame) { return frame["channel"].text() == club.id; });
  return socket;
}

HttpResponse tell(const TestServer& server, const Club& club, const User& by,
                  std::string_view more = {}, std::string_view audience = "all") {
  std::string body = R"({"content":{"type":"text","text":"Meet at nine"},"audience":")" +
                     std::string(audience) + '"';
  if (!more.empty()) body += ',' + std::string(more);
  return server.post(club.path("/broadcasts"), body + '}', by);
}

std::string in_seconds(int seconds) {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return R"("send_at":")" + format_time(now + std::chrono::seconds(seconds)) + '"';
}

KITH_ON_SHARDS("a broadcast reaches every socket, and its organizer sees how far it has come") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 3);
  WsClient owner = follow_club(server, club.owner(), club);
  WsClient one = follow_club(server, club.users[1], club);
  WsClient other = follow_club(server, club.users[2], club);
  CHECK(tell(server, club, club.users[1]).status == 403);
  const HttpResponse told = tell(server, club, club.owner());
  REQUIRE_MESSAGE(told.status == 201, told.body);
  const std::string id = told.json()["id"].text();
  std::int64_t seq = 0;
  for (WsClient* socket : {&one, &other}) {
    const Json event = socket->wait_for("club.broadcast");
    CHECK(event["channel"].text() == club.id);
    CHECK(event["broadcast_id"].text() == id);
    CHECK(event["author_id"].text() == club.owner().id);
    CHECK(event["content"]["text"].text() == "Meet at nine");
    seq = event["seq"].number();
  }
  owner.wait_for("broadcast.progress", [&](const Json& frame) {
    return frame["broadcast_id"].text() == id && frame["delivered"].number() == 3;
  });
  const auto mark = R"({"seq":)" + std::to_string(seq) + '}';
  const HttpResponse read = server.post(club.path("/read"), mark, club.users[1]);
  CHECK(read.status == 200);
  CHECK(read.json()["moved"].flag());
  const Json elsewhere = one.wait_for("channel.read");  // this or another device of the reader's
  CHECK(elsewhere["channel"].text() == club.users[1].id);
  CHECK(elsewhere["read_channel"].text() == club.id);
  CHECK(elsewhere["last_read_seq"].number() == seq);
  const Json progress = owner.wait_for(
      "broadcast.progress", [](const Json& frame) { return frame["seen"].number() == 1; });
  CHECK(progress["audience_count"].number() == 3);
  // Reading one's list past it is having seen it, too.
  const Json notices = server.http().get("/notifications", club.users[2].token).json()["items"];
  const std::string up_to = R"({"up_to":")" + notices[0]["id"].text() + "\"}";
  CHECK(server.post("/notifications/read", up_to, club.users[2]).status == 200);
  owner.wait_for("broadcast.progress",
                 [](const Json& frame) { return frame["seen"].number() == 2; });
  const Json now = server.http().get(club.path("/broadcasts/" + id), club.owner().token).json();
  CHECK(now["status"].text() == "sent");
  CHECK(now["audience"].text() == "all");
  CHECK(now["audience_count"].number() == 3);
  CHECK(now["delivered"].number() == 3);
  CHECK(now["seen"].number() == 2);
  const Json list = server.http().get(club.path("/broadcasts"), club.owner().token).json();
  CHECK(list["items"].size() == 1);
  CHECK(list["items"][0]["id"].text() == id);
}

KITH_ON_SHARDS("an event's guests are told in their lists, and seen by reading list or channel") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 3);
  const std::string event = publish_event(server, club.owner(), R"(,"club_id":")" + club.id + "\"");
  for (const std::size_t guest : {1u, 2u}) {
    REQUIRE(answer(server, club.users[guest], event, "going").status == 200);
  }
  WsClient owner = follow_club(server, club.owner(), club);
  WsClient reader = connect(server, club.users[2]);
  subscribe(reader, event);
  const HttpResponse told = tell(server, club, club.owner(), {}, "rsvp:" + event);
  REQUIRE_MESSAGE(told.status == 201, told.body);
  const std::string id = told.json()["id"].text();
  const std::int64_t seq = reader.wait_for("club.broadcast")["seq"].number();
  const auto await_seen = [&](std::int64_t count) {
    owner.wait_for("broadcast.progress", [&](const Json& frame) {
      return frame["broadcast_id"].text() == id && frame["seen"].number() == count;
    });
  };
  const Json notice = server.http().get("/notifications", club.users[1].token).json()["items"][0];
  CHECK(notice["type"].text() == "club.broadcast");
  CHECK(notice["payload"]["broadcast_id"].text() == id);
  CHECK(server.http()
            .send({.method = "PATCH",
                   .path = "/notifications/" + notice["id"].text() + "/read",
                   .token = club.users[1].token})
            .status == 200);
  await_seen(1);
  const HttpResponse read = server.post("/events/" + event + "/read",
                                        R"({"seq":)" + std::to_string(seq) + '}', club.users[2]);
  CHECK(read.status == 200);
  CHECK(read.json()["event_id"].text() == event);
  CHECK(read.json()["last_read_seq"].number() == seq);
  CHECK(read.json()["moved"].flag());
  await_seen(2);
}

KITH_ON_SHARDS("a scheduled broadcast goes out on time, and one that was cancelled does not") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 2);
  WsClient member = follow_club(server, club.users[1], club);
  const HttpResponse soon = tell(server, club, club.owner(), in_seconds(2));
  REQUIRE(soon.status == 201);
  CHECK(soon.json()["status"].text() == "scheduled");
  const HttpResponse never = tell(server, club, club.owner(), in_seconds(2));
  REQUIRE(never.status == 201);
  const std::string path = club.path("/broadcasts/" + never.json()["id"].text());
  CHECK(server.http().del(path, club.users[1].token).status == 403);
  CHECK(server.http().del(path, club.owner().token).json()["status"].text() == "cancelled");
  CHECK(member.wait_for("club.broadcast")["broadcast_id"].text() == soon.json()["id"].text());
  CHECK(server.http()
            .del(club.path("/broadcasts/" + soon.json()["id"].text()), club.owner().token)
            .status == 409);
  REQUIRE(post_in(server, club, club.owner(), "behind it").status == 201);
  CHECK(member.wait_for("club.post")["post"]["content"].text() == "behind it");
  for (const Json& frame : member.fence()) CHECK(frame["type"].text() != "club.broadcast");
}

KITH_ON_SHARDS("what one organizer schedules or cancels, the others are told") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 3);
  REQUIRE(act_on_member(server, club, club.owner(), club.users[1], "role", R"("role":"organizer")")
              .status == 200);
  WsClient other = follow_club(server, club.users[1], club);
  WsClient member = follow_club(server, club.users[2], club);
  const HttpResponse told = tell(server, club, club.owner(), in_seconds(3600));
  REQUIRE_MESSAGE(told.status == 201, told.body);
  const std::string id = told.json()["id"].text();
  const Json scheduled = other.wait_for("broadcast.progress");
  CHECK(scheduled["channel"].text() == club.users[1].id);
  CHECK(scheduled["broadcast_id"].text() == id);
  CHECK(scheduled["status"].text() == "scheduled");
  CHECK(server.http().del(club.path("/broadcasts/" + id), club.owner().token).status == 200);
  CHECK(other.wait_for("broadcast.progress")["status"].text() == "cancelled");
  for (const Json& frame : member.fence()) CHECK(frame["type"].text() != "broadcast.progress");
}

TEST_CASE("a scheduled broadcast goes out once, also across kill -9 in between") {
  TestServer server;
  const Club club = make_club(server, 2);
  const HttpResponse told = tell(server, club, club.owner(), in_seconds(2));
  REQUIRE(told.status == 201);
  server.kill();
  server.start();
  {
    WsClient waits = connect(server, club.users[1]);
    subscribe(waits, club.id, R"("after_seq":0)");
    waits.wait_for("club.broadcast");
  }
  server.kill();
  server.start();
  WsClient socket = connect(server, club.users[1]);
  CHECK(subscribe(socket, club.id, R"("after_seq":0)")["recovered"].flag());
  int broadcasts = 0;
  for (const Json& frame : socket.fence()) {
    if (frame["type"].text() == "club.broadcast") ++broadcasts;
  }
  CHECK(broadcasts == 1);
}

KITH_ON_SHARDS("a broadcast is refused field by field") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 1);
  const auto fields = [&](std::string_view body) {
    const HttpResponse answer =
        server.post(club.path("/broadcasts"), std::string(body), club.owner());
    CHECK(answer.status == 422);
    std::string names;
    const Json errors = answer.json()["errors"];
    for (std::size_t i = 0; i < errors.size(); ++i) {
      names += (names.empty() ? "" : " ") + errors[i]["field"].text();
    }
    return names;
  };
  CHECK(fields("{}") == "content audience");
  const std::string content = R"("content":{"type":"text","text":"x"})";
  CHECK(fields("{" + content + R"(,"audience":"some"})") == "audience");
  CHECK(fields("{" + content + R"(,"audience":"rsvp:usr_1"})") == "audience");
  CHECK(fields("{" + content + R"(,"audience":"role:king"})") == "audience");
  CHECK(fields("{" + content + R"(,"audience":"all","send_at":"soon"})") == "send_at");
  CHECK(fields("{" + content + R"(,"audience":"all","send_at":"2999-01-01T00:00:00Z"})") ==
        "send_at");
  CHECK(fields(R"({"content":{"type":"text"},"audience":"all"})") == "content.text");
  CHECK(fields("{" + content + R"(,"audience":"rsvp:)" + "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV" +
               R"("})") == "audience");
}

}  // namespace
}  // namespace kith::test
