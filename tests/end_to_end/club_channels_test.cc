// Clubs on open sockets: followed, joined later, left, banned from, resumed (PROTOCOL sections 2
// and 4, invariants I4 and I7).
#include "tests/support/club.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

constexpr std::string_view kFollow = R"("follow":["clubs"])";

// Follows what there is, up to the club's `subscribed`.
WsClient follow(const TestServer& server, const User& user, const Club& club) {
  WsClient socket = connect(server, user, kFollow);
  socket.wait_for("subscribed",
                  [&](const Json& frame) { return frame["channel"].text() == club.id; });
  return socket;
}

std::string resume(const Club& club, std::int64_t seq, const Json& ready) {
  return R"("epoch":")" + ready["epoch"].text() + R"(","resume":{")" + club.id +
         "\":" + std::to_string(seq) + '}';
}

KITH_ON_SHARDS("who follows clubs hears what is posted, on every socket, numbered alike") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 3);
  WsClient owner = follow(server, club.users[0], club);
  WsClient one = follow(server, club.users[1], club);
  WsClient other = follow(server, club.users[2], club);
  const HttpResponse posted = post_in(server, club, club.users[1], "Weekly plan");
  REQUIRE(posted.status == 201);
  std::int64_t seq = 0;
  for (WsClient* socket : {&owner, &one, &other}) {
    const Json event = socket->wait_for("club.post");
    CHECK(event["channel"].text() == club.id);
    CHECK(event["post"]["id"].text() == posted.json()["id"].text());
    CHECK(event["post"]["content"].text() == "Weekly plan");
    CHECK(event["post"]["author"]["id"].text() == club.users[1].id);
    if (seq != 0) CHECK(event["seq"].number() == seq);
    seq = event["seq"].number();
  }
}

KITH_ON_SHARDS("who joins later follows at once, and so does their place in the club's chat") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 1);
  const User newcomer = server.sign_up();
  WsClient socket = connect(server, newcomer, R"("follow":["clubs","chats"])");
  WsClient owner = follow(server, club.owner(), club);
  const HttpResponse joined = join(server, club, newcomer);
  CHECK(joined.status == 200);
  CHECK(joined.body == R"({"status":"approved"})");
  const Json told = socket.wait_for("notification.new");
  CHECK(told["notification"]["type"].text() == "club.joined");
  CHECK(told["notification"]["payload"]["club_id"].text() == club.id);
  for (const std::string& channel : {club.id, club.chat}) {
    socket.wait_for("subscribed",
                    [&](const Json& frame) { return frame["channel"].text() == channel; });
  }
  const Json came = owner.wait_for("club.member");
  CHECK(came["user_id"].text() == newcomer.id);
  CHECK(came["status"].text() == "approved");
  CHECK(came["role"].text() == "member");
  REQUIRE(post_in(server, club, club.owner(), "welcome").status == 201);
  CHECK(socket.wait_for("club.post")["post"]["content"].text() == "welcome");
  WsClient member = connect_to(server, club.owner(), {club.chat});
  say(member, club.chat, "1", "hello");
  CHECK(socket.wait_for("message.new")["chat_id"].text() == club.chat);
}

KITH_ON_SHARDS(
    "who leaves gets their own leaving and nothing numbered after it, in chat and club") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 3);
  WsClient stays = follow(server, club.users[2], club);
  WsClient leaves = follow(server, club.users[1], club);
  WsClient elsewhere = follow(server, club.users[1], club);
  WsClient chats = connect_to(server, club.users[1], {club.chat});
  const HttpResponse left = server.post(club.path("/leave"), "", club.users[1]);
  CHECK(left.status == 200);
  CHECK(left.body == R"({"status":"none"})");
  for (int i = 0; i < 10; ++i) {
    REQUIRE(post_in(server, club, club.owner(), "after " + std::to_string(i)).status == 201);
  }
  const Json leave = stays.wait_for("club.leave");
  CHECK(leave["user_id"].text() == club.users[1].id);
  CHECK(leave["status"].text() == "left");
  CHECK(read_to_the_end(leaves, club.id) == leave["seq"].number());
  CHECK(read_to_the_end(elsewhere, club.id) == leave["seq"].number());
  read_to_the_end(chats, club.chat);
  for (int i = 0; i < 10; ++i) stays.wait_for("club.post");
  for (WsClient* socket : {&leaves, &elsewhere}) {
    for (const Json& frame : socket->fence()) CHECK(frame["channel"].text() != club.id);
    CHECK(subscribe(*socket, club.id)["code"].text() == "forbidden");
  }
}

