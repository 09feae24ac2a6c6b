// POST /chats/{chat_id}/messages/{message_id}/reactions, DELETE .../reactions/{emoji},
// POST .../report.
#include "gateway/await_port.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/chat_json.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/text_rules.h"

namespace kith {

namespace asio = boost::asio;

namespace {

asio::awaitable<HttpResponse> react(RequestContext& context, SetReaction reaction) {
  const auto done = co_await await_port<Committed>([&](Callback<Committed> callback) {
    context.services.engine.react(*context.who, reaction, std::move(callback));
  });
  if (!done) co_return co_await refused_in_chat(context, reaction.chat, done.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("message_id", reaction.message).field("emoji", reaction.emoji);
  if (const DurableEvent* event = event_of_chat(*done, reaction.chat)) {
    json.field("seq", event->seq);
  } else {
    json.field("duplicate", true);
  }
  json.end_object();
  co_return json_answer(200, std::move(out));
}

Checked<std::string> read_emoji(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  std::string emoji = body.text("emoji", {.min = 1, .max = limits::kEmojiBytesMax});
  if (!is_emoji(emoji)) body.note("emoji", "must be one emoji of at most 32 bytes");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return emoji;
}

Checked<std::string> read_reason(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  std::string reason = body.text("reason", {.min = 1, .max = 500});
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return reason;
}

}  // namespace

asio::awaitable<HttpResponse> rest::add_reaction(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  auto [message, message_refusal] = path_id<MessageId>(context, 1);
  if (!message) co_return std::move(message_refusal);
  auto read = read_emoji(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  SetReaction reaction;
  reaction.chat = *chat;
  reaction.message = *message;
  reaction.emoji = std::get<std::string>(std::move(read));
  reaction.add = true;
  co_return co_await react(context, std::move(reaction));
}

asio::awaitable<HttpResponse> rest::remove_reaction(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  auto [message, message_refusal] = path_id<MessageId>(context, 1);
  if (!message) co_return std::move(message_refusal);
  SetReaction reaction;
  reaction.chat = *chat;
  reaction.message = *message;
  reaction.emoji = context.parameters[2];
  reaction.add = false;
  if (!is_emoji(reaction.emoji)) {
    co_return refused(context, problem(400, "the path does not end with one emoji"));
  }
  co_return co_await react(context, std::move(reaction));
}

asio::awaitable<HttpResponse> rest::report(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  auto [message, message_refusal] = path_id<MessageId>(context, 1);
  if (!message) co_return std::move(message_refusal);
  const ChatId id = *chat;
  const MessageId target = *message;
  auto read = read_reason(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto made = co_await await_port<ReportId>([&](Callback<ReportId> done) {
    context.services.chats.report(context.actor(), id, target,
                                  context.services.engine.new_report_id(),
                                  std::get<std::string>(std::move(read)), std::move(done));
  });
  if (!made) co_return co_await refused_in_chat(context, id, made.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", *made).field("chat_id", id).field("message_id", target);
  json.field("status", "open").end_object();
  co_return json_answer(201, std::move(out));
}

}  // namespace kith
