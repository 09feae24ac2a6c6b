// Names by Unicode over HTTP (gateway/name_text.h has the rule, and its test the table): at every
// door that takes one it comes back composed, or is refused by its field; bodies stay as they are.
#include "tests/end_to_end/event_requests.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

// As a keyboard that decomposes sends them, and as they are stored. Behind the escapes of JSON.
constexpr const char* kGiven = R"("Zoe\u0308 Nguye\u0302\u0303n")";
constexpr const char* kStored = "Zo\u00EB Nguy\u1EC5n";
// One letter of it is Cyrillic.
constexpr const char* kMixedName = R"("p\u0430ypal")";

const TestServer& names_server() {
  return shared_server<OneShard>();
}

std::string sign_up_body(const std::string& email, const std::string& more) {
  return R"({"password":"not so easy","email":")" + email + R"(@example.com",)" + more + '}';
}

void check_names(const HttpResponse& refused, const std::string& field) {
  CAPTURE(field);
  CAPTURE(refused.body);
  CHECK(refused.status == 422);
  REQUIRE(refused.json()["errors"].size() == 1);
  CHECK(refused.json()["errors"][0]["field"].text() == field);
}

// A body with the one member that is to be looked at, beside what else it needs.
std::string with_member(const std::string& needed, const std::string& member) {
  return '{' + needed + (needed.empty() ? "" : ",") + member + '}';
}

struct Door {
  const char* path;
  const char* needed;
  const char* field;
  bool is_list = false;
};
constexpr Door kDoors[] = {
    {"/clubs", "", "name"},
    {"/clubs", R"("name":"Names")", "city"},
    {"/clubs", R"("name":"Names")", "tags", true},
    {"/chats", R"("type":"group","participant_ids":[])", "name"},
};

std::string member_of(const Door& door, const std::string& value) {
  return '"' + std::string(door.field) + "\":" + (door.is_list ? '[' + value + ']' : value);
}

}  // namespace

TEST_CASE("a name that is signed up with is stored composed, and changed so") {
  HttpClient http = names_server().http();
  const std::string given = kGiven;
  const HttpResponse made = http.post(
      "/users", sign_up_body("composed", "\"display_name\":" + given + ",\"city\":" + given +
                                             ",\"interests\":[" + given + ']'));
  REQUIRE_MESSAGE(made.status == 201, made.body);
  CHECK(made.json()["display_name"].text() == kStored);
  CHECK(made.json()["city"].text() == kStored);
  CHECK(made.json()["interests"].texts() == std::vector<std::string>{kStored});

  const User ada = names_server().sign_up("ada");
  const HttpResponse changed =
      http.patch("/users/me",
                 "{\"display_name\":" + given + ",\"city\":" + given + ",\"interests\":[" + given +
                     R"(],"bio":"e\u0301 \u202e \u200b"})",
                 ada.token);
  REQUIRE_MESSAGE(changed.status == 200, changed.body);
  const Json me = http.get("/users/me", ada.token).json();
  CHECK(me["display_name"].text() == kStored);
  CHECK(me["city"].text() == kStored);
  CHECK(me["interests"].texts() == std::vector<std::string>{kStored});
  CHECK(me["bio"].text() == "e\u0301 \u202E \u200B");
}

TEST_CASE("a name is so long as it is composed") {
  const User ada = names_server().sign_up("ada");
  const auto rename = [&](int letters) {
    std::string name;
    for (int i = 0; i < letters; ++i) name += R"(e\u0302\u0303)";
    return names_server().http().patch("/users/me", R"({"display_name":")" + name + "\"}",
                                       ada.token);
  };
  CHECK(rename(80).status == 200);
  check_names(rename(81), "display_name");
}

