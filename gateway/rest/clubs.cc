// POST /clubs, GET /clubs, GET /clubs/{club_id}, PATCH /clubs/{club_id}.
//
// A club's ETag is its version; PATCH with another one in If-Match is 412. `id`, `slug`,
// `owner_id`, `member_count` and the times are no fields of a body: what is said of them there is
// ignored.
#include "engine/club_json.h"
#include "gateway/await_port.h"
#include "gateway/name_text.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/if_match.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr JsonBody::Length kNameLength{.min = 1, .max = 100};
constexpr JsonBody::Length kDescriptionLength{.min = 0, .max = 2000};
constexpr JsonBody::Length kCityLength{.min = 0, .max = 100};
constexpr JsonBody::Length kTagLength{.min = 1, .max = 40};
constexpr std::size_t kTagsMax = 20;
constexpr std::uint32_t kClubsDefault = 20;
constexpr std::size_t kQueryBytesMax = 200;

// Those that the body has; what is wrong with them is noted.
UpdateClub read_fields(JsonBody& body) {
  UpdateClub fields;
  fields.name = body.optional_name("name", kNameLength);
  fields.description = body.optional_text("description", kDescriptionLength);
  fields.city = body.optional_name("city", kCityLength);
  fields.tags = body.optional_names("tags", kTagsMax, kTagLength);
  if (const auto text = body.optional_text("privacy_level", {.min = 1, .max = 16})) {
    fields.privacy = parse_club_privacy(*text);
    if (!fields.privacy) body.note("privacy_level", "must be public or private");
  }
  return fields;
}

Checked<CreateClub> read_club(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  UpdateClub fields = read_fields(body);
  if (!body.has("name")) body.note("name", "is needed");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  auto idempotency = idempotency_of(context, "/clubs");
  if (auto* refusal = std::get_if<Problem>(&idempotency)) return std::move(*refusal);
  return CreateClub{.id = ClubId{context.services.engine.new_uuid()},
                    .chat = context.services.engine.new_chat_id(),
                    .name = *std::move(fields.name),
                    .description = std::move(fields.description).value_or(""),
                    .city = std::move(fields.city).value_or(""),
                    .tags = std::move(fields.tags).value_or(std::vector<std::string>{}),
                    .privacy = fields.privacy.value_or(ClubPrivacy::open),
                    .idempotency = std::get<std::optional<Idempotency>>(std::move(idempotency))};
}

Checked<UpdateClub> read_update(const RequestContext& context, ClubId club) {
  auto wanted = if_match(context.request, "");
  if (auto* refusal = std::get_if<Problem>(&wanted)) return std::move(*refusal);
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  UpdateClub update = read_fields(body);
  if (auto refusal = body.refusal()) return *std::move(refusal);
  update.club = club;
  update.if_version = std::get<std::optional<std::uint64_t>>(wanted);
  return update;
}

HttpResponse club_answer(const ClubRecord& club) {
  std::string out;
  JsonWriter json(out);
  write_club(json, club);
  HttpResponse response = json_answer(200, std::move(out));
  response.fields.push_back({"ETag", version_tag("", club.version)});
  return response;
}

}  // namespace

asio::awaitable<HttpResponse> rest::create_club(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto read = read_club(context);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const auto made = co_await await_port<CreatedClub>([&](Callback<CreatedClub> done) {
    context.services.clubs->create(context.actor(), std::get<CreateClub>(std::move(read)),
                                   publishing(context.services.engine, std::move(done)));
  });
  if (!made) co_return refused(context, to_body_problem(made.error()));
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", made->club.id).field("slug", made->club.slug).end_object();
  co_return json_answer(made->created ? 201 : 200, std::move(out));
}

namespace {

Checked<ClubSearch> read_search(const HttpRequest& request) {
  ClubSearch search;
  const auto take = [&](std::string_view name, std::string& into) {
    const auto given = request.query_value(name);
    if (given) into = *given;
    return into.size() <= kQueryBytesMax && into.find('\0') == std::string::npos;
  };
  if (!take("q", search.text)) return problem(400, "q is too long");
  if (!take("city", search.city)) return problem(400, "city is too long");
  if (!take("tag", search.tag)) return problem(400, "tag is too long");
  if (!take("slug", search.slug)) return problem(400, "slug is too long");
  for (std::string* name : {&search.text, &search.city, &search.tag}) {
    auto normal = to_nfc(*name);
    if (!normal) return to_problem(normal.error());
    *name = std::move(*normal);
  }
  const auto mine = request.query_value("mine");
  if (mine && *mine != "true" && *mine != "false") return problem(400, "mine is true or false");
  search.mine = mine && *mine == "true";
  const auto limit = limit_of(request, kClubsDefault, limits::kClubListMax);
  if (const auto* refusal = std::get_if<Problem>(&limit)) return *refusal;
  search.limit = std::get<std::uint32_t>(limit);
  auto cursor = cursor_of(request);
  if (auto* refusal = std::get_if<Problem>(&cursor)) return std::move(*refusal);
  search.cursor = std::get<std::optional<std::string>>(std::move(cursor));
  return search;
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_clubs(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto read = read_search(context.request);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const auto list = co_await await_port<ClubList>([&](Callback<ClubList> done) {
    context.services.clubs->search(context.actor(), std::get<ClubSearch>(std::move(read)),
                                   std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(list->clubs, list->next_cursor, write_club);
}

asio::awaitable<HttpResponse> rest::get_club(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  const ClubId id = *club;
  const auto record = co_await await_port<ClubRecord>([&](Callback<ClubRecord> done) {
    context.services.clubs->get(context.actor(), id, std::move(done));
  });
  if (!record) co_return refused(context, record.error());
  co_return club_answer(*record);
}

asio::awaitable<HttpResponse> rest::update_club(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  auto read = read_update(context, *club);
  if (auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto updated = co_await await_port<UpdatedClub>([&](Callback<UpdatedClub> done) {
    context.services.clubs->update(context.actor(), std::get<UpdateClub>(std::move(read)),
                                   publishing(context.services.engine, std::move(done)));
  });
  if (!updated) co_return refused(context, updated.error());
  if (updated->stale) {
    Problem lost = problem(412, "the club has changed since");
    lost.code = ErrorCode::conflict;
    lost.fields.push_back({"ETag", version_tag("", updated->club.version)});
    co_return refused(context, lost);
  }
  co_return club_answer(updated->club);
}

}  // namespace kith
