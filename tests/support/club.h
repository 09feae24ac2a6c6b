// Clubs over HTTP, for tests of the real server.
#pragma once

#include <string>
#include <vector>

#include "tests/support/test_server.h"

namespace kith::test {

// A club of the first user, in which all are.
struct Club {
  std::vector<User> users;
  std::string id;
  std::string chat;

  const User& owner() const { return users.front(); }
  std::string path(const std::string& more = {}) const { return "/clubs/" + id + more; }
};
Club make_club(const TestServer& server, std::size_t users, std::string_view privacy = "public");

HttpResponse join(const TestServer& server, const Club& club, const User& user);
// POST /clubs/{id}/members/{user_id}; `more` are further members of the body.
HttpResponse act_on_member(const TestServer& server, const Club& club, const User& by,
                           const User& whom, std::string_view action, std::string_view more = {});
HttpResponse post_in(const TestServer& server, const Club& club, const User& by,
                     std::string_view content);

// Everything up to `unsubscribed` of that channel; the highest number of it that came before.
std::int64_t read_to_the_end(WsClient& socket, const std::string& channel);

}  // namespace kith::test
