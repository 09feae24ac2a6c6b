// What the handlers of events share.
#pragma once

#include "engine/ports/events.h"
#include "gateway/rest/club_answers.h"

namespace kith::rest {

// A handler of events where the store keeps any; 501 elsewhere.
template <HttpHandler kHandler>
boost::asio::awaitable<HttpResponse> with_events(RequestContext& context) {
  if (context.services.events == nullptr) {
    co_return refused(context, problem(501, "this store keeps no events"));
  }
  co_return co_await kHandler(context);
}

inline Events& events_of(const RequestContext& context) {
  return *context.services.events;
}

// The event as the reader sees it, with its ETag.
HttpResponse event_answer(const RequestContext& context, int status, const EventRecord& event);

// A time of the query. 422 where it is no RFC 3339 time.
Checked<std::optional<WallTime>> time_of(const HttpRequest& request, std::string_view name);

}  // namespace kith::rest
