// Users over HTTP: section 2.1 of the requirement document to the letter.
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

HttpResponse change_profile(const TestServer& server, const User& who, const std::string& user,
                            std::string body) {
  return server.http().patch("/users/" + user, std::move(body), who.token);
}

TEST_CASE(
    "a profile is read as the document shows it, and changed by its user "
    "alone") {
  const TestServer& server = shared_server<OneShard>();
  const User ada = server.sign_up("ada");
  const User bob = server.sign_up("bob");
  const Json today = server.http().get("/icebreakers/today", ada.token).json();
  REQUIRE(today["id"].text().starts_with("prompt_"));
  const HttpResponse done =
      change_profile(server, ada, ada.id,
                     R"({"bio":"Explorer of live music","interests":["hiking","music"],)"
                     R"("icebreaker_prompt_id":")" +
                         today["id"].text() + R"("})");
  REQUIRE_MESSAGE(done.status == 200, done.body);
  CHECK(done.body == R"({"success":true})");
  const HttpResponse read = server.http().get("/users/" + ada.id, bob.token);
  REQUIRE(read.status == 200);
  const Json seen = read.json();
  for (const char* member : {"id", "display_name", "bio", "city", "avatar_url", "interests",
                             "badges", "premium_tier", "mutual_clubs", "last_active_at"}) {
    CHECK_MESSAGE(seen[member].present(), member);
  }
  CHECK(seen["interests"].texts() == std::vector<std::string>{"hiking", "music"});
  CHECK(seen["icebreaker"]["prompt"].text() == today["prompt"].text());
  CHECK_FALSE(seen["email"].present());
  CHECK(server.http().get("/users/me", ada.token).json()["email"].text() == ada.email);
  CHECK(change_profile(server, bob, ada.id, R"({"bio":"mine"})").status == 403);
  for (const auto& [body, field] :
       {std::pair(R"({"display_name":""})", "display_name"),
        std::pair(R"({"avatar_url":"http://x/"})", "avatar_url"),
        std::pair(R"j({"avatar_url":"javascript:alert(1)"})j", "avatar_url"),
        std::pair(R"({"interests":"hiking"})", "interests"),
        std::pair(R"({"icebreaker_prompt_id":"prompt_20241399"})", "icebreaker_prompt_id")}) {
    const HttpResponse refused = change_profile(server, ada, ada.id, body);
    CHECK(refused.status == 422);
    CHECK(refused.json()["errors"][0]["field"].text() == field);
  }
  // What is not a user's to set is ignored.
  REQUIRE(change_profile(server, ada, ada.id, R"({"premium_tier":"plus","role":"admin"})").status ==
          200);
  const Json me = server.http().get("/users/me", ada.token).json();
  CHECK(me["premium_tier"].text() == "free");
  CHECK(me["role"].text() == "user");
  // null takes away; one's other devices are told what to look at.
  WsClient socket = connect(server, ada);
  REQUIRE(change_profile(server, ada, ada.id, R"({"interests":null,"bio":null})").status == 200);
  const Json told = socket.wait_for("user.updated");
  CHECK(told["channel"].text() == ada.id);
  CHECK(told["changed"].texts() == std::vector<std::string>{"bio", "interests"});
  const Json without = server.http().get("/users/me", ada.token).json();
  CHECK(without["interests"].size() == 0);
  CHECK(without["bio"].text().empty());
}

TEST_CASE("me stands for oneself, in what is changed as in what is read") {
  const TestServer& server = shared_server<OneShard>();
  const User ada = server.sign_up("ada");
  const HttpResponse done = change_profile(server, ada, "me", R"({"bio":"By my own name"})");
  REQUIRE_MESSAGE(done.status == 200, done.body);
  CHECK(server.http().get("/users/" + ada.id, ada.token).json()["bio"].text() == "By my own name");
  CHECK(change_profile(server, ada, "me", R"({"bio":7})").status == 422);
  CHECK(change_profile(server, ada, "you", R"({"bio":"x"})").status == 400);
  CHECK(server.http().get("/users/me/recommendations", ada.token).status == 200);
}

TEST_CASE("people are recommended with a score, what is shared, and a prompt") {
  const TestServer& server = shared_server<OneShard>();
  const User ada = server.sign_up("ada");
  const User bob = server.sign_up("bob");
  for (const User* user : {&ada, &bob}) {
    REQUIRE(change_profile(server, *user, user->id,
                           R"({"city":"Town of two","interests":["glass blowing"]})")
                .status == 200);
  }
  const HttpResponse list =
      server.http().get("/users/" + ada.id + "/recommendations?limit=10", ada.token);
  REQUIRE_MESSAGE(list.status == 200, list.body);
  REQUIRE(list.json()["items"].size() == 1);
  const Json item = list.json()["items"][0];
  CHECK(item["id"].text() == bob.id);
  CHECK(item["mutual_interests"].texts() == std::vector<std::string>{"glass blowing"});
  CHECK(item["shared_clubs"].number() == 0);
  CHECK(item["compatibility_score"].real() == doctest::Approx(0.7));
  CHECK(item["reason"].text() == "Shares your interests");
  CHECK(item["icebreaker_prompt"].text().find("glass blowing") != std::string::npos);
  CHECK(server.http().get("/users/" + bob.id + "/recommendations", ada.token).status == 403);
  CHECK(server.post("/users/" + bob.id + "/block", "", ada).status == 204);
  CHECK(server.http()
            .get("/users/" + ada.id + "/recommendations", ada.token)
            .json()["items"]
            .size() == 0);
  CHECK(server.http().get("/users/" + ada.id, bob.token).status == 404);
  CHECK(server.http().get("/users/me/blocks", ada.token).json()["items"][0]["user_id"].text() ==
        bob.id);
  CHECK(server.http().del("/users/" + bob.id + "/block", ada.token).status == 204);
  CHECK(server.http().get("/users/" + ada.id, bob.token).status == 200);
}

TEST_CASE("ending one of one's logins ends its tokens and sockets at once") {
  const TestServer& server = shared_server<OneShard>();
  const User phone = server.sign_up("ada");
  const User laptop = server.log_in(phone);
  WsClient socket = connect(server, laptop);
  const Json list = server.http().get("/users/me/sessions", phone.token).json();
  REQUIRE(list["items"].size() == 2);
  const bool first_is_own = list["items"][0]["current"].flag();
  CHECK(first_is_own != list["items"][1]["current"].flag());
  const std::string other = list["items"][first_is_own ? 1 : 0]["id"].text();
  CHECK(server.http().del("/users/me/sessions/" + other, phone.token).status == 204);
  CHECK(socket.wait_close() == 4507);
  CHECK(server.http().get("/users/me", laptop.token).status == 401);
  CHECK(server.http().get("/users/me", phone.token).status == 200);
  CHECK(
      server.http().del("/users/me/sessions/ses_00000000000000000000000000", phone.token).status ==
      404);
}

}  // namespace
}  // namespace kith::test
