// The JSON line of a report, for tests.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "bench/report.h"

namespace kith::bench {

// The JSON line as somebody else's program reads it.
class Line {
 public:
  explicit Line(const Report& report) : text_(json(report)), root_(parser_.parse(text_)) {}

  double number(std::string_view pointer) { return double(root_.at_pointer(pointer)); }
  std::string_view text(std::string_view pointer) { return root_.at_pointer(pointer); }
  bool flag(std::string_view pointer) { return root_.at_pointer(pointer); }
  bool null(std::string_view pointer) { return root_.at_pointer(pointer).is_null(); }
  bool has(std::string_view pointer) {
    return root_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  const std::string& whole() const { return text_; }

 private:
  simdjson::dom::parser parser_;
  std::string text_;
  simdjson::dom::element root_;
};

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace kith::bench
