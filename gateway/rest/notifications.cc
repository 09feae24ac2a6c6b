// GET /notifications, PATCH /notifications/{notification_id}/read, POST /notifications/read.
//
// All three answer with `unread_count`, which stops at 1,000. Reading is told to the user's other
// devices by the durable event notification.read on their own channel.
#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/json_writer.h"
#include "protocol/limits.h"

namespace kith {

namespace asio = boost::asio;

namespace {

Problem no_notifications() {
  return problem(503, "this store keeps no notifications");
}

void write_notification(JsonWriter& json, const NotificationRecord& notification) {
  json.begin_object().field("id", notification.id).field("type", notification.type);
  json.key("payload").raw(notification.payload_json);
  json.field("created_at", notification.created_at).field("read", notification.read_at.has_value());
  json.key("read_at");
  if (notification.read_at) {
    json.time(*notification.read_at);
  } else {
    json.null();
  }
  json.end_object();
}

HttpResponse read_answer(RequestContext& context, Result<NoticesRead> read,
                         const NotificationId& id) {
  if (!read) return refused(context, read.error());
  context.services.engine.publish(std::move(read->events));
  context.services.engine.broadcasts_passed(read->passed);
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("notification_id", id);
  json.field("unread_count", std::int64_t{read->unread_count}).end_object();
  return json_answer(200, std::move(out));
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_notifications(RequestContext& context) {
  Notifications* const notifications = context.services.notifications;
  if (notifications == nullptr) co_return refused(context, no_notifications());
  const auto limit =
      limit_of(context.request, limits::kNotificationListDefault, limits::kNotificationListMax);
  if (const auto* problem = std::get_if<Problem>(&limit)) co_return refused(context, *problem);
  std::optional<std::string> cursor;
  if (const auto text = context.request.query_value("cursor")) cursor = std::string(*text);
  const auto list = co_await await_port<NotificationList>([&](Callback<NotificationList> done) {
    notifications->list(context.actor(), std::move(cursor), std::get<std::uint32_t>(limit),
                        std::move(done));
  });
  if (!list) co_return refused(context, list.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("items").begin_array();
  for (const NotificationRecord& item : list->items) write_notification(json, item);
  json.end_array().field("unread_count", std::int64_t{list->unread_count});
  write_next_cursor(json, list->next_cursor);
  json.end_object();
  co_return json_answer(200, std::move(out));
}

asio::awaitable<HttpResponse> rest::read_notification(RequestContext& context) {
  auto [id, refusal] = path_id<NotificationId>(context, 0);
  if (!id) co_return std::move(refusal);
  const NotificationId notification = *id;
  Notifications* const notifications = context.services.notifications;
  if (notifications == nullptr) co_return refused(context, no_notifications());
  auto read = co_await await_port<NoticesRead>([&](Callback<NoticesRead> done) {
    notifications->mark_read(context.actor(), notification, std::move(done));
  });
  co_return read_answer(context, std::move(read), notification);
}

asio::awaitable<HttpResponse> rest::read_notifications(RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) co_return refused(context, *refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const auto up_to = body.id<IdKind::notification>("up_to");
  if (const auto refusal = body.refusal()) co_return refused(context, *refusal);
  Notifications* const notifications = context.services.notifications;
  if (notifications == nullptr) co_return refused(context, no_notifications());
  auto read = co_await await_port<NoticesRead>([&](Callback<NoticesRead> done) {
    notifications->mark_read_to(context.actor(), up_to, std::move(done));
  });
  co_return read_answer(context, std::move(read), up_to);
}

}  // namespace kith
