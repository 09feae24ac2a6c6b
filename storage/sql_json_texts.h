// Lists of short texts as the tables keep them: a JSON array of strings (interests, tags).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kith {

std::string texts_to_json(const std::vector<std::string>& texts);
// Empty where it is no such array, which no row has.
std::vector<std::string> texts_of_json(std::string_view json);

}  // namespace kith
