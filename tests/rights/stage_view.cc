// What a refused request must leave as it was.
#include <doctest/doctest.h>

#include "tests/rights/world.h"

namespace kith::test {
namespace {

constexpr std::size_t kWhomThingsAreDoneTo = 4;  // of those without a relation

// A view that is refused itself would be the same before and after, whatever became of it.
HttpResponse seen(HttpClient& http, const std::string& path, const std::string& token) {
  HttpResponse answer = http.get(path, token);
  CAPTURE(path);
  CAPTURE(answer.body);
  REQUIRE(answer.status == 200);
  return answer;
}

// All that PATCH /users/{user_id} and PATCH /users/{user_id}/role change, and no time of a login.
std::string profile(HttpClient& http, const User& user) {
  const Json me = seen(http, "/users/me", user.token).json();
  std::string text;
  for (const char* field : {"id", "display_name", "bio", "city", "avatar_url", "interests",
                            "icebreaker", "email", "role"}) {
    REQUIRE(me[field].present());
    text += me[field].dump();
  }
  return text + '\n';
}

std::string profiles(World& world, HttpClient& http) {
  std::string text;
  for (std::size_t i = index_of(Relation::stranger); i < kRelations; ++i) {
    text += profile(http, world.as(static_cast<Relation>(i)));
  }
  for (std::size_t i = 0; i < kWhomThingsAreDoneTo; ++i) text += profile(http, world.other(i));
  return text;
}

std::string victims_notification(World& world, HttpClient& http, const Stage& stage) {
  const Json items = seen(http, "/notifications?limit=100", world.other(0).token).json()["items"];
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i]["id"].text() == stage.victims_notification) text = items[i]["read_at"].dump();
  }
  REQUIRE_FALSE(text.empty());
  return text;
}

}  // namespace

std::string view_of(World& world, const Stage& stage) {
  HttpClient http = world.server().http();
  std::vector<std::string> paths = {"/chats/" + stage.chat,
                                    "/chats/" + stage.chat + "/messages?limit=200"};
  if (!stage.club.empty()) {
    const std::string club = "/clubs/" + stage.club;
    for (const char* part : {"", "/members", "/feed", "/broadcasts"}) paths.push_back(club + part);
    paths.push_back(club + "/broadcasts/" + stage.broadcast);
  }
  if (!stage.event.empty()) {
    for (const char* part : {"", "/attendees"}) paths.push_back("/events/" + stage.event + part);
  }
  std::string text;
  for (const std::string& path : paths) {
    text += seen(http, path, world.as(Relation::owner).token).body + '\n';
  }
  return text + profiles(world, http) + victims_notification(world, http, stage);
}

}  // namespace kith::test
