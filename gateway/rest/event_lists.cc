// GET /events and GET /events/recommendations.
//
// GET /events lists what one may come to, by start_time; of it
//   club_id=club_…                          that club's
//   mine=organizing | attending             one's own, of any status
//   bbox=west,south,east,north              on a map, in degrees (RFC 7946 order); west > east:
//   over
//                                           the 180th meridian
//   near=latitude,longitude [&radius_km=]   within 10 km, or as many as 500
//   from=, until=                           what ends after the one and begins before the other;
//                                           without `from`: what is not over
// GET /events/recommendations: city, premium_only=true, and time_range: today (24 hours from now),
// week, month (30 days), or two RFC 3339 times with a slash between.
#include <charconv>
#include <cmath>

#include "engine/event_json.h"
#include "gateway/await_port.h"
#include "gateway/name_text.h"
#include "gateway/rest/event_answers.h"
#include "gateway/rest/routes.h"
#include "protocol/time_format.h"

namespace kith {

namespace asio = boost::asio;
using rest::events_of;
using rest::time_of;

namespace {

constexpr std::uint32_t kListDefault = 50;
constexpr std::uint32_t kListMax = 100;
constexpr std::uint32_t kRecommendedDefault = 10;
constexpr std::uint32_t kRecommendedMax = 50;
constexpr std::size_t kCityBytesMax = 400;
constexpr double kRadiusDefaultKm = 10;
constexpr double kRadiusMaxKm = 500;

// Numbers with commas between, as many as asked for; nothing where it is anything else.
template <std::size_t kCount>
std::optional<std::array<double, kCount>> read_numbers(std::string_view text) {
  std::array<double, kCount> out{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string_view part = text.substr(0, text.find(','));
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out[i]);
    const bool whole = error == std::errc{} && end == part.data() + part.size();
    const bool last = part.size() == text.size();
    if (!whole || !std::isfinite(out[i]) || last != (i + 1 == kCount)) return std::nullopt;
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return out;
}

std::optional<GeoPoint> point_of(double latitude, double longitude) {
  if (std::abs(latitude) > 90 || std::abs(longitude) > 180) return std::nullopt;
  return GeoPoint{
      .latitude_e7 = static_cast<std::int32_t>(std::lround(latitude * kUnitsPerDegree)),
      .longitude_e7 = static_cast<std::int32_t>(std::lround(longitude * kUnitsPerDegree))};
}

std::optional<Problem> read_box(const HttpRequest& request, EventQuery& query) {
  const auto text = request.query_value("bbox");
  if (!text) return std::nullopt;
  const auto numbers = read_numbers<4>(*text);
  const auto south_west = numbers ? point_of((*numbers)[1], (*numbers)[0]) : std::nullopt;
  const auto north_east = numbers ? point_of((*numbers)[3], (*numbers)[2]) : std::nullopt;
  if (!south_west || !north_east || south_west->latitude_e7 > north_east->latitude_e7) {
    return invalid_field("bbox", "must be west,south,east,north in degrees");
  }
  query.box = GeoBox{.south_west = *south_west, .north_east = *north_east};
  return std::nullopt;
}

std::optional<Problem> read_circle(const HttpRequest& request, EventQuery& query) {
  const auto text = request.query_value("near");
  const auto radius_text = request.query_value("radius_km");
  if (!text && !radius_text) return std::nullopt;
  const auto numbers = text ? read_numbers<2>(*text) : std::nullopt;
  const auto centre = numbers ? point_of((*numbers)[0], (*numbers)[1]) : std::nullopt;
  if (!centre) return invalid_field("near", "must be latitude,longitude in degrees");
  double radius = kRadiusDefaultKm;
  if (radius_text) {
    const auto read = read_numbers<1>(*radius_text);
    if (!read || !((*read)[0] > 0) || (*read)[0] > kRadiusMaxKm) {
      return invalid_field("radius_km", "must be a number above 0, at most 500");
    }
    radius = (*read)[0];
  }
  query.circle = GeoCircle{.centre = *centre, .radius_km = radius};
  return std::nullopt;
}

std::optional<Problem> read_whose(const HttpRequest& request, EventQuery& query) {
  const auto club = request.query_value("club_id");
  const auto mine = request.query_value("mine");
  if (club) {
    query.of = EventQuery::Of::club;
    query.club = ClubId::parse(*club);
    if (!query.club) return invalid_field("club_id", "is not an id of this kind");
  }
  if (mine) {
    if (*mine != "organizing" && *mine != "attending") {
      return invalid_field("mine", "must be organizing or attending");
    }
    query.of = *mine == "organizing" ? EventQuery::Of::organizing : EventQuery::Of::attending;
  }
  if (club && mine) return invalid_field("mine", "does not go with club_id");
  const bool map = query.box || query.circle;
  if (map && (club || mine)) {
    return invalid_field(query.box ? "bbox" : "near", "does not go with club_id or mine");
  }
  if (query.box && query.circle) return invalid_field("near", "does not go with bbox");
  return std::nullopt;
}

Checked<EventQuery> read_query(const HttpRequest& request) {
  EventQuery query;
  for (const auto read : {read_box, read_circle, read_whose}) {
    if (auto refusal = read(request, query)) return *std::move(refusal);
  }
  auto from = time_of(request, "from");
  if (auto* refusal = std::get_if<Problem>(&from)) return std::move(*refusal);
  auto until = time_of(request, "until");
  if (auto* refusal = std::get_if<Problem>(&until)) return std::move(*refusal);
  auto cursor = cursor_of(request);
  if (auto* refusal = std::get_if<Problem>(&cursor)) return std::move(*refusal);
  auto limit = limit_of(request, kListDefault, kListMax);
  if (auto* refusal = std::get_if<Problem>(&limit)) return std::move(*refusal);
  query.from = std::get<std::optional<WallTime>>(from);
  query.until = std::get<std::optional<WallTime>>(until);
  query.cursor = std::get<std::optional<std::string>>(std::move(cursor));
  query.limit = std::get<std::uint32_t>(limit);
  return query;
}

}  // namespace

asio::awaitable<HttpResponse> rest::list_events(RequestContext& context) {
  auto read = read_query(context.request);
  if (const auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const auto list = co_await await_port<EventList>([&](Callback<EventList> done) {
    events_of(context).list(context.actor(), std::get<EventQuery>(std::move(read)),
                            std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(list->events, list->next_cursor,
                        [&](JsonWriter& json, const EventRecord& event) {
                          write_event(json, event, {.now = context.now.wall});
                        });
}

namespace {

struct Range {
  std::optional<WallTime> from;
  std::optional<WallTime> until;
};
std::optional<Range> read_range(std::string_view text, WallTime now) {
  using std::chrono::hours;
  if (text == "today") return Range{.from = now, .until = now + hours{24}};
  if (text == "week") return Range{.from = now, .until = now + hours{24 * 7}};
  if (text == "month") return Range{.from = now, .until = now + hours{24 * 30}};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto from = parse_time(text.substr(0, slash));
  const auto until = parse_time(text.substr(slash + 1));
  if (!from || !until || *until <= *from) return std::nullopt;
  return Range{.from = from, .until = until};
}

Checked<RecommendationQuery> read_recommendation_query(const RequestContext& context) {
  const HttpRequest& request = context.request;
  RecommendationQuery query;
  if (const auto text = request.query_value("time_range")) {
    const auto range = read_range(*text, context.now.wall);
    if (!range) {
      return invalid_field("time_range", "must be today, week, month or two times with a slash");
    }
    query.from = range->from;
    query.until = range->until;
  }
  if (const auto text = request.query_value("premium_only")) {
    if (*text != "true" && *text != "false") {
      return invalid_field("premium_only", "must be true or false");
    }
    query.premium_only = *text == "true";
  }
  if (const auto text = request.query_value("city")) {
    if (text->size() > kCityBytesMax) return invalid_field("city", "is too long");
    auto normal = to_nfc(*text);
    if (!normal) return to_problem(normal.error());
    query.city = std::move(*normal);
  }
  auto cursor = cursor_of(request);
  if (auto* refusal = std::get_if<Problem>(&cursor)) return std::move(*refusal);
  auto limit = limit_of(request, kRecommendedDefault, kRecommendedMax);
  if (auto* refusal = std::get_if<Problem>(&limit)) return std::move(*refusal);
  query.cursor = std::get<std::optional<std::string>>(std::move(cursor));
  query.limit = std::get<std::uint32_t>(limit);
  return query;
}

}  // namespace

asio::awaitable<HttpResponse> rest::recommend_events(RequestContext& context) {
  auto read = read_recommendation_query(context);
  if (const auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  const auto list = co_await await_port<RecommendationList>([&](Callback<RecommendationList> done) {
    events_of(context).recommend(context.actor(), std::get<RecommendationQuery>(std::move(read)),
                                 std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  co_return page_answer(
      list->events, list->next_cursor, [](JsonWriter& json, const RecommendedEvent& item) {
        const EventFields& fields = item.event.fields;
        json.begin_object().field("id", item.event.id).field("title", fields.title);
        json.field("start_time", fields.start_time).field("city", fields.city);
        json.key("score").number(item.score_percent / 100.0);
        json.field("reason", item.reason).end_object();
      });
}

}  // namespace kith
