// The frames of a client (PROTOCOL section 3), parsed. One CommandParser per shard: it owns the
// simdjson DOM parser (RELIABILITY 1.4: DOM only, depth 16) and reuses its memory, so the views in
// a ParsedFrame are good until the next call of parse().
#pragma once

#include <simdjson.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/content.h"
#include "protocol/ids.h"
#include "protocol/result.h"

namespace kith {

// Positions that a client resumes from. A key that is no channel id is an entry with `channel`
// empty, so that the error can name it.
struct ResumeEntry {
  std::string text;  // the key as the client wrote it
  std::optional<ChannelId> channel;
  Seq after = 0;
};

namespace command {

struct ConnectionInit {
  std::string_view token;  // may be empty: then it came otherwise
  std::string_view client;
  std::string_view epoch;
  std::vector<ResumeEntry> resume;  // in the client's order
  bool follow_chats = false;
  bool follow_clubs = false;
  bool follow_events = false;
};
struct ConnectionRefresh {
  std::string_view token;
};
struct Subscribe {
  ChannelId channel;
  std::optional<Seq> after_seq;
  bool presence = false;
};
struct Unsubscribe {
  ChannelId channel;
};
struct MessageNew {
  ChatId chat;
  std::string_view client_message_id;
  Content content;
  std::optional<MessageId> reply_to;
};
struct MessageUpdate {
  ChatId chat;
  MessageId message;
  Content content;
};
struct MessageDelete {
  ChatId chat;
  MessageId message;
  std::string_view reason;
};
struct Reaction {
  ChatId chat;
  MessageId message;
  std::string_view emoji;
  bool add = true;
};
enum class ModerationAction : std::uint8_t { hide, restore, mute, unmute, ban, unban };
struct Moderation {
  ChatId chat;
  ModerationAction action = ModerationAction::hide;
  std::optional<MessageId> message;  // hide, restore
  std::optional<UserId> user;        // the others
  std::string_view reason;
  std::optional<WallTime> until;  // mute, ban; absent: for good
};
struct Typing {
  ChatId chat;
  bool start = true;
};
struct DeliveryRead {
  ChatId chat;
  MessageId last_read;
};
struct History {
  ChatId chat;
  std::optional<Seq> before_seq;  // at most one of the two
  std::optional<Seq> after_seq;
  std::uint32_t limit = 0;  // 1-kHistoryLimitMax; more counts as that
};
struct Presence {
  ChannelId channel;
};
struct Leaderboard {
  ChannelId channel;
  bool around_me = false;
  std::uint32_t limit = 0;
};
struct Ping {};
// An admin's: console.stats once a second from here on, or no more.
struct Console {
  bool watch = false;
};

}  // namespace command

using Command =
    std::variant<command::ConnectionInit, command::ConnectionRefresh, command::Subscribe,
                 command::Unsubscribe, command::MessageNew, command::MessageUpdate,
                 command::MessageDelete, command::Reaction, command::Moderation, command::Typing,
                 command::DeliveryRead, command::History, command::Presence, command::Leaderboard,
                 command::Ping, command::Console>;

// The types of a client's frames, the most frequent first: what the parser knows, and what
// tests/rights/route_table has a row for each of, or does not compile.
inline constexpr std::array<std::string_view, 18> kFrameTypes = {
    "message.new",     "delivery.read",      "typing.start",   "typing.stop",    "reaction.add",
    "reaction.remove", "subscribe",          "unsubscribe",    "history",        "ping",
    "connection.init", "connection.refresh", "message.update", "message.delete", "presence",
    "moderation",      "leaderboard",        "console",
};

std::string_view to_string(command::ModerationAction action);
std::optional<command::ModerationAction> parse_moderation_action(std::string_view text);

// The wire names by index of Command's alternatives, for metrics ("message.new", ...).
std::string_view command_name(const Command& command);

struct ParsedFrame {
  // What the answer must carry, as far as it could be read; also for a frame that is in error.
  std::string_view id;
  std::string_view client_message_id;
  std::string_view type;
  std::uint8_t type_index = 0;  // in kFrameTypes; their number where it is none of them
  Result<Command> command;
};

class CommandParser {
 public:
  CommandParser();

  // Parses one JSON object. `text` needs no padding (it is copied where its buffer has none).
  // `default_chat` stands in where a frame leaves `chat_id` (or a subscribe's `channel`) out: the
  // socket of GET /chats/{id}.
  // Nothing: not a JSON object with a string `type`, to be closed with 4501. Otherwise the frame,
  // whose `command` is an error bad_request or unknown_type where a field is missing or wrong.
  // Duplicate keys at any level and strings that hold U+0000 are bad_request; unknown fields are
  // ignored; integers must be JSON integers (1.0 is not one), seqs 0..2^53.
  // `subscribe` to a text that is no channel id: not_found (as any channel one may not see);
  // a chat_id/message_id/user_id that is no well-formed id of its kind: bad_request.
  std::optional<ParsedFrame> parse(std::string_view text,
                                   const std::optional<ChatId>& default_chat = std::nullopt);

 private:
  simdjson::dom::parser parser_;
  std::string padded_;
};

// Calls `each(line)` for every non-empty line of a text frame ("one object, or several separated
// by newlines"), until it returns false.
template <typename Each>
void for_each_line(std::string_view text, Each&& each) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (!each(line)) return;
  }
}

}  // namespace kith
