#include "bench/history_tap.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bench/json_fields.h"
#include "protocol/json_writer.h"

namespace kith::bench {
namespace {

namespace dom = simdjson::dom;

std::string_view channel_of(dom::element object) {
  const std::string_view chat = text_of(object, "chat_id");
  return chat.empty() ? text_of(object, "channel") : chat;
}

std::string_view operation_of(std::string_view type) {
  static constexpr std::pair<std::string_view, std::string_view> kOperations[] = {
      {"message.new", "send"},       {"message.update", "edit"}, {"reaction.add", "react"},
      {"reaction.remove", "react"},  {"typing.start", "typing"}, {"typing.stop", "typing"},
      {"delivery.read", "read_mark"}};
  for (const auto& [name, operation] : kOperations) {
    if (name == type) return operation;
  }
  return {};
}

std::int64_t nanoseconds(HistoryTap::Clock::time_point time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

// What stands there now: its digest, or that it is a tombstone.
void add_content(JsonWriter& json, dom::element object) {
  dom::element content;
  if (object["content"].get(content) != simdjson::SUCCESS) return;
  if (text_of(content, "type") == "tombstone") {
    json.field("deleted", true);
  } else {
    json.field("digest", fmt::format("{:016x}", content_digest(text_of(content, "text"))));
  }
}

void add_text(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.field(key, text);
}

void add_number(JsonWriter& json, std::string_view key, std::uint64_t number) {
  if (number != 0) json.field(key, number);
}

// A message of a log or of a page of history.
void add_entry(std::string& out, dom::element message) {
  if (out.back() != '[') out += ',';
  JsonWriter json(out);
  json.begin_object().field("seq", number_of(message, "seq"));
  add_text(json, "message_id", text_of(message, "message_id"));
  add_text(json, "client_message_id", text_of(message, "client_message_id"));
  add_text(json, "user", text_of(message, "sender_id"));
  add_content(json, message);
  json.end_object();
}

}  // namespace

std::uint64_t content_digest(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const char letter : text) {
    hash = (hash ^ static_cast<std::uint8_t>(letter)) * 0x100000001B3;
  }
  return hash == 0 ? 1 : hash;
}

// A line that begins as all do.
class HistoryTap::Line {
 public:
  Line(HistoryTap& tap, std::string_view kind) : text(tap.text_), json(text) {
    text.clear();
    json.begin_object()
        .field("t", tap.now_)
        .field("kind", kind)
        .field("client", tap.client_)
        .field("conn", std::uint64_t{tap.connection_});
  }

