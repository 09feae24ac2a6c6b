// What the handlers of profiles share.
#pragma once

#include "engine/ports/profiles.h"
#include "gateway/rest/answers.h"

namespace kith::rest {

// A handler of profiles where the store keeps any; 501 elsewhere.
template <HttpHandler kHandler>
boost::asio::awaitable<HttpResponse> with_profiles(RequestContext& context) {
  if (context.services.profiles == nullptr) {
    co_return refused(context, problem(501, "this store keeps no profiles"));
  }
  co_return co_await kHandler(context);
}

inline Profiles& profiles_of(const RequestContext& context) {
  return *context.services.profiles;
}

}  // namespace kith::rest
