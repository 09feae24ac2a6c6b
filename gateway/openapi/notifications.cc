// Notifications, and what one wants of them.
#include "gateway/openapi/operation.h"

#include "protocol/limits.h"

namespace kith::api {

using enum HttpMethod;

namespace {

Schema preferences_change() {
  const Schema mode = one_of({"off", "now", "digest"});
  const Schema type = object({{"in_app?", boolean()}, {"webhook?", mode}, {"email?", mode}});
  return object(
      {{"time_zone?", text(1, 64)},
       {"quiet_hours?",
        object({{"from", text(5, 5)}, {"to", text(5, 5)}}).by_handler().says("null: none")},
       {"digest?", object({{"every", one_of({"hour", "day", "week"})},
                           {"at?", text(5, 5)},
                           {"weekday?", integer(0, 6)}})
                       .by_handler()},
       {"channels?", object({{"webhook?", mode}, {"email?", mode}}).by_handler()},
       {"types?", map(or_null(type))
                      .by_handler()
                      .says("at most 100; a type that is null has no "
                            "choice of its own any more")}});
}

}  // namespace

std::vector<Operation> notification_operations() {
  const Schema marked =
      object({{"notification_id", id(IdKind::notification)}, {"unread_count", integer()}});
  return {
      {.method = get,
       .pattern = "/notifications",
       .id = "listNotifications",
       .tag = "notifications",
       .summary = "One's notifications, newest first",
       .query = paged(limits::kNotificationListDefault, limits::kNotificationListMax),
       .answers = {{200, page(ref("Notification"), {{"unread_count", integer()}})}}},
      {.method = post,
       .pattern = "/notifications/read",
       .id = "readNotifications",
       .tag = "notifications",
       .summary = "Marks one and all before it as read",
       .body = object({{"up_to", id(IdKind::notification)}}),
       .answers = {{200, marked}},
       .refusals = {404}},
      {.method = patch,
       .pattern = "/notifications/{notification_id}/read",
       .id = "readNotification",
       .tag = "notifications",
       .summary = "Marks one as read",
       .answers = {{200, marked}}},
      {.method = get,
       .pattern = "/notifications/preferences",
       .id = "getNotificationPreferences",
       .tag = "notifications",
       .summary = "Which types by which channel, quiet hours, digests",
       .answers = {{200, ref("NotificationPreferences")}}},
      {.method = patch,
       .pattern = "/notifications/preferences",
       .id = "changeNotificationPreferences",
       .tag = "notifications",
       .summary = "Changes any part of it",
       .body = preferences_change(),
       .answers = {{200, ref("NotificationPreferences")}}},
  };
}

}  // namespace kith::api
