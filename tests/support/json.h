// A JSON value that owns its text, for tests: missing members read as a value that is absent, so a
// check can say what it expects without first asking whether it is there.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kith::test {

class Json {
 public:
  Json() = default;
  // Throws std::runtime_error where it is not JSON.
  static Json parse(std::string_view text);

  Json operator[](std::string_view key) const;
  Json operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  Json operator[](std::size_t index) const;
  Json operator[](int index) const { return (*this)[static_cast<std::size_t>(index)]; }
  bool present() const { return present_; }
  bool is_null() const;
  bool is_object() const;
  bool is_string() const;
  bool is_integer() const;
  bool is_array() const;
  // What is no string reads as "", what is no integer as -1, what is no boolean as false, what is
  // no array or object as empty.
  std::string text() const;
  std::int64_t number() const;
  double real() const;
  bool flag() const;
  std::size_t size() const;
  std::vector<std::string> keys() const;
  std::vector<std::string> texts() const;  // of an array of strings
  std::string dump() const;                // minified; "absent" where it is

 private:
  Json with(simdjson::dom::element element) const;

  std::shared_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::element element_;
  bool present_ = false;
};

// Text as a JSON string, with its quotes.
std::string json_string(std::string_view text);

}  // namespace kith::test
