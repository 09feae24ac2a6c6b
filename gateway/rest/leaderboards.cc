// GET /leaderboards and /leaderboards/past, GET and PATCH /leaderboards/me.
#include "engine/board_json.h"
#include "gateway/await_port.h"
#include "gateway/name_text.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/text_rules.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kEntriesDefault = 50;
constexpr std::uint32_t kPastEntriesDefault = 10;
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

Result<BoardName> read_name(const HttpRequest& request, BoardName name,
                            std::vector<FieldError>& errors) {
  auto city = to_nfc(text_of(request, "city", kBoardCityBytesMax, errors));
  if (!city) return city.error();
  name.city = std::move(*city);
  if (auto category = text_of(request, "category", kCategoryBytesMax, errors); !category.empty()) {
    name.category = std::move(category);
  }
  read_period(request, name, errors);
  return name;
}

std::uint32_t read_limit(const HttpRequest& request, std::uint32_t fallback,
                         std::vector<FieldError>& errors) {
  const auto limit = limit_of(request, fallback, limits::kLeaderboardLimitMax);
  if (const auto* refusal = std::get_if<Problem>(&limit)) {
    errors.push_back({"limit", refusal->detail});
    return fallback;
  }
  return std::get<std::uint32_t>(limit);
}

Problem wrong_query(std::vector<FieldError> errors) {
  Problem refusal = problem(422, "the query is not valid");
  refusal.errors = std::move(errors);
  return refusal;
}

Checked<BoardQuery> read_board_query(const HttpRequest& request) {
  std::vector<FieldError> errors;
  BoardQuery query;
  const auto name = read_name(request, {}, errors);
  if (!name) return to_problem(name.error());
  query.name = *name;
  query.around_me = read_flag(request, "around_me", errors);
  if (auto cursor = text_of(request, "cursor", kBoardCursorBytesMax, errors); !cursor.empty()) {
    query.cursor = std::move(cursor);
  }
  if (query.cursor && query.around_me) {
    errors.push_back({"around_me", "begins where the reader is, a cursor elsewhere: not both"});
  }
  query.limit = read_limit(request, kEntriesDefault, errors);
  if (errors.empty()) return query;
  return wrong_query(std::move(errors));
}

Checked<PastBoardQuery> read_past_query(const HttpRequest& request) {
  std::vector<FieldError> errors;
  PastBoardQuery query;
  const auto name = read_name(request, {.period = BoardPeriod::week}, errors);
  if (!name) return to_problem(name.error());
  query.name = *name;
  if (const auto at = request.query_value("at"); at && !at->empty()) {
    query.at = parse_time(*at);
    if (!query.at) errors.push_back({"at", "must be a time"});
  }
  query.limit = read_limit(request, kPastEntriesDefault, errors);
  if (errors.empty()) return query;
  return wrong_query(std::move(errors));
}

Error no_boards() {
  return fail(ErrorCode::unavailable, "this store keeps no leaderboards");
}

std::string page_json(const BoardPage& page, const UserId& reader) {
  std::string out;
  JsonWriter json(out);
  write_board_entries(json.begin_object().key("items"), page.entries);
  write_next_cursor(json, page.next_cursor);
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

std::string past_json(const PastBoard& past) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("items").begin_array();
  for (const PastEntry& entry : past.entries) {
    json.begin_object().field("rank", entry.rank).key("user_id");
    if (entry.user) {
      json.id(*entry.user);
    } else {
      json.null();
    }
    json.field("score", entry.score).end_object();
  }
  json.end_array().field("opened_at", past.opened_at).field("closed_at", past.closed_at);
  json.field("total", past.total).end_object();
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

asio::awaitable<HttpResponse> rest::get_past_leaderboard(RequestContext& context) {
  auto read = read_past_query(context.request);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  if (context.services.boards == nullptr) co_return refused(context, no_boards());
  const auto past = co_await await_port<PastBoard>([&](Callback<PastBoard> done) {
    context.services.boards->past(std::get<PastBoardQuery>(std::move(read)), std::move(done));
  });
  if (!past) co_return refused(context, past.error());
  co_return json_answer(200, past_json(*past));
}

namespace {

Checked<BoardPreferences> read_board_preferences(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const BoardPreferences preferences{.hidden = body.boolean("hidden")};
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return preferences;
}

HttpResponse hidden_answer(const BoardPreferences& preferences) {
  std::string out;
  JsonWriter(out).begin_object().field("hidden", preferences.hidden).end_object();
  return json_answer(200, std::move(out));
}

}  // namespace

asio::awaitable<HttpResponse> rest::get_leaderboard_preferences(RequestContext& context) {
  if (context.services.boards == nullptr) co_return refused(context, no_boards());
  const auto read = co_await await_port<BoardPreferences>([&](Callback<BoardPreferences> done) {
    context.services.boards->preferences(context.actor(), std::move(done));
  });
  if (!read) co_return refused(context, read.error());
  co_return hidden_answer(*read);
}

asio::awaitable<HttpResponse> rest::set_leaderboard_preferences(RequestContext& context) {
  const auto read = read_board_preferences(context);
  if (const auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const auto preferences = std::get<BoardPreferences>(read);
  const auto done = co_await await_port<Nothing>([&](Callback<Nothing> callback) {
    context.services.engine.hide_from_boards(*context.who, preferences.hidden, std::move(callback));
  });
  if (!done) co_return refused(context, done.error());
  co_return hidden_answer(preferences);
}

}  // namespace kith
