// A server's frame as a client reads it. What is missing reads as empty, zero or false. Refers to
// its parser: one frame at a time.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace kith::simulation {

class Frame {
 public:
  Frame(simdjson::dom::parser& parser, std::string_view text) {
    valid_ = parser.parse(text.data(), text.size()).get(element_) == simdjson::SUCCESS;
  }
  explicit Frame(simdjson::dom::element element) : element_(element), valid_(true) {}

  bool valid() const { return valid_ && element_.is_object(); }
  bool has(std::string_view key) const {
    simdjson::dom::element found;
    return valid_ && element_[key].get(found) == simdjson::SUCCESS && !found.is_null();
  }
  std::string_view text(std::string_view key) const {
    std::string_view out;
    if (!valid_ || element_[key].get(out) != simdjson::SUCCESS) return {};
    return out;
  }
  std::uint64_t number(std::string_view key) const {
    std::uint64_t out = 0;
    if (!valid_ || element_[key].get(out) != simdjson::SUCCESS) return 0;
    return out;
  }
  bool flag(std::string_view key) const {
    bool out = false;
    return valid_ && element_[key].get(out) == simdjson::SUCCESS && out;
  }
  Frame at(std::string_view key) const {
    simdjson::dom::element found;
    if (!valid_ || element_[key].get(found) != simdjson::SUCCESS) return Frame();
    return Frame(found);
  }
  // Of an array, with each element as a Frame.
  template <typename Each>
  void each(std::string_view key, Each call) const {
    simdjson::dom::array array;
    if (!valid_ || element_[key].get(array) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element element : array) call(Frame(element));
  }
  simdjson::dom::element element() const { return element_; }
  std::string_view itself() const {  // a string
    std::string_view out;
    if (!valid_ || element_.get(out) != simdjson::SUCCESS) return {};
    return out;
  }

 private:
  Frame() = default;
  simdjson::dom::element element_;
  bool valid_ = false;
};

// What the event of a reward says, in a few words: the same in the log as on the wire. `members`:
// the notification, or what stands beside the event's type. Empty: it is no reward's, or the log
// keeps it no more.
inline std::string reward_of(std::string_view type, const Frame& members) {
  const auto number = [&](std::string_view key) {
    return " " + std::to_string(members.number(key));
  };
  if (type == "notification.new") return std::string(members.text("id"));
  if (type == "badge.earned") return std::string(members.text("code"));
  if (type == "score.updated" && members.has("category")) {
    return std::string(members.text("category")) + number("score") + number("delta");
  }
  if (type == "streak.updated" && members.has("streak_type")) {
    return std::string(members.text("streak_type")) + number("current_streak") +
           number("longest_streak");
  }
  return {};
}

}  // namespace kith::simulation
