// GET and PATCH /users/{user_id} and /users/me, GET /users/{user_id}/recommendations,
// GET /icebreakers/today.
#include "engine/ports/profiles.h"

#include "engine/icebreakers.h"
#include "engine/ports/feeds.h"
#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/if_match.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/profile_answers.h"
#include "gateway/rest/reward_json.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/user_fields.h"
#include "gateway/rest/user_json.h"
#include "protocol/text_rules.h"

namespace kith {

namespace asio = boost::asio;
using rest::profiles_of;

namespace {

constexpr std::string_view kProfileTagPrefix = "p";
constexpr std::uint32_t kPeopleDefault = 10;
constexpr std::uint32_t kPeopleMax = 50;

void write_profile_extras(JsonWriter& json, const Profile& profile) {
  json.key("badges").begin_array();
  for (const Badge& badge : profile.badges) {
    json.begin_object().field("code", badge.code).field("earned_at", badge.earned_at).end_object();
  }
  json.end_array().field("premium_tier", profile.premium_tier);
  json.key("mutual_clubs").begin_array();
  for (const ClubId& club : profile.mutual_clubs) json.id(club);
  json.end_array().key("icebreaker");
  const auto prompt = find_icebreaker(profile.icebreaker_prompt_id.value_or(""));
  if (prompt) {
    json.begin_object().field("prompt_id", prompt->id).field("prompt", prompt->text).end_object();
  } else {
    json.null();
  }
}

asio::awaitable<HttpResponse> answer_profile(RequestContext& context, UserId id) {
  const auto profile = co_await await_port<Profile>([&](Callback<Profile> done) {
    profiles_of(context).profile(context.actor(), id, std::move(done));
  });
  if (!profile) co_return refused(context, profile.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_user_members(json, profile->user);
  write_profile_extras(json, *profile);
  if (id == context.who->user) {
    const UserRecord& own = profile->user;
    json.field("email", own.email).field("email_verified", own.email_verified);
    json.field("role", to_string(own.role));
  }
  json.end_object();
  HttpResponse answer = json_answer(200, std::move(out));
  if (id == context.who->user) {
    answer.fields.push_back({"ETag", version_tag(kProfileTagPrefix, profile->version)});
  }
  co_return answer;
}

// As a browser may load it: an https URL, or nothing.
bool is_avatar_url(std::string_view text) {
  if (text.empty()) return true;
  const bool plain = text.find_first_of(" \"<>\\^`{|}") == std::string_view::npos;
  return text.starts_with("https://") && text.size() > 8 && plain && !has_control_characters(text);
}

Checked<UpdateProfile> read_update(const RequestContext& context) {
  auto wanted = if_match(context.request, kProfileTagPrefix);
  if (auto* refusal = std::get_if<Problem>(&wanted)) return std::move(*refusal);
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  UpdateProfile update;
  update.if_version = std::get<std::optional<std::uint64_t>>(wanted);
  update.display_name = body.optional_name("display_name", kDisplayNameLength);
  if (body.is_null("display_name")) body.note("display_name", "cannot be taken away");
  const auto text = [&](std::string_view name, JsonBody::Length length) {
    auto value = body.optional_text(name, length);
    return body.is_null(name) ? std::optional(std::string()) : value;
  };
  update.bio = text("bio", kBioLength);
  update.city = body.optional_name("city", kUserCityLength);
  if (body.is_null("city")) update.city.emplace();
  update.avatar_url = text("avatar_url", {.min = 0, .max = 500});
  if (update.avatar_url && !is_avatar_url(*update.avatar_url)) {
    body.note("avatar_url", "must be an https URL");
  }
  update.interests = body.optional_names("interests", kInterestsMax, kInterestLength);
  if (body.is_null("interests")) update.interests.emplace();
  update.icebreaker_prompt_id = text("icebreaker_prompt_id", {.min = 0, .max = 64});
  const std::string prompt = update.icebreaker_prompt_id.value_or("");
  if (!prompt.empty() && !find_icebreaker(prompt)) {
    body.note("icebreaker_prompt_id", "is the prompt of no day");
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return update;
}

}  // namespace

asio::awaitable<HttpResponse> rest::get_me(RequestContext& context) {
  co_return co_await answer_profile(context, context.who->user);
}

asio::awaitable<HttpResponse> rest::get_user(RequestContext& context) {
  auto [id, refusal] = path_id<UserId>(context, 0);
  if (!id) co_return std::move(refusal);
  co_return co_await answer_profile(context, *id);
}

asio::awaitable<HttpResponse> rest::update_user(RequestContext& context) {
  auto [id, refusal] = path_id<UserId>(context, 0);
  if (!id) co_return std::move(refusal);
  if (*id != context.who->user) {
    co_return refused(context, problem(403, "a profile is its user's own to change"));
  }
  co_return co_await update_me(context);
}

asio::awaitable<HttpResponse> rest::update_me(RequestContext& context) {
  auto read = read_update(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto done = co_await await_port<Committed>([&](Callback<Committed> callback) {
    profiles_of(context).update(context.actor(), std::get<UpdateProfile>(std::move(read)),
                                publishing(context.services.engine, std::move(callback)));
  });
  if (!done && done.error().field == kProfileVersionField) {
    co_return refused(context, problem(412, done.error().message));
  }
  if (!done) co_return refused(context, done.error());
  co_return json_answer(200, R"({"success":true})");
}

asio::awaitable<HttpResponse> rest::recommend_people(RequestContext& context) {
  auto [id, refusal] = path_user(context, 0);
  if (!id) co_return std::move(refusal);
  if (*id != context.who->user) {
    co_return refused(context, problem(403, "recommendations are for oneself"));
  }
  auto cursor = cursor_of(context.request);
  if (const auto* problem = std::get_if<Problem>(&cursor)) co_return refused(context, *problem);
  const auto limit = limit_of(context.request, kPeopleDefault, kPeopleMax);
  if (const auto* problem = std::get_if<Problem>(&limit)) co_return refused(context, *problem);
  PeopleQuery query{.cursor = std::get<std::optional<std::string>>(std::move(cursor)),
                    .limit = std::get<std::uint32_t>(limit)};
  const auto list = co_await await_port<PeopleList>([&](Callback<PeopleList> done) {
    profiles_of(context).recommend(context.actor(), std::move(query), std::move(done));
  });
  if (!list) co_return refused_list(context, list.error());
  const WallTime now = context.now.wall;
  co_return page_answer(
      list->people, list->next_cursor, [now](JsonWriter& json, const RecommendedPerson& person) {
        json.begin_object().field("id", person.user).field("display_name", person.display_name);
        json.key("mutual_interests").begin_array();
        for (const std::string& interest : person.mutual_interests) json.string(interest);
        json.end_array().field("shared_clubs", std::int64_t{person.shared_clubs});
        json.key("compatibility_score").number(person.score_percent / 100.0);
        json.field("reason", person.reason);
        json.field("icebreaker_prompt", icebreaker_for(person.mutual_interests, now));
        json.end_object();
      });
}

asio::awaitable<HttpResponse> rest::get_icebreaker(RequestContext& context) {
  Feeds* const feeds = context.services.feeds;
  WallTime day = context.now.wall;  // where no store knows the reader's zone: the UTC one
  if (feeds != nullptr) {
    const auto known = co_await await_port<WallTime>(
        [&](Callback<WallTime> done) { feeds->today(context.actor(), std::move(done)); });
    if (!known) co_return refused(context, known.error());
    day = *known;
  }
  const Icebreaker today = icebreaker_of(day);
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", today.id).field("prompt", today.text).end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
