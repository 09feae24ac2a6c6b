// The routes of events and calendars (routes.h).
#pragma once

#include <array>

#include "gateway/http_router.h"
#include "gateway/rest/event_answers.h"

namespace kith {

namespace rest {

Answer create_event(RequestContext& context);
Answer list_events(RequestContext& context);
Answer recommend_events(RequestContext& context);
Answer get_event(RequestContext& context);
Answer update_event(RequestContext& context);
Answer add_event_media(RequestContext& context);
Answer boost_event(RequestContext& context);
Answer rsvp(RequestContext& context);
Answer list_attendees(RequestContext& context);
Answer check_in(RequestContext& context);
Answer mark_event_read(RequestContext& context);
Answer make_calendar(RequestContext& context);
Answer drop_calendar(RequestContext& context);
Answer get_calendar(RequestContext& context);

}  // namespace rest

inline constexpr std::array kEventRoutes = {
    Route{HttpMethod::post, "/events", RouteAccess::user, RouteBody::json,
          rest::with_events<rest::create_event>},
    Route{HttpMethod::get, "/events", RouteAccess::user, RouteBody::none,
          rest::with_events<rest::list_events>},
    Route{HttpMethod::get, "/events/recommendations", RouteAccess::user, RouteBody::none,
          rest::with_events<rest::recommend_events>},
    Route{HttpMethod::get, "/events/{event_id}", RouteAccess::user, RouteBody::none,
          rest::with_events<rest::get_event>},
    Route{HttpMethod::patch, "/events/{event_id}", RouteAccess::user, RouteBody::json,
          rest::with_events<rest::update_event>},
    Route{HttpMethod::post, "/events/{event_id}/media", RouteAccess::user, RouteBody::json,
          rest::with_events<rest::add_event_media>},
    Route{HttpMethod::post, "/events/{event_id}/boost", RouteAccess::user, RouteBody::json,
          rest::with_events<rest::boost_event>},
    Route{HttpMethod::post, "/events/{event_id}/rsvp", RouteAccess::user, RouteBody::json,
          rest::with_events<rest::rsvp>},
    Route{HttpMethod::get, "/events/{event_id}/attendees", RouteAccess::user, RouteBody::none,
          rest::with_events<rest::list_attendees>},
    Route{HttpMethod::post, "/events/{event_id}/attendance", RouteAccess::user, RouteBody::json,
          rest::with_events<rest::check_in>},
    Route{HttpMethod::post, "/events/{event_id}/read", RouteAccess::user, RouteBody::json,
          rest::with_events<rest::mark_event_read>},
    Route{HttpMethod::post, "/users/me/calendar", RouteAccess::user, RouteBody::none,
          rest::with_events<rest::make_calendar>},
    Route{HttpMethod::del, "/users/me/calendar", RouteAccess::user, RouteBody::none,
          rest::with_events<rest::drop_calendar>},
    Route{HttpMethod::get, "/calendar/{calendar}", RouteAccess::open, RouteBody::none,
          rest::with_events<rest::get_calendar>},
};

}  // namespace kith
