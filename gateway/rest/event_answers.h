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
// {"items": [...], "next_cursor"}: `write_item(json, item)` for each.
template <typename Items, typename WriteItem>
HttpResponse page_answer(const Items& items, const std::optional<std::string>& next_cursor,
                         WriteItem write_item) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("items").begin_array();
  for (const auto& item : items) write_item(json, item);
  json.end_array().key("next_cursor");
  if (next_cursor) {
    json.string(*next_cursor);
  } else {
    json.null();
  }
  json.end_object();
  return json_answer(200, std::move(out));
}

// A time of the query. 422 where it is no RFC 3339 time.
Checked<std::optional<WallTime>> time_of(const HttpRequest& request, std::string_view name);

}  // namespace kith::rest
