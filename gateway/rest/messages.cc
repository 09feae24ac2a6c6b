// POST and GET /chats/{chat_id}/messages; PATCH and DELETE of one of them.
#include "gateway/await_port.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/chat_json.h"
#include "gateway/rest/history_cursor.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/content.h"
#include "protocol/text_rules.h"
#include "protocol/time_format.h"

namespace kith {

namespace asio = boost::asio;

namespace {

// `content`, checked; what is wrong with it is noted.
Content content_of(JsonBody& body) {
  const auto element = body.element("content");
  if (!element) return {};
  auto content = parse_content(*element);
  if (content) return std::move(content).value();
  body.note(content.error());
  return {};
}

std::string client_message_id_of(JsonBody& body, std::optional<std::string> idempotency) {
  // The key of the request serves where the message brings none: both say "this once". Where it
  // brings one, that alone counts: it is the same over WebSockets too, and is kept for as long as
  // the message, so a second record of the request would only say less.
  if (!body.has("client_message_id") && idempotency) return *std::move(idempotency);
  std::string id = body.text("client_message_id", {.min = 1, .max = 64});
  if (!id.empty() && !is_client_message_id(id)) {
    body.note("client_message_id", "must be 1 to 64 characters without control characters");
  }
  return id;
}

Checked<Append> read_message(const RequestContext& context, ChatId chat) {
  auto key = idempotency_key(context.request);
  if (auto* refusal = std::get_if<Problem>(&key)) return std::move(*refusal);
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Append append;
  append.chat = chat;
  append.sender_key = context.who->key;
  append.sender = context.who->user;
  append.client_message_id =
      client_message_id_of(body, std::get<std::optional<std::string>>(std::move(key)));
  const auto sender = body.optional_id<IdKind::user>("sender_id");
  append.reply_to = body.optional_id<IdKind::message>("reply_to");
  append.content = content_of(body);
  if (auto refusal = body.refusal()) return *std::move(refusal);
  if (sender && *sender != context.who->user) return problem(403, "sender_id must be your own");
  append.message = context.services.engine.new_message_id();
  append.sent_at = context.now.wall;
  return append;
}

}  // namespace

asio::awaitable<HttpResponse> rest::send_message(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  const ChatId id = *chat;
  auto read = read_message(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto sent = co_await await_port<Appended>([&](Callback<Appended> done) {
    context.services.engine.send(*context.who, std::get<Append>(std::move(read)), std::move(done));
  });
  if (!sent && sent.error().code == ErrorCode::not_found) {
    Error error = sent.error();
    if (error.field.empty()) error.field = "reply_to";
    co_return refused(context, to_body_problem(error));
  }
  if (!sent) co_return co_await refused_in_chat(context, id, sent.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("message_id", sent->message);
  json.field("ack_token", ack_token(sent->message)).field("status", "queued");
  json.field("seq", sent->seq).field("sent_at", sent->sent_at);
  if (sent->duplicate) json.field("duplicate", true);
  json.end_object();
  co_return json_answer(202, std::move(out));
}

namespace {

Checked<HistoryRequest> read_history(const RequestContext& context, ChatId chat) {
  auto limit = limit_of(context.request, limits::kHistoryLimitDefault, limits::kHistoryLimitMax);
  if (auto* refusal = std::get_if<Problem>(&limit)) return std::move(*refusal);
  HistoryRequest history;
  history.chat = chat;
  history.limit = std::get<std::uint32_t>(limit);
  history.with_read_by = true;
  if (const auto before = context.request.query_value("before")) {
    history.before_seq = decode_history_cursor(chat, *before);
    if (!history.before_seq) history.before_time = parse_time(*before);
    if (!history.before_seq && !history.before_time) {
      return problem(400, "before is neither a time nor this chat's next_before");
    }
  }
  return history;
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_messages(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  const ChatId id = *chat;
  const auto read = read_history(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto page = co_await await_port<HistoryPage>([&](Callback<HistoryPage> done) {
    context.services.chats.history(context.actor(), std::get<HistoryRequest>(read),
                                   std::move(done));
  });
  if (!page) co_return co_await refused_in_chat(context, id, page.error());
  const std::vector<MessageRecord>& messages = page->messages;
  std::string out;
  out.reserve(512 * (messages.size() + 1));
  JsonWriter json(out);
  json.begin_object().key("messages").begin_array();
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    write_message(json, *message, page->participants, WithDelivery::yes);
  }
  json.end_array().key("paging").begin_object().key("next_before");
  if (page->more && !messages.empty()) {
    json.string(encode_history_cursor(id, messages.front().seq));
  } else {
    json.null();
  }
  json.end_object().end_object();
  co_return json_answer(200, std::move(out));
}

asio::awaitable<HttpResponse> rest::remove_message(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  auto [message, message_refusal] = path_id<MessageId>(context, 1);
  if (!message) co_return std::move(message_refusal);
  const ChatId id = *chat;
  const DeleteMessage remove{.chat = id, .message = *message, .reason = {}};
  const auto removed = co_await await_port<Committed>([&](Callback<Committed> done) {
    context.services.engine.remove(*context.who, remove, std::move(done));
  });
  if (!removed) co_return co_await refused_in_chat(context, id, removed.error());
  const DurableEvent* event = event_of_chat(*removed, id);
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("status", "removed").key("moderator_id");
  json.id(event != nullptr && event->by ? *event->by : removed->by.value_or(context.who->user));
  if (event != nullptr) {
    json.field("seq", event->seq);
  } else {
    json.field("duplicate", true);  // it had been removed before
  }
  json.end_object();
  co_return json_answer(200, std::move(out));
}

namespace {

Checked<Content> read_edit(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Content content = content_of(body);
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return content;
}

}  // namespace

asio::awaitable<HttpResponse> rest::edit_message(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  auto [message, message_refusal] = path_id<MessageId>(context, 1);
  if (!message) co_return std::move(message_refusal);
  const ChatId id = *chat;
  const MessageId target = *message;
  auto read = read_edit(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  EditMessage edit{.chat = id, .message = target, .content = std::get<Content>(std::move(read))};
  const std::string content = edit.content.json;
  const auto edited = co_await await_port<Committed>([&](Callback<Committed> done) {
    context.services.engine.edit(*context.who, std::move(edit), std::move(done));
  });
  if (!edited) co_return co_await refused_in_chat(context, id, edited.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("message_id", target);
  if (const DurableEvent* event = event_of_chat(*edited, id)) {
    json.field("seq", event->seq).field("edited_at", event->at);
  } else {
    json.field("duplicate", true);
  }
  json.key("content").raw(content).end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
