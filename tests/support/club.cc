#include "tests/support/club.h"

#include <algorithm>
#include <stdexcept>

namespace kith::test {
namespace {

Json done(const HttpResponse& response) {
  if (response.status / 100 != 2) throw std::runtime_error("refused: " + response.body);
  return response.json();
}

}  // namespace

Club make_club(const TestServer& server, std::size_t users, std::string_view privacy) {
  Club club{.users = server.sign_up(users), .id = {}, .chat = {}};
  const Json made = done(server.post(
      "/clubs",
      R"({"name":"Austin Adventurers","description":"Outdoor explorations","city":"Austin",)"
      R"("tags":["outdoors"],"privacy_level":")" +
          std::string(privacy) + R"("})",
      club.owner()));
  club.id = made["id"].text();
  club.chat = done(server.http().get(club.path(), club.owner().token))["chat_id"].text();
  for (std::size_t i = 1; i < users; ++i) {
    done(join(server, club, club.users[i]));
    if (privacy == "private") {
      done(act_on_member(server, club, club.owner(), club.users[i], "approve"));
    }
  }
  return club;
}

HttpResponse join(const TestServer& server, const Club& club, const User& user) {
  return server.post(club.path("/join"), R"({"message":"Excited to join!"})", user);
}

HttpResponse act_on_member(const TestServer& server, const Club& club, const User& by,
                           const User& whom, std::string_view action, std::string_view more) {
  std::string body = R"({"action":")" + std::string(action) + '"';
  if (!more.empty()) body += ',' + std::string(more);
  return server.post(club.path("/members/" + whom.id), body + '}', by);
}

HttpResponse post_in(const TestServer& server, const Club& club, const User& by,
                     std::string_view content) {
  return server.post(club.path("/posts"), R"({"content":)" + json_string(content) + '}', by);
}

std::int64_t read_to_the_end(WsClient& socket, const std::string& channel) {
  std::int64_t last = 0;
  for (;;) {
    const Json frame = socket.next();
    if (frame["type"].text() == "unsubscribed" && frame["channel"].text() == channel) {
      if (frame["code"].text() != "forbidden") throw std::runtime_error(frame.dump());
      return last;
    }
    if (frame["channel"].text() == channel) last = std::max(last, frame["seq"].number());
  }
}

}  // namespace kith::test
