// GET /admin/dead-letters, POST /admin/dead-letters/retry: what could not be sent, for admins.
#include "engine/ports/outbox.h"
#include "gateway/await_port.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/json_writer.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kLettersDefault = 50;
constexpr std::uint32_t kLettersMax = 200;

using ChannelChoice = std::optional<OutgoingChannel>;

// Nothing: an admin, of a store that keeps an outbox.
std::optional<HttpResponse> refuse_letters(const RequestContext& context) {
  if (context.who->role != SystemRole::admin) {
    return refused(context, problem(403, "for admins alone"));
  }
  if (context.services.outbox == nullptr) {
    return refused(context, problem(503, "this store keeps no outbox"));
  }
  return std::nullopt;
}

ChannelChoice parse_way_out(std::string_view text) {
  for (const OutgoingChannel channel : {OutgoingChannel::web_hook, OutgoingChannel::email}) {
    if (text == to_string(channel)) return channel;
  }
  return std::nullopt;
}

Checked<ChannelChoice> read_choice(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const auto name = body.optional_text("channel", {.min = 1, .max = 16});
  const ChannelChoice channel = name ? parse_way_out(*name) : std::nullopt;
  if (name && !channel) body.note("channel", "must be webhook or email");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return channel;
}

std::string letters_json(const std::vector<DeadLetter>& letters) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("items").begin_array();
  for (const DeadLetter& letter : letters) {
    json.begin_object().field("id", letter.id).field("channel", to_string(letter.channel));
    json.field("kind", to_string(letter.kind)).key("user_id");
    if (letter.user) {
      json.id(*letter.user);
    } else {
      json.null();
    }
    json.field("attempts", std::int64_t{letter.attempts}).field("created_at", letter.created_at);
    json.field("dead_at", letter.dead_at).field("reason", letter.reason).end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_dead_letters(RequestContext& context) {
  if (auto refusal = refuse_letters(context)) co_return *std::move(refusal);
  const auto limit = limit_of(context.request, kLettersDefault, kLettersMax);
  if (const auto* refusal = std::get_if<Problem>(&limit)) co_return refused(context, *refusal);
  const auto name = context.request.query_value("channel");
  const ChannelChoice channel = name ? parse_way_out(*name) : std::nullopt;
  if (name && !channel) {
    co_return refused(context, problem(400, "channel must be webhook or email"));
  }
  using List = std::vector<DeadLetter>;
  const auto letters = co_await await_port<List>([&](Callback<List> done) {
    context.services.outbox->dead_letters(channel, std::get<std::uint32_t>(limit), std::move(done));
  });
  if (!letters) co_return refused(context, letters.error());
  co_return json_answer(200, letters_json(*letters));
}

asio::awaitable<HttpResponse> rest::retry_dead_letters(RequestContext& context) {
  if (auto refusal = refuse_letters(context)) co_return *std::move(refusal);
  const auto read = read_choice(context);
  if (const auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const auto retried = co_await await_port<RetriedLetters>([&](Callback<RetriedLetters> done) {
    context.services.outbox->retry_dead(context.actor(), std::get<ChannelChoice>(read),
                                        std::move(done));
  });
  if (!retried) co_return refused(context, retried.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("count", std::int64_t{retried->count}).field("more", retried->more);
  json.end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
