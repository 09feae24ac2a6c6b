// A row of the table of routes: one route, for everybody.
#pragma once

#include <array>
#include <string_view>

#include "gateway/http_message.h"
#include "tests/rights/relation.h"

namespace kith::test {

struct RouteRow {
  HttpMethod method;
  std::string_view pattern;  // of gateway/rest/routes.h
  std::string_view about;    // what the row is about, where the route has several
  Subject subject;
  std::string_view body;  // with {chat_id}, {message_id}, {user_id}, {unique}
  // anonymous, erased, stranger; the server's admin, moderator and organizer; removed, banned,
  // muted, member, moderator, owner
  std::array<int, kRelations> status;
  Setting setting = Setting::closed;
};

using HttpMethod::del;
using HttpMethod::get;
using HttpMethod::patch;
using HttpMethod::post;
using enum Subject;

}  // namespace kith::test
