#include "gateway/app_profile.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/rewards/scores.h"
#include "gateway/toml_fields.h"

namespace kith {
namespace {

using Bounds = TomlFields::Bounds;

constexpr std::uintmax_t kFileBytesMax = 1024 * 1024;
constexpr Bounds kAnyScore{-kActivityValueMax, kActivityValueMax};
constexpr Bounds kTarget{1, kScoreMax};

ActivityRule read_activity(TomlFields& fields) {
  ActivityRule rule;
  rule.kind = fields.text("kind");
  const std::string source = fields.text("source", "any");
  if (source == "client") {
    rule.source = ActivitySource::client;
  } else if (source == "engine") {
    rule.source = ActivitySource::engine;
  } else if (source != "any") {
    fields.fail("source", "must be client, engine or any");
  }
  for (TomlFields& effect : fields.tables("scores")) {
    rule.scores.push_back({.category = effect.text("category", ""),
                           .points = effect.number_or_value("points", kAnyScore)});
    effect.finish();
  }
  return rule;
}

StreakRule read_streak(TomlFields& fields) {
  constexpr Bounds kCount{0, 1000};
  StreakRule rule;
  rule.type = fields.text("type");
  rule.kinds = fields.texts("kinds");
  const std::string period = fields.text("period", "day");
  if (period == "week") {
    rule.period = PeriodUnit::week;
  } else if (period != "day") {
    fields.fail("period", "must be day or week");
  }
  rule.grace = std::chrono::hours(fields.integer("grace_hours", {0, 168}, 0));
  rule.freezes_at_start = static_cast<std::uint32_t>(fields.integer("freezes", kCount, 0));
  rule.freezes_max =
      static_cast<std::uint32_t>(fields.integer("freezes_max", kCount, rule.freezes_at_start));
  rule.freeze_every = static_cast<std::uint32_t>(fields.integer("freeze_every", kCount, 0));
  rule.at_risk = std::chrono::hours(fields.integer("at_risk_hours", {0, 168}, 4));
  return rule;
}

CategoryRule read_category(TomlFields& fields) {
  CategoryRule rule;
  rule.name = fields.text("name");
  rule.weight = static_cast<std::uint32_t>(fields.integer("weight", {0, 1000}, 1));
  if (fields.has("min")) rule.least = fields.integer("min", kAnyScore);
  if (fields.has("max")) rule.most = fields.integer("max", kAnyScore);
  return rule;
}

Day read_day(TomlFields& fields, std::string_view key) {
  const std::string text = fields.text(key);
  const auto day = parse_day(text);
  if (!day && !text.empty()) fields.fail(key, "must be a date: \"2026-01-31\"");
  return day.value_or(0);
}

void read_criterion(TomlFields& fields, std::string_view name, BadgeRule& rule) {
  using enum BadgeRule::Criterion;
  if (name == "rank") {
    rule.criterion = rank;
    rule.subject = fields.text("category");
    rule.target = fields.integer("top", {1, 1'000'000});
    rule.among = fields.integer("among", {1, 1'000'000}, 1);
    return;
  }
  if (name == "date") {
    rule.criterion = date;
    rule.subject = fields.text("kind", "");
    rule.first = read_day(fields, "from");
    rule.last = fields.has("to") ? read_day(fields, "to") : rule.first;
    return;
  }
  rule.criterion = name == "count"    ? count
                   : name == "sum"    ? sum
                   : name == "streak" ? streak
                                      : score;
  const bool of_kind = rule.criterion == count || rule.criterion == sum;
  rule.subject = fields.text(of_kind ? "kind" : name == "streak" ? "type" : "category");
  rule.target = fields.integer("at_least", kTarget);
}

BadgeRule read_badge(TomlFields& fields) {
  BadgeRule rule;
  rule.code = fields.text("code");
  rule.name = fields.text("name");
  rule.description = fields.text("description", "");
  const std::string criterion = fields.one_of({"count", "sum", "streak", "score", "rank", "date"});
  if (criterion.empty()) return rule;
  if (auto table = fields.table(criterion)) {
    read_criterion(*table, criterion, rule);
    table->finish();
  }
  return rule;
}

template <typename Rule>
std::vector<Rule> read_list(TomlFields& root, std::string_view key, Rule (*read)(TomlFields&)) {
  std::vector<Rule> out;
  for (TomlFields& fields : root.tables(key)) {
    out.push_back(read(fields));
    fields.finish();
  }
  return out;
}

RewardRules read_rules(TomlFields& root) {
  RewardRules rules;
  if (auto fields = root.table("activities")) {
    rules.late = std::chrono::days(fields->integer("late_days", {0, 3650}, 30));
    rules.future = std::chrono::seconds(fields->integer("future_seconds", {0, 3600}, 120));
    fields->finish();
  }
  if (auto fields = root.table("time_zone")) {
    rules.zone_change = std::chrono::days(fields->integer("change_days", {0, 365}, 7));
    fields->finish();
  }
  if (auto fields = root.table("scores")) {
    rules.default_category = fields->text("default_category", rules.default_category);
    rules.open_categories = fields->boolean("open_categories", false);
    fields->finish();
  }
  rules.categories = read_list(root, "category", read_category);
  rules.activities = read_list(root, "activity", read_activity);
  rules.streaks = read_list(root, "streak", read_streak);
  rules.badges = read_list(root, "badge", read_badge);
  root.finish();
  return rules;
}

std::string fingerprint_of(std::string_view text) {
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  std::string out;
  for (const unsigned char byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

Error refuse(std::string line) {
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return fail(ErrorCode::bad_request, std::move(line));
}

}  // namespace

Result<RewardRules> parse_app_profile(std::string_view toml, const std::string& source) {
  TomlError error{.source = source, .line = std::nullopt};
  RewardRules rules;
  try {
    const toml::table parsed = toml::parse(toml, source);
    TomlFields root(parsed, "", error);
    rules = read_rules(root);
  } catch (const toml::parse_error& failure) {
    return refuse(fmt::format("{}:{}: not TOML: {}", source, failure.source().begin.line,
                              failure.description()));
  }
  if (error.line) return refuse(*error.line);
  if (const Status fits = check_rules(rules); !fits) {
    return refuse(fmt::format("{}: {}", source, fits.error().message));
  }
  rules.fingerprint = fingerprint_of(toml);
  return rules;
}

Result<RewardRules> load_app_profile(const std::string& app) {
  const auto profiles = built_in_profiles();
  const auto found = std::ranges::find(profiles, app, &AppProfile::name);
  if (found != profiles.end()) return parse_app_profile(found->toml, app);
  if (app.find('/') == std::string::npos && !app.ends_with(".toml")) {
    std::string names;
    for (const AppProfile& profile : profiles) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", profile.name);
    }
    return refuse(fmt::format("no such profile; there are {}, or the path of a file", names));
  }
  std::error_code failure;
  if (!std::filesystem::is_regular_file(app, failure) || failure) {
    return refuse(fmt::format("{}: no such file", app));
  }
  if (std::filesystem::file_size(app, failure) > kFileBytesMax || failure) {
    return refuse(fmt::format("{}: is no file of at most 1 MiB", app));
  }
  std::ifstream in(app, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return refuse(fmt::format("{}: cannot be read", app));
  return parse_app_profile(text, app);
}

}  // namespace kith
