#include "gateway/rest/event_body.h"

#include <algorithm>
#include <cmath>

#include "gateway/rest/if_match.h"
#include "protocol/time_format.h"

namespace kith {

namespace dom = simdjson::dom;

namespace {

constexpr std::string_view kEventTagPrefix = "v";
constexpr JsonBody::Length kTitleLength{.min = 1, .max = 200};
constexpr JsonBody::Length kEventDescriptionLength{.min = 0, .max = 5000};
constexpr JsonBody::Length kEventCityLength{.min = 0, .max = 100};
constexpr JsonBody::Length kEventTagLength{.min = 1, .max = 64};
constexpr std::size_t kEventTagsMax = 20;
constexpr JsonBody::Length kPlaceNameLength{.min = 1, .max = 200};
constexpr JsonBody::Range kCapacityRange{.min = 1, .max = 100'000};
constexpr std::int64_t kPriceMax = 10'000'000;

std::optional<WallTime> read_time(JsonBody& body, std::string_view name) {
  const auto text = body.optional_text(name, {.min = 1, .max = 64});
  if (!text) return std::nullopt;
  const auto time = parse_time(*text);
  if (!time) body.note(name, "is not an RFC 3339 time");
  return time;
}

void check_times(JsonBody& body, WallTime start, WallTime end) {
  if (end <= start) body.note("end_time", "must be later than start_time");
  if (end - start > kEventLengthMax) body.note("end_time", "must be within 31 days of start_time");
}

// Of a member of an object; nothing: absent or null.
std::optional<dom::element> member(const dom::object& object, std::string_view name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

std::optional<std::int32_t> read_degrees(JsonBody& body, const dom::object& object,
                                         std::string_view name, double limit) {
  const auto value = member(object, name);
  if (!value) return std::nullopt;
  double degrees = 0;
  const bool fits = value->get(degrees) == simdjson::SUCCESS && std::abs(degrees) <= limit;
  if (!fits) {
    body.note("location." + std::string(name),
              "must be a number of degrees, at most " + std::to_string(static_cast<int>(limit)));
    return std::nullopt;
  }
  return static_cast<std::int32_t>(std::lround(degrees * kUnitsPerDegree));
}

std::optional<EventPlace> read_place(JsonBody& body) {
  if (!body.has("location")) return std::nullopt;
  dom::object object;
  if (body.element("location")->get(object) != simdjson::SUCCESS) {
    body.note("location", "must be an object");
    return std::nullopt;
  }
  EventPlace place;
  std::string_view name;
  const auto given = member(object, "name");
  if (!given || given->get(name) != simdjson::SUCCESS) {
    body.note("location.name", "is needed, and must be a string");
  } else {
    place.name = body.as_name("location.name", name, kPlaceNameLength).value_or("");
  }
  const auto latitude = read_degrees(body, object, "latitude", 90);
  const auto longitude = read_degrees(body, object, "longitude", 180);
  if (latitude.has_value() != longitude.has_value()) {
    body.note(latitude ? "location.longitude" : "location.latitude", "is needed with the other");
  } else if (latitude) {
    place.point = GeoPoint{.latitude_e7 = *latitude, .longitude_e7 = *longitude};
  }
  return place;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<Ticketing> read_ticketing(JsonBody& body) {
  if (!body.has("ticketing")) return std::nullopt;
  dom::object object;
  if (body.element("ticketing")->get(object) != simdjson::SUCCESS) {
    body.note("ticketing", "must be an object");
    return std::nullopt;
  }
  std::string_view type;
  const auto given = member(object, "type");
  if (!given || given->get(type) != simdjson::SUCCESS || (type != "free" && type != "paid")) {
    body.note("ticketing.type", "must be free or paid");
  }
  Ticketing ticketing;
  if (type != "paid") return ticketing;
  ticketing.paid = true;
  const auto price = member(object, "price_cents");
  if (!price || price->get(ticketing.price_cents) != simdjson::SUCCESS ||
      ticketing.price_cents < 1 || ticketing.price_cents > kPriceMax) {
    body.note("ticketing.price_cents", "must be a whole number from 1 to 10000000");
  }
  std::string_view currency;
  const auto money = member(object, "currency");
  if (!money || money->get(currency) != simdjson::SUCCESS || !is_currency(currency)) {
    body.note("ticketing.currency", "must be three capital letters");
  }
  ticketing.currency = currency;
  return ticketing;
}

std::optional<std::vector<std::string>> read_tags(JsonBody& body) {
  auto tags = body.optional_names("tags", kEventTagsMax, kEventTagLength);
  if (!tags) return tags;
  std::vector<std::string> once;
  for (std::string& tag : *tags) {
    if (std::find(once.begin(), once.end(), tag) == once.end()) once.push_back(std::move(tag));
  }
  return once;
}

std::optional<EventVisibility> read_visibility(JsonBody& body) {
  const auto text = body.optional_text("visibility", {.min = 1, .max = 16});
  if (!text) return std::nullopt;
  const auto visibility = parse_event_visibility(*text);
  if (!visibility) body.note("visibility", "must be public, unlisted or club");
  return visibility;
}

std::optional<bool> read_premium(JsonBody& body) {
  if (!body.has("premium_only")) return std::nullopt;
  return body.boolean("premium_only");
}

std::optional<std::uint32_t> read_capacity(JsonBody& body) {
  const auto capacity = body.optional_integer("capacity", kCapacityRange);
  if (!capacity) return std::nullopt;
  return static_cast<std::uint32_t>(*capacity);
}

}  // namespace

std::string etag_of(const EventRecord& event) {
  return version_tag(kEventTagPrefix, event.version);
}

Checked<CreateEvent> read_new_event(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  CreateEvent create;
  EventFields& fields = create.fields;
  for (const char* needed : {"title", "start_time", "end_time"}) {
    if (!body.has(needed)) body.note(needed, "is needed");
  }
  fields.title = body.optional_name("title", kTitleLength).value_or("");
  fields.description = body.optional_text("description", kEventDescriptionLength).value_or("");
  const auto start = read_time(body, "start_time");
  const auto end = read_time(body, "end_time");
  if (start && end) check_times(body, *start, *end);
  fields.start_time = start.value_or(WallTime{});
  fields.end_time = end.value_or(WallTime{});
  fields.place = read_place(body);
  fields.city = body.optional_name("city", kEventCityLength).value_or("");
  fields.capacity = read_capacity(body);
  fields.tags = read_tags(body).value_or(std::vector<std::string>{});
  fields.premium_only = read_premium(body).value_or(false);
  fields.ticketing = read_ticketing(body).value_or(Ticketing{});
  create.visibility = read_visibility(body);
  create.club = body.optional_id<IdKind::club>("club_id");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return create;
}

Checked<UpdateEvent> read_event_update(const RequestContext& context, const EventId& event) {
  auto wanted = if_match(context.request, kEventTagPrefix);
  if (auto* refusal = std::get_if<Problem>(&wanted)) return std::move(*refusal);
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  UpdateEvent update{.id = event,
                     .expected_version = std::get<std::optional<std::uint64_t>>(wanted)};
  for (const char* kept : {"title", "start_time", "end_time"}) {
    if (body.is_null(kept)) body.note(kept, "cannot be taken away");
  }
  update.title = body.optional_name("title", kTitleLength);
  update.description = body.optional_text("description", kEventDescriptionLength);
  update.start_time = read_time(body, "start_time");
  update.end_time = read_time(body, "end_time");
  if (update.start_time && update.end_time) {
    check_times(body, *update.start_time, *update.end_time);
  }
  if (body.has("location") || body.is_null("location")) update.place = read_place(body);
  update.city = body.optional_name("city", kEventCityLength);
  if (body.has("capacity") || body.is_null("capacity")) update.capacity = read_capacity(body);
  update.tags = read_tags(body);
  update.visibility = read_visibility(body);
  update.premium_only = read_premium(body);
  update.ticketing = read_ticketing(body);
  if (const auto text = body.optional_text("status", {.min = 1, .max = 16})) {
    update.status = parse_event_status(*text);
    if (!update.status) body.note("status", "must be published, cancelled or draft");
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return update;
}

}  // namespace kith
