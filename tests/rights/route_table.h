// Every route of the gateway, for everybody: what the answer is. route_table_test is generated from
// it. A route without a row, and a row without a route, do not compile.
#pragma once

#include <algorithm>
#include <array>

#include "gateway/rest/routes.h"
#include "tests/rights/route_rows_of_clubs.h"
#include "tests/rights/route_rows_of_people.h"
#include "tests/rights/route_rows_of_services.h"

namespace kith::test {

// clang-format off
inline constexpr std::array kOtherRouteRows = {
    RouteRow{post, "/chats", "", theirs, R"({"type":"group","participant_ids":["{user_id}"]})",
             {401, 401, 201, 201, 201, 201, 201, 201, 201, 201, 201, 201},
             Setting::closed, ByService{ServiceScope::chats_write, 201}},
    RouteRow{get, "/chats", "", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},

    // A chat.
    RouteRow{get, "/chats/{chat_id}", "", own, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/typing", "", own, R"({"is_typing":true})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 200, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/read", "", theirs,
             R"({"last_read_message_id":"{message_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 200, 200, 200, 200}},

    // Who is in it.
    RouteRow{post, "/chats/{chat_id}/participants", "", newcomer, R"({"user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 201, 201},
             Setting::closed, ByService{ServiceScope::members_write, 201}},
    RouteRow{post, "/chats/{chat_id}/participants", "as a moderator", newcomer,
             R"({"user_id":"{user_id}","role":"moderator"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 201}},
    RouteRow{post, "/chats/{chat_id}/participants", "oneself as an owner", own,
             R"({"user_id":"{user_id}","role":"owner"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 409}},
    RouteRow{post, "/chats/{chat_id}/participants", "oneself again", own,
             R"({"user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 409, 409}},
    RouteRow{del, "/chats/{chat_id}/participants/{user_id}", "a member", theirs, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 200, 200},
             Setting::closed, ByService{ServiceScope::members_write, 200}},
    RouteRow{del, "/chats/{chat_id}/participants/{user_id}", "oneself", own, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 200, 200, 200, 409}},
    RouteRow{del, "/chats/{chat_id}/participants/{user_id}", "the owner", owners, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 409}},

    // Order in it.
    RouteRow{post, "/chats/{chat_id}/moderation", "mute", theirs,
             R"({"action":"mute","user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/moderation", "unmute", theirs,
             R"({"action":"unmute","user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/moderation", "unmute oneself", own,
             R"({"action":"unmute","user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 403}},
    RouteRow{post, "/chats/{chat_id}/moderation", "unban oneself", own,
             R"({"action":"unban","user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 403}},
    RouteRow{post, "/chats/{chat_id}/moderation", "ban", theirs,
             R"({"action":"ban","user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/moderation", "ban the owner", owners,
             R"({"action":"ban","user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 403}},
    RouteRow{post, "/chats/{chat_id}/moderation", "hide", theirs,
             R"({"action":"hide","message_id":"{message_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/moderation", "restore", theirs,
             R"({"action":"restore","message_id":"{message_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/moderation", "hide the owner's", owners,
             R"({"action":"hide","message_id":"{message_id}"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 200}},

    // Messages.
    RouteRow{post, "/chats/{chat_id}/messages", "", own,
             R"({"client_message_id":"{unique}","content":{"type":"text","text":"hello"}})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 202, 202, 202},
             Setting::closed, ByService{ServiceScope::messages_write, 202}},
    RouteRow{post, "/chats/{chat_id}/messages", "in another's name", owners,
             R"({"client_message_id":"{unique}","sender_id":"{user_id}",)"
             R"("content":{"type":"text","text":"hello"}})",
             {401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 403, 202}},
    RouteRow{get, "/chats/{chat_id}/messages", "", own, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{patch, "/chats/{chat_id}/messages/{message_id}", "one's own", own,
             R"({"content":{"type":"text","text":"edited"}})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 200, 200, 200}},
    RouteRow{patch, "/chats/{chat_id}/messages/{message_id}", "another's", theirs,
             R"({"content":{"type":"text","text":"edited"}})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 403, 403}},
    RouteRow{del, "/chats/{chat_id}/messages/{message_id}", "one's own", own, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{del, "/chats/{chat_id}/messages/{message_id}", "another's", theirs, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/messages/{message_id}/reactions", "", theirs,
             R"({"emoji":"👍"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 200, 200, 200}},
    RouteRow{del, "/chats/{chat_id}/messages/{message_id}/reactions/{emoji}", "", theirs, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 403, 200, 200, 200}},
    RouteRow{post, "/chats/{chat_id}/messages/{message_id}/report", "", theirs,
             R"({"reason":"rude"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 201, 201, 201, 201}},

    // Leaderboards: of all, and one's own place on them.
    RouteRow{get, "/leaderboards", "", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    // None of them has ended yet.
    RouteRow{get, "/leaderboards/past", "", own, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404}},
    RouteRow{get, "/leaderboards/me", "", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{patch, "/leaderboards/me", "", own, R"({"hidden":false})",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},

    // What one did, and got for it.
    RouteRow{post, "/activities", "", own,
             R"({"kind":"daily_checkin","occurred_at":"{now}","idempotency_key":"{unique}"})",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{post, "/activities", "in another's name", theirs,
             R"({"kind":"daily_checkin","occurred_at":"{now}","idempotency_key":"{unique}",)"
             R"("user_id":"{user_id}"})",
             {401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{post, "/streaks/{user_id}", "one's own", own,
             R"({"event":"daily_checkin","occurred_at":"{now}"})",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{post, "/streaks/{user_id}", "another's", theirs,
             R"({"event":"daily_checkin","occurred_at":"{now}"})",
             {401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{get, "/streaks/{user_id}", "one's own", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/streaks/{user_id}", "another's", theirs, "",
             {401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{patch, "/users/me/time_zone", "", own, R"({"time_zone":"UTC"})",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/users/{user_id}/scores", "one's own", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/users/{user_id}/scores", "another's", theirs, "",
             {401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{get, "/badges/{user_id}", "", theirs, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    // About the server, not about anybody.
    RouteRow{get, "/healthz", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/readyz", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/status", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/metrics", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},

    // Pages, which hold nothing of anybody.
    RouteRow{get, "/", "", own, "", {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/console", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/kith.js", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/assets/{file}", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},

    RouteRow{get, "/docs", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/openapi.json", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/asyncapi.json", "", own, "",
             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}},

    // What an admin does to the server. The node that is named is none, so it lives on.
    RouteRow{post, "/console/drain", "another node", own, R"({"node":"{unique}"})",
             {401, 401, 403, 409, 403, 403, 403, 403, 403, 403, 403, 403}},
};
// clang-format on

consteval auto all_route_rows() {
  std::array<RouteRow, kPeopleRouteRows.size() + kOtherRouteRows.size() + kClubRouteRows.size() +
                           kServiceRouteRows.size()>
      all = {};
  auto end = std::ranges::copy(kPeopleRouteRows, all.begin()).out;
  end = std::ranges::copy(kOtherRouteRows, end).out;
  end = std::ranges::copy(kClubRouteRows, end).out;
  std::ranges::copy(kServiceRouteRows, end);
  return all;
}
inline constexpr std::array kRouteRows = all_route_rows();

consteval bool has_row(const Route& route) {
  return std::ranges::any_of(kRouteRows, [&](const RouteRow& row) {
    return row.method == route.method && row.pattern == route.pattern;
  });
}
consteval bool every_route_has_a_row() {
  for (const Route& route : kRoutes) {
    if (!has_row(route)) return false;
  }
  return true;
}
consteval bool every_row_has_a_route() {
  return std::ranges::all_of(kRouteRows, [](const RouteRow& row) {
    return std::ranges::any_of(kRoutes, [&](const Route& route) {
      return row.method == route.method && row.pattern == route.pattern;
    });
  });
}
// Who needs no token for a route that asks for one, or the other way round, is a slip of the table.
consteval bool access_is_as_the_route_has_it() {
  return std::ranges::all_of(kRouteRows, [](const RouteRow& row) {
    return std::ranges::any_of(kRoutes, [&](const Route& route) {
      const bool refused = row.status[index_of(Relation::anonymous)] == 401;
      return row.method == route.method && row.pattern == route.pattern &&
             (route.access == RouteAccess::open || refused);
    });
  });
}
// The scope that opens it to another back end: of the table's row, or nothing.
consteval std::optional<ServiceScope> scope_of_rows(const Route& route) {
  for (const RouteRow& row : kRouteRows) {
    const bool is_its = row.method == route.method && row.pattern == route.pattern;
    if (is_its && row.service) return row.service->scope;
  }
  return std::nullopt;
}
consteval bool every_scope_is_as_the_route_has_it() {
  for (const Route& route : kRoutes) {
    if (route.scope != scope_of_rows(route)) return false;
  }
  return true;
}
// A row that is short of a column has zeros behind it.
consteval bool every_row_is_for_everybody() {
  return std::ranges::all_of(kRouteRows, [](const RouteRow& row) {
    return std::ranges::find(row.status, 0) == row.status.end();
  });
}
static_assert(every_route_has_a_row(), "a route of gateway/rest/routes.h has no row above");
static_assert(every_row_has_a_route(), "a row above has no route in gateway/rest/routes.h");
static_assert(every_row_is_for_everybody(), "a row above lacks an answer for somebody");
static_assert(every_scope_is_as_the_route_has_it(), "a row has another scope than its route");
static_assert(access_is_as_the_route_has_it(), "a row lets somebody in without a token");

}  // namespace kith::test
