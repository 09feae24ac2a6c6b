// GET and PATCH /notifications/preferences: which types by which channel, quiet hours, digests.
//
//   {"time_zone":"America/Chicago",
//    "quiet_hours":{"from":"22:00","to":"07:00"},          null: none
//    "digest":{"every":"day","at":"08:00","weekday":1},    hour, day or week; 0 is Sunday
//    "channels":{"webhook":"now","email":"digest"},       off, now or digest
//    "types":{"chat.joined":{"in_app":true,"webhook":"off","email":null}}}
//
// PATCH takes any part of it; of a type, what is left out or null is as `channels` has it, and a
// type that is null has no choice of its own any more.
#include "gateway/await_port.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "protocol/json_writer.h"
#include "protocol/limits.h"

namespace kith {

namespace asio = boost::asio;
namespace dom = simdjson::dom;

namespace {

constexpr unsigned kMinutesOfDay = 24 * 60;

std::string clock_text(std::uint16_t minute) {
  const auto two = [](unsigned value) {
    return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
  };
  return two(minute / 60U) + ':' + two(minute % 60U);
}

// "07:30" in minutes.
std::optional<std::uint16_t> parse_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  unsigned digits[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = text[i < 2 ? i : i + 1];
    if (c < '0' || c > '9') return std::nullopt;
    digits[i] = static_cast<unsigned>(c - '0');
  }
  const unsigned hour = digits[0] * 10 + digits[1];
  const unsigned minute = digits[2] * 10 + digits[3];
  if (minute > 59 || hour * 60 + minute >= kMinutesOfDay) return std::nullopt;
  return static_cast<std::uint16_t>(hour * 60 + minute);
}

// Reads the parts of the body; what is wrong is noted in it.
class PreferencesReader {
 public:
  explicit PreferencesReader(JsonBody& body) : body_(body) {}

  PreferencesChange read() {
    change_.time_zone = body_.optional_text("time_zone", {.min = 1, .max = 64});
    if (const auto value = given("quiet_hours")) read_quiet(*value);
    if (const auto value = given("digest")) read_digest(*value);
    if (const auto value = given("channels")) read_channels(*value);
    if (const auto value = given("types")) read_types(*value);
    return std::move(change_);
  }

 private:
  std::optional<dom::element> given(std::string_view name) const { return body_.member(name); }
  std::optional<dom::object> object(const dom::element& value, std::string_view field) {
    dom::object out;
    if (value.get(out) == simdjson::SUCCESS) return out;
    body_.note(field, "must be an object");
    return std::nullopt;
  }
  static std::optional<std::string_view> text_of(const dom::object& object, const char* name) {
    std::string_view text;
    if (object.at_key(name).get(text) != simdjson::SUCCESS) return std::nullopt;
    return text;
  }
  static bool has(const dom::object& object, const char* name) {
    dom::element value;
    return object.at_key(name).get(value) == simdjson::SUCCESS && !value.is_null();
  }
  std::optional<std::uint16_t> clock(const dom::object& object, const char* name,
                                     std::string_view field) {
    const auto text = text_of(object, name);
    const auto minute = text ? parse_clock(*text) : std::nullopt;
    if (!minute) body_.note(field, "needs times such as 22:00");
    return minute;
  }
  std::optional<NoticeMode> mode(const dom::object& object, const char* name,
                                 std::string_view field) {
    if (!has(object, name)) return std::nullopt;
    const auto text = text_of(object, name);
    const auto mode = text ? parse_notice_mode(*text) : std::nullopt;
    if (!mode) body_.note(field, "must be off, now or digest");
    return mode;
  }

