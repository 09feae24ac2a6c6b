// POST /clubs/{club_id}/broadcasts and GET of them, GET and DELETE
// /clubs/{club_id}/broadcasts/{broadcast_id}, POST /clubs/{club_id}/read
// and /events/{event_id}/read.
#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"
#include "protocol/content.h"
#include "protocol/time_format.h"

namespace kith {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kBroadcastsDefault = 20;
constexpr std::chrono::hours kAheadMax = 24h * 366;

// "all", "rsvp:evt_...", "role:organizer"; what is none of them is noted.
void read_audience(JsonBody& body, CreateBroadcast& create) {
  constexpr std::string_view kRsvp = "rsvp:";
  constexpr std::string_view kRole = "role:";
  const std::string text = body.text("audience", {.min = 1, .max = 64});
  if (text.starts_with(kRsvp)) {
    create.audience = BroadcastAudience::guests;
    create.event = EventId::parse(std::string_view(text).substr(kRsvp.size()));
    if (!create.event) body.note("audience", "has no event id behind rsvp:");
  } else if (text.starts_with(kRole)) {
    create.audience = BroadcastAudience::role;
    const auto role = parse_club_role(std::string_view(text).substr(kRole.size()));
    if (!role) body.note("audience", "has no role of a club behind role:");
    create.role = role.value_or(ClubRole::member);
  } else if (!text.empty() && text != "all") {
    body.note("audience", "must be all, rsvp: and an event, or role: and a role");
  }
}

void read_send_at(JsonBody& body, WallTime now, CreateBroadcast& create) {
  const auto text = body.optional_text("send_at", {.min = 1, .max = 64});
  if (!text) return;
  create.send_at = parse_time(*text);
  if (!create.send_at) {
    body.note("send_at", "is not an RFC 3339 time");
  } else if (*create.send_at > now + kAheadMax) {
    body.note("send_at", "is more than a year ahead");
  }
}

Checked<CreateBroadcast> read_broadcast(const RequestContext& context, ClubId club) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  CreateBroadcast create;
  create.club = club;
  if (const auto element = body.element("content")) {
    auto content = parse_content(*element);
    if (content) {
      create.content_json = std::move(content->json);
    } else {
      body.note(content.error());
    }
  }
  read_audience(body, create);
  read_send_at(body, context.now.wall, create);
  if (auto refusal = body.refusal()) return *std::move(refusal);
  auto idempotency = idempotency_of(context, "/clubs/" + club.text() + "/broadcasts");
  if (auto* refusal = std::get_if<Problem>(&idempotency)) return std::move(*refusal);
  create.idempotency = std::get<std::optional<Idempotency>>(std::move(idempotency));
  create.id = BroadcastId{context.services.engine.new_uuid()};
  return create;
}

enum class WithSeen : bool { no, yes };
void write_broadcast(JsonWriter& json, const BroadcastRecord& broadcast, WithSeen seen) {
  json.begin_object().field("id", broadcast.id).field("club_id", broadcast.club);
  json.field("author_id", broadcast.author).key("content").raw(broadcast.content_json);
  json.field("audience", audience_text(broadcast));
  json.field("status", to_string(broadcast.status)).field("created_at", broadcast.created_at);
  json.field("send_at", broadcast.send_at).key("sent_at");
  if (broadcast.sent_at) {
    json.time(*broadcast.sent_at);
  } else {
    json.null();
  }
  json.field("audience_count", broadcast.audience_count).field("delivered", broadcast.delivered);
  if (seen == WithSeen::yes) json.field("seen", broadcast.seen);
  json.end_object();
}

HttpResponse broadcast_answer(int status, const BroadcastRecord& broadcast, WithSeen seen) {
  std::string out;
  JsonWriter json(out);
  write_broadcast(json, broadcast, seen);
  return json_answer(status, std::move(out));
}

}  // namespace

