// PATCH /users/{user_id}/role, for admins; GET /moderation/cases, GET of one, and POST of its
// /assign and /resolve, for the server's moderators and admins: to others there are no cases.
#include "engine/ports/moderation.h"

#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"
#include "protocol/time_format.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kCasesDefault = 50;
constexpr std::size_t kNoteCharactersMax = 1000;

std::optional<HttpResponse> without_moderation(const RequestContext& context) {
  if (context.services.moderation != nullptr) return std::nullopt;
  return refused(context, problem(503, "this store keeps no cases and no roles"));
}

// Nothing: they keep order.
std::optional<HttpResponse> refuse_others(RequestContext& context) {
  const SystemRole role = context.who->role;
  if (role != SystemRole::moderator && role != SystemRole::admin) {
    context.hidden = true;
    return refused(context, problem(404, "there is nothing at this path"));
  }
  return without_moderation(context);
}

Checked<SystemRole> read_role(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const auto role = parse_system_role(body.text("role", {.min = 1, .max = 16}));
  if (!role) body.note("role", "must be user, moderator, organizer, admin or premium_plus");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return *role;
}

}  // namespace

asio::awaitable<HttpResponse> rest::set_role(RequestContext& context) {
  auto [user, refusal] = path_id<UserId>(context, 0);
  if (!user) co_return std::move(refusal);
  const UserId id = *user;
  if (context.who->role != SystemRole::admin) {
    co_return refused(context, problem(403, "for admins alone"));
  }
  if (auto none = without_moderation(context)) co_return *std::move(none);
  const auto role = read_role(context);
  if (const auto* problem = std::get_if<Problem>(&role)) co_return refused(context, *problem);
  const auto done = co_await await_port<ChangedRole>([&](Callback<ChangedRole> callback) {
    context.services.moderation->set_role(context.actor(), id, std::get<SystemRole>(role),
                                          publishing(context.services.engine, std::move(callback)));
  });
  if (!done) co_return refused(context, done.error());
  std::string out;
  JsonWriter(out)
      .begin_object()
      .field("user_id", id)
      .field("role", to_string(done->role))
      .end_object();
  co_return json_answer(200, std::move(out));
}

namespace {

template <typename Value>
void write_or_null(JsonWriter& json, std::string_view name, const std::optional<Value>& value) {
  if (value) {
    json.field(name, *value);
  } else {
    json.key(name).null();
  }
}

void write_case_members(JsonWriter& json, const CaseRecord& record) {
  json.field("id", record.id).field("status", to_string(record.status));
  json.field("chat_id", record.chat).field("message_id", record.message);
  json.field("sender_id", record.sender).field("report_count", std::int64_t{record.reports});
  write_or_null(json, "assignee", record.assignee);
  json.key("resolution");
  if (record.resolution) {
    json.string(to_string(*record.resolution)).field("note", record.note);
  } else {
    json.null();
  }
  json.field("created_at", record.created_at);
  write_or_null(json, "resolved_at", record.resolved_at);
}

HttpResponse case_answer(const CaseRecord& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_case_members(json, record);
  json.end_object();
  return json_answer(200, std::move(out));
}

HttpResponse details_answer(const CaseDetails& details) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_case_members(json, details.record);
  json.key("message").begin_object().field("id", details.record.message);
  json.key("content").raw(details.content).field("hidden", details.hidden);
  json.field("edited_since_report", details.edited_since).end_object();
  json.key("reports").begin_array();
  for (const CaseReport& report : details.reports) {
    json.begin_object().field("id", report.id).field("reporter_id", report.reporter);
    json.field("reason", report.reason).field("created_at", report.at).end_object();
  }
  json.end_array().key("history").begin_array();
  for (const CaseStep& step : details.history) {
    json.begin_object().field("at", step.at);
    write_or_null(json, "by", step.by);
    json.field("action", step.action);
    if (!step.detail.empty()) json.field("detail", step.detail);
    json.end_object();
  }
  json.end_array().end_object();
  return json_answer(200, std::move(out));
}

