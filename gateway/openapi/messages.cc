// Messages, reactions and reports.
#include "gateway/openapi/operation.h"

#include "protocol/limits.h"

namespace kith::api {

using enum HttpMethod;

namespace {

std::vector<Operation> reaction_operations() {
  const Schema reaction = object({{"message_id", id(IdKind::message)},
                                  {"emoji", text()},
                                  {"seq?", integer()},
                                  {"duplicate?", boolean()}});
  return {
      {.method = post,
       .pattern = "/chats/{chat_id}/messages/{message_id}/reactions",
       .id = "addReaction",
       .tag = "messages",
       .summary = "Reacts with one emoji",
       .body = object({{"emoji", text(1, limits::kEmojiBytesMax)}}),
       .answers = {{200, reaction}},
       .refusals = {403, 409}},
      {.method = del,
       .pattern = "/chats/{chat_id}/messages/{message_id}/reactions/{emoji}",
       .id = "removeReaction",
       .tag = "messages",
       .summary = "Takes one's reaction back",
       .answers = {{200, reaction}},
       .refusals = {403, 409}},
      {.method = post,
       .pattern = "/chats/{chat_id}/messages/{message_id}/report",
       .id = "reportMessage",
       .tag = "messages",
       .summary = "Reports a message to the moderators",
       .body = object({{"reason", text(1, 500)}}),
       .answers = {{201, object({{"id", id(IdKind::report)},
                                 {"chat_id", id(IdKind::chat)},
                                 {"message_id", id(IdKind::message)},
                                 {"status", text()}})}},
       .refusals = {403, 409}},
  };
}

}  // namespace

std::vector<Operation> message_operations() {
  std::vector<Operation> all = {
      {.method = post,
       .pattern = "/chats/{chat_id}/messages",
       .id = "sendMessage",
       .tag = "messages",
       .summary = "Sends; answered when it is committed. The Idempotency-Key stands in for a "
                  "missing client_message_id",
       .body = object({{"client_message_id?", text(1, limits::kClientMessageIdBytesMax)},
                       {"content", ref("Content")},
                       {"sender_id?", id(IdKind::user).says("one's own")},
                       {"reply_to?", id(IdKind::message)}}),
       .answers = {{202, object({{"message_id", id(IdKind::message)},
                                 {"ack_token", text()},
                                 {"status", one_of({"queued"})},
                                 {"seq", integer()},
                                 {"sent_at", time()},
                                 {"duplicate?", boolean()}})}},
       .refusals = {403, 409},
       .with = kIdempotencyKey},
      {.method = get,
       .pattern = "/chats/{chat_id}/messages",
       .id = "listMessages",
       .tag = "messages",
       .summary = "The history, newest first",
       .query = {{.name = "before", .schema = text(1, 64).says("A time, or next_before")},
                 paged(limits::kHistoryLimitDefault, limits::kHistoryLimitMax).front()},
       .answers = {{200, object({{"messages", list(ref("Message"))},
                                 {"paging", object({{"next_before", or_null(text())}})}})}}},
      {.method = patch,
       .pattern = "/chats/{chat_id}/messages/{message_id}",
       .id = "editMessage",
       .tag = "messages",
       .summary = "Other content for one's own message",
       .body = object({{"content", ref("Content")}}),
       .answers = {{200, object({{"message_id", id(IdKind::message)},
                                 {"seq?", integer()},
                                 {"edited_at?", time()},
                                 {"duplicate?", boolean()},
                                 {"content", ref("ShownContent")}})}},
       .refusals = {403, 409}},
      {.method = del,
       .pattern = "/chats/{chat_id}/messages/{message_id}",
       .id = "removeMessage",
       .tag = "messages",
       .summary = "Leaves a tombstone",
       .answers = {{200, object({{"status", one_of({"removed"})},
                                 {"moderator_id", id(IdKind::user)},
                                 {"seq?", integer()},
                                 {"duplicate?", boolean()}})}},
       .refusals = {403, 409}},
  };
  for (Operation& operation : reaction_operations()) all.push_back(std::move(operation));
  return all;
}

}  // namespace kith::api
