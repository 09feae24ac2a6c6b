// The routes of routes.h that are about what users do, and get for it.
#pragma once

#include <array>

#include "gateway/http_router.h"

namespace kith {

namespace rest {

Answer get_leaderboard(RequestContext& context);
Answer get_past_leaderboard(RequestContext& context);
Answer get_leaderboard_preferences(RequestContext& context);
Answer set_leaderboard_preferences(RequestContext& context);
Answer record_activity(RequestContext& context);
Answer feed_streak(RequestContext& context);
Answer get_streaks(RequestContext& context);
Answer set_time_zone(RequestContext& context);
Answer get_scores(RequestContext& context);
Answer get_badges(RequestContext& context);

}  // namespace rest

inline constexpr std::array kRewardRoutes = {
    Route{HttpMethod::get, "/leaderboards", RouteAccess::user, RouteBody::none,
          rest::get_leaderboard},
    Route{HttpMethod::get, "/leaderboards/past", RouteAccess::user, RouteBody::none,
          rest::get_past_leaderboard},
    Route{HttpMethod::get, "/leaderboards/me", RouteAccess::user, RouteBody::none,
          rest::get_leaderboard_preferences},
    Route{HttpMethod::patch, "/leaderboards/me", RouteAccess::user, RouteBody::json,
          rest::set_leaderboard_preferences},
    Route{HttpMethod::post, "/activities", RouteAccess::user, RouteBody::json,
          rest::record_activity},
    Route{HttpMethod::post, "/streaks/{user_id}", RouteAccess::user, RouteBody::json,
          rest::feed_streak},
    Route{HttpMethod::get, "/streaks/{user_id}", RouteAccess::user, RouteBody::none,
          rest::get_streaks},
    Route{HttpMethod::patch, "/users/me/time_zone", RouteAccess::user, RouteBody::json,
          rest::set_time_zone},
    Route{HttpMethod::get, "/users/{user_id}/scores", RouteAccess::user, RouteBody::none,
          rest::get_scores},
    Route{HttpMethod::get, "/badges/{user_id}", RouteAccess::user, RouteBody::none,
          rest::get_badges},
};

}  // namespace kith