Checked<CaseQuery> read_query(const RequestContext& context) {
  const HttpRequest& request = context.request;
  CaseQuery query;
  if (const auto text = request.query_value("status"); text && *text != "all") {
    query.status = parse_case_status(*text);
    if (!query.status) return invalid_field("status", "must be open, resolved or all");
  }
  if (const auto text = request.query_value("assignee")) {
    query.unassigned = *text == "none";
    if (*text == "me") {
      query.assignee = context.who->user;
    } else if (!query.unassigned) {
      query.assignee = UserId::parse(*text);
      if (!query.assignee) return invalid_field("assignee", "must be me, none or a user id");
    }
  }
  auto cursor = cursor_of(request);
  if (auto* problem = std::get_if<Problem>(&cursor)) return std::move(*problem);
  query.cursor = std::get<std::optional<std::string>>(std::move(cursor));
  const auto limit = limit_of(request, kCasesDefault, kCaseListMax);
  if (const auto* problem = std::get_if<Problem>(&limit)) return *problem;
  query.limit = std::get<std::uint32_t>(limit);
  return query;
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_cases(RequestContext& context) {
  if (auto refusal = refuse_others(context)) co_return *std::move(refusal);
  auto query = read_query(context);
  if (const auto* problem = std::get_if<Problem>(&query)) co_return refused(context, *problem);
  const auto list = co_await await_port<CaseList>([&](Callback<CaseList> done) {
    context.services.moderation->list(context.actor(), std::get<CaseQuery>(std::move(query)),
                                      std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(list->cases, list->next_cursor,
                        [](JsonWriter& json, const CaseRecord& record) {
                          json.begin_object();
                          write_case_members(json, record);
                          json.end_object();
                        });
}

asio::awaitable<HttpResponse> rest::get_case(RequestContext& context) {
  if (auto refusal = refuse_others(context)) co_return *std::move(refusal);
  auto [id, refusal] = path_id<CaseId>(context, 0);
  if (!id) co_return std::move(refusal);
  const CaseId wanted = *id;
  const auto details = co_await await_port<CaseDetails>([&](Callback<CaseDetails> done) {
    context.services.moderation->get(context.actor(), wanted, std::move(done));
  });
  if (!details) co_return refused(context, details.error());
  co_return details_answer(*details);
}

namespace {

using Assignee = std::optional<UserId>;

// "assignee": a user's id, or null for nobody; without it, whoever asks.
Checked<Assignee> read_assignee(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Assignee assignee;
  if (!body.is_null("assignee")) {
    assignee = body.has("assignee") ? body.optional_id<IdKind::user>("assignee")
                                    : std::optional(context.who->user);
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return assignee;
}

Checked<ResolveCase> read_resolution(const RequestContext& context, const CaseId& id) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  ResolveCase out;
  out.id = id;
  const auto resolution = parse_case_resolution(body.text("resolution", {.min = 1, .max = 16}));
  if (!resolution) body.note("resolution", "must be dismissed, hidden, muted or banned");
  out.resolution = resolution.value_or(CaseResolution::dismissed);
  out.note = body.optional_text("note", {.min = 0, .max = kNoteCharactersMax}).value_or("");
  if (const auto text = body.optional_text("until", {.min = 1, .max = 64})) {
    out.until = parse_time(*text);
    if (!out.until) body.note("until", "is not an RFC 3339 time");
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return out;
}

HttpResponse changed_answer(const RequestContext& context, const Result<ChangedCase>& changed) {
  if (changed) return case_answer(changed->record);
  const bool of_body = !changed.error().field.empty();
  return refused(context, of_body ? to_body_problem(changed.error()) : to_problem(changed.error()));
}

}  // namespace

asio::awaitable<HttpResponse> rest::assign_case(RequestContext& context) {
  if (auto refusal = refuse_others(context)) co_return *std::move(refusal);
  auto [id, refusal] = path_id<CaseId>(context, 0);
  if (!id) co_return std::move(refusal);
  const CaseId wanted = *id;
  const auto assignee = read_assignee(context);
  if (const auto* problem = std::get_if<Problem>(&assignee)) co_return refused(context, *problem);
  const auto changed = co_await await_port<ChangedCase>([&](Callback<ChangedCase> done) {
    context.services.moderation->assign(context.actor(), wanted, std::get<Assignee>(assignee),
                                        publishing(context.services.engine, std::move(done)));
  });
  co_return changed_answer(context, changed);
}

asio::awaitable<HttpResponse> rest::resolve_case(RequestContext& context) {
  if (auto refusal = refuse_others(context)) co_return *std::move(refusal);
  auto [id, refusal] = path_id<CaseId>(context, 0);
  if (!id) co_return std::move(refusal);
  auto read = read_resolution(context, *id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto changed = co_await await_port<ChangedCase>([&](Callback<ChangedCase> done) {
    context.services.moderation->resolve(context.actor(), std::get<ResolveCase>(std::move(read)),
                                         publishing(context.services.engine, std::move(done)));
  });
  co_return changed_answer(context, changed);
}

}  // namespace kith
