#include "tests/rights/world.h"

#include <doctest/doctest.h>
#include <sodium.h>

#include <cstdlib>
#include <stdexcept>

#include "engine/ports/accounts.h"
#include "gateway/jwt.h"
#include "gateway/secrets.h"
#include "protocol/time_format.h"
#include "storage/sqlite_connection.h"

namespace kith::test {
namespace {

using Path = std::filesystem::path;

std::vector<User> seed(const Path& data, std::size_t count) {
  const Path file = data.parent_path() / "seed.json";
  const Output made =
      run({kithd(), "seed", "--data", data.string(), "--users", std::to_string(count), "--rooms",
           "1", "--members", "1", "--out", file.string()});
  if (made.status != 0) throw std::runtime_error("seed: " + made.err);
  const Json all = Json::parse(read_file(file));
  std::vector<User> users;
  for (std::size_t i = 0; i < all["users"].size(); ++i) {
    const Json user = all["users"][i];
    users.push_back({.id = user["id"].text(),
                     .email = user["email"].text(),
                     .password = "kith-seeded-password",
                     .token = user["token"].text(),
                     .refresh_token = {}});
  }
  return users;
}

void set_roles(const Path& data, const std::vector<User>& users) {
  const auto user_id = [&](Relation relation) {
    return *UserId::parse(users[index_of(relation)].id);
  };
  auto db = SqliteConnection::open((data / "kith.db").string(), SqliteConnection::Mode::write);
  if (!db) throw std::runtime_error(db.error().message);
  SqliteConnection& sql = **db;
  std::int64_t changed = sql.execute(
      "UPDATE users SET deleted_at = 1 WHERE id = "
      "(SELECT id FROM channels WHERE public_id = $1)",
      user_id(Relation::erased));
  for (const auto& [relation, role] :
       {std::pair(Relation::admin, SystemRole::admin),
        std::pair(Relation::server_moderator, SystemRole::moderator),
        std::pair(Relation::server_organizer, SystemRole::organizer)}) {
    changed += sql.execute(
        "UPDATE users SET role = $1 WHERE id = (SELECT id FROM channels WHERE public_id = $2)",
        static_cast<int>(role), user_id(relation));
  }
  if (changed != 4) throw std::runtime_error("the cast could not be set up");
}

std::vector<std::string> without_limits(std::vector<std::string> settings) {
  settings.push_back("app=default");
  for (const char* limit : {"messages", "posts", "signups", "logins", "failed_logins"}) {
    settings.push_back("limits." + std::string(limit) + "_per_minute=0");
  }
  return settings;
}

std::string add_message(World& world, const std::string& chat, const User& user,
                        const std::string& text) {
  const HttpResponse sent =
      world.server().post("/chats/" + chat + "/messages",
                          R"({"client_message_id":")" + unknown_id("c-") +
                              R"(","content":{"type":"text","text":")" + text + R"("}})",
                          user);
  REQUIRE(sent.status == 202);
  return sent.json()["message_id"].text();
}

void expect_done(const HttpResponse& response) {
  CAPTURE(response.body);
  REQUIRE(response.status / 100 == 2);
}

std::string moderation_of(const User& user, std::string_view action) {
  return R"({"action":")" + std::string(action) + R"(","user_id":")" + user.id + "\"}";
}

}  // namespace

bool long_form() {
  const char* text = std::getenv("KITH_RIGHTS_LONG");
  return text != nullptr && std::string_view(text) == "1";
}

std::string unknown_id(std::string_view prefix) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string id(prefix);
  id += '0';  // 26 digits hold 130 bits, an id has 128
  for (int i = 0; i < 25; ++i) id += kDigits[randombytes_uniform(32)];
  return id;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  if (what.empty()) return text;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

