// One simdjson parser for all clients of a loop.
#pragma once

#include <simdjson.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace kith::test {

class JsonParser {
 public:
  // Good until the next call. Throws std::runtime_error where it is not JSON.
  simdjson::dom::element parse(std::string_view text) {
    padded_.assign(text);
    padded_.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    simdjson::dom::element root;
    if (parser_.parse(padded_.data(), padded_.size(), false).get(root) != simdjson::SUCCESS) {
      throw std::runtime_error("the server sent no JSON: " + padded_.substr(0, 200));
    }
    return root;
  }

 private:
  simdjson::dom::parser parser_;
  std::string padded_;
};

}  // namespace kith::test
