// The routes of routes.h that are for other back ends, for those who keep order on the server, and
// for those who run it.
#pragma once

#include <array>

#include "gateway/http_router.h"

namespace kith {

namespace rest {

Answer create_service_account(RequestContext& context);
Answer list_service_accounts(RequestContext& context);
Answer revoke_service_account(RequestContext& context);
Answer publish_app_events(RequestContext& context);
Answer provision_user(RequestContext& context);
Answer disconnect_user(RequestContext& context);
Answer read_presence(RequestContext& context);

Answer set_role(RequestContext& context);
Answer list_cases(RequestContext& context);
Answer get_case(RequestContext& context);
Answer assign_case(RequestContext& context);
Answer resolve_case(RequestContext& context);

Answer list_dead_letters(RequestContext& context);
Answer retry_dead_letters(RequestContext& context);

}  // namespace rest

inline constexpr std::array kServiceRoutes = {
    Route{HttpMethod::post, "/service-accounts", RouteAccess::user, RouteBody::json,
          rest::create_service_account},
    Route{HttpMethod::get, "/service-accounts", RouteAccess::user, RouteBody::none,
          rest::list_service_accounts},
    Route{HttpMethod::del, "/service-accounts/{service_id}", RouteAccess::user, RouteBody::none,
          rest::revoke_service_account},
    Route{HttpMethod::post, "/channels/{channel_id}/events", RouteAccess::service, RouteBody::json,
          rest::publish_app_events, ServiceScope::events_publish},
    Route{HttpMethod::post, "/service/users", RouteAccess::service, RouteBody::json,
          rest::provision_user, ServiceScope::users_write},
    Route{HttpMethod::post, "/users/{user_id}/disconnect", RouteAccess::service, RouteBody::json,
          rest::disconnect_user, ServiceScope::users_disconnect},
    Route{HttpMethod::get, "/presence", RouteAccess::service, RouteBody::none, rest::read_presence,
          ServiceScope::presence_read},

    Route{HttpMethod::patch, "/users/{user_id}/role", RouteAccess::user, RouteBody::json,
          rest::set_role},
    Route{HttpMethod::get, "/moderation/cases", RouteAccess::user, RouteBody::none,
          rest::list_cases},
    Route{HttpMethod::get, "/moderation/cases/{case_id}", RouteAccess::user, RouteBody::none,
          rest::get_case},
    Route{HttpMethod::post, "/moderation/cases/{case_id}/assign", RouteAccess::user,
          RouteBody::json, rest::assign_case},
    Route{HttpMethod::post, "/moderation/cases/{case_id}/resolve", RouteAccess::user,
          RouteBody::json, rest::resolve_case},

    Route{HttpMethod::get, "/admin/dead-letters", RouteAccess::user, RouteBody::none,
          rest::list_dead_letters},
    Route{HttpMethod::post, "/admin/dead-letters/retry", RouteAccess::user, RouteBody::json,
          rest::retry_dead_letters},
};

}  // namespace kith
