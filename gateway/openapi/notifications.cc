// Notifications, and what one wants of them.
#include "engine/ports/notifications.h"

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
                      .says("of " + list_of_notice_types() +
                            "; a type that is null has no choice of its own any more")}});
}

Schema way_out() {
  return one_of({"webhook", "email"});
}

std::vector<Operation> dead_letter_operations() {
  const Schema letter =
      object({{"id", id(IdKind::delivery)},
              {"channel", way_out()},
              {"kind", one_of({"notice", "digest", "verify_email", "reset_password"})},
              {"user_id", or_null(id(IdKind::user))},
              {"attempts", integer()},
              {"created_at", time()},
              {"dead_at", time()},
              {"reason", text()}});
  return {
      {.method = get,
       .pattern = "/admin/dead-letters",
       .id = "listDeadLetters",
       .tag = "notifications",
       .summary = "What could not be sent, the newest first; for admins",
       .query = {{.name = "channel", .schema = way_out()},
                 {.name = "limit", .schema = integer(1, 200), .fallback = 50}},
       .answers = {{200, object({{"items", list(letter)}})}},
       .refusals = {403}},
      {.method = post,
       .pattern = "/admin/dead-letters/retry",
       .id = "retryDeadLetters",
       .tag = "notifications",
       .summary = "Has it tried again, the oldest 10,000; for admins",
       .body = object({{"channel?", way_out()}}),
       .answers = {{200, object({{"count", integer()}, {"more", boolean()}})}},
       .refusals = {403}},
  };
}

}  // namespace

std::vector<Operation> notification_operations() {
  const Schema marked =
      object({{"notification_id", id(IdKind::notification)}, {"unread_count", integer()}});
  std::vector<Operation> all = {
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
  for (Operation& operation : dead_letter_operations()) all.push_back(std::move(operation));
  return all;
}

}  // namespace kith::api