World::World(std::vector<std::string> settings, std::size_t users)
    : server_(without_limits(std::move(settings)), [&](const Path& data) {
        cast_.users = seed(data, kRelations + users);
        set_roles(data, cast_.users);
        cast_.users[index_of(Relation::anonymous)] = User{};
        secret_ = *read_signing_secret(data.string());
      }) {}

User World::logged_in_again(const User& user) const {
  std::array<std::uint8_t, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  const TokenSigner signer(*make_hmac_key(secret_), {.issuer = "kith", .audience = "kith"});
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  User again = user;
  if (user.id.empty()) return again;
  again.token = signer.issue(*UserId::parse(user.id), AuthSessionId{bytes}, now, 1h);
  return again;
}

Stage set_stage(World& world) {
  Stage stage;
  stage.canary = unknown_id("canary-");
  const User& owner = world.as(Relation::owner);
  const auto post = [&](const std::string& path, const std::string& body) {
    expect_done(world.server().post("/chats/" + stage.chat + path, body, owner));
  };
  std::string ids;
  for (const User* user :
       {&world.as(Relation::removed), &world.as(Relation::banned), &world.as(Relation::muted),
        &world.as(Relation::member), &world.other(0), &world.other(1)}) {
    ids += (ids.empty() ? "\"" : ",\"") + user->id + '"';
  }
  const HttpResponse made = world.server().post(
      "/chats",
      R"({"type":"group","name":")" + stage.canary + R"(","participant_ids":[)" + ids + "]}",
      owner);
  expect_done(made);
  stage.chat = made.json()["id"].text();
  post("/participants",
       R"({"role":"moderator","user_id":")" + world.as(Relation::moderator).id + "\"}");
  for (std::size_t i = 0; i < 2; ++i) {
    stage.victims_email[i] = world.other(i).email;
    stage.victims_message[i] =
        add_message(world, stage.chat, world.other(i), "victim " + stage.canary);
  }
  for (std::size_t i = 0; i < kRelations; ++i) {
    const bool writes = i >= index_of(Relation::removed);
    stage.own_message[i] = writes
                               ? add_message(world, stage.chat, world.as(static_cast<Relation>(i)),
                                             std::string(kRelationNames[i]) + ' ' + stage.canary)
                               : stage.victims_message[0];
  }
  const HttpResponse told = world.server().http().get("/notifications", world.other(0).token);
  expect_done(told);
  stage.victims_notification = told.json()["items"][0]["id"].text();
  post("/moderation", moderation_of(world.as(Relation::muted), "mute"));
  post("/moderation", moderation_of(world.as(Relation::banned), "ban"));
  expect_done(world.server().http().del(
      "/chats/" + stage.chat + "/participants/" + world.as(Relation::removed).id, owner.token));
  return stage;
}

void add_club(World& world, Stage& stage, Setting setting) {
  const User& owner = world.as(Relation::owner);
  const std::string privacy = setting == Setting::closed ? "private" : "public";
  const HttpResponse made = world.server().post(
      "/clubs",
      R"({"name":"Club","description":"of the table","city":"Austin","privacy_level":")" + privacy +
          R"("})",
      owner);
  expect_done(made);
  stage.club = made.json()["id"].text();
  const std::string path = "/clubs/" + stage.club;
  const std::string chat = world.server().http().get(path, owner.token).json()["chat_id"].text();
  for (const User* user : {&world.as(Relation::removed), &world.as(Relation::banned),
                           &world.as(Relation::muted), &world.as(Relation::member),
                           &world.as(Relation::moderator), &world.other(0), &world.other(1)}) {
    expect_done(world.server().post("/chats/" + chat + "/participants",
                                    R"({"user_id":")" + user->id + R"("})", owner));
  }
  const auto act = [&](Relation relation, const std::string& body) {
    expect_done(world.server().post(path + "/members/" + world.as(relation).id, body, owner));
  };
  act(Relation::moderator, R"({"action":"role","role":"organizer"})");
  act(Relation::banned, R"({"action":"ban"})");
  act(Relation::removed, R"({"action":"remove"})");
  for (std::string& post : stage.post) {
    const HttpResponse posted = world.server().post(
        path + "/posts", R"({"content":"post )" + stage.canary + R"("})", owner);
    expect_done(posted);
    post = posted.json()["id"].text();
  }
  const auto in_an_hour = std::chrono::time_point_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now() + std::chrono::hours(1));
  const HttpResponse told = world.server().post(
      path + "/broadcasts",
      R"({"content":{"type":"text","text":")" + stage.canary +
          R"("},"audience":"all","send_at":")" + format_time(in_an_hour) + R"("})",
      owner);
  expect_done(told);
  stage.broadcast = told.json()["id"].text();
}

