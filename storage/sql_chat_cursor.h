// The cursor of a list of chats: base64url of (activity, chat, tag). The tag is a keyed hash that
// also covers the user, so a cursor that was made up, changed or is somebody else's is told from
// one of ours. It says nothing about rights: every page is looked up anew.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "storage/sql_connection.h"

namespace kith {

// A place in the order of a list: before everything that is smaller.
struct ChatPlace {
  Position activity = 0;  // of the chat's last event; 0: none
  ChannelKey chat{};
  auto operator<=>(const ChatPlace&) const = default;
};

std::string make_chat_cursor(SqlConnection& db, UserKey user, const ChatPlace& place);
// Nothing: not one of ours.
std::optional<ChatPlace> parse_chat_cursor(SqlConnection& db, UserKey user, std::string_view text);

}  // namespace kith
