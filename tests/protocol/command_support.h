// Short ways to parse frames in tests.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include "protocol/command.h"

namespace kith::test {

inline constexpr std::string_view kChat = "chat_01ARZ3NDEKTSV4RRFFQ69G5FAV";
inline constexpr std::string_view kMessage = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAW";
inline constexpr std::string_view kUser = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAX";

// Replaces CHAT, MESSAGE and USER by an id of the kind, and ' by ".
inline std::string frame(std::string_view pattern) {
  std::string out(pattern);
  const auto replace = [&out](std::string_view name, std::string_view by) {
    for (auto at = out.find(name); at != out.npos; at = out.find(name, at + by.size())) {
      out.replace(at, name.size(), by);
    }
  };
  replace("CHAT", kChat);
  replace("MESSAGE", kMessage);
  replace("USER", kUser);
  replace("'", "\"");
  return out;
}

inline const ChatId& chat() {
  static const ChatId id = *ChatId::parse(kChat);
  return id;
}
inline const MessageId& message() {
  static const MessageId id = *MessageId::parse(kMessage);
  return id;
}
inline const UserId& user() {
  static const UserId id = *UserId::parse(kUser);
  return id;
}

// A parser with the frame that it has read last.
class Parsed {
 public:
  explicit Parsed(std::string_view pattern, const std::optional<ChatId>& chat = std::nullopt)
      : text_(frame(pattern)), frame_(parser_.parse(text_, chat)) {}

  bool closes() const { return !frame_.has_value(); }
  const ParsedFrame& frame_read() const {
    REQUIRE(frame_);
    return *frame_;
  }
  template <typename Kind>
  const Kind& as() const {
    const auto& command = frame_read().command;
    if (!command) FAIL(text_ << ": " << command.error().message);
    REQUIRE(std::holds_alternative<Kind>(*command));
    return std::get<Kind>(*command);
  }
  // "code field" of the refusal, or what else came of it.
  std::string refusal() const {
    if (!frame_) return "closed";
    if (frame_->command) return "accepted";
    const Error& error = frame_->command.error();
    CHECK_FALSE(error.message.empty());
    return std::string(to_string(error.code)) + (error.field.empty() ? "" : " " + error.field);
  }

 private:
  CommandParser parser_;
  std::string text_;
  std::optional<ParsedFrame> frame_;
};

inline std::string refusal(std::string_view pattern,
                           const std::optional<ChatId>& chat = std::nullopt) {
  return Parsed(pattern, chat).refusal();
}

}  // namespace kith::test
