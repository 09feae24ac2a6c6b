// Chats, who is in them, and order in them.
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

const std::vector<Member>& what_changed() {
  static const std::vector<Member> members = {{"seq?", integer()},
                                              {"duplicate?", boolean().says("it was so already")}};
  return members;
}

Schema with_change(std::vector<Member> members) {
  for (const Member& member : what_changed()) {
    Member copy = member;
    members.push_back(std::move(copy));
  }
  return object(std::move(members));
}

std::vector<Operation> participant_operations() {
  const Schema role = one_of({"member", "moderator", "owner"});
  return {
      {.method = post,
       .pattern = "/chats/{chat_id}/participants",
       .id = "addParticipant",
       .tag = "chats",
       .summary = "Brings somebody in",
       .body = object({{"user_id", id(IdKind::user)}, {"role?", role}}),
       .answers = {{201, with_change({{"chat_id", id(IdKind::chat)},
                                      {"user_id", id(IdKind::user)},
                                      {"role", role}})}},
       .refusals = {403, 409}},
      {.method = del,
       .pattern = "/chats/{chat_id}/participants/{user_id}",
       .id = "removeParticipant",
       .tag = "chats",
       .summary = "Removes somebody, or leaves",
       .answers = {{200, with_change({{"chat_id", id(IdKind::chat)},
                                      {"user_id", id(IdKind::user)},
                                      {"status", one_of({"removed"})}})}},
       .refusals = {403, 409}},
      {.method = post,
       .pattern = "/chats/{chat_id}/moderation",
       .id = "moderate",
       .tag = "chats",
       .summary = "Keeps order. hide and restore are of a message, the others of a user",
       .body = object({{"action", one_of({"hide", "restore", "mute", "unmute", "ban", "unban"})},
                       {"message_id?", id(IdKind::message).says("needed by hide and restore")},
                       {"user_id?", id(IdKind::user).says("needed by the others")},
                       {"reason?", text(0, 500)},
                       {"until?", time().says("of mute and ban; without it for good")}}),
       .answers = {{200, with_change({{"chat_id", id(IdKind::chat)},
                                      {"action", text()},
                                      {"message_id?", id(IdKind::message)},
                                      {"user_id?", id(IdKind::user)},
                                      {"moderator_id", id(IdKind::user)}})}},
       .refusals = {403, 409}},
  };
}

}  // namespace

std::vector<Operation> chat_operations() {
  std::vector<Operation> all = {
      {.method = post,
       .pattern = "/chats",
       .id = "createChat",
       .tag = "chats",
       .summary = "Makes a chat; a direct one there is already is answered with 200",
       .body = object({{"type", one_of({"direct", "group"})},
                       {"name?", name_text(0, 100)},
                       {"participant_ids", list(id(IdKind::user), 1000)}}),
       .answers = {{201, ref("Chat")}, {200, ref("Chat")}},
       .refusals = {403, 409},
       .with = kIdempotencyKey},
      {.method = get,
       .pattern = "/chats",
       .id = "listChats",
       .tag = "chats",
       .summary = "One's chats, most recent first",
       .query = paged(50, 100),
       .answers = {{200, page(ref("Chat"))}}},
      {.method = get,
       .pattern = "/chats/{chat_id}",
       .id = "getChat",
       .tag = "chats",
       .summary = "A chat. With an upgrade to a WebSocket: see asyncapi.json",
       .answers = {{200, ref("Chat")}}},
      {.method = post,
       .pattern = "/chats/{chat_id}/typing",
       .id = "setTyping",
       .tag = "chats",
       .summary = "Says that one types, for five seconds",
       .body = object({{"is_typing", boolean()}, {"user_id?", id(IdKind::user)}}),
       .answers = {{200, object({{"expires_in_ms", integer()}})}},
       .refusals = {403}},
      {.method = post,
       .pattern = "/chats/{chat_id}/read",
       .id = "markRead",
       .tag = "chats",
       .summary = "Moves one's read position, only forward",
       .body = object({{"last_read_message_id", id(IdKind::message)}}),
       .answers = {{200, object({{"chat_id", id(IdKind::chat)},
                                 {"last_read_message_id", id(IdKind::message)},
                                 {"last_read_seq", integer()},
                                 {"moved", boolean()}})}},
       .refusals = {403}},
  };
  for (Operation& operation : participant_operations()) all.push_back(std::move(operation));
  return all;
}

}  // namespace kith::api
