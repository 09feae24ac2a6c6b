// The examples of the requirement document's section 2, in its order: what it sends is taken, and
// what it shows of the answer is there, under its names and with its types.
#include "tests/end_to_end/event_requests.h"
#include "tests/support/club.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TestServer& examples_server() {
  return shared_server<TwoShards>();
}

// Does the answer have every member of the example, of the same type, also within?
void check_has(const Json& example, const Json& answer, const std::string& at) {
  CAPTURE(at);
  REQUIRE(answer.present());
  if (example.is_object()) {
    REQUIRE(answer.is_object());
    for (const std::string& key : example.keys()) {
      check_has(example[key], answer[key], at + '.' + key);
    }
  } else if (example.is_array()) {
    REQUIRE(answer.is_array());
    if (example.size() > 0 && answer.size() > 0) check_has(example[0], answer[0], at + "[0]");
  } else if (example.is_string()) {
    CHECK(answer.is_string());
  } else if (example.is_integer()) {
    CHECK(answer.is_integer());
  }
}

void check_answer(const HttpResponse& answer, int status, const char* example) {
  CAPTURE(answer.body);
  REQUIRE(answer.status == status);
  check_has(Json::parse(example), answer.json(), "");
}

TEST_CASE("2.1 users") {
  const std::string email = "alex-" + examples_server().sign_up("x").id + "@example.com";
  const HttpResponse made = examples_server().http().post(
      "/users", R"({"email":")" + email +
                    R"(","password":"S3cur3!!","display_name":"Alex","city":"Austin",)"
                    R"("interests":["hiking","music"],"signup_source":"ios"})");
  check_answer(made, 201,
               R"({"id":"usr_123","display_name":"Alex","city":"Austin",)"
               R"("interests":["hiking","music"],"created_at":"2024-04-20T15:30:00Z"})");
  const HttpResponse login = examples_server().http().post(
      "/auth/login", R"({"email":")" + email + R"(","password":"S3cur3!!"})");
  const std::string token = login.json()["access_token"].text();
  const std::string path = "/users/" + made.json()["id"].text();
  const HttpResponse changed =
      examples_server().http().patch(path,
                                     R"({"bio":"Explorer of live music and foodie spots",)"
                                     R"("icebreaker_prompt_id":"prompt_20240420"})",
                                     token);
  CHECK(changed.status == 200);
  CHECK(changed.body == R"({"success":true})");
  check_answer(examples_server().http().get(path, token), 200,
               R"({"id":"usr_123","display_name":"Alex","bio":"Explorer","city":"Austin",)"
               R"("avatar_url":null,"interests":["hiking","music"],"badges":)"
               R"([{"code":"trailblazer","earned_at":"2024-03-01T12:00:00Z"}],)"
               R"("premium_tier":"plus","mutual_clubs":["club_45"],)"
               R"("last_active_at":"2024-04-20T15:31:00Z"})");
  check_answer(examples_server().http().get(path + "/recommendations?limit=10", token), 200,
               R"({"items":[{"id":"usr_789","display_name":"Jordan","mutual_interests":["hiking"],)"
               R"("shared_clubs":2,"compatibility_score":0.86,"icebreaker_prompt":"Ask"}]})");
}

TEST_CASE("2.2 events") {
  const Club club = make_club(examples_server(), 2);
  const std::string more = R"(,"club_id":")" + club.id + '"';
  const HttpResponse made = examples_server().post(
      "/events",
      sunset_hike(more + R"(,"ticketing":{"type":"paid","price_cents":1500,"currency":"USD"})"),
      club.owner());
  check_answer(made, 201,
               R"({"id":"evt_123","status":"draft","created_at":"2024-04-20T16:00:00Z"})");
  CHECK(made.json()["status"].text() == "draft");
  check_answer(
      examples_server().http().get("/events/" + made.json()["id"].text(), club.owner().token), 200,
      R"({"ticketing":{"type":"paid","price_cents":1500,"currency":"USD",)"
      R"("status":"open"}})");

  const std::string event = publish_event(examples_server(), club.owner(), more);
  const HttpResponse going = examples_server().post(
      "/events/" + event + "/rsvp",
      R"({"status":"going","guest_count":1,"payment_method_id":"pm_abc123"})", club.users[1]);
  check_answer(going, 200,
               R"({"rsvp_id":"rsvp_456","status":"confirmed",)"
               R"("calendar_sync":{"google":"synced","apple":"pending"}})");
  CHECK(going.json()["status"].text() == "confirmed");
  check_answer(
      examples_server().http().get("/events/" + event, club.users[1].token), 200,
      R"({"id":"evt_123","title":"Sunset Hike","description":"Join us","start_time":"t",)"
      R"("end_time":"t","location":{"name":"Barton Creek","latitude":30.285,"longitude":-97.735},)"
      R"("capacity":25,"attendees":{"count":18,"preview":[{"user_id":"usr_123",)"
      R"("display_name":"Alex","avatar_url":null}]},"media":[],"ticketing":{"type":"free",)"
      R"("status":"open"}})");
  check_answer(examples_server().http().get("/events/recommendations?time_range=week&limit=5",
                                            club.users[1].token),
               200,
               R"({"items":[{"id":"evt_789","title":"Sunrise Yoga","start_time":"t",)"
               R"("score":0.91,"reason":"Friends attending"}]})");
  const HttpResponse media = examples_server().post(
      "/events/" + event + "/media",
      R"({"type":"photo","content_type":"image/jpeg","file_name":"sunset.jpg"})", club.owner());
  CHECK((media.status == 200 || media.status == 501));  // 501: no store of media is configured
}

