// POST /events/{event_id}/rsvp, GET .../attendees, POST .../attendance.
#include "engine/event_json.h"
#include "gateway/await_port.h"
#include "gateway/rest/event_answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;
using rest::events_of;

namespace {

constexpr std::int64_t kGuestsMax = 20;
constexpr std::uint32_t kAttendeesDefault = 50;
constexpr std::uint32_t kAttendeesMax = 200;

Checked<SetRsvp> read_rsvp(const RequestContext& context, const EventId& event) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  SetRsvp rsvp{.event = event, .id = RsvpId{fresh_uuid(context.now.wall)}};
  const auto wish = parse_rsvp_wish(body.text("status", {.min = 1, .max = 16}));
  if (!wish) body.note("status", "must be going, maybe or declined");
  rsvp.wish = wish.value_or(RsvpWish::declined);
  const auto guests = body.optional_integer("guest_count", {.min = 0, .max = kGuestsMax});
  rsvp.guest_count = static_cast<std::uint32_t>(guests.value_or(0));
  body.optional_text("payment_method_id", {.min = 1, .max = 64});
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return rsvp;
}

}  // namespace

asio::awaitable<HttpResponse> rest::rsvp(RequestContext& context) {
  auto [event, refusal] = path_id<EventId>(context, 0);
  if (!event) co_return std::move(refusal);
  const EventId id = *event;
  const auto read = read_rsvp(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  auto changed = co_await await_port<ChangedRsvp>([&](Callback<ChangedRsvp> done) {
    events_of(context).rsvp(context.actor(), std::get<SetRsvp>(read), std::move(done));
  });
  if (!changed) co_return refused(context, changed.error());
  context.services.engine.publish(std::move(changed->events));
  std::string out;
  JsonWriter json(out);
  write_rsvp(json, changed->rsvp);
  co_return json_answer(200, std::move(out));
}

namespace {

Checked<AttendeeQuery> read_attendee_query(const RequestContext& context, const EventId& event) {
  AttendeeQuery query{.event = event};
  if (const auto text = context.request.query_value("status")) {
    const auto status = parse_rsvp_status(*text);
    if (!status) {
      return invalid_field("status", "must be confirmed, maybe, declined or waitlisted");
    }
    query.status = *status;
  }
  auto cursor = cursor_of(context.request);
  if (auto* refusal = std::get_if<Problem>(&cursor)) return std::move(*refusal);
  auto limit = limit_of(context.request, kAttendeesDefault, kAttendeesMax);
  if (auto* refusal = std::get_if<Problem>(&limit)) return std::move(*refusal);
  query.cursor = std::get<std::optional<std::string>>(std::move(cursor));
  query.limit = std::get<std::uint32_t>(limit);
  return query;
}

void write_time(JsonWriter& json, std::string_view name, const std::optional<WallTime>& time) {
  json.key(name);
  if (time) {
    json.time(*time);
  } else {
    json.null();
  }
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_attendees(RequestContext& context) {
  auto [event, refusal] = path_id<EventId>(context, 0);
  if (!event) co_return std::move(refusal);
  const EventId id = *event;
  auto read = read_attendee_query(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto list = co_await await_port<AttendeeList>([&](Callback<AttendeeList> done) {
    events_of(context).attendees(context.actor(), std::get<AttendeeQuery>(std::move(read)),
                                 std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(list->attendees, list->next_cursor,
                        [](JsonWriter& json, const Attendee& attendee) {
                          json.begin_object().key("user");
                          write_attendee_preview(json, attendee.user);
                          json.field("rsvp_id", attendee.rsvp.id);
                          json.field("status", to_string(attendee.rsvp.status));
                          json.field("guest_count", std::int64_t{attendee.rsvp.guest_count});
                          write_time(json, "checked_in_at", attendee.checked_in_at);
                          json.end_object();
                        });
}

namespace {

Checked<CheckIn> read_check_in(const RequestContext& context, const EventId& event) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  CheckIn check_in{.event = event, .user = body.id<IdKind::user>("user_id")};
  if (body.has("attended")) check_in.attended = body.boolean("attended");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return check_in;
}

}  // namespace

asio::awaitable<HttpResponse> rest::check_in(RequestContext& context) {
  auto [event, refusal] = path_id<EventId>(context, 0);
  if (!event) co_return std::move(refusal);
  const EventId id = *event;
  const auto read = read_check_in(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const CheckIn wanted = std::get<CheckIn>(read);
  auto done = co_await await_port<CheckedIn>([&](Callback<CheckedIn> callback) {
    events_of(context).check_in(context.actor(), wanted, std::move(callback));
  });
  if (!done) co_return refused(context, to_body_problem(done.error()));
  context.services.engine.publish(std::move(done->events));
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("user_id", wanted.user);
  write_time(json, "checked_in_at", done->at);
  json.end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
