// The rows of clubs and their events (route_table.h).
#pragma once

#include "tests/rights/route_row.h"

namespace kith::test {

// clang-format off
inline constexpr std::array kClubRouteRows = {
    // Clubs. Of a private one its name is for everybody, what is inside for its members.
    RouteRow{post, "/clubs", "", own, R"({"name":"{unique}"})",
             {401, 401, 201, 201, 201, 201, 201, 201, 201, 201}},
    RouteRow{get, "/clubs", "", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/clubs/{club_id}", "", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{patch, "/clubs/{club_id}", "", own, R"({"description":"{unique}"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/clubs/{club_id}/join", "", own, R"({"message":"hello"})",
             {401, 401, 200, 200, 200, 403, 200, 200, 200, 200}},
    RouteRow{post, "/clubs/{club_id}/leave", "", own, "",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 409}},
    RouteRow{get, "/clubs/{club_id}/members", "", own, "",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{post, "/clubs/{club_id}/members/{user_id}", "ban", theirs, R"({"action":"ban"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/clubs/{club_id}/members/{user_id}", "remove the owner", owners,
             R"({"action":"remove"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 403, 403}},
    RouteRow{post, "/clubs/{club_id}/members/{user_id}", "oneself as an owner", own,
             R"({"action":"role","role":"owner"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 403, 403}},
    RouteRow{post, "/clubs/{club_id}/members/{user_id}", "a member as a moderator", theirs,
             R"({"action":"role","role":"moderator"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/clubs/{club_id}/posts", "", own, R"({"content":"hello"})",
             {401, 401, 404, 404, 404, 404, 201, 201, 201, 201}},
    RouteRow{del, "/clubs/{club_id}/posts/{post_id}", "the owner's", own, "",
             {401, 401, 404, 404, 404, 404, 403, 403, 204, 204}},
    RouteRow{get, "/clubs/{club_id}/feed", "", own, "",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{post, "/clubs/{club_id}/broadcasts", "", own,
             R"({"content":{"type":"text","text":"hello"},"audience":"all"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 201, 201}},
    RouteRow{get, "/clubs/{club_id}/broadcasts", "", own, "",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{get, "/clubs/{club_id}/broadcasts/{broadcast_id}", "", own, "",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{del, "/clubs/{club_id}/broadcasts/{broadcast_id}", "", own, "",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/clubs/{club_id}/read", "", own, R"({"seq":1})",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 200}},

    // Events: one of the private club, for its members. Who moderates the chat organizes the club.
    RouteRow{post, "/events", "one's own", own,
             R"({"title":"Mine","start_time":"2100-01-01T10:00:00Z",)"
             R"("end_time":"2100-01-01T12:00:00Z"})",
             {401, 401, 201, 201, 201, 201, 201, 201, 201, 201}},
    RouteRow{post, "/events", "the club's", own,
             R"({"title":"Ours","start_time":"2100-01-01T10:00:00Z",)"
             R"("end_time":"2100-01-01T12:00:00Z","club_id":"{club_id}"})",
             {401, 401, 403, 403, 403, 403, 403, 403, 201, 201}},
    RouteRow{get, "/events", "", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/events/recommendations", "", own, "",
             {401, 401, 200, 200, 200, 200, 200, 200, 200, 200}},
    RouteRow{get, "/events/{event_id}", "", own, "",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{patch, "/events/{event_id}", "", own, R"({"description":"{unique}"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/events/{event_id}/media", "", own,
             R"({"type":"photo","content_type":"image/jpeg","file_name":"sunset.jpg"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 501, 501}},
    RouteRow{post, "/events/{event_id}/boost", "", own,
             R"({"duration_hours":24,"boost_type":"discover_feed"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 501, 501}},
    RouteRow{post, "/events/{event_id}/rsvp", "", own, R"({"status":"maybe"})",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{get, "/events/{event_id}/attendees", "", own, "",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{post, "/events/{event_id}/attendance", "", theirs, R"({"user_id":"{user_id}"})",
             {401, 401, 404, 404, 404, 404, 403, 403, 200, 200}},
    RouteRow{post, "/events/{event_id}/read", "", own, R"({"seq":1})",
             {401, 401, 404, 404, 404, 404, 200, 200, 200, 200}},
    RouteRow{post, "/users/me/calendar", "", own, "",
             {401, 401, 201, 201, 201, 201, 201, 201, 201, 201}},
    RouteRow{del, "/users/me/calendar", "", own, "",
             {401, 401, 204, 204, 204, 204, 204, 204, 204, 204}},
    RouteRow{get, "/calendar/{calendar}", "a secret of nobody", own, "",
             {404, 404, 404, 404, 404, 404, 404, 404, 404, 404}},
};
// clang-format on

}  // namespace kith::test
