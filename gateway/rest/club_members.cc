// POST /clubs/{club_id}/join and .../leave, GET /clubs/{club_id}/members,
// POST /clubs/{club_id}/members/{user_id}.
#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"
#include "protocol/time_format.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr JsonBody::Length kMessageLength{.min = 0, .max = 500};
constexpr std::uint32_t kMembersDefault = 50;

HttpResponse status_answer(const MembershipChange& change) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("status", to_string(change.status)).end_object();
  return json_answer(200, std::move(out));
}

// What one may say who asks to join. Saying nothing is in order: no body at all, too.
Checked<std::string> read_message(const RequestContext& context) {
  if (context.request.body.empty()) return std::string();
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  auto message = body.optional_text("message", kMessageLength);
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return std::move(message).value_or("");
}

}  // namespace

asio::awaitable<HttpResponse> rest::join_club(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  const ClubId id = *club;
  auto read = read_message(context);
  if (auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto joined = co_await await_port<MembershipChange>([&](Callback<MembershipChange> done) {
    context.services.clubs->join(context.actor(), id, std::get<std::string>(std::move(read)),
                                 publishing(context.services.engine, std::move(done)));
  });
  if (!joined) co_return refused(context, joined.error());
  co_return status_answer(*joined);
}

asio::awaitable<HttpResponse> rest::leave_club(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  const ClubId id = *club;
  const auto left = co_await await_port<MembershipChange>([&](Callback<MembershipChange> done) {
    context.services.clubs->leave(context.actor(), id,
                                  publishing(context.services.engine, std::move(done)));
  });
  if (!left) co_return refused(context, left.error());
  co_return status_answer(*left);
}

namespace {

Checked<ClubMembersQuery> read_query(const HttpRequest& request, ClubId club) {
  ClubMembersQuery query{.club = club, .cursor = {}};
  if (const auto status = request.query_value("status")) {
    if (*status == "pending") {
      query.status = ClubStatus::pending;
    } else if (*status == "banned") {
      query.status = ClubStatus::banned;
    } else if (*status != "approved") {
      return problem(400, "status is approved, pending or banned");
    }
  }
  const auto limit = limit_of(request, kMembersDefault, limits::kClubListMax);
  if (const auto* refusal = std::get_if<Problem>(&limit)) return *refusal;
  query.limit = std::get<std::uint32_t>(limit);
  auto cursor = cursor_of(request);
  if (auto* refusal = std::get_if<Problem>(&cursor)) return std::move(*refusal);
  query.cursor = std::get<std::optional<std::string>>(std::move(cursor));
  return query;
}

void write_member(JsonWriter& json, const ClubMember& member) {
  json.begin_object().field("user_id", member.user);
  json.field("display_name", member.display_name).key("avatar_url");
  if (member.avatar_url.empty()) {
    json.null();
  } else {
    json.string(member.avatar_url);
  }
  json.field("role", to_string(member.role)).field("status", to_string(member.status));
  json.field("joined_at", member.joined_at);
  if (member.status == ClubStatus::pending) json.field("message", member.message);
  json.end_object();
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_club_members(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  auto read = read_query(context.request, *club);
  if (auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto list = co_await await_port<ClubMembers>([&](Callback<ClubMembers> done) {
    context.services.clubs->members(context.actor(), std::get<ClubMembersQuery>(std::move(read)),
                                    std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(list->members, list->next_cursor, write_member);
}

namespace {

Checked<ChangeMember> read_change(const RequestContext& context, ClubId club, UserId user) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  ChangeMember change{.club = club, .user = user, .reason = {}};
  const auto action = parse_member_action(body.text("action", {.min = 1, .max = 16}));
  if (!action) body.note("action", "must be approve, reject, ban, unban, remove or role");
  change.action = action.value_or(ChangeMember::Action::approve);
  if (change.action == ChangeMember::Action::role) {
    const auto role = parse_club_role(body.text("role", {.min = 1, .max = 16}));
    if (!role) body.note("role", "must be member, moderator, organizer or owner");
    change.role = role.value_or(ClubRole::member);
  }
  change.reason = body.optional_text("reason", kMessageLength).value_or("");
  if (const auto until = body.optional_text("until", {.min = 1, .max = 64})) {
    change.until = parse_time(*until);
    if (!change.until) body.note("until", "is not an RFC 3339 time");
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return change;
}

}  // namespace

asio::awaitable<HttpResponse> rest::change_club_member(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  auto [user, user_refusal] = path_id<UserId>(context, 1);
  if (!user) co_return std::move(user_refusal);
  const UserId target = *user;
  auto read = read_change(context, *club, target);
  if (auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto changed = co_await await_port<MembershipChange>([&](Callback<MembershipChange> done) {
    context.services.clubs->change_member(context.actor(), std::get<ChangeMember>(std::move(read)),
                                          publishing(context.services.engine, std::move(done)));
  });
  if (!changed) co_return refused(context, changed.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("user_id", target).field("status", to_string(changed->status));
  if (changed->status == ClubStatus::approved) json.field("role", to_string(changed->role));
  json.end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