TEST_CASE("people whose names could pass for others' are refused") {
  HttpClient http = names_server().http();
  const User ada = names_server().sign_up("ada");
  for (const char* name : {kMixedName, R"("a\u202eb")", R"("a\u200bb")", R"("\ufeff")",
                           R"("a\u0300\u0301\u0302\u0303\u0304\u0305")", R"("\uffff")"}) {
    const std::string member = R"("display_name":)" + std::string(name);
    check_names(http.post("/users", sign_up_body("refused", member)), "display_name");
    check_names(http.patch("/users/me", '{' + member + '}', ada.token), "display_name");
  }
  const std::string mixed = kMixedName;
  const std::string honest = R"("display_name":"Tribe \u041c\u043e\u0441\u043a\u0432\u0430",)";
  check_names(http.post("/users", sign_up_body("refused", honest + R"("city":)" + mixed)), "city");
  check_names(
      http.post("/users", sign_up_body("refused", honest + R"("interests":[)" + mixed + ']')),
      "interests");
  check_names(http.patch("/users/me", R"({"city":)" + mixed + '}', ada.token), "city");
  check_names(http.patch("/users/me", R"({"interests":[)" + mixed + "]}", ada.token), "interests");
  CHECK(http.get("/users/me", ada.token).json()["display_name"].text() == "ada");
}

TEST_CASE("clubs and chats have names by the same rule") {
  const User owner = names_server().sign_up("owner");
  HttpClient http = names_server().http();
  for (const Door& door : kDoors) {
    CAPTURE(door.path);
    CAPTURE(door.field);
    check_names(names_server().post(door.path,
                                    with_member(door.needed, member_of(door, kMixedName)), owner),
                door.field);
    const HttpResponse made =
        names_server().post(door.path, with_member(door.needed, member_of(door, kGiven)), owner);
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string path = std::string(door.path) + '/' + made.json()["id"].text();
    const auto stored = [&] {
      const Json value = http.get(path, owner.token).json()[door.field];
      return door.is_list ? value[0].text() : value.text();
    };
    CHECK(stored() == kStored);
    if (door.path != std::string("/clubs")) continue;
    check_names(http.patch(path, '{' + member_of(door, kMixedName) + '}', owner.token), door.field);
    CHECK(http.patch(path, '{' + member_of(door, R"("I\u0307")") + '}', owner.token).status == 200);
    CHECK(stored() == "\u0130");
  }
}

TEST_CASE("events have names by the same rule, their places too") {
  const User host = names_server().sign_up("host");
  const std::string event = make_event(names_server(), host);
  const std::string given = kGiven;
  const HttpResponse done =
      change(names_server(), host, event,
             "{\"title\":" + given + ",\"city\":" + given + ",\"tags\":[" + given +
                 "],\"location\":{\"name\":" + given + R"(},"description":"e\u0301"})");
  REQUIRE_MESSAGE(done.status == 200, done.body);
  const Json seen = names_server().http().get("/events/" + event, host.token).json();
  CHECK(seen["title"].text() == kStored);
  CHECK(seen["city"].text() == kStored);
  CHECK(seen["tags"].texts() == std::vector<std::string>{kStored});
  CHECK(seen["location"]["name"].text() == kStored);
  CHECK(seen["description"].text() == "e\u0301");
  const std::string mixed = kMixedName;
  const auto refused = [&](const std::string& body, const std::string& field) {
    check_names(change(names_server(), host, event, body), field);
  };
  refused("{\"title\":" + mixed + '}', "title");
  refused("{\"city\":" + mixed + '}', "city");
  refused("{\"tags\":[" + mixed + "]}", "tags");
  refused("{\"location\":{\"name\":" + mixed + "}}", "location.name");
}

TEST_CASE("what was stored composed is found by words that come decomposed") {
  const User owner = names_server().sign_up("owner");
  const HttpResponse made =
      names_server().post("/clubs",
                          R"({"name":"Amate\u0301rs","city":"Saint-Be\u0301noit",)"
                          R"("tags":["pe\u0301tanque"]})",
                          owner);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  for (const char* query : {"city=Saint-Be%CC%81noit", "city=Saint-B%C3%A9noit",
                            "tag=pe%CC%81tanque", "tag=p%C3%A9tanque", "q=Amate%CC%81rs"}) {
    CAPTURE(query);
    const Json items =
        names_server().http().get(std::string("/clubs?") + query, owner.token).json()["items"];
    REQUIRE(items.size() == 1);
    CHECK(items[0]["id"].text() == made.json()["id"].text());
  }
}

}  // namespace kith::test
