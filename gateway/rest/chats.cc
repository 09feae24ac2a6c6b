// POST /chats, GET /chats, GET /chats/{chat_id}, POST /chats/{chat_id}/typing and .../read.
#include <sodium.h>

#include <algorithm>
#include <array>

#include "gateway/await_port.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/chat_json.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kChatNameCharactersMax = 100;
constexpr std::size_t kParticipantsMax = 1000;  // of one request; more are added afterwards
constexpr std::uint32_t kChatsDefault = 50;
constexpr std::uint32_t kChatsMax = 100;

std::string digest_of(std::string_view body) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(body.data()),
                     body.size());
  return std::string(digest.begin(), digest.end());
}

void read_participants(JsonBody& body, const UserId& caller, CreateChat& create) {
  if (!body.has("participant_ids")) return body.note("participant_ids", "is needed");
  const auto texts =
      body.optional_texts("participant_ids", kParticipantsMax, {.min = 1, .max = 64});
  for (const std::string& text : texts.value_or(std::vector<std::string>{})) {
    const auto user = UserId::parse(text);
    if (!user) return body.note("participant_ids", "holds what is no user id");
    // The caller is in it anyway, and nobody is in it twice.
    const bool known = *user == caller ||
                       std::find(create.participants.begin(), create.participants.end(), *user) !=
                           create.participants.end();
    if (!known) create.participants.push_back(*user);
  }
  if (create.type == ChatType::direct && texts && create.participants.size() != 1) {
    body.note("participant_ids", "a direct chat has exactly one other participant");
  }
}

Checked<CreateChat> read_chat(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  CreateChat create;
  const std::string type = body.text("type", {.min = 1, .max = 16});
  if (type == "direct") {
    create.type = ChatType::direct;
  } else if (type != "group") {
    body.note("type", "must be direct or group");
  }
  create.name = body.optional_name("name", {.min = 0, .max = kChatNameCharactersMax}).value_or("");
  read_participants(body, context.who->user, create);
  if (auto refusal = body.refusal()) return *std::move(refusal);

  auto key = idempotency_key(context.request);
  if (auto* refusal = std::get_if<Problem>(&key)) return std::move(*refusal);
  if (auto& text = std::get<std::optional<std::string>>(key)) {
    create.idempotency = Idempotency{.path = "/chats",
                                     .key = *std::move(text),
                                     .request_digest = digest_of(context.request.body)};
  }
  create.id = context.services.engine.new_chat_id();
  return create;
}

}  // namespace

asio::awaitable<HttpResponse> rest::create_chat(RequestContext& context) {
  auto read = read_chat(context);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const auto made = co_await await_port<CreatedChat>([&](Callback<CreatedChat> done) {
    context.services.engine.create_chat(*context.who, std::get<CreateChat>(std::move(read)),
                                        std::move(done));
  });
  if (!made) co_return refused(context, to_body_problem(made.error()));
  std::string out;
  JsonWriter json(out);
  write_chat(json, made->chat);
  co_return json_answer(made->created ? 201 : 200, std::move(out));
}

asio::awaitable<HttpResponse> rest::list_chats(RequestContext& context) {
  const auto limit = limit_of(context.request, kChatsDefault, kChatsMax);
  if (const auto* refusal = std::get_if<Problem>(&limit)) co_return refused(context, *refusal);
  auto cursor = cursor_of(context.request);
  if (const auto* refusal = std::get_if<Problem>(&cursor)) co_return refused(context, *refusal);
  const auto list = co_await await_port<ChatList>([&](Callback<ChatList> done) {
    context.services.chats.list(context.actor(),
                                std::get<std::optional<std::string>>(std::move(cursor)),
                                std::get<std::uint32_t>(limit), std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(list->chats, list->next_cursor, write_chat);
}

asio::awaitable<HttpResponse> rest::get_chat(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  const ChatId id = *chat;
  const auto record = co_await await_port<ChatRecord>([&](Callback<ChatRecord> done) {
    context.services.chats.get(context.actor(), id, std::move(done));
  });
  if (!record) co_return co_await refused_in_chat(context, id, record.error());
  std::string out;
  JsonWriter json(out);
  write_chat(json, *record);
  co_return json_answer(200, std::move(out));
}

namespace {

struct TypingBody {
  bool is_typing = false;
};

Checked<TypingBody> read_typing(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const auto user = body.optional_id<IdKind::user>("user_id");
  const TypingBody typing{.is_typing = body.boolean("is_typing")};
  if (auto refusal = body.refusal()) return *std::move(refusal);
  if (user && *user != context.who->user) return problem(403, "user_id must be your own");
  return typing;
}

}  // namespace

asio::awaitable<HttpResponse> rest::set_typing(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  const ChatId id = *chat;
  const auto read = read_typing(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto done = co_await await_port<Nothing>([&](Callback<Nothing> callback) {
    context.services.engine.typing(*context.who, id, std::get<TypingBody>(read).is_typing,
                                   std::move(callback));
  });
  if (!done) co_return co_await refused_in_chat(context, id, done.error());
  constexpr std::chrono::milliseconds kLifetime = limits::kTypingLifetime;
  std::string out;
  JsonWriter(out).begin_object().field("expires_in_ms", kLifetime.count()).end_object();
  co_return json_answer(200, std::move(out));
}

namespace {

Checked<MessageId> read_mark(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const auto message = body.id<IdKind::message>("last_read_message_id");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return message;
}

}  // namespace

asio::awaitable<HttpResponse> rest::mark_read(RequestContext& context) {
  auto [chat, refusal] = path_id<ChatId>(context, 0);
  if (!chat) co_return std::move(refusal);
  const ChatId id = *chat;
  const auto read = read_mark(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const MessageId message = std::get<MessageId>(read);
  const auto marked = co_await await_port<MarkedRead>([&](Callback<MarkedRead> done) {
    context.services.engine.mark_read(*context.who, id, message, std::move(done));
  });
  if (!marked) co_return co_await refused_in_chat(context, id, marked.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("chat_id", id).field("last_read_message_id", message);
  json.field("last_read_seq", marked->seq).field("moved", marked->moved).end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
