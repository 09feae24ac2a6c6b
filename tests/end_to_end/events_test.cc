// Events over HTTP: section 2.2 of the requirement document to the letter, and what a socket that
// follows an event hears of it.
#include "tests/end_to_end/event_requests.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

void check_refused(const HttpResponse& response, int status, std::string_view code,
                   std::string_view field = {}) {
  CAPTURE(response.body);
  CHECK(response.status == status);
  CHECK(response.json()["code"].text() == code);
  if (!field.empty()) CHECK(response.json()["errors"][0]["field"].text() == field);
}

TEST_CASE("the document's event: made as a draft, read, published, answered, listed") {
  const TestServer& server = shared_server<OneShard>();
  const User host = server.sign_up("host");
  const User guest = server.sign_up("guest");
  const HttpResponse made = server.post(
      "/events", sunset_hike(R"(,"ticketing":{"type":"paid","price_cents":1500,"currency":"USD"})"),
      host);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string event = made.json()["id"].text();
  CHECK(event.starts_with("evt_"));
  CHECK(made.json()["status"].text() == "draft");
  CHECK(made.json()["created_at"].text().ends_with("Z"));
  CHECK(server.http().get("/events/" + event, guest.token).status == 404);

  const HttpResponse read = server.http().get("/events/" + event, host.token);
  REQUIRE(read.status == 200);
  const Json seen = read.json();
  CHECK(seen["title"].text() == "Sunset Hike");
  CHECK(seen["location"].dump() ==
        R"({"name":"Barton Creek","latitude":30.285,"longitude":-97.735})");
  CHECK(seen["capacity"].number() == 25);
  CHECK(seen["attendees"].dump() == R"({"count":0,"preview":[]})");
  CHECK(seen["media"].is_array());
  CHECK(seen["ticketing"].dump() ==
        R"({"type":"paid","price_cents":1500,"currency":"USD","status":"closed"})");
  CHECK(seen["chat_id"].text().starts_with("chat_"));

  check_refused(answer(server, guest, event, "going"), 404, "not_found");
  REQUIRE(change(server, host, event, R"({"status":"published"})").status == 200);
  check_refused(answer(server, guest, event, "going"), 402, "payment_required");
  REQUIRE(change(server, host, event, R"({"ticketing":{"type":"free"}})").status == 200);
  const HttpResponse going =
      server.post("/events/" + event + "/rsvp",
                  R"({"status":"going","guest_count":1,"payment_method_id":"pm_abc123"})", guest);
  REQUIRE_MESSAGE(going.status == 200, going.body);
  CHECK(going.json()["rsvp_id"].text().starts_with("rsvp_"));
  CHECK(going.json()["status"].text() == "confirmed");
  CHECK(going.json()["calendar_sync"].dump() == R"({"google":"off","apple":"off"})");
  const Json after = server.http().get("/events/" + event, guest.token).json();
  CHECK(after["attendees"]["count"].number() == 2);
  CHECK(after["attendees"]["preview"][0]["user_id"].text() == guest.id);
  CHECK(after["ticketing"]["status"].text() == "open");
  CHECK(after["my_rsvp"]["rsvp_id"].text() == going.json()["rsvp_id"].text());
  const std::string chat = "/chats/" + after["chat_id"].text();
  CHECK(server.http().get(chat, guest.token).json()["type"].text() == "event");

  const Json mine = server.http().get("/events?mine=attending", guest.token).json();
  REQUIRE(mine["items"].size() == 1);
  CHECK(mine["items"][0]["id"].text() == event);
  CHECK(mine["next_cursor"].is_null());
  const Json map =
      server.http().get("/events?bbox=-98,30,-97,31&limit=100", guest.token).json()["items"];
  CHECK(map.size() >= 1);
  CHECK(server.http().get("/events?near=30.28,-97.73&radius_km=5", guest.token).status == 200);
}

TEST_CASE("recommendations have a score between 0 and 1 and a reason") {
  const TestServer& server = shared_server<OneShard>();
  const User host = server.sign_up("host");
  const User reader = server.sign_up("reader");
  const std::string event = publish_event(server, host, R"(,"city":"Recommended City")");
  const HttpResponse list = server.http().get(
      "/events/recommendations?city=recommended%20city&time_range=week&premium_only=false&limit=5",
      reader.token);
  REQUIRE_MESSAGE(list.status == 200, list.body);
  const Json item = list.json()["items"][0];
  CHECK(item["id"].text() == event);
  CHECK(item["title"].text() == "Sunset Hike");
  CHECK(item["score"].real() > 0);
  CHECK(item["score"].real() <= 1);
  CHECK_FALSE(item["reason"].text().empty());
  CHECK(list.json()["next_cursor"].is_null());
}

