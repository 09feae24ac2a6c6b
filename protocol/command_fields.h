// Reads the fields of one frame. Each getter answers a value of its kind; the first field that is
// missing or wrong is kept in error(), so that a frame is read in a straight line and checked once.
// Null counts as absent. Inside the protocol library only.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>

#include "protocol/ids.h"
#include "protocol/result.h"

namespace kith {

class FieldReader {
 public:
  FieldReader(simdjson::dom::object object, const std::optional<ChatId>& default_chat)
      : object_(object), default_chat_(default_chat) {}

  std::optional<simdjson::dom::element> find(std::string_view name) const;

  // `chat_id`, or the chat of the socket.
  ChatId chat();
  // `channel`, or the chat of the socket. A text that is no channel id is not_found: told like any
  // channel that one may not see.
  ChannelId channel(bool may_be_absent);
  template <IdKind kKind>
  Id<kKind> id(std::string_view name) {
    const auto parsed = Id<kKind>::parse(string(name));
    if (!parsed) refuse_id(name, kKind);
    return parsed.value_or(Id<kKind>{});
  }
  template <IdKind kKind>
  std::optional<Id<kKind>> optional_id(std::string_view name) {
    if (!find(name)) return std::nullopt;
    return id<kKind>(name);
  }

  std::string_view string(std::string_view name);
  std::string_view optional_string(std::string_view name);
  bool flag(std::string_view name);  // false where absent
  // An integer 0..2^53 (what every JSON reader holds exactly).
  std::optional<Seq> optional_seq(std::string_view name);
  static std::optional<Seq> as_seq(simdjson::dom::element element);
  struct LimitRange {
    std::uint32_t absent;
    std::uint32_t max;  // more counts as that
  };
  std::uint32_t limit(LimitRange range);
  // A time, or nothing: RFC 3339.
  std::optional<WallTime> optional_time(std::string_view name);
  std::string_view reason();

  // Keeps the first error of the frame: bad_request that names the field.
  void refuse(std::string_view name, std::string_view what);
  void refuse(Error error);
  const std::optional<Error>& error() const { return error_; }

 private:
  void refuse_id(std::string_view name, IdKind kind);

  simdjson::dom::object object_;
  const std::optional<ChatId>& default_chat_;
  std::optional<Error> error_;
};

}  // namespace kith
