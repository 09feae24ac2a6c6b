#include "tests/fuzz/command_oracle.h"

#include <set>
#include <vector>

#include "gateway/rest/json_body.h"
#include "protocol/event.h"
#include "protocol/json_writer.h"
#include "protocol/limits.h"
#include "protocol/text_rules.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reference_frames.h"

namespace kith::fuzz {
namespace {

namespace dom = simdjson::dom;

// A document of its own parser, so that several can be open at once.
class Document {
 public:
  explicit Document(std::string_view text) {
    // Twice as deep as we allow: that the limit holds is checked, not assumed.
    KITH_ASSERT(parser_.allocate(text.size() + 1, 2 * limits::kJsonDepthMax) == simdjson::SUCCESS);
    valid_ = parser_.parse(simdjson::padded_string(text)).get(root_) == simdjson::SUCCESS &&
             depth(root_) <= limits::kJsonDepthMax;
  }
  bool valid() const { return valid_; }
  dom::element root() const { return root_; }
  std::optional<dom::object> object() const {
    dom::object object;
    if (!valid_ || root_.get(object) != simdjson::SUCCESS) return std::nullopt;
    return object;
  }

 private:
  // Of containers that hold something (limits.h).
  static int depth(dom::element element) {
    int deepest = 0;
    if (element.is_array()) {
      dom::array array = element;
      for (const dom::element item : array) deepest = std::max(deepest, depth(item));
      return array.size() == 0 ? 0 : deepest + 1;
    }
    if (element.is_object()) {
      dom::object object = element;
      for (const auto member : object) deepest = std::max(deepest, depth(member.value));
      return object.size() == 0 ? 0 : deepest + 1;
    }
    return 0;
  }

