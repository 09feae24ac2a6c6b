// One frame: simdjson's DOM, then a straight read of its fields. What cannot be answered by an
// error frame (no JSON, no object, no `type`) is nothing; all the rest is a frame with its answer.
#include <algorithm>
#include <array>
#include <cstring>

#include "protocol/command.h"
#include "protocol/command_fields.h"
#include "protocol/json_check.h"
#include "protocol/limits.h"
#include "protocol/text_rules.h"

namespace kith {
namespace {

namespace dom = simdjson::dom;
using command::ModerationAction;

// --- one function per frame type ---

void read_resume(FieldReader& fields, command::ConnectionInit& init) {
  const auto element = fields.find("resume");
  if (!element) return;
  dom::object positions;
  if (element->get(positions)) return fields.refuse("resume", "must be an object");
  init.resume.reserve(positions.size());
  for (const auto position : positions) {
    const auto seq = FieldReader::as_seq(position.value);
    if (!seq) return fields.refuse("resume", "must hold integers from 0 to 2^53");
    init.resume.push_back({.text = std::string(position.key),
                           .channel = ChannelId::parse(position.key),
                           .after = *seq});
  }
}

void read_follow(FieldReader& fields, command::ConnectionInit& init) {
  const auto element = fields.find("follow");
  if (!element) return;
  dom::array kinds;
  if (element->get(kinds)) return fields.refuse("follow", "must be an array of strings");
  for (const dom::element kind : kinds) {
    std::string_view name;
    if (kind.get(name)) return fields.refuse("follow", "must be an array of strings");
    init.follow_chats |= name == "chats";
    init.follow_clubs |= name == "clubs";
    init.follow_events |= name == "events";
  }
}

Command read_connection_init(FieldReader& fields) {
  command::ConnectionInit init;
  if (const auto version = fields.find("protocol")) {
    if (FieldReader::as_seq(*version) != Seq{1}) fields.refuse("protocol", "must be 1");
  }
  init.token = fields.optional_string("token");
  init.client = fields.optional_string("client");
  init.epoch = fields.optional_string("epoch");
  read_resume(fields, init);
  read_follow(fields, init);
  return init;
}

Command read_connection_refresh(FieldReader& fields) {
  return command::ConnectionRefresh{.token = fields.string("token")};
}

Command read_subscribe(FieldReader& fields) {
  return command::Subscribe{.channel = fields.channel(/*may_be_absent=*/true),
                            .after_seq = fields.optional_seq("after_seq"),
                            .presence = fields.flag("presence")};
}

Command read_unsubscribe(FieldReader& fields) {
  return command::Unsubscribe{.channel = fields.channel(/*may_be_absent=*/true)};
}

Content read_content(FieldReader& fields) {
  const auto element = fields.find("content");
  if (!element) {
    fields.refuse("content", "is missing");
    return {};
  }
  auto content = parse_content(*element);
  if (!content) {
    fields.refuse(content.error());
    return {};
  }
  return std::move(*content);
}

std::string_view read_client_message_id(FieldReader& fields) {
  const std::string_view id = fields.string("client_message_id");
  if (!is_client_message_id(id)) {
    fields.refuse("client_message_id", "must be 1 to 64 characters without control characters");
  }
  return id;
}

Command read_message_new(FieldReader& fields) {
  return command::MessageNew{.chat = fields.chat(),
                             .client_message_id = read_client_message_id(fields),
                             .content = read_content(fields),
                             .reply_to = fields.optional_id<IdKind::message>("reply_to")};
}

Command read_message_update(FieldReader& fields) {
  return command::MessageUpdate{.chat = fields.chat(),
                                .message = fields.id<IdKind::message>("message_id"),
                                .content = read_content(fields)};
}

Command read_message_delete(FieldReader& fields) {
  return command::MessageDelete{.chat = fields.chat(),
                                .message = fields.id<IdKind::message>("message_id"),
                                .reason = fields.reason()};
}

template <bool kAdd>
Command read_reaction(FieldReader& fields) {
  command::Reaction reaction{.chat = fields.chat(),
                             .message = fields.id<IdKind::message>("message_id"),
                             .emoji = fields.string("emoji"),
                             .add = kAdd};
  if (!is_emoji(reaction.emoji)) fields.refuse("emoji", "must be one emoji of at most 32 bytes");
  return reaction;
}

Command read_moderation(FieldReader& fields) {
  command::Moderation moderation;
  moderation.chat = fields.chat();
  const auto action = parse_moderation_action(fields.string("action"));
  if (!action) {
    fields.refuse("action", "must be hide, restore, mute, unmute, ban or unban");
    return moderation;
  }
  moderation.action = *action;
  if (*action == ModerationAction::hide || *action == ModerationAction::restore) {
    moderation.message = fields.id<IdKind::message>("message_id");
  } else {
    moderation.user = fields.id<IdKind::user>("user_id");
  }
  moderation.reason = fields.reason();
  const auto until = fields.optional_time("until");
  if (*action == ModerationAction::mute || *action == ModerationAction::ban) {
    moderation.until = until;
  }
  return moderation;
}

template <bool kStart>
Command read_typing(FieldReader& fields) {
  return command::Typing{.chat = fields.chat(), .start = kStart};
}

Command read_delivery_read(FieldReader& fields) {
  return command::DeliveryRead{.chat = fields.chat(),
                               .last_read = fields.id<IdKind::message>("last_read_message_id")};
}

Command read_history(FieldReader& fields) {
  command::History history{.chat = fields.chat(),
                           .before_seq = fields.optional_seq("before_seq"),
                           .after_seq = fields.optional_seq("after_seq"),
                           .limit = fields.limit({.absent = limits::kHistoryLimitDefault,
                                                  .max = limits::kHistoryLimitMax})};
  if (history.before_seq && history.after_seq) {
    fields.refuse("after_seq", "and before_seq exclude each other");
  }
  return history;
}

Command read_presence(FieldReader& fields) {
  return command::Presence{.channel = fields.channel(/*may_be_absent=*/true)};
}

Command read_leaderboard(FieldReader& fields) {
  return command::Leaderboard{.channel = fields.channel(/*may_be_absent=*/false),
                              .around_me = fields.flag("around_me"),
                              .limit = fields.limit({.absent = limits::kLeaderboardLimitMax,
                                                     .max = limits::kLeaderboardLimitMax})};
}

Command read_ping(FieldReader&) {
  return command::Ping{};
}

Command read_console(FieldReader& fields) {
  return command::Console{.watch = fields.flag("watch")};
}

// In the order of kFrameTypes.
using CommandReader = Command (*)(FieldReader&);
constexpr std::array<CommandReader, kFrameTypes.size()> kReaders = {
    read_message_new,    read_delivery_read,   read_typing<true>,
    read_typing<false>,  read_reaction<true>,  read_reaction<false>,
    read_subscribe,      read_unsubscribe,     read_history,
    read_ping,           read_connection_init, read_connection_refresh,
    read_message_update, read_message_delete,  read_presence,
    read_moderation,     read_leaderboard,     read_console,
};
static_assert(kReaders.back() != nullptr);

// --- the frame around it ---

bool is_frame_id(std::string_view id) {
  return id.size() <= 4 * limits::kFrameIdBytesMax &&
         count_characters(id) <= limits::kFrameIdBytesMax && id.find('\0') == id.npos;
}

// The `id` to answer with; empty where there is none, or none that could be answered.
std::string_view read_frame_id(dom::object object, FieldReader& fields) {
  dom::element element;
  if (object.at_key("id").get(element)) return {};
  std::string_view id;
  if (!element.get(id) && is_frame_id(id)) return id;
  fields.refuse("id", "must be a string of at most 64 characters");
  return {};
}

std::string_view answerable_client_message_id(dom::object object, std::string_view type) {
  std::string_view id;
  if (type != "message.new" || object.at_key("client_message_id").get(id)) return {};
  return is_client_message_id(id) ? id : std::string_view{};
}

Result<Command> read_command(std::size_t type_index, FieldReader& fields) {
  if (type_index == kFrameTypes.size()) {
    return fail(ErrorCode::unknown_type, "no frame of a client has this type", "type");
  }
  Command command = kReaders[type_index](fields);
  if (fields.error()) return *fields.error();
  return command;
}

Result<Command> check_and_read(std::string_view source, dom::element root, std::size_t type_index,
                               FieldReader& fields) {
  if (fields.error()) return *fields.error();
  if (has_duplicate_keys(root)) {
    return fail(ErrorCode::bad_request, "a key stands twice in one object");
  }
  if (may_have_null_characters(source) && has_null_characters(root)) {
    return fail(ErrorCode::bad_request, "a string holds U+0000");
  }
  return read_command(type_index, fields);
}

}  // namespace

CommandParser::CommandParser() {
  // From here on memory grows only for a text longer than a frame can be.
  const auto error = parser_.allocate(limits::kFrameBytesMax, limits::kSimdjsonDepthMax);
  KITH_ASSERT(error == simdjson::SUCCESS);
  padded_.resize(limits::kFrameBytesMax + simdjson::SIMDJSON_PADDING);
}

std::optional<ParsedFrame> CommandParser::parse(std::string_view text,
                                                const std::optional<ChatId>& default_chat) {
  const std::size_t needed = text.size() + simdjson::SIMDJSON_PADDING;
  if (padded_.size() < needed) padded_.resize(needed);
  if (!text.empty()) std::memcpy(padded_.data(), text.data(), text.size());

  dom::element root;
  dom::object object;
  std::string_view type;
  if (parser_.parse(padded_.data(), text.size(), /*realloc_if_needed=*/false).get(root)) {
    return std::nullopt;
  }
  if (root.get(object) || object.at_key("type").get(type)) return std::nullopt;

  const auto type_index =
      static_cast<std::uint8_t>(std::ranges::find(kFrameTypes, type) - kFrameTypes.begin());
  FieldReader fields(object, default_chat);
  const std::string_view id = read_frame_id(object, fields);
  return ParsedFrame{.id = id,
                     .client_message_id = answerable_client_message_id(object, type),
                     .type = type,
                     .type_index = type_index,
                     .command = check_and_read(text, root, type_index, fields)};
}

}  // namespace kith