TEST_CASE("a lost update is told with 412") {
  const TestServer& server = shared_server<OneShard>();
  const User host = server.sign_up("host");
  const std::string event = make_event(server, host);
  const std::string tag = server.http().get("/events/" + event, host.token).header("etag");
  CHECK(tag == "\"v1\"");
  const auto patch = [&](const std::string& if_match, std::string title) {
    return server.http().send({.method = "PATCH",
                               .path = "/events/" + event,
                               .body = R"({"title":")" + title + R"("})",
                               .token = host.token,
                               .headers = {{"If-Match", if_match}}});
  };
  const HttpResponse first = patch(tag, "First");
  REQUIRE(first.status == 200);
  CHECK(first.header("etag") == "\"v2\"");
  check_refused(patch(tag, "Second"), 412, "conflict");
  check_refused(patch("\"else\"", "Second"), 412, "conflict");
  check_refused(patch("W/\"v2\"", "Second"), 412, "conflict");
  check_refused(patch("v2", "Second"), 400, "bad_request");
  CHECK(patch("*", "Third").status == 200);
  CHECK(server.http().get("/events/" + event, host.token).json()["title"].text() == "Third");
}

TEST_CASE("what is wrong with an event is named, and nothing is made of it") {
  const TestServer& server = shared_server<OneShard>();
  const User host = server.sign_up("host");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string body = sunset_hike();
    const auto at = body.find(from);
    REQUIRE(at != std::string::npos);
    body.replace(at, from.size(), to);
    return server.post("/events", body, host);
  };
  check_refused(with(R"("Sunset Hike")", R"("")"), 422, "bad_request", "title");
  check_refused(with(R"("Sunset Hike")", "7"), 422, "bad_request", "title");
  check_refused(with(R"("start_time":")", R"("start_time":"x)"), 422, "bad_request", "start_time");
  check_refused(with(R"("latitude":30.285)", R"("latitude":91)"), 422, "bad_request",
                "location.latitude");
  check_refused(with(R"("latitude":30.285,)", ""), 422, "bad_request", "location.latitude");
  check_refused(with(R"("name":"Barton Creek",)", ""), 422, "bad_request", "location.name");
  check_refused(with(R"("capacity":25)", R"("capacity":0)"), 422, "bad_request", "capacity");
  check_refused(with(R"("capacity":25)", R"("capacity":2.5)"), 422, "bad_request", "capacity");
  check_refused(with(R"(["outdoors"])", R"([7])"), 422, "bad_request", "tags");
  check_refused(with(R"("capacity":25)", R"("ticketing":{"type":"paid"})"), 422, "bad_request",
                "ticketing.price_cents");
  check_refused(with(R"("capacity":25)", R"("visibility":"club")"), 422, "bad_request",
                "visibility");
  check_refused(with(R"("capacity":25)", R"("club_id":"club_00000000000000000000000000")"), 422,
                "not_found", "club_id");
  check_refused(with(R"("capacity":25)", R"("club_id":"evt_00000000000000000000000000")"), 422,
                "bad_request", "club_id");
  check_refused(server.http().get("/events?bbox=1,2,3", host.token), 422, "bad_request", "bbox");
  check_refused(server.http().get("/events?near=91,0", host.token), 422, "bad_request", "near");
  check_refused(server.http().get("/events?mine=x", host.token), 422, "bad_request", "mine");
  check_refused(server.http().get("/events/recommendations?time_range=x", host.token), 422,
                "bad_request", "time_range");
  CHECK(server.http().get("/events?cursor=nonsense", host.token).status == 400);
  CHECK(server.http().get("/events?mine=organizing", host.token).json()["items"].size() == 0);
  const std::string event = publish_event(server, host);
  check_refused(answer(server, host, event, "perhaps"), 422, "bad_request", "status");
  check_refused(answer(server, host, event, "going", 21), 422, "bad_request", "guest_count");
  check_refused(change(server, host, event, R"({"start_time":null})"), 422, "bad_request",
                "start_time");
}

TEST_CASE("media and boosts say clearly what they wait for") {
  const TestServer& server = shared_server<OneShard>();
  const User host = server.sign_up("host");
  const User guest = server.sign_up("guest");
  const std::string event = publish_event(server, host);
  const std::string media = R"({"type":"photo","content_type":"image/jpeg","file_name":"s.jpg"})";
  const HttpResponse uploaded = server.post("/events/" + event + "/media", media, host);
  check_refused(uploaded, 501, "unavailable");
  CHECK(uploaded.json()["detail"].text().find("media storage") != std::string::npos);
  check_refused(server.post("/events/" + event + "/media", media, guest), 403, "forbidden");
  const std::string boost =
      R"({"duration_hours":24,"boost_type":"discover_feed","payment_method_id":"pm_abc123"})";
  check_refused(server.post("/events/" + event + "/boost", boost, host), 501, "unavailable");
}

