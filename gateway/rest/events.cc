// POST /events, GET and PATCH /events/{event_id}; POST /events/{event_id}/media and .../boost,
// which wait for a store of media and for a payment provider.
#include "engine/event_json.h"
#include "gateway/await_port.h"
#include "gateway/rest/event_answers.h"
#include "gateway/rest/event_body.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;
using rest::events_of;

namespace {

Checked<CreateEvent> read_create(const RequestContext& context) {
  auto read = read_new_event(context);
  if (std::holds_alternative<Problem>(read)) return read;
  CreateEvent& create = std::get<CreateEvent>(read);
  auto idempotency = idempotency_of(context, "/events");
  if (auto* refusal = std::get_if<Problem>(&idempotency)) return std::move(*refusal);
  create.idempotency = std::get<std::optional<Idempotency>>(std::move(idempotency));
  create.id = EventId{fresh_uuid(context.now.wall)};
  create.chat = context.services.engine.new_chat_id();
  return read;
}

}  // namespace

asio::awaitable<HttpResponse> rest::create_event(RequestContext& context) {
  auto read = read_create(context);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  auto made = co_await await_port<ChangedEvent>([&](Callback<ChangedEvent> done) {
    events_of(context).create(context.actor(), std::get<CreateEvent>(std::move(read)),
                              std::move(done));
  });
  if (!made) co_return refused(context, to_body_problem(made.error()));
  context.services.engine.publish(std::move(made->events));
  const EventRecord& event = made->event;
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", event.id).field("status", to_string(event.status));
  json.field("chat_id", event.chat).field("created_at", event.created_at).end_object();
  HttpResponse answer = json_answer(201, std::move(out));
  answer.fields.push_back({"ETag", etag_of(event)});
  co_return answer;
}

asio::awaitable<HttpResponse> rest::get_event(RequestContext& context) {
  auto [event, refusal] = path_id<EventId>(context, 0);
  if (!event) co_return std::move(refusal);
  const EventId id = *event;
  const auto record = co_await await_port<EventRecord>([&](Callback<EventRecord> done) {
    events_of(context).get(context.actor(), id, std::move(done));
  });
  if (!record) co_return refused(context, record.error());
  co_return event_answer(context, 200, *record);
}

asio::awaitable<HttpResponse> rest::update_event(RequestContext& context) {
  auto [event, refusal] = path_id<EventId>(context, 0);
  if (!event) co_return std::move(refusal);
  const EventId id = *event;
  auto read = read_event_update(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  auto changed = co_await await_port<ChangedEvent>([&](Callback<ChangedEvent> done) {
    events_of(context).update(context.actor(), std::get<UpdateEvent>(std::move(read)),
                              std::move(done));
  });
  if (!changed) {
    Problem problem = to_problem(changed.error());
    if (changed.error().field == kVersionField) {
      problem.status = 412;
      problem.errors.clear();
    }
    co_return refused(context, problem);
  }
  context.services.engine.publish(std::move(changed->events));
  co_return event_answer(context, 200, changed->event);
}

namespace {

// Organizers alone learn what is not there yet; others what they would be told of it anyway.
asio::awaitable<std::optional<HttpResponse>> refuse_but_organizers(RequestContext& context,
                                                                   EventId id) {
  const auto record = co_await await_port<EventRecord>([&](Callback<EventRecord> done) {
    events_of(context).get(context.actor(), id, std::move(done));
  });
  if (!record) co_return refused(context, record.error());
  if (!record->organizes) {
    co_return refused(context, problem(403, "only the event's organizers may do this"));
  }
  co_return std::nullopt;
}

std::optional<Problem> check_media(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const std::string type = body.text("type", {.min = 1, .max = 16});
  if (!type.empty() && type != "photo" && type != "reel") {
    body.note("type", "must be photo or reel");
  }
  body.text("content_type", {.min = 3, .max = 100});
  body.text("file_name", {.min = 1, .max = 200});
  return body.refusal();
}

std::optional<Problem> check_boost(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  if (!body.has("duration_hours")) body.note("duration_hours", "is needed");
  body.optional_integer("duration_hours", {.min = 1, .max = 24 * 30});
  const std::string type = body.text("boost_type", {.min = 1, .max = 32});
  if (!type.empty() && type != "discover_feed" && type != "search") {
    body.note("boost_type", "must be discover_feed or search");
  }
  body.optional_text("payment_method_id", {.min = 1, .max = 64});
  return body.refusal();
}

}  // namespace

asio::awaitable<HttpResponse> rest::add_event_media(RequestContext& context) {
  auto [event, refusal] = path_id<EventId>(context, 0);
  if (!event) co_return std::move(refusal);
  const EventId id = *event;
  const auto refusal_of_body = check_media(context);
  if (refusal_of_body) co_return refused(context, *refusal_of_body);
  auto refused_answer = co_await refuse_but_organizers(context, id);
  if (refused_answer) co_return *std::move(refused_answer);
  co_return refused(context, problem(501, "no media storage is configured on this server"));
}

asio::awaitable<HttpResponse> rest::boost_event(RequestContext& context) {
  auto [event, refusal] = path_id<EventId>(context, 0);
  if (!event) co_return std::move(refusal);
  const EventId id = *event;
  const auto refusal_of_body = check_boost(context);
  if (refusal_of_body) co_return refused(context, *refusal_of_body);
  auto refused_answer = co_await refuse_but_organizers(context, id);
  if (refused_answer) co_return *std::move(refused_answer);
  co_return refused(context, problem(501, "no payment provider is configured on this server"));
}

}  // namespace kith
