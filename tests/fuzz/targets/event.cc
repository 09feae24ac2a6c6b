// What we write: events, acks, errors, numbers and frames, read back by simdjson's DOM.
#include "protocol/event.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "protocol/frame.h"
#include "protocol/json_writer.h"
#include "protocol/text_rules.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reference_frames.h"

namespace kith::fuzz {
namespace {

namespace dom = simdjson::dom;

// The longest prefix that is UTF-8: the writers are promised no other text.
std::string utf8(std::string_view text) {
  while (!is_utf8(text)) text.remove_suffix(1);
  return std::string(text);
}

class Written {
 public:
  explicit Written(std::string_view json) {
    KITH_ASSERT(parser_.parse(simdjson::padded_string(json)).get(root_) == simdjson::SUCCESS);
  }
  dom::element root() const { return root_; }
  // Absent fields read as empty and zero.
  std::string text(std::string_view name) const {
    std::string_view out;
    return root_.at_key(name).get(out) == simdjson::SUCCESS ? std::string(out) : "";
  }
  std::uint64_t number(std::string_view name) const {
    std::uint64_t out = 0;
    return root_.at_key(name).get(out) == simdjson::SUCCESS ? out : 0;
  }
  bool has(std::string_view name) const { return root_.at_key(name).error() == simdjson::SUCCESS; }

 private:
  dom::parser parser_;
  dom::element root_;
};

Uuid uuid_of(Input& input) {
  Uuid uuid{};
  uuid[0] = input.byte();
  uuid[15] = input.byte();
  return uuid;
}

template <typename Known>
std::optional<Known> maybe(Input& input) {
  if (!input.flag()) return std::nullopt;
  return Known{uuid_of(input)};
}

DurableEvent event_of(Input& input) {
  DurableEvent event;
  event.type = static_cast<EventType>(1 + input.below(10));
  event.channel = ChannelId(static_cast<IdKind>(input.below(5)), uuid_of(input));
  event.seq = input.number() >> 1;
  event.at = WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(input.number() >> 20)}};
  event.user = maybe<UserId>(input);
  event.by = maybe<UserId>(input);
  event.message = maybe<MessageId>(input);
  event.reply_to = maybe<MessageId>(input);
  event.client_message_id = utf8(input.text());
  event.emoji = utf8(input.text());
  event.reason = utf8(input.text());
  event.role = static_cast<ParticipantRole>(input.below(3));
  event.action = static_cast<command::ModerationAction>(input.below(6));
  if (input.flag()) event.until = event.at + std::chrono::hours{input.byte()};
  const std::string text = utf8(input.rest());
  if (text.size() % 5 != 0) {
    JsonWriter(event.content).begin_object().field("text", text).end_object();
    JsonWriter(event.payload).begin_object().field("name", text).end_object();
  }
  return event;
}

template <typename Known>
std::string text_of(const std::optional<Known>& id) {
  return id ? id->text() : "";
}

