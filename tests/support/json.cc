#include "tests/support/json.h"

#include <stdexcept>

namespace kith::test {

Json Json::parse(std::string_view text) {
  Json json;
  json.parser_ = std::make_shared<simdjson::dom::parser>();
  const simdjson::padded_string padded(text);
  // The parser keeps its own copies of strings: the text may go.
  if (const auto error = json.parser_->parse(padded).get(json.element_);
      error != simdjson::SUCCESS) {
    throw std::runtime_error("not JSON: " + std::string(text));
  }
  json.present_ = true;
  return json;
}

Json Json::with(simdjson::dom::element element) const {
  Json json;
  json.parser_ = parser_;
  json.element_ = element;
  json.present_ = true;
  return json;
}

Json Json::operator[](std::string_view key) const {
  simdjson::dom::element member;
  if (!is_object() || element_[key].get(member) != simdjson::SUCCESS) return {};
  return with(member);
}

Json Json::operator[](std::size_t index) const {
  simdjson::dom::element member;
  if (!is_array() || element_.at(index).get(member) != simdjson::SUCCESS) return {};
  return with(member);
}

bool Json::is_null() const {
  return present_ && element_.is_null();
}
bool Json::is_object() const {
  return present_ && element_.is_object();
}
bool Json::is_string() const {
  return present_ && element_.is_string();
}
bool Json::is_integer() const {
  return present_ && element_.is_int64();
}
bool Json::is_array() const {
  return present_ && element_.is_array();
}

std::string Json::text() const {
  std::string_view text;
  return present_ && element_.get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::int64_t Json::number() const {
  std::int64_t number = -1;
  return present_ && element_.get(number) == simdjson::SUCCESS ? number : -1;
}

double Json::real() const {
  double number = -1;
  return present_ && element_.get(number) == simdjson::SUCCESS ? number : -1;
}

bool Json::flag() const {
  bool flag = false;
  return present_ && element_.get(flag) == simdjson::SUCCESS && flag;
}

std::size_t Json::size() const {
  simdjson::dom::array array;
  if (present_ && element_.get(array) == simdjson::SUCCESS) return array.size();
  return keys().size();
}

std::vector<std::string> Json::keys() const {
  std::vector<std::string> keys;
  simdjson::dom::object object;
  if (!present_ || element_.get(object) != simdjson::SUCCESS) return keys;
  for (const auto field : object) keys.emplace_back(field.key);
  return keys;
}

std::vector<std::string> Json::texts() const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < size(); ++i) texts.push_back((*this)[i].text());
  return texts;
}

std::string Json::dump() const {
  return present_ ? simdjson::minify(element_) : "absent";
}

std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace kith::test
