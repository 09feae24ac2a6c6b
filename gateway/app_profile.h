// An app's profile (conf/apps): what its users get for what they do. Those of conf/apps are built
// into the program; others are files of the same kind.
//
// An unknown key, a value of the wrong kind or out of its range, or parts that do not fit together:
// an error, whose message is one line that names the place.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/rewards/rules.h"

namespace kith {

struct AppProfile {
  std::string_view name;
  std::string_view toml;
};
std::span<const AppProfile> built_in_profiles();

// `app` of the configuration: the name of a built-in one, or the path of a file, which has a "/" or
// ends in ".toml". Errors: bad_request.
Result<RewardRules> load_app_profile(const std::string& app);

Result<RewardRules> parse_app_profile(std::string_view toml, const std::string& source);

}  // namespace kith