void check_event(const DurableEvent& event) {
  std::string json;
  append_event_json(json, event);
  const std::string beginning = "{\"type\":\"" + std::string(to_string(event.type)) + '"';
  KITH_ASSERT(json.starts_with(beginning));  // PROTOCOL section 3: `type` first
  const Written written(json);
  KITH_ASSERT(written.text("type") == to_string(event.type));
  KITH_ASSERT(written.text(event.channel.is_chat() ? "chat_id" : "channel") ==
              event.channel.text());
  KITH_ASSERT(written.number("seq") == event.seq);
  if (event.type == EventType::message_new) {
    KITH_ASSERT(written.text("message_id") == text_of(event.message));
    KITH_ASSERT(written.text("sender_id") == text_of(event.user));
    KITH_ASSERT(written.text("reply_to") == text_of(event.reply_to));
    KITH_ASSERT(written.text("client_message_id") == event.client_message_id);
    KITH_ASSERT(written.text("sent_at") == format_time(event.at));
    const std::string content = simdjson::minify(written.root().at_key("content").value());
    KITH_ASSERT(content == (event.content.empty() ? kTombstoneJson : event.content) ||
                Written(content).text("text") == Written(event.content).text("text"));
  }
  if (event.type == EventType::reaction_add) KITH_ASSERT(written.text("emoji") == event.emoji);
  if (event.type == EventType::system_moderation) {
    KITH_ASSERT(written.text("reason") == event.reason);
    KITH_ASSERT(written.text("action") == to_string(event.action));
    KITH_ASSERT(written.text("until") == (event.until ? format_time(*event.until) : ""));
  }
  if (event.type == EventType::session_revoked && !event.payload.empty()) {
    KITH_ASSERT(written.text("name") == Written(event.payload).text("name"));
  }

  // As a frame, behind whatever stands there already.
  std::string frames = "before";
  append_event_frame(frames, event);
  std::string expected = "before";
  append_text_frame(expected, json);
  KITH_ASSERT(frames == expected);
  const auto first = static_cast<unsigned char>(frames[7]);
  const std::size_t header = first < 126 ? 2 : first == 126 ? 4 : 10;
  KITH_ASSERT(static_cast<unsigned char>(frames[6]) == 0x81 && first < 128);
  KITH_ASSERT(frames.substr(6 + header) == json);
}

void check_ack(Input& input) {
  const std::string id = utf8(input.text());
  const std::string client_id = utf8(input.text());
  const Ack ack{.id = id,
                .chat = ChatId{uuid_of(input)},
                .message = maybe<MessageId>(input),
                .client_message_id = client_id,
                .seq = input.number() >> 1,
                .sent_at = WallTime{std::chrono::milliseconds{input.byte()}},
                .duplicate = input.flag()};
  std::string json;
  append_ack_json(json, ack);
  const Written written(json);
  KITH_ASSERT(written.text("id") == id && written.text("client_message_id") == client_id);
  KITH_ASSERT(written.text("message_id") == text_of(ack.message));
  KITH_ASSERT(written.number("seq") == ack.seq && written.has("duplicate") == ack.duplicate);
}

void check_error(Input& input) {
  const std::string id = utf8(input.text());
  const std::string message = utf8(input.text());
  const std::string channel = utf8(input.text());
  const auto code = static_cast<ErrorCode>(input.below(10));
  std::string json;
  append_error_json(json, {.id = id, .code = code, .message = message, .channel = channel});
  const Written written(json);
  KITH_ASSERT(written.text("id") == id && written.text("message") == message);
  KITH_ASSERT(written.text("channel") == channel && written.text("code") == to_string(code));
}

void check_values(Input& input) {
  const auto integer = static_cast<std::int64_t>(input.number());
  double real = 0;
  const std::uint64_t bits = input.number();
  std::memcpy(&real, &bits, sizeof real);
  const std::string text = utf8(input.rest());
  std::string json;
  JsonWriter writer(json);
  writer.begin_array().integer(integer).string(text).boolean(integer < 0).null();
  if (std::isfinite(real)) writer.number(real);
  writer.end_array();
  const Written written(json);
  KITH_ASSERT(std::int64_t{written.root().at(0)} == integer);
  KITH_ASSERT(std::string_view{written.root().at(1)} == text);
  if (std::isfinite(real)) {
    // simdjson reads a double from what may look like an integer; -0 and 0 are one.
    double again = 0;
    const bool read = written.root().at(4).get(again) == simdjson::SUCCESS;
    KITH_ASSERT(read && again == real);
  }
  std::string frame;
  append_close_frame(frame, CloseCode::draining, text);
  const std::string_view reason = std::string_view(frame).substr(4);
  KITH_ASSERT(frame.size() <= 127 && is_utf8(reason) && text.starts_with(reason));
  KITH_ASSERT(reason.size() + 4 > 123 || reason == text);
}

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(event) {
  using namespace kith::fuzz;
  Input given(input);
  switch (given.below(5)) {
    case 0:
      return check_ack(given);
    case 1:
      return check_error(given);
    case 2:
      return check_values(given);
    default:
      return check_event(event_of(given));
  }
}