asio::awaitable<HttpResponse> rest::create_broadcast(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  auto read = read_broadcast(context, *club);
  if (auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  if (auto limited = over_limit(context, context.services.server.broadcasts, "broadcasts")) {
    co_return *std::move(limited);
  }
  const auto made = co_await await_port<ChangedBroadcast>([&](Callback<ChangedBroadcast> done) {
    context.services.broadcasts->create(context.actor(), std::get<CreateBroadcast>(std::move(read)),
                                        publishing(context.services.engine, std::move(done)));
  });
  if (!made) {
    const bool of_body = !made.error().field.empty();
    co_return refused(context, of_body ? to_body_problem(made.error()) : to_problem(made.error()));
  }
  context.services.engine.broadcast_stepped(made->broadcast, made->organizers);
  co_return broadcast_answer(made->created ? 201 : 200, made->broadcast, WithSeen::no);
}

asio::awaitable<HttpResponse> rest::list_broadcasts(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  const ClubId id = *club;
  const auto limit = limit_of(context.request, kBroadcastsDefault, limits::kClubListMax);
  if (const auto* problem = std::get_if<Problem>(&limit)) co_return refused(context, *problem);
  auto cursor = cursor_of(context.request);
  if (auto* problem = std::get_if<Problem>(&cursor)) co_return refused(context, *problem);
  const auto list = co_await await_port<BroadcastList>([&](Callback<BroadcastList> done) {
    context.services.broadcasts->list(context.actor(), id,
                                      std::get<std::optional<std::string>>(std::move(cursor)),
                                      std::get<std::uint32_t>(limit), std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(list->broadcasts, list->next_cursor,
                        [](JsonWriter& json, const BroadcastRecord& broadcast) {
                          write_broadcast(json, broadcast, WithSeen::no);
                        });
}

asio::awaitable<HttpResponse> rest::get_broadcast(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  auto [broadcast, broadcast_refusal] = path_id<BroadcastId>(context, 1);
  if (!broadcast) co_return std::move(broadcast_refusal);
  const ClubId club_id = *club;
  const BroadcastId id = *broadcast;
  const auto record = co_await await_port<BroadcastRecord>([&](Callback<BroadcastRecord> done) {
    context.services.broadcasts->get(context.actor(), club_id, id, std::move(done));
  });
  if (!record) co_return refused(context, record.error());
  co_return broadcast_answer(200, *record, WithSeen::yes);
}

asio::awaitable<HttpResponse> rest::cancel_broadcast(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  auto [broadcast, broadcast_refusal] = path_id<BroadcastId>(context, 1);
  if (!broadcast) co_return std::move(broadcast_refusal);
  const ClubId club_id = *club;
  const BroadcastId id = *broadcast;
  const auto changed = co_await await_port<ChangedBroadcast>([&](Callback<ChangedBroadcast> done) {
    context.services.broadcasts->cancel(context.actor(), club_id, id, std::move(done));
  });
  if (!changed) co_return refused(context, changed.error());
  context.services.engine.broadcast_stepped(changed->broadcast, changed->organizers);
  co_return broadcast_answer(200, changed->broadcast, WithSeen::no);
}

namespace {

Checked<Seq> read_seq(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  std::int64_t seq = 0;
  if (const auto element = body.element("seq")) {
    if (element->get(seq) != simdjson::SUCCESS || seq < 1) {
      body.note("seq", "must be a number of the channel, from 1");
    }
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return static_cast<Seq>(seq);
}

template <typename Id>
asio::awaitable<HttpResponse> mark_channel_read(RequestContext& context, const char* member) {
  auto [channel, refusal] = path_id<Id>(context, 0);
  if (!channel) co_return std::move(refusal);
  const Id id = *channel;
  const auto read = read_seq(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto marked = co_await await_port<ReadChannel>([&](Callback<ReadChannel> done) {
    context.services.engine.mark_read(*context.who, ChannelId(id), std::get<Seq>(read),
                                      std::move(done));
  });
  if (!marked) co_return refused(context, marked.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field(member, id).field("last_read_seq", marked->last_read_seq);
  json.field("moved", marked->moved).end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace

asio::awaitable<HttpResponse> rest::mark_club_read(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  co_return co_await mark_channel_read<ClubId>(context, "club_id");
}

asio::awaitable<HttpResponse> rest::mark_event_read(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  co_return co_await mark_channel_read<EventId>(context, "event_id");
}

}  // namespace kith
