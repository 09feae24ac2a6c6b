// POST /chats/{chat_id}/participants, DELETE /chats/{chat_id}/participants/{user_id},
// POST /chats/{chat_id}/moderation.
#include "gateway/await_port.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/chat_json.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/time_format.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr JsonBody::Length kReasonLength{.min = 0, .max = 500};

struct Invitation {
  UserId user;
  ParticipantRole role = ParticipantRole::member;
};

Checked<Invitation> read_invitation(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Invitation invitation;
  invitation.user = body.id<IdKind::user>("user_id");
  if (const auto text = body.optional_text("role", {.min = 1, .max = 16})) {
    const auto role = parse_participant_role(*text);
    if (!role) body.note("role", "must be member, moderator or owner");
    invitation.role = role.value_or(ParticipantRole::member);
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return invitation;
}

void write_seq(JsonWriter& json, const Committed& committed, const ChatId& chat) {
  if (const DurableEvent* event = event_of_chat(committed, chat)) {
    json.field("seq", event->seq);
  } else {
    json.field("duplicate", true);
  }
}

}  // namespace

asio::awaitable<HttpResponse> rest::add_participant(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  const ChatId id = *chat;
  const auto read = read_invitation(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const Invitation invitation = std::get<Invitation>(read);
  const auto added = co_await await_port<Committed>([&](Callback<Committed> done) {
    context.services.engine.add_participant(*context.who, id, invitation.user, invitation.role,
                                            std::move(done));
  });
  if (!added && added.error().code == ErrorCode::not_found && !added.error().field.empty()) {
    co_return refused(context, to_body_problem(added.error()));
  }
  if (!added) co_return co_await refused_in_chat(context, id, added.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("chat_id", id).field("user_id", invitation.user);
  json.field("role", to_string(invitation.role));
  write_seq(json, *added, id);
  json.end_object();
  co_return json_answer(201, std::move(out));
}

asio::awaitable<HttpResponse> rest::remove_participant(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  auto [user, user_refusal] = path_id<UserId>(context, 1);
  if (!user) co_return std::move(user_refusal);
  const ChatId id = *chat;
  const UserId target = *user;
  const auto removed = co_await await_port<Committed>([&](Callback<Committed> done) {
    context.services.engine.remove_participant(*context.who, id, target, std::move(done));
  });
  if (!removed) co_return co_await refused_in_chat(context, id, removed.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("chat_id", id).field("user_id", target).field("status", "removed");
  write_seq(json, *removed, id);
  json.end_object();
  co_return json_answer(200, std::move(out));
}

namespace {

bool is_about_message(command::ModerationAction action) {
  return action == command::ModerationAction::hide || action == command::ModerationAction::restore;
}

Checked<Moderate> read_moderation(const RequestContext& context, ChatId chat) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Moderate moderate;
  moderate.chat = chat;
  const auto action = parse_moderation_action(body.text("action", {.min = 1, .max = 16}));
  if (!action) body.note("action", "must be hide, restore, mute, unmute, ban or unban");
  moderate.action = action.value_or(command::ModerationAction::hide);
  if (action && is_about_message(*action)) {
    moderate.message = body.id<IdKind::message>("message_id");
  } else if (action) {
    moderate.user = body.id<IdKind::user>("user_id");
  }
  moderate.reason = body.optional_text("reason", kReasonLength).value_or("");
  if (const auto until = body.optional_text("until", {.min = 1, .max = 64})) {
    moderate.until = parse_time(*until);
    if (!moderate.until) body.note("until", "is not an RFC 3339 time");
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return moderate;
}

}  // namespace

asio::awaitable<HttpResponse> rest::moderate(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  const ChatId id = *chat;
  auto read = read_moderation(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const Moderate wanted = std::get<Moderate>(std::move(read));
  const auto done = co_await await_port<Committed>([&](Callback<Committed> callback) {
    context.services.engine.moderate(*context.who, wanted, std::move(callback));
  });
  if (!done) co_return co_await refused_in_chat(context, id, done.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("chat_id", id).field("action", to_string(wanted.action));
  if (wanted.message) json.field("message_id", *wanted.message);
  if (wanted.user) json.field("user_id", *wanted.user);
  json.field("moderator_id", context.who->user);
  write_seq(json, *done, id);
  json.end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
