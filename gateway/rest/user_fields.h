// How long what users say of themselves may be: the same when they sign up, log in and change it.
#pragma once

#include <cstddef>

#include "gateway/rest/json_body.h"

namespace kith {

inline constexpr JsonBody::Length kEmailLength{.min = 1, .max = 254};
inline constexpr std::size_t kPasswordCharactersMax = 256;  // at least: AuthConfig::password_min
inline constexpr JsonBody::Length kDisplayNameLength{.min = 1, .max = 80};
inline constexpr JsonBody::Length kBioLength{.min = 0, .max = 1000};
inline constexpr JsonBody::Length kUserCityLength{.min = 0, .max = 100};
inline constexpr JsonBody::Length kInterestLength{.min = 1, .max = 64};
inline constexpr std::size_t kInterestsMax = 50;

}  // namespace kith
