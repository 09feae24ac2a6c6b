#include "bench/flat_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace kith::bench {
namespace {

template <typename T>
const T* find(const std::vector<std::pair<std::string, T>>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == list.end() ? nullptr : &found->second;
}

// As deep as the parser lets anything be, which is a bound.
void add(FlatReport& out, const std::string& name, simdjson::dom::element value) {
  if (const auto object = value.get_object(); object.error() == simdjson::SUCCESS) {
    for (const auto field : object.value_unsafe()) {
      const std::string key(field.key);
      add(out, name.empty() ? key : fmt::format("{}.{}", name, key), field.value);
    }
  } else if (const auto number = value.get_double(); number.error() == simdjson::SUCCESS) {
    out.numbers.emplace_back(name, number.value_unsafe());
  } else if (const auto flag = value.get_bool(); flag.error() == simdjson::SUCCESS) {
    out.numbers.emplace_back(name, flag.value_unsafe() ? 1 : 0);
  } else if (value.is_null()) {
    out.numbers.emplace_back(name, std::nullopt);
  } else if (const auto text = value.get_string(); text.error() == simdjson::SUCCESS) {
    out.texts.emplace_back(name, std::string(text.value_unsafe()));
  }
}

}  // namespace

const std::optional<double>* FlatReport::number(std::string_view name) const {
  return find(numbers, name);
}

const std::string* FlatReport::text(std::string_view name) const {
  return find(texts, name);
}

Result<FlatReport> flatten(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(json.data(), json.size()).get(root);
  if (error != simdjson::SUCCESS) {
    return fail(ErrorCode::bad_request, simdjson::error_message(error));
  }
  if (!root.is_object()) return fail(ErrorCode::bad_request, "not a JSON object");
  FlatReport out;
  add(out, "", root);
  return out;
}

}  // namespace kith::bench