  std::string& text;
  JsonWriter json;
};

HistoryTap::HistoryTap(HistoryFile& file, std::string client, std::string user)
    : file_(file), client_(std::move(client)), user_(std::move(user)) {}

void HistoryTap::write(Line& line) {
  line.json.end_object();
  text_ += '\n';
  file_.write(text_);
}

void HistoryTap::said(std::string_view text) {
  Element object;
  if (parser_.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS) return;
  now_ = nanoseconds(Clock::now());
  const std::string_view type = text_of(object, "type");
  if (type == "connection.init") {
    said_hello(object);
  } else if (type == "subscribe") {
    if (std::uint64_t after = 0; object["after_seq"].get(after) == simdjson::SUCCESS) {
      asked_from_[std::string(text_of(object, "channel"))] = after;
    }
  } else if (type == "history") {
    asked_for_history(object);
  } else {
    said_command(object, type);
  }
}

void HistoryTap::said_hello(Element object) {
  ++connection_;
  connected_ = true;
  Line line(*this, "connect");
  line.json.field("user", user_);
  write(line);
  dom::object resume;
  if (object["resume"].get(resume) != simdjson::SUCCESS) return;
  for (const auto [channel, position] : resume) {
    if (std::uint64_t seq = 0; position.get(seq) == simdjson::SUCCESS) {
      asked_from_[std::string(channel)] = seq;
    }
  }
}

void HistoryTap::asked_for_history(Element object) {
  Read read{.id = {},
            .chat = std::string(text_of(object, "chat_id")),
            .after = number_of(object, "after_seq"),
            .limit = number_of(object, "limit")};
  if (text_of(object, "id") != kFinalId) {
    read.id = fmt::format("h{}", ++reads_begun_);
    Line line(*this, "invoke");
    line.json.field("channel", read.chat).field("op", "history").field("op_id", read.id);
    write(line);
  }
  reads_.push_back(std::move(read));
}

void HistoryTap::said_command(Element object, std::string_view type) {
  const std::string_view operation = operation_of(type);
  if (operation.empty()) return;
  open_[std::string(text_of(object, "id"))] = operation;
  Line line(*this, "invoke");
  line.json.field("user", user_).field("channel", text_of(object, "chat_id"));
  line.json.field("op", operation).field("op_id", text_of(object, "id"));
  add_text(line.json, "message_id", text_of(object, "message_id"));
  add_text(line.json, "client_message_id", text_of(object, "client_message_id"));
  add_content(line.json, object);
  write(line);
}

void HistoryTap::heard(Element object, Clock::time_point now) {
  now_ = nanoseconds(now);
  const std::string_view type = text_of(object, "type");
  if (type == "ack") return heard_ack(object);
  if (type == "error") return heard_error(object);
  if (type == "history") return heard_history(object);
  if (type == "subscribed") return heard_subscribed(object);
  const std::string_view channel = channel_of(object);
  if (channel.empty()) return;
  if (type == "unsubscribed") {
    Line line(*this, "detach");
    line.json.field("channel", channel);
    write(line);
  } else if (number_of(object, "seq") != 0) {
    heard_event(object, type, channel);
  }
}

void HistoryTap::heard_event(Element object, std::string_view type, std::string_view channel) {
  Line line(*this, "deliver");
  line.json.field("channel", channel).field("seq", number_of(object, "seq")).field("event", type);
  add_text(line.json, "user", text_of(object, "sender_id"));
  add_text(line.json, "message_id", text_of(object, "message_id"));
  add_text(line.json, "client_message_id", text_of(object, "client_message_id"));
  add_content(line.json, object);
  write(line);
}

void HistoryTap::heard_subscribed(Element object) {
  const std::string channel(text_of(object, "channel"));
  const Seq head = number_of(object, "seq");
  const auto asked = asked_from_.find(channel);
  file_.begins_at(channel, asked == asked_from_.end() ? head : asked->second, now_);
  Element gap;
  if (object["gap"].get(gap) == simdjson::SUCCESS) {
    Line line(*this, "gap");
    line.json.field("channel", channel);
    line.json.field("from", number_of(gap, "from")).field("to", number_of(gap, "to"));
    write(line);
  }
  Line line(*this, "attach");
  line.json.field("channel", channel);
  add_number(line.json, "seq", head);
  if (flag_of(object, "recovered")) line.json.field("recovered", true);
  if (asked != asked_from_.end()) {
    line.json.field("from", asked->second);
    asked_from_.erase(asked);
  }
  write(line);
}

void HistoryTap::heard_ack(Element object) {
  const std::string_view name = text_of(object, "client_message_id");
  const std::string_view id = text_of(object, "id");
  const auto open = open_.find(std::string(id));
  std::string operation = name.empty() ? "other" : "send";
  if (open != open_.end()) {
    operation = open->second;
    open_.erase(open);
  } else if (channel_of(object).empty()) {
    return;  // of no channel's
  }
  Line line(*this, "ok");
  line.json.field("user", user_);
  add_text(line.json, "channel", channel_of(object));
  line.json.field("op", operation);
  add_text(line.json, "op_id", id);
  add_number(line.json, "seq", number_of(object, "seq"));
  add_text(line.json, "message_id", text_of(object, "message_id"));
  add_text(line.json, "client_message_id", name);
  if (flag_of(object, "duplicate")) line.json.field("duplicate", true);
  write(line);
}

void HistoryTap::heard_error(Element object) {
  const std::string_view code = text_of(object, "code");
  std::string id(text_of(object, "id"));
  const auto read = id == "h" || id == kFinalId ? answered_read(object) : std::nullopt;
  if (read) id = read->id;
  if (id.empty() || (!read && open_.erase(id) == 0)) return;
  const bool may_have_happened = code == "unavailable" || code == "internal";
  Line line(*this, may_have_happened ? "unknown" : "fail");
  line.json.field("op_id", id).field("code", code);
  write(line);
}

std::optional<HistoryTap::Read> HistoryTap::answered_read(Element object) {
  const std::string_view chat = text_of(object, "chat_id");
  const bool final = text_of(object, "id") == kFinalId;
  const auto read = std::find_if(reads_.begin(), reads_.end(), [&](const Read& each) {
    return each.id.empty() == final && (chat.empty() || each.chat == chat);
  });
  if (read == reads_.end()) return std::nullopt;
  Read found = std::move(*read);
  reads_.erase(read);
  return found;
}

void HistoryTap::heard_history(Element object) {
  dom::array messages;
  if (object["messages"].get(messages) != simdjson::SUCCESS) return;
  const auto read = answered_read(object);
  if (!read) return;
  Line line(*this, read->id.empty() ? "final" : "ok");
  line.json.field("channel", read->chat);
  if (!read->id.empty()) line.json.field("op", "history").field("op_id", read->id);
  line.json.field("from", read->after + 1);
  Seq last = 0;
  line.json.key("entries").begin_array();
  for (const Element message : messages) {
    add_entry(line.text, message);
    last = number_of(message, "seq");
  }
  line.json.end_array();
  // A page that is not full goes to the end of the log.
  if (messages.size() >= read->limit) line.json.field("to", last);
  write(line);
}

void HistoryTap::disconnected() {
  if (!connected_) return;
  connected_ = false;
  now_ = nanoseconds(Clock::now());
  Line line(*this, "disconnect");
  write(line);
  reads_.clear();
  asked_from_.clear();
}

}  // namespace kith::bench
