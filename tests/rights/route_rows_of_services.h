// The rows of what is for other back ends, and for those who keep order on the server
// (route_table.h). A user's token opens nothing that is for services, whoever the user is.
#pragma once

#include "tests/rights/route_row.h"

namespace kith::test {

// clang-format off
inline constexpr std::array kServiceRouteRows = {
    RouteRow{post, "/service-accounts", "", own,
             R"({"name":"{unique}","scopes":["presence:read"]})",
             {401, 401, 403, 201, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{get, "/service-accounts", "", own, "",
             {401, 401, 403, 200, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{del, "/service-accounts/{service_id}", "one that is none", own, "",
             {401, 401, 403, 404, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{del, "/service-accounts/{service_id}", "one that stands", theirs, "",
             {401, 401, 403, 204, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{post, "/channels/{channel_id}/events", "", own, R"({"name":"a"})",
             {401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401},
             Setting::closed, ByService{ServiceScope::events_publish, 201}},
    RouteRow{post, "/service/users", "", own,
             R"({"email":"{unique}@example.com","password":"to sign up with","display_name":"S"})",
             {401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401},
             Setting::closed, ByService{ServiceScope::users_write, 201}},
    RouteRow{post, "/users/{user_id}/disconnect", "", theirs, "{}",
             {401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401},
             Setting::closed, ByService{ServiceScope::users_disconnect, 200}},
    RouteRow{get, "/presence", "", own, "",
             {401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401},
             Setting::closed, ByService{ServiceScope::presence_read, 200}},

    // Who keeps order on the server: its admins and its moderators.
    RouteRow{patch, "/users/{user_id}/role", "another's", theirs, R"({"role":"organizer"})",
             {401, 401, 403, 200, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{patch, "/users/{user_id}/role", "one's own", own, R"({"role":"user"})",
             {401, 401, 403, 409, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{get, "/moderation/cases", "", own, "",
             {401, 401, 404, 200, 200, 404, 404, 404, 404, 404, 404, 404}},
    RouteRow{get, "/moderation/cases/{case_id}", "one that is none", own, "",
             {401, 401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404}},
    RouteRow{post, "/moderation/cases/{case_id}/assign", "one that is none", own, "{}",
             {401, 401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404}},
    RouteRow{post, "/moderation/cases/{case_id}/resolve", "one that is none", own,
             R"({"resolution":"dismissed"})",
             {401, 401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404}},
    RouteRow{get, "/moderation/cases/{case_id}", "one that there is", theirs, "",
             {401, 401, 404, 200, 200, 404, 404, 404, 404, 404, 404, 404}},
    RouteRow{post, "/moderation/cases/{case_id}/assign", "one that there is", theirs, "{}",
             {401, 401, 404, 200, 200, 404, 404, 404, 404, 404, 404, 404}},
    RouteRow{post, "/moderation/cases/{case_id}/resolve", "one that there is", theirs,
             R"({"resolution":"dismissed"})",
             {401, 401, 404, 200, 200, 404, 404, 404, 404, 404, 404, 404}},

    // Who runs the server.
    RouteRow{get, "/admin/dead-letters", "", own, "",
             {401, 401, 403, 200, 403, 403, 403, 403, 403, 403, 403, 403}},
    RouteRow{post, "/admin/dead-letters/retry", "", own, "{}",
             {401, 401, 403, 200, 403, 403, 403, 403, 403, 403, 403, 403}},
};
// clang-format on

}  // namespace kith::test