KITH_ON_SHARDS("a socket that follows an event hears who comes, and who moves up hears that") {
  const TestServer& server = shared_server<Shards>();
  const User host = server.sign_up("host");
  const auto guests = server.sign_up(2);
  const std::string event = publish_event(server, host);
  REQUIRE(change(server, host, event, R"({"capacity":1})").status == 200);
  WsClient watcher = connect(server, host);
  REQUIRE(subscribe(watcher, event)["type"].text() == "subscribed");
  WsClient second = connect(server, guests[1], R"("follow":["events"])");
  CHECK(answer(server, guests[0], event, "going").json()["status"].text() == "confirmed");
  const Json first = watcher.wait_for("rsvp.updated");
  CHECK(first["channel"].text() == event);
  CHECK(first["user_id"].text() == guests[0].id);
  CHECK(first["status"].text() == "confirmed");
  CHECK(first["attendees_count"].number() == 1);
  CHECK(answer(server, guests[1], event, "going").json()["status"].text() == "waitlisted");
  second.wait_for("the event to be followed", [&](const Json& frame) {
    return frame["type"].text() == "subscribed" && frame["channel"].text() == event;
  });
  CHECK(answer(server, guests[0], event, "declined").json()["status"].text() == "declined");
  const Json told = second.wait_for("notification of a seat", [](const Json& frame) {
    return frame["notification"]["type"].text() == "rsvp.confirmed";
  });
  CHECK(told["notification"]["payload"]["event_id"].text() == event);
  const Json moved = watcher.wait_for("a second who is confirmed", [&](const Json& frame) {
    return frame["user_id"].text() == guests[1].id && frame["status"].text() == "confirmed";
  });
  CHECK(moved["attendees_count"].number() == 1);
  REQUIRE(change(server, host, event, R"({"title":"Night Hike"})").status == 200);
  CHECK(watcher.wait_for("event.updated")["event"]["title"].text() == "Night Hike");
}

TEST_CASE("a reminder goes out by itself") {
  const TestServer& server = shared_server<OneShard>();
  const User host = server.sign_up("host");
  const User guest = server.sign_up("guest");
  const std::string event = publish_event(server, host);
  REQUIRE(answer(server, guest, event, "going").status == 200);
  WsClient socket = connect(server, guest);
  REQUIRE(change(server, host, event,
                 R"({"start_time":")" + in_hours(49) + R"(","location":{"name":"Elsewhere"}})")
              .status == 200);
  const Json told = socket.wait_for("news of the move", [](const Json& frame) {
    return frame["notification"]["type"].text() == "event.moved";
  });
  CHECK(told["notification"]["payload"]["event_id"].text() == event);
}

TEST_CASE("a calendar is read by its secret URL, and by no other") {
  const TestServer& server = shared_server<OneShard>();
  const User host = server.sign_up("host");
  const User guest = server.sign_up("guest");
  const std::string event = publish_event(server, host);
  REQUIRE(answer(server, guest, event, "going").status == 200);
  const HttpResponse made = server.post("/users/me/calendar", "", guest);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string path = made.json()["path"].text();
  CHECK(path.ends_with(".ics"));
  const HttpResponse feed = server.http().get(path);
  REQUIRE(feed.status == 200);
  CHECK(feed.header("content-type") == "text/calendar; charset=utf-8");
  CHECK(feed.header("cache-control") == "private, no-cache");
  CHECK(feed.body.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
  CHECK(feed.body.find("\r\nUID:" + event + "@kith\r\n") != std::string::npos);
  CHECK(feed.body.find("\r\nSTATUS:CONFIRMED\r\n") != std::string::npos);
  REQUIRE(change(server, host, event, R"({"status":"cancelled"})").status == 200);
  CHECK(server.http().get(path).body.find("\r\nSTATUS:CANCELLED\r\n") != std::string::npos);
  const std::string next = server.post("/users/me/calendar", "", guest).json()["path"].text();
  CHECK(server.http().get(path).status == 404);
  CHECK(server.http().get("/api/v1" + next).status == 200);
  CHECK(server.http().del("/users/me/calendar", guest.token).status == 204);
  CHECK(server.http().get(next).status == 404);
}

}  // namespace
}  // namespace kith::test