TEST_CASE("2.3 clubs") {
  const auto users = examples_server().sign_up(2);
  const HttpResponse made =
      examples_server().post("/clubs",
                             R"({"name":"Austin Adventurers","description":"Outdoor",)"
                             R"("city":"Austin","tags":["outdoors"],"privacy_level":"public"})",
                             users[0]);
  check_answer(made, 201, R"({"id":"club_45","slug":"austin-adventurers"})");
  const std::string club = "/clubs/" + made.json()["id"].text();
  const HttpResponse joined =
      examples_server().post(club + "/join", R"({"message":"Excited to join!"})", users[1]);
  check_answer(joined, 200, R"({"status":"approved"})");
  check_answer(
      examples_server().post(club + "/posts",
                             R"({"content":"Weekly plan","media_ids":["med_789"]})", users[1]),
      201, R"({"id":"post_456","created_at":"2024-04-20T17:00:00Z"})");
  check_answer(examples_server().http().get(club + "/feed", users[0].token), 200,
               R"({"items":[{"id":"post_123","type":"post","author":{"id":"usr_123",)"
               R"("display_name":"Alex"},"content":"Photos","media":["med_456"],)"
               R"("created_at":"2024-04-20T15:00:00Z"}],"next_cursor":null})");
}

TEST_CASE("2.4 chats") {
  const auto users = examples_server().sign_up(2);
  const std::string chat = "/chats/" + examples_server().group(users[0], {users[1]});
  const HttpResponse sent = examples_server().post(
      chat + "/messages",
      R"({"client_message_id":"tmp-123","sender_id":")" + users[0].id +
          R"(","content":{"type":"text","text":"Ready for tonight's event?",)"
          R"("attachments":[{"media_id":"med_456"}]}})",
      users[0]);
  check_answer(sent, 202, R"({"message_id":"msg_789","ack_token":"ack_123","status":"queued"})");
  check_answer(examples_server().http().get(chat + "/messages?limit=50", users[1].token), 200,
               R"({"messages":[{"id":"msg_789","sender_id":"usr_123","content":{"type":"text",)"
               R"("text":"Ready"},"sent_at":"2024-04-20T17:05:00Z","delivery":{"status":)"
               R"("delivered","read_by":["usr_456"]}}],"paging":{"next_before":null}})");
  check_answer(
      examples_server().post(chat + "/typing",
                             R"({"user_id":")" + users[0].id + R"(","is_typing":true})", users[0]),
      200, R"({"expires_in_ms":5000})");
  check_answer(examples_server().http().del(chat + "/messages/" + sent.json()["message_id"].text(),
                                            users[0].token),
               200, R"({"status":"removed","moderator_id":"usr_mod"})");
}

TEST_CASE("2.5 gamification") {
  const TestServer server({"app=default"});
  const User user = server.sign_up("player");
  const std::string now =
      format_time(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  check_answer(server.post("/streaks/" + user.id,
                           R"({"event":"daily_checkin","occurred_at":")" + now + "\"}", user),
               200, R"({"current_streak":5,"longest_streak":12})");
  check_answer(server.http().get("/leaderboards?city=Austin&category=overall", user.token), 200,
               R"({"items":[{"rank":1,"user_id":"usr_123","score":980}],"next_cursor":null})");
  check_answer(server.http().get("/badges/" + user.id, user.token), 200,
               R"({"badges":[{"code":"event_10","name":"Event Enthusiast",)"
               R"("earned_at":"2024-04-10T12:00:00Z"}]})");
}

}  // namespace
}  // namespace kith::test