void add_event(World& world, Stage& stage, Setting setting) {
  add_club(world, stage, setting);
  const User& owner = world.as(Relation::owner);
  const HttpResponse made = world.server().post(
      "/events",
      R"({"title":")" + stage.canary + R"(","club_id":")" + stage.club + '"' +
          (setting == Setting::unlisted ? R"(,"visibility":"unlisted")" : "") +
          R"(,"start_time":"2100-01-01T10:00:00Z","end_time":"2100-01-01T12:00:00Z"})",
      owner);
  expect_done(made);
  stage.event = made.json()["id"].text();
  if (setting == Setting::draft) return;
  const std::string path = "/events/" + stage.event;
  expect_done(world.server().http().patch(path, R"({"status":"published"})", owner.token));
  for (std::size_t i = 0; i < 2; ++i) {
    expect_done(world.server().post(path + "/rsvp", R"({"status":"going"})", world.other(i)));
  }
}

std::string Stage::fill(const World& world, Relation relation, Subject subject,
                        std::string_view text) const {
  const bool second = relation == Relation::owner;
  std::string user = world.other(second ? 1 : 0).id;
  std::string message = victims_message[second ? 1 : 0];
  if (subject == Subject::own) {
    if (!world.as(relation).id.empty()) user = world.as(relation).id;
    message = own_message[index_of(relation)];
  } else if (subject == Subject::owners) {
    user = world.as(Relation::owner).id;
    message = own_message[index_of(Relation::owner)];
  } else if (subject == Subject::newcomer) {
    user = world.other(second ? 3 : 2).id;
  }
  if (!nobody.empty()) user = nobody;
  std::string filled = replaced(std::string(text), "{chat_id}", chat);
  filled = replaced(std::move(filled), "{email}", victims_email[second ? 1 : 0]);
  filled = replaced(std::move(filled), "{club_id}", club);
  filled = replaced(std::move(filled), "{event_id}", event);
  filled = replaced(std::move(filled), "{board_id}", board);
  filled = replaced(std::move(filled), "{broadcast_id}", broadcast);
  filled = replaced(std::move(filled), "{post_id}", post[second ? 1 : 0]);
  filled = replaced(std::move(filled), "{user_id}", user);
  filled = replaced(std::move(filled), "{message_id}", message);
  filled = replaced(std::move(filled), "{notification_id}", victims_notification);
  if (subject == Subject::theirs) filled = with_named(std::move(filled), relation);
  filled = replaced(std::move(filled), "{now}",
                    format_time(std::chrono::time_point_cast<std::chrono::milliseconds>(
                        std::chrono::system_clock::now())));
  return replaced(std::move(filled), "{unique}", unknown_id("u-"));
}

// Both who keep order on the server have a case of their own, so that neither finds it resolved.
std::string Stage::with_named(std::string text, Relation relation) const {
  const bool second = relation == Relation::server_moderator;
  for (const auto& [what, id] :
       {std::pair("{session_id}", &session), std::pair("{service_id}", &service),
        std::pair("{case_id}", &reported_case[second ? 1 : 0])}) {
    if (!id->empty()) text = replaced(std::move(text), what, *id);
  }
  return text;
}

}  // namespace kith::test