  void read_quiet(const dom::element& value) {
    if (value.is_null()) {
      change_.quiet.emplace();
      return;
    }
    const auto hours = object(value, "quiet_hours");
    if (!hours) return;
    const auto from = clock(*hours, "from", "quiet_hours");
    const auto to = clock(*hours, "to", "quiet_hours");
    if (!from || !to) return;
    if (*from == *to) return body_.note("quiet_hours", "must not begin when they end");
    change_.quiet.emplace(QuietHours{.from = *from, .to = *to});
  }
  void read_digest(const dom::element& value) {
    const auto given = object(value, "digest");
    if (!given) return;
    DigestTimes times;
    const auto every = text_of(*given, "every");
    const auto parsed = every ? parse_digest_every(*every) : std::nullopt;
    if (!parsed) return body_.note("digest", "must be every hour, day or week");
    times.every = *parsed;
    if (has(*given, "at")) times.minute = clock(*given, "at", "digest").value_or(times.minute);
    if (has(*given, "weekday")) {
      std::uint64_t weekday = 0;
      if (given->at_key("weekday").get(weekday) != simdjson::SUCCESS || weekday > 6) {
        return body_.note("digest", "needs a weekday from 0 (Sunday) to 6");
      }
      times.weekday = static_cast<std::uint8_t>(weekday);
    }
    change_.digest = times;
  }
  void read_channels(const dom::element& value) {
    const auto channels = object(value, "channels");
    if (!channels) return;
    change_.web_hook = mode(*channels, "webhook", "channels");
    change_.email = mode(*channels, "email", "channels");
  }
  void read_types(const dom::element& value) {
    const auto types = object(value, "types");
    if (!types) return;
    if (types->size() > limits::kNoticeTypesMax) return body_.note("types", "are too many");
    for (const auto [name, choice] : *types) {
      // What no release has any more can still be let go of.
      const bool fits = choice.is_null() ? is_name(name) : is_notice_type(name);
      if (!fits) return body_.note("types", "may name these alone: " + list_of_notice_types());
      PreferencesChange::Type type{.type = std::string(name)};
      if (!choice.is_null()) type.choice = read_choice(name, choice);
      change_.types.push_back(std::move(type));
    }
  }
  std::optional<NoticeChoice> read_choice(std::string_view name, const dom::element& value) {
    const auto given = object(value, "types");
    if (!given) return std::nullopt;
    NoticeChoice choice{.type = std::string(name)};
    if (has(*given, "in_app") && given->at_key("in_app").get(choice.in_app) != simdjson::SUCCESS) {
      body_.note("types", "has an in_app that is neither true nor false");
    }
    choice.web_hook = mode(*given, "webhook", "types");
    choice.email = mode(*given, "email", "types");
    return choice;
  }
  static bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= limits::kNoticeTypeBytesMax &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._") == name.npos;
  }

  JsonBody& body_;
  PreferencesChange change_;
};

void write_mode(JsonWriter& json, const char* name, std::optional<NoticeMode> mode) {
  json.key(name);
  if (mode) {
    json.string(to_string(*mode));
  } else {
    json.null();
  }
}

HttpResponse preferences_answer(const NoticePreferences& preferences) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("time_zone", preferences.time_zone).key("quiet_hours");
  if (preferences.quiet) {
    json.begin_object().field("from", clock_text(preferences.quiet->from));
    json.field("to", clock_text(preferences.quiet->to)).end_object();
  } else {
    json.null();
  }
  json.key("digest").begin_object().field("every", to_string(preferences.digest.every));
  json.field("at", clock_text(preferences.digest.minute));
  json.field("weekday", int{preferences.digest.weekday}).end_object();
  json.key("channels").begin_object();
  write_mode(json, "webhook", preferences.web_hook);
  write_mode(json, "email", preferences.email);
  json.end_object().key("types").begin_object();
  for (const NoticeChoice& choice : preferences.types) {
    if (!is_notice_type(choice.type)) continue;  // an earlier release's
    json.key(choice.type).begin_object().field("in_app", choice.in_app);
    write_mode(json, "webhook", choice.web_hook);
    write_mode(json, "email", choice.email);
    json.end_object();
  }
  json.end_object().end_object();
  return json_answer(200, std::move(out));
}

Checked<PreferencesChange> read_change(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  PreferencesChange change = PreferencesReader(body).read();
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return change;
}

}  // namespace

asio::awaitable<HttpResponse> rest::get_notification_preferences(RequestContext& context) {
  Notifications* const notifications = context.services.notifications;
  if (notifications == nullptr) {
    co_return refused(context, problem(503, "this store keeps no notifications"));
  }
  const auto found = co_await await_port<NoticePreferences>([&](Callback<NoticePreferences> done) {
    notifications->preferences(context.actor(), std::move(done));
  });
  if (!found) co_return refused(context, found.error());
  co_return preferences_answer(*found);
}

asio::awaitable<HttpResponse> rest::change_notification_preferences(RequestContext& context) {
  auto read = read_change(context);
  if (const auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  PreferencesChange change = std::get<PreferencesChange>(std::move(read));
  Notifications* const notifications = context.services.notifications;
  if (notifications == nullptr) {
    co_return refused(context, problem(503, "this store keeps no notifications"));
  }
  const auto changed =
      co_await await_port<NoticePreferences>([&](Callback<NoticePreferences> done) {
        notifications->change_preferences(context.actor(), std::move(change), std::move(done));
      });
  if (!changed) co_return refused(context, to_body_problem(changed.error()));
  co_return preferences_answer(*changed);
}

}  // namespace kith
