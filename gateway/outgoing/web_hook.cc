#include "gateway/outgoing/web_hook.h"

#include "protocol/json_writer.h"

namespace kith {

std::string web_hook_body(const Delivery& delivery) {
  std::string out;
  JsonWriter json(out);
  const bool digest = delivery.kind == OutgoingKind::digest;
  json.begin_object().field("type", digest ? "notification.digest" : "notification");
  json.field("id", delivery.id).field("user_id", delivery.user);
  json.field("more", std::int64_t{delivery.more}).key("notifications").begin_array();
  for (const NotificationRecord& notice : delivery.notices) {
    json.begin_object().field("id", notice.id).field("type", notice.type);
    json.key("payload").raw(notice.payload_json).field("created_at", notice.created_at);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

SendOutcome WebHookSender::send(const Delivery& delivery, const std::atomic<bool>& stop) const {
  return post_signed(options_, delivery.id.text(), web_hook_body(delivery), KeepAnswer::no, stop)
      .outcome;
}

}  // namespace kith
