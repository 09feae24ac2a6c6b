#include "engine/icebreakers.h"

#include <array>

#include "protocol/time_format.h"

namespace kith {

namespace {

constexpr std::string_view kPrefix = "prompt_";

constexpr std::array<std::string_view, 28> kPrompts = {
    "What is a place nearby that you would show to a visitor?",
    "Which song have you had in your head this week?",
    "What did you last learn that surprised you?",
    "What does a perfect free morning look like to you?",
    "Which meal could you cook with your eyes closed?",
    "What is the best thing that happened to you this month?",
    "Which film do you watch again and again?",
    "What would you like to be better at a year from now?",
    "Where did you go on the best trip of your life?",
    "What is a small thing that makes your day?",
    "Which book would you give to a friend?",
    "What did you want to be when you were ten?",
    "Which smell takes you back to somewhere?",
    "What is your favourite way to spend a rainy day?",
    "Who taught you something that you still use?",
    "Which game do you always say yes to?",
    "What is the oddest food that you like?",
    "Which concert will you never forget?",
    "What do you do to wake up properly?",
    "Which word do you like the sound of?",
    "What is on the wall that you look at most?",
    "Which sport would you try if nobody watched?",
    "What is a tradition of yours that others find strange?",
    "Where do you go to think?",
    "What would you plant if you had a garden?",
    "Which season are you, and why?",
    "What did you last make with your hands?",
    "Which street do you know best?"};

std::string_view prompt_of(std::chrono::sys_days day) {
  const auto number = static_cast<std::int64_t>(day.time_since_epoch().count());
  const auto count = static_cast<std::int64_t>(kPrompts.size());
  return kPrompts[static_cast<std::size_t>(((number % count) + count) % count)];
}

std::string id_of(std::chrono::sys_days day) {
  const std::string text = format_time(WallTime{day});  // 2024-04-20T...
  return std::string(kPrefix) + text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2);
}

}  // namespace

Icebreaker icebreaker_of(WallTime now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  return {.id = id_of(day), .text = prompt_of(day)};
}

std::optional<Icebreaker> find_icebreaker(std::string_view id) {
  if (!id.starts_with(kPrefix) || id.size() != kPrefix.size() + 8) return std::nullopt;
  const std::string digits(id.substr(kPrefix.size()));
  const auto time = parse_time(digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" +
                               digits.substr(6, 2) + "T00:00:00Z");
  if (!time) return std::nullopt;
  return icebreaker_of(*time);
}

std::string icebreaker_for(const std::vector<std::string>& mutual_interests, WallTime now) {
  if (mutual_interests.empty()) return std::string(icebreaker_of(now).text);
  return "Ask what they like best about " + mutual_interests.front();
}

}  // namespace kith
