// Messages and chats, as requests and answers have them.
#include "gateway/openapi/operation.h"
#include "protocol/limits.h"

namespace kith::api {
namespace {

Schema attachment_schema() {
  return object({{"media_id", text(1, limits::kMediaIdBytesMax)},
                 {"type?", text(0, limits::kContentTypeBytesMax)},
                 {"metadata?", map(anything()).says("at most 4 KiB")}});
}

Schema content_schema() {
  return object(
      {{"type", text(1, limits::kContentTypeBytesMax).says("a-z, 0-9, _ . -, and not tombstone")},
       {"text?", text().says("needed where there are no attachments")},
       {"attachments?", list(attachment_schema(), limits::kAttachmentsMax)}});
}

Schema message_schema() {
  return object(
      {{"id", id(IdKind::message)},
       {"sender_id", id(IdKind::user)},
       {"seq", integer()},
       {"client_message_id", text()},
       {"content", ref("ShownContent")},
       {"sent_at", time()},
       {"edited_at", or_null(time())},
       {"deleted_at", or_null(time())},
       {"reply_to", or_null(id(IdKind::message))},
       {"reactions", list(object({{"emoji", text()}, {"count", integer()}, {"me", boolean()}}))},
       {"delivery?", object({{"status", one_of({"sent", "delivered", "read"})},
                             {"read_by?", list(id(IdKind::user))},
                             {"read_count?", integer()}})}});
}

Schema chat_schema() {
  const Schema role = one_of({"member", "moderator", "owner"});
  return object({{"id", id(IdKind::chat)},
                 {"type", one_of({"direct", "group", "event", "club"})},
                 {"name", or_null(text())},
                 {"created_at", time()},
                 {"seq", integer()},
                 {"participant_count", integer()},
                 {"role", role},
                 {"last_read_seq", integer()},
                 {"unread_count", integer()},
                 {"last_message", or_null(ref("Message"))},
                 {"participants?", list(object({{"user_id", id(IdKind::user)},
                                                {"display_name", text()},
                                                {"role", role},
                                                {"last_read_seq", integer()}}))}});
}

}  // namespace

std::vector<Component> chat_components() {
  const Schema shown = either({object({{"type", one_of({"tombstone"})}}), ref("Content")});
  return {{"Content", content_schema()},
          {"ShownContent", shown},
          {"Message", message_schema()},
          {"Chat", chat_schema()}};
}

}  // namespace kith::api
