#include "tests/support/json_schema.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <regex>
#include <stdexcept>

#include "protocol/text_rules.h"
#include "protocol/time_format.h"

namespace kith::test {
namespace {

namespace dom = simdjson::dom;

std::optional<dom::element> member(dom::element object, std::string_view name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

bool has_type(dom::element value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  throw std::runtime_error("no type of JSON: " + std::string(type));
}

const std::regex& pattern_of(const std::string& text) {
  thread_local std::map<std::string, std::regex> known;
  const auto found = known.find(text);
  return found != known.end() ? found->second : known.emplace(text, text).first->second;
}

class Checker {
 public:
  Checker(const JsonSchemas& schemas, Strictness strictness)
      : schemas_(schemas), strictness_(strictness) {}

  std::vector<std::string> check(dom::element schema, dom::element value, const std::string& at) {
    std::vector<std::string> faults;
    check_keywords(schema);
    if (const auto reference = member(schema, "$ref")) {
      return check(schemas_.at(std::string_view(*reference)), value, at);
    }
    if (const auto parts = member(schema, "anyOf")) return check_any(*parts, value, at);
    if (!type_fits(schema, value)) return {at + ": has another type: " + simdjson::minify(value)};
    if (value.is_null()) return {};
    add(faults, check_scalar(schema, value), at);
    if (value.is_object()) append(faults, check_object(schema, value, at));
    if (value.is_array()) append(faults, check_array(schema, value, at));
    return faults;
  }

 private:
  static void append(std::vector<std::string>& to, std::vector<std::string> more) {
    to.insert(to.end(), more.begin(), more.end());
  }
  static void add(std::vector<std::string>& to, const std::string& fault, const std::string& at) {
    if (!fault.empty()) to.push_back(at + ": " + fault);
  }

  static void check_keywords(dom::element schema) {
    constexpr std::array<std::string_view, 17> kKnown = {
        "$ref",      "anyOf",     "type",        "enum",       "pattern",  "format",
        "minLength", "maxLength", "minimum",     "maximum",    "minItems", "maxItems",
        "required",  "items",     "description", "properties", "default"};
    for (const auto keyword : dom::object(schema)) {
      const bool known = std::ranges::find(kKnown, keyword.key) != kKnown.end();
      if (!known && keyword.key != "additionalProperties") {
        throw std::runtime_error("a keyword that is not checked: " + std::string(keyword.key));
      }
    }
  }

  std::vector<std::string> check_any(dom::element parts, dom::element value,
                                     const std::string& at) {
    std::vector<std::string> least;
    bool first = true;
    for (const dom::element part : dom::array(parts)) {
      auto faults = check(part, value, at);
      if (faults.empty()) return {};
      if (first || faults.size() < least.size()) least = std::move(faults);
      first = false;
    }
    return least;
  }

  static bool type_fits(dom::element schema, dom::element value) {
    const auto type = member(schema, "type");
    if (!type) return true;
    if (type->is_string()) return has_type(value, std::string_view(*type));
    for (const dom::element one : dom::array(*type)) {
      if (has_type(value, std::string_view(one))) return true;
    }
    return false;
  }

  static std::string check_scalar(dom::element schema, dom::element value) {
    if (value.is_string()) return check_text(schema, std::string_view(value));
    if (!value.is_int64()) return {};
    const auto number = std::int64_t(value);
    const auto least = member(schema, "minimum");
    const auto most = member(schema, "maximum");
    const bool fits =
        (!least || number >= std::int64_t(*least)) && (!most || number <= std::int64_t(*most));
    return fits ? "" : "is out of its bounds: " + std::to_string(number);
  }

  static std::string check_text(dom::element schema, std::string_view text) {
    const std::string shown = ": " + std::string(text);
    if (const auto values = member(schema, "enum")) {
      bool listed = false;
      for (const dom::element one : dom::array(*values)) {
        listed |= one.is_string() && std::string_view(one) == text;
      }
      if (!listed) return "is none of its values" + shown;
    }
    if (const auto pattern = member(schema, "pattern")) {
      const std::string value(text);
      if (!std::regex_search(value, pattern_of(std::string(std::string_view(*pattern))))) {
        return "does not fit its pattern" + shown;
      }
    }
    if (const auto format = member(schema, "format")) {
      if (std::string_view(*format) == "date-time" && !parse_time(text))
        return "is no time" + shown;
    }
    const auto characters = static_cast<std::int64_t>(count_characters(text));
    const auto least = member(schema, "minLength");
    const auto most = member(schema, "maxLength");
    const bool fits = (!least || characters >= std::int64_t(*least)) &&
                      (!most || characters <= std::int64_t(*most));
    return fits ? "" : "is too short or too long" + shown;
  }

  std::vector<std::string> check_object(dom::element schema, dom::element value,
                                        const std::string& at) {
    std::vector<std::string> faults;
    if (const auto required = member(schema, "required")) {
      for (const dom::element name : dom::array(*required)) {
        const std::string_view text(name);
        if (!member(value, text)) add(faults, "is missing", at + '.' + std::string(text));
      }
    }
    const auto properties = member(schema, "properties");
    const auto others = member(schema, "additionalProperties");
    for (const auto one : dom::object(value)) {
      const std::string place = at + '.' + std::string(one.key);
      const auto known = properties ? member(*properties, one.key) : std::nullopt;
      if (known) {
        append(faults, check(*known, one.value, place));
      } else if (others) {
        append(faults, check(*others, one.value, place));
      } else if (properties && strictness_ == Strictness::unknown_members) {
        add(faults, "is in no document", place);
      }
    }
    return faults;
  }

  std::vector<std::string> check_array(dom::element schema, dom::element value,
                                       const std::string& at) {
    std::vector<std::string> faults;
    const auto count = static_cast<std::int64_t>(dom::array(value).size());
    const auto least = member(schema, "minItems");
    const auto most = member(schema, "maxItems");
    if ((least && count < std::int64_t(*least)) || (most && count > std::int64_t(*most))) {
      add(faults, "has too few or too many entries", at);
    }
    const auto items = member(schema, "items");
    if (!items) return faults;
    std::size_t index = 0;
    for (const dom::element entry : dom::array(value)) {
      append(faults, check(*items, entry, at + '[' + std::to_string(index++) + ']'));
    }
    return faults;
  }

  const JsonSchemas& schemas_;
  const Strictness strictness_;
};

}  // namespace

JsonSchemas::JsonSchemas(std::string_view document) {
  if (parser_.parse(document.data(), document.size()).get(document_) != simdjson::SUCCESS) {
    throw std::runtime_error("the document is no JSON");
  }
}

dom::element JsonSchemas::at(std::string_view reference) const {
  dom::element found;
  const bool local = reference.starts_with("#/");
  if (!local || document_.at_pointer(reference.substr(1)).get(found) != simdjson::SUCCESS) {
    throw std::runtime_error("nothing is at " + std::string(reference));
  }
  return found;
}

std::vector<std::string> JsonSchemas::faults(dom::element schema, dom::element value,
                                             Strictness strictness) const {
  return Checker(*this, strictness).check(schema, value, "");
}

}  // namespace kith::test