  dom::parser parser_;
  dom::element root_;
  bool valid_ = false;
};

bool repeats_or_holds_null(dom::element element) {
  const auto null_in = [](std::string_view text) { return text.find('\0') != text.npos; };
  if (element.is_string()) {
    std::string_view text;
    return element.get(text) != simdjson::SUCCESS || null_in(text);
  }
  if (element.is_array()) {
    dom::array array = element;
    for (const dom::element item : array) {
      if (repeats_or_holds_null(item)) return true;
    }
  }
  if (element.is_object()) {
    dom::object object = element;
    std::set<std::string_view> keys;
    for (const auto member : object) {
      if (!keys.insert(member.key).second || null_in(member.key)) return true;
      if (repeats_or_holds_null(member.value)) return true;
    }
  }
  return false;
}

std::optional<std::string> type_of(const std::optional<dom::object>& object) {
  if (!object) return std::nullopt;
  for (const auto member : *object) {
    if (member.key != "type") continue;
    std::string_view type;
    if (member.value.get(type) != simdjson::SUCCESS) return std::nullopt;
    return std::string(type);
  }
  return std::nullopt;
}

std::string with_members_reversed(dom::object object) {
  std::vector<std::string> members;
  for (const auto member : object) {
    std::string text = "\"";
    append_json_escaped(text, member.key);
    members.push_back(text + "\": " + simdjson::minify(member.value));
  }
  std::string out = "\t{";
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (out.size() > 2) out += " ,";
    out += *member;
  }
  return out + "\r}";
}

CommandParser& parser() {
  static CommandParser one;  // for all inputs, as a shard has one for all frames
  return one;
}

void check_answer(const ParsedFrame& frame) {
  const Error& error = frame.command.error();
  KITH_ASSERT(!error.message.empty());
  KITH_ASSERT(error.code == ErrorCode::bad_request || error.code == ErrorCode::unknown_type ||
              error.code == ErrorCode::too_large || error.code == ErrorCode::not_found);
  std::string json;
  append_error_json(json, {.id = frame.id,
                           .code = error.code,
                           .message = error.message,
                           .client_message_id = frame.client_message_id});
  const Document answer(json);
  KITH_ASSERT(answer.valid());
  std::string_view id;
  const bool has_id = answer.root()["id"].get(id) == simdjson::SUCCESS;
  KITH_ASSERT(has_id == !frame.id.empty() && id == frame.id);
  std::string_view field;
  KITH_ASSERT(answer.root()["message"].get(field) == simdjson::SUCCESS);
  KITH_ASSERT(!has_control_characters(field));
}

void check_content(const Content& content) {
  KITH_ASSERT(content.attachments.size() <= limits::kAttachmentsMax);
  const Document canonical(content.json);
  KITH_ASSERT(canonical.valid());
  const auto again = parse_content(canonical.root());
  KITH_ASSERT(again && again->json == content.json);
}

struct LimitCheck {
  void operator()(const command::MessageNew& message) const {
    KITH_ASSERT(!message.client_message_id.empty());
    KITH_ASSERT(count_characters(message.client_message_id) <= limits::kClientMessageIdBytesMax);
    check_content(message.content);
  }
  void operator()(const command::MessageUpdate& update) const { check_content(update.content); }
  void operator()(const command::Reaction& reaction) const {
    KITH_ASSERT(!reaction.emoji.empty() && reaction.emoji.size() <= limits::kEmojiBytesMax);
  }
  void operator()(const command::MessageDelete& removal) const {
    KITH_ASSERT(count_characters(removal.reason) <= limits::kReasonBytesMax);
  }
  void operator()(const command::Moderation& moderation) const {
    KITH_ASSERT(moderation.message.has_value() != moderation.user.has_value());
    KITH_ASSERT(count_characters(moderation.reason) <= limits::kReasonBytesMax);
  }
  void operator()(const command::History& history) const {
    KITH_ASSERT(!history.before_seq || !history.after_seq);
    KITH_ASSERT(history.limit >= 1 && history.limit <= limits::kHistoryLimitMax);
    for (const auto& seq : {history.before_seq, history.after_seq}) {
      KITH_ASSERT(seq.value_or(0) <= std::uint64_t{1} << 53);
    }
  }
  void operator()(const command::Leaderboard& leaderboard) const {
    KITH_ASSERT(leaderboard.limit >= 1 && leaderboard.limit <= limits::kLeaderboardLimitMax);
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

void check_body(std::string_view text, bool acceptable) {
  const auto body = JsonBody::parse_unchecked(text);
  const auto* problem = std::get_if<Problem>(&body);
  KITH_ASSERT((problem == nullptr) == acceptable);
  if (problem != nullptr) KITH_ASSERT(problem->status == 400);
}

}  // namespace

CommandOracle::CommandOracle(bool with_default_chat) {
  if (with_default_chat) default_chat_ = ChatId{Uuid{1, 2, 3, 4}};
}

std::optional<ParsedFrame> CommandOracle::parse(std::string_view text) const {
  return parser().parse(text, default_chat_);
}

bool CommandOracle::check(std::string_view text) const {
  const Document document(text);
  const auto object = document.object();
  const auto type = type_of(object);
  const bool refused = object && repeats_or_holds_null(document.root());
  check_body(text, object && !refused);

  const auto frame = parse(text);
  KITH_ASSERT(frame.has_value() == type.has_value());
  if (!frame) return false;
  KITH_ASSERT(frame->type == *type);
  KITH_ASSERT(count_characters(frame->id) <= limits::kFrameIdBytesMax && is_utf8(frame->id));
  if (!frame->command) {
    check_answer(*frame);
    return true;
  }
  KITH_ASSERT(!refused);
  KITH_ASSERT(command_name(*frame->command) == frame->type);
  KITH_ASSERT(kFrameTypes.at(frame->type_index) == frame->type);
  std::visit(LimitCheck{}, *frame->command);

  // The frame's views end with the next parse.
  const std::string canonical = write_command(*frame->command);
  const std::string id(frame->id);
  const auto rewritten = parse(canonical);
  KITH_ASSERT(rewritten && rewritten->command && write_command(*rewritten->command) == canonical);
  for (const std::string& same :
       {std::string(simdjson::minify(document.root())), with_members_reversed(*object)}) {
    const auto again = parse(same);
    KITH_ASSERT(again && again->command && again->id == id);
    KITH_ASSERT(write_command(*again->command) == canonical);
  }
  return true;
}

}  // namespace kith::fuzz
