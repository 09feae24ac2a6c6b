// Prompts to break the ice with, one for each day: everybody has the same one on a day, which is
// the one in their own time zone, and its id, prompt_20240420, names it for ever.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.h"

namespace kith {

struct Icebreaker {
  std::string id;
  std::string_view text;
};
Icebreaker icebreaker_of(WallTime now);  // of its day in UTC
// Nothing: the id of no day.
std::optional<Icebreaker> find_icebreaker(std::string_view id);

// To a person one has these interests in common with; without any, the day's.
std::string icebreaker_for(const std::vector<std::string>& mutual_interests, WallTime now);

}  // namespace kith
