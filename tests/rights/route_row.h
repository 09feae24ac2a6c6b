// A row of the table of routes: one route, for everybody.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "engine/ports/service_accounts.h"
#include "gateway/http_message.h"
#include "tests/rights/relation.h"

namespace kith::test {

// What another back end is answered whose token has this scope alone: where the route is a user's,
// in the name of the chat's moderator. With any other scope it is 403.
struct ByService {
  ServiceScope scope;
  int status;
};

struct RouteRow {
  HttpMethod method;
  std::string_view pattern;  // of gateway/rest/routes.h
  std::string_view about;    // what the row is about, where the route has several
  Subject subject;
  std::string_view body;  // with {chat_id}, {message_id}, {user_id}, {email}, {unique}
  // anonymous, erased, stranger; the server's admin, moderator and organizer; removed, banned,
  // muted, member, moderator, owner
  std::array<int, kRelations> status;
  Setting setting = Setting::closed;
  // Of one row of each route that is for services. The others refuse a service's token: 401.
  std::optional<ByService> service{};
};

using HttpMethod::del;
using HttpMethod::get;
using HttpMethod::patch;
using HttpMethod::post;
using enum Subject;

}  // namespace kith::test
