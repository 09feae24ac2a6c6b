// Users, badges, notifications and boards, as answers have them.
#include "gateway/openapi/operation.h"

namespace kith::api {
namespace {

std::vector<Member> user_members() {
  return {{"id", id(IdKind::user)}, {"display_name", text()},           {"bio", text()},
          {"city", text()},         {"avatar_url", or_null(text())},    {"interests", list(text())},
          {"created_at", time()},   {"last_active_at", or_null(time())}};
}

// What only oneself sees of oneself.
std::vector<Member> with_own(std::vector<Member> members, std::string_view mark) {
  const std::string may = std::string(mark);
  members.push_back({"email" + may, text()});
  members.push_back({"email_verified" + may, boolean()});
  members.push_back(
      {"role" + may, one_of({"user", "moderator", "organizer", "admin", "premium_plus"})});
  return members;
}

Schema profile_schema() {
  auto members = with_own(user_members(), "?");
  members.push_back({"badges", list(object({{"code", text()}, {"earned_at", time()}}))});
  members.push_back({"premium_tier", text()});
  members.push_back({"mutual_clubs", list(id(IdKind::club))});
  members.push_back({"icebreaker", or_null(object({{"prompt_id", text()}, {"prompt", text()}}))});
  return object(std::move(members))
      .says("`email`, `email_verified` and `role` are in one's own alone");
}

Schema problem_schema() {
  return object({{"type", text()},
                 {"title", text()},
                 {"status", integer()},
                 {"code", one_of({"bad_request", "unknown_type", "unauthorized", "forbidden",
                                  "not_found", "conflict", "too_large", "rate_limited",
                                  "unavailable", "internal", "payment_required"})},
                 {"detail", text()},
                 {"correlation_id", text()},
                 {"errors?", list(object({{"field", text()}, {"message", text()}}))},
                 {"retry_after_ms?", integer()}})
      .says("RFC 9457. `errors` names the fields that are missing or wrong");
}

Schema preferences_schema() {
  const Schema mode = or_null(one_of({"off", "now", "digest"}));
  return object(
      {{"time_zone", text()},
       {"quiet_hours", or_null(object({{"from", text()}, {"to", text()}}))},
       {"digest", object({{"every", one_of({"hour", "day", "week"})},
                          {"at", text()},
                          {"weekday", integer(0, 6)}})},
       {"channels", object({{"webhook", mode}, {"email", mode}})},
       {"types", map(object({{"in_app", boolean()}, {"webhook", mode}, {"email", mode}}))}});
}

}  // namespace

std::vector<Component> people_components() {
  const Schema streak = object({{"streak_type", text()},
                                {"current_streak", integer()},
                                {"longest_streak", integer()},
                                {"at_risk", boolean()},
                                {"freezes", integer()},
                                {"period", one_of({"day", "week"})},
                                {"ends_at", or_null(time())},
                                {"last_incremented_at", or_null(time())}});
  const Schema tokens = object({{"access_token", text()},
                                {"refresh_token", text()},
                                {"token_type", one_of({"Bearer"})},
                                {"expires_in", integer().says("seconds")},
                                {"user", ref("OwnUser")}});
  return {
      {"Problem", problem_schema()},
      {"OwnUser", object(with_own(user_members(), ""))},
      {"Profile", profile_schema()},
      {"Tokens", tokens},
      {"Notification", object({{"id", id(IdKind::notification)},
                               {"type", text()},
                               {"payload", anything()},
                               {"created_at", time()},
                               {"read", boolean()},
                               {"read_at", or_null(time())}})},
      {"NotificationPreferences", preferences_schema()},
      {"Streak", streak},
      {"Badge", object({{"code", text()}, {"name", text()}, {"earned_at", time()}})},
      {"BoardEntry",
       object({{"rank", integer()}, {"user_id", id(IdKind::user)}, {"score", integer()}})},
      {"BoardMe",
       object({{"rank", or_null(integer())}, {"user_id", id(IdKind::user)}, {"score", integer()}})},
  };
}

}  // namespace kith::api
