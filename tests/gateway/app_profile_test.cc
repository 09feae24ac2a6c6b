// Profiles of apps: those that are built in, and what is wrong with others.
#include "gateway/app_profile.h"

#include <doctest/doctest.h>

namespace kith {
namespace {

std::string error_of(std::string_view toml) {
  const auto rules = parse_app_profile(toml, "mine.toml");
  return rules ? std::string() : rules.error().message;
}

TEST_CASE("every profile that is built in is in order") {
  REQUIRE(built_in_profiles().size() >= 2);
  for (const AppProfile& profile : built_in_profiles()) {
    const auto rules = load_app_profile(std::string(profile.name));
    REQUIRE_MESSAGE(rules.ok(), rules.error().message);
    CHECK(rules->fingerprint.size() == 32);
  }
}

TEST_CASE("the default profile has what clients may count on") {
  const auto rules = load_app_profile("default");
  REQUIRE(rules.ok());
  for (const char* kind : {"daily_checkin", "message", "rsvp", "attendance", "points"}) {
    REQUIRE(rules->activity(kind) != nullptr);
    CHECK(rules->activity(kind)->source == ActivitySource::any);  // may be posted
  }
  CHECK(rules->default_category == "overall");
  for (const StreakRule& streak : rules->streaks) {
    CHECK(streak.grace.count() == 0);
    CHECK(streak.freezes_max == 0);
  }
  CHECK(rules->late == std::chrono::days(30));
  REQUIRE(rules->badge("event_10") != nullptr);
  CHECK(rules->badge("event_10")->name == "Event Enthusiast");
}

TEST_CASE("the preparedness profile has its eight categories") {
  const auto rules = load_app_profile("preparedness");
  REQUIRE(rules.ok());
  CHECK(rules->categories.size() == 8);
  std::uint32_t weights = 0;
  for (const CategoryRule& category : rules->categories) {
    weights += category.weight;
    CHECK(category.most == 100);
  }
  CHECK(weights == 100);
}

TEST_CASE("what is wrong is told with its place") {
  constexpr std::string_view kBase = "[scores]\nopen_categories = true\n";
  const auto with = [&](std::string_view more) {
    return error_of(std::string(kBase) + std::string(more));
  };
  CHECK(with("").empty());
  CHECK(with("[[activity]]\nkind = \"run\"\nspeed = 3\n") ==
        "mine.toml:5: activity.speed: unknown key");
  CHECK(with("[[activity]]\nname = \"run\"\n").find("activity.kind: is needed") !=
        std::string::npos);
  CHECK(with("colour = 1\n").find("unknown key") != std::string::npos);
  CHECK(with("[[activity]]\nkind = \"Run\"\n").find("\"Run\" must be a name") != std::string::npos);
  CHECK(with("[[activity]]\nkind = \"run\"\n[[activity]]\nkind = \"run\"\n").find("twice") !=
        std::string::npos);
  CHECK(with("[[activity]]\nkind = \"run\"\nsource = \"nobody\"\n").find("client, engine or any") !=
        std::string::npos);
  CHECK(with("[[streak]]\ntype = \"run\"\nkinds = [\"run\"]\n").find("is not there") !=
        std::string::npos);
  CHECK(with("[[category]]\nname = \"a\"\nweight = -1\n").find("from 0 to 1000") !=
        std::string::npos);
  CHECK(with("[[category]]\nname = \"a\"\nmin = 5\nmax = 4\n").find("above the most") !=
        std::string::npos);
  const std::string run = "[[activity]]\nkind = \"run\"\n[[badge]]\ncode = \"b\"\nname = \"B\"\n";
  CHECK(with(run).find("badge.count: is needed, or another criterion") != std::string::npos);
  CHECK(with(run + "count = { kind = \"run\", at_least = 1 }\n").empty());
  CHECK(with(run + "count = { kind = \"run\", at_least = 0 }\n").find("at_least") !=
        std::string::npos);
  CHECK(with(run +
             "count = { kind = \"run\", at_least = 1 }\nsum = { kind = \"run\", at_least = 1 }\n")
            .find("cannot stand beside count") != std::string::npos);
  CHECK(with(run + "date = { from = \"2024-02-30\" }\n").find("must be a date") !=
        std::string::npos);
  CHECK(with(run + "date = { from = \"2024-02-20\", to = \"2024-02-19\" }\n")
            .find("ends before it begins") != std::string::npos);
  CHECK(error_of("[[activity]\n").find("mine.toml:1: not TOML") != std::string::npos);
  CHECK(error_of("[scores]\ndefault_category = \"gold\"\n").find("is the default") !=
        std::string::npos);
}

TEST_CASE("what is neither built in nor a file is refused") {
  CHECK(load_app_profile("nothing").error().message.find("default, none, preparedness") !=
        std::string::npos);
  CHECK(load_app_profile("/nowhere/mine.toml").error().message.find("no such file") !=
        std::string::npos);
  CHECK(load_app_profile("/tmp/").error().message.find("no such file") != std::string::npos);
}

}  // namespace
}  // namespace kith
