// Passwords that are guessed first. What people choose most is known from the leaks of the last
// twenty years, and nearly all of it is made in few ways: a row of keys, a run of digits, something
// repeated, or one of some hundred words, often with digits or signs behind it, some letters
// written as digits, or a capital in front. So this knows the ways and the words instead of a list
// of thousands: it refuses those of the most used ones that are 8 characters or longer, and the
// variations of them that lists lack.
#pragma once

#include <string_view>

namespace kith {

bool is_common_password(std::string_view password);

}  // namespace kith
