// GET /leaderboards, PATCH /leaderboards/me.
#include "engine/board_json.h"
#include "gateway/await_port.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/text_rules.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kEntriesDefault = 50;
constexpr std::size_t kBoardCityBytesMax = 400;  // 100 characters
constexpr std::size_t kCategoryBytesMax = 64;
constexpr std::size_t kBoardCursorBytesMax = 64;

// One field of the query: its text, or an empty one where it is not given.
std::string text_of(const HttpRequest& request, std::string_view name, std::size_t bytes_max,
                    std::vector<FieldError>& errors) {
  const auto given = request.query_value(name);
  if (!given) return {};
  if (given->size() > bytes_max || has_control_characters(*given)) {
    errors.push_back({std::string(name), "is too long, or holds what cannot be seen"});
    return {};
  }
  return std::string(*given);
}

void read_period(const HttpRequest& request, BoardName& name, std::vector<FieldError>& errors) {
  const auto given = request.query_value("period");
  if (!given || given->empty()) return;
  const auto period = parse_board_period(*given);
  if (period) {
    name.period = *period;
  } else {
    errors.push_back({"period", "must be day, week, month, season or all_time"});
  }
}

bool read_flag(const HttpRequest& request, std::string_view name, std::vector<FieldError>& errors) {
  const auto given = request.query_value(name);
  if (!given || *given == "false" || *given == "0") return false;
  if (*given != "true" && *given != "1") {
    errors.push_back({std::string(name), "must be true or false"});
  }
  return true;
}

Checked<BoardQuery> read_board_query(const HttpRequest& request) {
  std::vector<FieldError> errors;
  BoardQuery query;
  query.name.city = text_of(request, "city", kBoardCityBytesMax, errors);
  if (auto category = text_of(request, "category", kCategoryBytesMax, errors); !category.empty()) {
    query.name.category = std::move(category);
  }
  read_period(request, query.name, errors);
  query.around_me = read_flag(request, "around_me", errors);
  if (auto cursor = text_of(request, "cursor", kBoardCursorBytesMax, errors); !cursor.empty()) {
    query.cursor = std::move(cursor);
  }
  if (query.cursor && query.around_me) {
    errors.push_back({"around_me", "begins where the reader is, a cursor elsewhere: not both"});
  }
  const auto limit = limit_of(request, kEntriesDefault, limits::kLeaderboardLimitMax);
  if (const auto* refusal = std::get_if<Problem>(&limit)) {
    errors.push_back({"limit", refusal->detail});
  } else {
    query.limit = std::get<std::uint32_t>(limit);
  }
  if (errors.empty()) return query;
  Problem refusal = problem(422, "the query is not valid");
  refusal.errors = std::move(errors);
  return refusal;
}

Error no_boards() {
  return fail(ErrorCode::unavailable, "this store keeps no leaderboards");
}

std::string page_json(const BoardPage& page, const UserId& reader) {
  std::string out;
  JsonWriter json(out);
  write_board_entries(json.begin_object().key("items"), page.entries);
  json.key("next_cursor");
  if (page.next_cursor) {
    json.string(*page.next_cursor);
  } else {
    json.null();
  }
  json.key("board_id");
  if (page.board) {
    json.id(*page.board);
  } else {
    json.null();
  }
  json.field("revision", page.revision).field("total", page.total);
  write_board_me(json.key("me"), reader, page.me);
  json.end_object();
  return out;
}

}  // namespace

asio::awaitable<HttpResponse> rest::get_leaderboard(RequestContext& context) {
  auto read = read_board_query(context.request);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  if (context.services.boards == nullptr) co_return refused(context, no_boards());
  const auto page = co_await await_port<BoardPage>([&](Callback<BoardPage> done) {
    context.services.boards->page(context.actor(), std::get<BoardQuery>(std::move(read)),
                                  std::move(done));
  });
  if (!page) co_return refused(context, page.error());
  co_return json_answer(200, page_json(*page, context.who->user));
}

namespace {

struct Preferences {
  bool hidden = false;
};

Checked<Preferences> read_preferences(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const Preferences preferences{.hidden = body.boolean("hidden")};
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return preferences;
}

}  // namespace

asio::awaitable<HttpResponse> rest::set_leaderboard_preferences(RequestContext& context) {
  const auto read = read_preferences(context);
  if (const auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const bool hidden = std::get<Preferences>(read).hidden;
  const auto done = co_await await_port<Nothing>([&](Callback<Nothing> callback) {
    context.services.engine.hide_from_boards(*context.who, hidden, std::move(callback));
  });
  if (!done) co_return refused(context, done.error());
  std::string out;
  JsonWriter(out).begin_object().field("hidden", hidden).end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
