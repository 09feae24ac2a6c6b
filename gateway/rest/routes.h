// All routes of the product, one list: the router serves it, and tests/rights/route_table has a row
// for each, or does not compile. The handlers stand in one file per resource.
#pragma once

#include <array>
#include <string_view>

#include "gateway/http_router.h"

namespace kith {

namespace rest {

using Answer = boost::asio::awaitable<HttpResponse>;

Answer create_user(RequestContext& context);
Answer get_me(RequestContext& context);
Answer get_user(RequestContext& context);

Answer login(RequestContext& context);
Answer refresh(RequestContext& context);
Answer logout(RequestContext& context);

Answer create_chat(RequestContext& context);
Answer list_chats(RequestContext& context);
Answer get_chat(RequestContext& context);
Answer set_typing(RequestContext& context);
Answer mark_read(RequestContext& context);

Answer add_participant(RequestContext& context);
Answer remove_participant(RequestContext& context);
Answer moderate(RequestContext& context);

Answer send_message(RequestContext& context);
Answer list_messages(RequestContext& context);
Answer edit_message(RequestContext& context);
Answer remove_message(RequestContext& context);

Answer add_reaction(RequestContext& context);
Answer remove_reaction(RequestContext& context);
Answer report(RequestContext& context);

Answer record_activity(RequestContext& context);
Answer feed_streak(RequestContext& context);
Answer get_streaks(RequestContext& context);
Answer set_time_zone(RequestContext& context);
Answer get_scores(RequestContext& context);
Answer get_badges(RequestContext& context);

Answer healthz(RequestContext& context);
Answer readyz(RequestContext& context);
Answer status(RequestContext& context);
Answer metrics(RequestContext& context);

}  // namespace rest

inline constexpr std::array kRoutes = {
    Route{HttpMethod::post, "/users", RouteAccess::open, RouteBody::json, rest::create_user},
    Route{HttpMethod::get, "/users/me", RouteAccess::user, RouteBody::none, rest::get_me},
    Route{HttpMethod::get, "/users/{user_id}", RouteAccess::user, RouteBody::none, rest::get_user},

    Route{HttpMethod::post, "/auth/login", RouteAccess::open, RouteBody::json, rest::login},
    Route{HttpMethod::post, "/auth/refresh", RouteAccess::open, RouteBody::json, rest::refresh},
    Route{HttpMethod::post, "/auth/logout", RouteAccess::user, RouteBody::none, rest::logout},

    Route{HttpMethod::post, "/chats", RouteAccess::user, RouteBody::json, rest::create_chat},
    Route{HttpMethod::get, "/chats", RouteAccess::user, RouteBody::none, rest::list_chats},
    Route{HttpMethod::get, "/chats/{chat_id}", RouteAccess::user, RouteBody::none, rest::get_chat},
    Route{HttpMethod::post, "/chats/{chat_id}/typing", RouteAccess::user, RouteBody::json,
          rest::set_typing},
    Route{HttpMethod::post, "/chats/{chat_id}/read", RouteAccess::user, RouteBody::json,
          rest::mark_read},

    Route{HttpMethod::post, "/chats/{chat_id}/participants", RouteAccess::user, RouteBody::json,
          rest::add_participant},
    Route{HttpMethod::del, "/chats/{chat_id}/participants/{user_id}", RouteAccess::user,
          RouteBody::none, rest::remove_participant},
    Route{HttpMethod::post, "/chats/{chat_id}/moderation", RouteAccess::user, RouteBody::json,
          rest::moderate},

    Route{HttpMethod::post, "/chats/{chat_id}/messages", RouteAccess::user, RouteBody::json,
          rest::send_message},
    Route{HttpMethod::get, "/chats/{chat_id}/messages", RouteAccess::user, RouteBody::none,
          rest::list_messages},
    Route{HttpMethod::patch, "/chats/{chat_id}/messages/{message_id}", RouteAccess::user,
          RouteBody::json, rest::edit_message},
    Route{HttpMethod::del, "/chats/{chat_id}/messages/{message_id}", RouteAccess::user,
          RouteBody::none, rest::remove_message},

    Route{HttpMethod::post, "/chats/{chat_id}/messages/{message_id}/reactions", RouteAccess::user,
          RouteBody::json, rest::add_reaction},
    Route{HttpMethod::del, "/chats/{chat_id}/messages/{message_id}/reactions/{emoji}",
          RouteAccess::user, RouteBody::none, rest::remove_reaction},
    Route{HttpMethod::post, "/chats/{chat_id}/messages/{message_id}/report", RouteAccess::user,
          RouteBody::json, rest::report},

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

    Route{HttpMethod::get, "/healthz", RouteAccess::open, RouteBody::none, rest::healthz},
    Route{HttpMethod::get, "/readyz", RouteAccess::open, RouteBody::none, rest::readyz},
    Route{HttpMethod::get, "/status", RouteAccess::open, RouteBody::none, rest::status},
    Route{HttpMethod::get, "/metrics", RouteAccess::open, RouteBody::none, rest::metrics},
};

}  // namespace kith
