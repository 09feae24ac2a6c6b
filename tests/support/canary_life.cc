#include "tests/support/canary_life.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "storage/sqlite_connection.h"

namespace kith::test {

using namespace std::string_literals;

namespace {

Json done(const HttpResponse& response, std::string_view what) {
  if (response.status / 100 == 2) return response.json();
  throw std::runtime_error(std::string(what) + ": " + std::to_string(response.status) + ' ' +
                           response.body);
}

std::string make_club_of(const TestServer& server, const User& owner, std::string_view name,
                         std::string_view more = {}) {
  const std::string body = R"({"name":")" + std::string(name) + R"(","description":")" +
                           std::string(name) + R"( club","tags":[")" + std::string(name) + "\"]" +
                           std::string(more) + "}";
  return done(server.post("/clubs", body, owner), "club")["id"].text();
}

}  // namespace

CanaryLife::CanaryLife(const TestServer& server, std::size_t messages)
    : server_(server), ada_(server.sign_up("canary-name")), bob_(server.sign_up("bob")) {
  introduce();
  talk(messages);
  organize();
}

void CanaryLife::introduce() {
  HttpClient http = server_.http();
  done(http.patch("/users/" + ada_.id,
                  R"({"bio":"canary bio","city":"canary city","interests":["canary interest"],)"
                  R"("avatar_url":"https://canary.example.com/a.jpg"})",
                  ada_.token),
       "profile");
  done(
      http.send({.method = "POST",
                 .path = "/auth/login",
                 .body = R"({"email":")" + ada_.email + R"(","password":")" + ada_.password + "\"}",
                 .token = {},
                 .headers = {{"User-Agent", "canary agent"}}}),
      "login");
  done(http.patch("/notifications/preferences", R"({"types":{"event.moved":{"in_app":true}}})",
                  ada_.token),
       "preferences");
}

void CanaryLife::talk(std::size_t messages) {
  HttpClient http = server_.http();
  chat_ = server_.group(ada_, {bob_});
  direct_ = server_.direct(ada_, bob_);
  const auto send = [&](const User& who, const std::string& chat, const std::string& id,
                        const std::string& text) {
    const Json sent =
        done(http.post("/chats/" + chat + "/messages",
                       R"({"client_message_id":")" + id + R"(","content":{"type":"text","text":")" +
                           text + R"(","attachments":[{"media_id":"m1","metadata":{"caption":")" +
                           text + R"("}}]}})",
                       who.token),
             "message");
    return sent["message_id"].text();
  };
  for (std::size_t i = 0; i < messages; ++i) {
    const std::string number = std::to_string(i);
    messages_.push_back(send(ada_, i % 3 == 0 ? direct_ : chat_, "a" + number,
                             "canary words " + std::string(i * 37 % 900, 'x')));
    if (i % 5 == 0) {
      done(http.patch("/chats/" + (i % 3 == 0 ? direct_ : chat_) + "/messages/" + messages_.back(),
                      R"({"content":{"type":"text","text":"canary again"}})", ada_.token),
           "edit");
    }
  }
  const std::string theirs = send(bob_, chat_, "b", std::string(kKeeper));
  done(http.post("/chats/" + chat_ + "/messages/" + theirs + "/reactions", R"({"emoji":"👍"})",
                 ada_.token),
       "reaction");
  done(http.post("/chats/" + chat_ + "/messages/" + theirs + "/report",
                 R"({"reason":"canary reason"})", ada_.token),
       "report");
}

void CanaryLife::organize() {
  HttpClient http = server_.http();
  own_club_ = make_club_of(server_, ada_, "canary hikers");
  club_ = make_club_of(server_, bob_, "bobs club");
  closed_club_ = make_club_of(server_, bob_, "bobs other club", R"(,"privacy_level":"private")");
  done(http.post("/clubs/" + club_ + "/join", R"({"message":"hello"})", ada_.token), "join");
  done(http.post("/clubs/" + closed_club_ + "/join", R"({"message":"canary please"})", ada_.token),
       "ask");
  done(http.post("/clubs/" + club_ + "/members/" + ada_.id,
                 R"({"action":"role","role":"organizer"})", bob_.token),
       "role");
  for (const std::string& club : {club_, own_club_}) {
    done(http.post("/clubs/" + club + "/posts", R"({"content":"canary post"})", ada_.token),
         "post");
    done(http.post("/clubs/" + club + "/broadcasts",
                   R"({"content":{"type":"text","text":"canary broadcast"},"audience":"all"})",
                   ada_.token),
         "broadcast");
  }
  const Json made =
      done(http.post("/events",
                     R"({"title":"canary event","description":"canary event","city":"canary city",)"
                     R"("tags":["canary tag"],"location":{"name":"canary place","latitude":1.5,)"
                     R"("longitude":2.5},"start_time":"2100-01-01T10:00:00Z",)"
                     R"("end_time":"2100-01-01T12:00:00Z"})",
                     ada_.token),
           "event");
  event_ = made["id"].text();
  done(http.patch("/events/" + event_, R"({"status":"published"})", ada_.token), "publish");
  done(http.post("/events/" + event_ + "/rsvp", R"({"status":"going"})", bob_.token), "rsvp");
}

HttpResponse CanaryLife::erase(std::string_view password) const {
  return server_.http().send({.method = "DELETE",
                              .path = "/users/me",
                              .body = R"({"password":")" + std::string(password) + "\"}",
                              .token = ada_.token});
}

std::size_t CanaryLife::marks_in(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  std::size_t found = 0;
  for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + 1)) ++found;
  return found;
}

std::size_t CanaryLife::marks_on_disk() const {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server_.directory())) {
    if (entry.is_regular_file()) found += marks_in(read_file(entry.path()));
  }
  return found;
}

std::string CanaryLife::told_to_bob() const {
  HttpClient http = server_.http();
  std::string text;
  for (const std::string& path :
       {"/chats?limit=50"s, "/chats/" + chat_, "/chats/" + chat_ + "/messages?limit=200",
        "/chats/" + direct_ + "/messages?limit=200", "/clubs?limit=50"s, "/clubs/" + club_,
        "/clubs/" + club_ + "/feed", "/clubs/" + club_ + "/members",
        "/clubs/" + club_ + "/broadcasts", "/clubs/" + own_club_, "/events/" + event_,
        "/notifications?limit=100"s, "/users/me/export?limit=500"s, "/users/" + ada_.id}) {
    text += http.get(path, bob_.token).body;
  }
  WsClient socket = connect(server_, bob_);
  for (const std::string& channel : {chat_, direct_, club_, event_, bob_.id}) {
    text += subscribe(socket, channel, R"("after_seq":0)").dump();
    for (const Json& frame : socket.fence()) text += frame.dump();
  }
  return text;
}

int CanaryLife::step() const {
  auto db =
      SqliteConnection::open((server_.data() / "kith.db").string(), SqliteConnection::Mode::look);
  if (!db) throw std::runtime_error(db.error().message);
  auto row = (*db)->query("SELECT step, finished_at FROM user_erasures");
  if (!row.next()) return -1;
  return row.is_null(1) ? static_cast<int>(row.integer(0)) : kFinished;
}

}  // namespace kith::test
