// All routes of the product, one list: the router serves it, and tests/rights/route_table has a row
// for each, or does not compile. The handlers stand in one file per resource.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "gateway/http_router.h"
#include "gateway/rest/event_routes.h"
#include "gateway/rest/profile_answers.h"
#include "gateway/rest/reward_routes.h"
#include "gateway/rest/service_routes.h"

namespace kith {

namespace rest {

Answer create_user(RequestContext& context);
Answer get_me(RequestContext& context);
Answer get_user(RequestContext& context);
Answer update_me(RequestContext& context);
Answer update_user(RequestContext& context);
Answer recommend_people(RequestContext& context);
Answer get_icebreaker(RequestContext& context);
Answer get_feed(RequestContext& context);
Answer export_me(RequestContext& context);
Answer erase_me(RequestContext& context);
Answer list_sessions(RequestContext& context);
Answer end_session(RequestContext& context);
Answer list_blocks(RequestContext& context);
Answer block_user(RequestContext& context);
Answer unblock_user(RequestContext& context);
Answer login(RequestContext& context);
Answer refresh(RequestContext& context);
Answer logout(RequestContext& context);
Answer request_email_verification(RequestContext& context);
Answer verify_email(RequestContext& context);
Answer forgot_password(RequestContext& context);
Answer reset_password(RequestContext& context);
Answer list_notifications(RequestContext& context);
Answer read_notification(RequestContext& context);
Answer read_notifications(RequestContext& context);
Answer get_notification_preferences(RequestContext& context);
Answer change_notification_preferences(RequestContext& context);

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

Answer create_club(RequestContext& context);
Answer list_clubs(RequestContext& context);
Answer get_club(RequestContext& context);
Answer update_club(RequestContext& context);
Answer join_club(RequestContext& context);
Answer leave_club(RequestContext& context);
Answer list_club_members(RequestContext& context);
Answer change_club_member(RequestContext& context);
Answer create_club_post(RequestContext& context);
Answer remove_club_post(RequestContext& context);
Answer get_club_feed(RequestContext& context);
Answer create_broadcast(RequestContext& context);
Answer list_broadcasts(RequestContext& context);
Answer get_broadcast(RequestContext& context);
Answer cancel_broadcast(RequestContext& context);
Answer mark_club_read(RequestContext& context);

Answer healthz(RequestContext& context);
Answer readyz(RequestContext& context);
Answer status(RequestContext& context);
Answer metrics(RequestContext& context);

Answer chat_page(RequestContext& context);
Answer console_page(RequestContext& context);
Answer client_module(RequestContext& context);
Answer page_asset(RequestContext& context);
Answer docs_page(RequestContext& context);
Answer openapi(RequestContext& context);
Answer asyncapi(RequestContext& context);
Answer drain(RequestContext& context);

}  // namespace rest

inline constexpr std::array kOtherRoutes = {
    Route{HttpMethod::post, "/users", RouteAccess::open, RouteBody::json, rest::create_user},
    Route{HttpMethod::get, "/users/me", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::get_me>},
    Route{HttpMethod::patch, "/users/me", RouteAccess::user, RouteBody::json,
          rest::with_profiles<rest::update_me>},
    Route{HttpMethod::get, "/users/{user_id}", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::get_user>},
    Route{HttpMethod::patch, "/users/{user_id}", RouteAccess::user, RouteBody::json,
          rest::with_profiles<rest::update_user>},
    Route{HttpMethod::get, "/users/{user_id}/recommendations", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::recommend_people>},
    Route{HttpMethod::del, "/users/me", RouteAccess::user, RouteBody::json,
          rest::with_profiles<rest::erase_me>},
    Route{HttpMethod::get, "/users/me/export", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::export_me>},
    Route{HttpMethod::get, "/users/me/sessions", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::list_sessions>},
    Route{HttpMethod::del, "/users/me/sessions/{session_id}", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::end_session>},
    Route{HttpMethod::get, "/users/me/blocks", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::list_blocks>},
    Route{HttpMethod::post, "/users/{user_id}/block", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::block_user>},
    Route{HttpMethod::del, "/users/{user_id}/block", RouteAccess::user, RouteBody::none,
          rest::with_profiles<rest::unblock_user>},
    Route{HttpMethod::get, "/icebreakers/today", RouteAccess::user, RouteBody::none,
          rest::get_icebreaker},
    Route{HttpMethod::get, "/feed", RouteAccess::user, RouteBody::none, rest::get_feed},

    Route{HttpMethod::post, "/auth/login", RouteAccess::open, RouteBody::json, rest::login},
    Route{HttpMethod::post, "/auth/refresh", RouteAccess::open, RouteBody::json, rest::refresh},
    Route{HttpMethod::post, "/auth/logout", RouteAccess::user, RouteBody::none, rest::logout},

    Route{HttpMethod::post, "/auth/verify-email/request", RouteAccess::open, RouteBody::json,
          rest::request_email_verification},
    Route{HttpMethod::post, "/auth/verify-email", RouteAccess::open, RouteBody::json,
          rest::verify_email},
    Route{HttpMethod::post, "/auth/forgot-password", RouteAccess::open, RouteBody::json,
          rest::forgot_password},
    Route{HttpMethod::post, "/auth/reset-password", RouteAccess::open, RouteBody::json,
          rest::reset_password},

    Route{HttpMethod::get, "/notifications", RouteAccess::user, RouteBody::none,
          rest::list_notifications},
    Route{HttpMethod::post, "/notifications/read", RouteAccess::user, RouteBody::json,
          rest::read_notifications},
    Route{HttpMethod::patch, "/notifications/{notification_id}/read", RouteAccess::user,
          RouteBody::none, rest::read_notification},
    Route{HttpMethod::get, "/notifications/preferences", RouteAccess::user, RouteBody::none,
          rest::get_notification_preferences},
    Route{HttpMethod::patch, "/notifications/preferences", RouteAccess::user, RouteBody::json,
          rest::change_notification_preferences},

    Route{HttpMethod::post, "/chats", RouteAccess::user, RouteBody::json, rest::create_chat,
          ServiceScope::chats_write},
    Route{HttpMethod::get, "/chats", RouteAccess::user, RouteBody::none, rest::list_chats},
    Route{HttpMethod::get, "/chats/{chat_id}", RouteAccess::user, RouteBody::none, rest::get_chat},
    Route{HttpMethod::post, "/chats/{chat_id}/typing", RouteAccess::user, RouteBody::json,
          rest::set_typing},
    Route{HttpMethod::post, "/chats/{chat_id}/read", RouteAccess::user, RouteBody::json,
          rest::mark_read},

    Route{HttpMethod::post, "/chats/{chat_id}/participants", RouteAccess::user, RouteBody::json,
          rest::add_participant, ServiceScope::members_write},
    Route{HttpMethod::del, "/chats/{chat_id}/participants/{user_id}", RouteAccess::user,
          RouteBody::none, rest::remove_participant, ServiceScope::members_write},
    Route{HttpMethod::post, "/chats/{chat_id}/moderation", RouteAccess::user, RouteBody::json,
          rest::moderate},

    Route{HttpMethod::post, "/chats/{chat_id}/messages", RouteAccess::user, RouteBody::json,
          rest::send_message, ServiceScope::messages_write},
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

    Route{HttpMethod::post, "/clubs", RouteAccess::user, RouteBody::json, rest::create_club},
    Route{HttpMethod::get, "/clubs", RouteAccess::user, RouteBody::none, rest::list_clubs},
    Route{HttpMethod::get, "/clubs/{club_id}", RouteAccess::user, RouteBody::none, rest::get_club},
    Route{HttpMethod::patch, "/clubs/{club_id}", RouteAccess::user, RouteBody::json,
          rest::update_club},
    Route{HttpMethod::post, "/clubs/{club_id}/join", RouteAccess::user, RouteBody::json,
          rest::join_club, ServiceScope::members_write},
    Route{HttpMethod::post, "/clubs/{club_id}/leave", RouteAccess::user, RouteBody::none,
          rest::leave_club, ServiceScope::members_write},
    Route{HttpMethod::get, "/clubs/{club_id}/members", RouteAccess::user, RouteBody::none,
          rest::list_club_members},
    Route{HttpMethod::post, "/clubs/{club_id}/members/{user_id}", RouteAccess::user,
          RouteBody::json, rest::change_club_member, ServiceScope::members_write},
    Route{HttpMethod::post, "/clubs/{club_id}/posts", RouteAccess::user, RouteBody::json,
          rest::create_club_post},
    Route{HttpMethod::del, "/clubs/{club_id}/posts/{post_id}", RouteAccess::user, RouteBody::none,
          rest::remove_club_post},
    Route{HttpMethod::get, "/clubs/{club_id}/feed", RouteAccess::user, RouteBody::none,
          rest::get_club_feed},
    Route{HttpMethod::post, "/clubs/{club_id}/broadcasts", RouteAccess::user, RouteBody::json,
          rest::create_broadcast},
    Route{HttpMethod::get, "/clubs/{club_id}/broadcasts", RouteAccess::user, RouteBody::none,
          rest::list_broadcasts},
    Route{HttpMethod::get, "/clubs/{club_id}/broadcasts/{broadcast_id}", RouteAccess::user,
          RouteBody::none, rest::get_broadcast},
    Route{HttpMethod::del, "/clubs/{club_id}/broadcasts/{broadcast_id}", RouteAccess::user,
          RouteBody::none, rest::cancel_broadcast},
    Route{HttpMethod::post, "/clubs/{club_id}/read", RouteAccess::user, RouteBody::json,
          rest::mark_club_read},

    Route{HttpMethod::get, "/healthz", RouteAccess::open, RouteBody::none, rest::healthz},
    Route{HttpMethod::get, "/readyz", RouteAccess::open, RouteBody::none, rest::readyz},
    Route{HttpMethod::get, "/status", RouteAccess::open, RouteBody::none, rest::status},
    Route{HttpMethod::get, "/metrics", RouteAccess::open, RouteBody::none, rest::metrics},

    Route{HttpMethod::get, "/", RouteAccess::open, RouteBody::none, rest::chat_page},
    Route{HttpMethod::get, "/console", RouteAccess::open, RouteBody::none, rest::console_page},
    Route{HttpMethod::get, "/kith.js", RouteAccess::open, RouteBody::none, rest::client_module},
    Route{HttpMethod::get, "/assets/{file}", RouteAccess::open, RouteBody::none, rest::page_asset},
    Route{HttpMethod::get, "/docs", RouteAccess::open, RouteBody::none, rest::docs_page},
    Route{HttpMethod::get, "/openapi.json", RouteAccess::open, RouteBody::none, rest::openapi},
    Route{HttpMethod::get, "/asyncapi.json", RouteAccess::open, RouteBody::none, rest::asyncapi},
    Route{HttpMethod::post, "/console/drain", RouteAccess::user, RouteBody::json, rest::drain},
};

consteval auto all_routes() {
  constexpr std::size_t kCount =
      kOtherRoutes.size() + kEventRoutes.size() + kRewardRoutes.size() + kServiceRoutes.size();
  std::array<Route, kCount> all = {};
  auto end = std::ranges::copy(kOtherRoutes, all.begin()).out;
  end = std::ranges::copy(kEventRoutes, end).out;
  end = std::ranges::copy(kRewardRoutes, end).out;
  std::ranges::copy(kServiceRoutes, end);
  return all;
}
inline constexpr std::array kRoutes = all_routes();

}  // namespace kith