KITH_ON_SHARDS("a ban from the club is one from its chat, until it is lifted and they join again") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 3);
  const User& banned = club.users[1];
  WsClient socket = follow(server, banned, club);
  WsClient witness = connect_to(server, club.users[2], {club.chat});
  CHECK(act_on_member(server, club, club.users[2], banned, "ban").status == 403);
  const HttpResponse answer =
      act_on_member(server, club, club.owner(), banned, "ban", R"("reason":"rude")");
  CHECK(answer.status == 200);
  CHECK(answer.json()["status"].text() == "banned");
  read_to_the_end(socket, club.id);
  const Json told = witness.wait_for("system.moderation");
  CHECK(told["action"].text() == "ban");
  CHECK(told["user_id"].text() == banned.id);
  CHECK(join(server, club, banned).status == 403);
  CHECK(subscribe(socket, club.chat)["code"].text() == "forbidden");
  CHECK(act_on_member(server, club, club.owner(), banned, "unban").status == 200);
  CHECK(subscribe(socket, club.id)["code"].text() == "forbidden");
  CHECK(join(server, club, banned).status == 200);
  socket.wait_for("subscribed",
                  [&](const Json& frame) { return frame["channel"].text() == club.id; });
}

KITH_ON_SHARDS("who is banned from the chat, or leaves it, is out of the club as well") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 3);
  WsClient banned = follow(server, club.users[1], club);
  WsClient leaver = follow(server, club.users[2], club);
  const auto ban = R"({"action":"ban","user_id":")" + club.users[1].id + R"("})";
  CHECK(server.post("/chats/" + club.chat + "/moderation", ban, club.owner()).status == 200);
  read_to_the_end(banned, club.id);
  CHECK(join(server, club, club.users[1]).status == 403);
  HttpClient http = server.http();
  CHECK(http.del("/chats/" + club.chat + "/participants/" + club.users[2].id, club.users[2].token)
            .status == 200);
  read_to_the_end(leaver, club.id);
  const Json now = http.get(club.path(), club.owner().token).json();
  CHECK(now["member_count"].number() == 1);
}

KITH_ON_SHARDS("a club is resumed where one left off, or the gap is told") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 2);
  WsClient first(server.port());
  first.send(init_frame(club.users[1], kFollow));
  const Json ready = first.expect("connection.ready");
  const std::int64_t seq =
      first
          .wait_for("subscribed",
                    [&](const Json& frame) { return frame["channel"].text() == club.id; })["seq"]
          .number();
  first.drop();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(post_in(server, club, club.owner(), "missed " + std::to_string(i)).status == 201);
  }
  WsClient again(server.port());
  again.send(init_frame(club.users[1], resume(club, seq, ready)));
  for (int i = 0; i < 5; ++i) {
    const Json event = again.wait_for("club.post");
    CHECK(event["seq"].number() == seq + 1 + i);
    CHECK(event["post"]["content"].text() == "missed " + std::to_string(i));
  }
  const Json subscribed = again.wait_for("subscribed");
  CHECK(subscribed["channel"].text() == club.id);
  CHECK(subscribed["recovered"].flag());
  CHECK(subscribed["seq"].number() == seq + 5);
  REQUIRE(post_in(server, club, club.owner(), "live").status == 201);
  CHECK(again.wait_for("club.post")["seq"].number() == seq + 6);
}

KITH_ON_SHARDS("a private club lets in whom its organizers let in, and shows nobody else inside") {
  const TestServer& server = shared_server<Shards>();
  const Club club = make_club(server, 1, "private");
  const auto others = server.sign_up(2);
  WsClient owner = connect(server, club.owner());
  WsClient asks = connect(server, others[0], kFollow);
  CHECK(join(server, club, others[0]).body == R"({"status":"pending"})");
  const Json request = owner.wait_for("notification.new");
  CHECK(request["notification"]["type"].text() == "club.join_requested");
  CHECK(request["notification"]["payload"]["user_id"].text() == others[0].id);
  CHECK(request["notification"]["payload"]["message"].text() == "Excited to join!");
  CHECK(subscribe(asks, club.id)["code"].text() == "forbidden");
  HttpClient http = server.http();
  const HttpResponse outside = http.get(club.path(), others[1].token);
  CHECK(outside.status == 200);
  CHECK(outside.json()["description"].text() == "Outdoor explorations");
  for (const char* inside : {"/feed", "/members"}) {
    CHECK(http.get(club.path(inside), others[0].token).status == 404);
  }
  CHECK(post_in(server, club, others[0], "let me in").status == 404);
  CHECK(act_on_member(server, club, club.owner(), others[0], "approve").status == 200);
  asks.wait_for("subscribed",
                [&](const Json& frame) { return frame["channel"].text() == club.id; });
  CHECK(http.get(club.path("/feed"), others[0].token).status == 200);
  CHECK(join(server, club, others[1]).status == 200);
  CHECK(act_on_member(server, club, club.owner(), others[1], "reject").status == 200);
  CHECK(http.get(club.path("/members"), others[1].token).status == 404);
}

}  // namespace
}  // namespace kith::test
