#include "gateway/outgoing/content_filter.h"

#include <simdjson.h>

#include "protocol/json_writer.h"
#include "protocol/text_rules.h"

namespace kith {

std::string content_check_body(const Delivery& delivery) {
  const CheckedMessage& message = *delivery.checked;
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("type", "message.check").field("id", delivery.id);
  json.field("chat_id", message.chat).field("message_id", message.message);
  json.field("sender_id", message.sender).field("edited", message.edited);
  json.field("at", delivery.created_at).key("content").raw(message.content).end_object();
  return out;
}

Result<std::optional<std::string>> parse_verdict(std::string_view answer) {
  using Verdict = std::optional<std::string>;
  if (answer.empty()) return Verdict();
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view action;
  if (parser.parse(simdjson::padded_string(answer)).get(root) != simdjson::SUCCESS ||
      root["action"].get(action) != simdjson::SUCCESS) {
    return fail(ErrorCode::bad_request, "the answer is no verdict");
  }
  if (action == "allow") return Verdict();
  if (action != "hide") return fail(ErrorCode::bad_request, "the answer's action is unknown");
  std::string_view reason;
  const auto found = root["reason"];
  if (found.error() == simdjson::SUCCESS && found.get(reason) != simdjson::SUCCESS) {
    return fail(ErrorCode::bad_request, "the answer's reason is no string");
  }
  if (!reason.empty() && !is_reason(reason)) {
    return fail(ErrorCode::bad_request, "the answer's reason is too long");
  }
  return Verdict(std::string(reason));
}

SendOutcome ContentFilterSender::send(const Delivery& delivery,
                                      const std::atomic<bool>& stop) const {
  PostedHook posted = post_signed(options_, delivery.id.text(), content_check_body(delivery),
                                  KeepAnswer::yes, stop);
  if (!posted.outcome.sent) return std::move(posted.outcome);
  if (!posted.is_whole) return {.reason = "the answer is too long, or was cut"};
  auto verdict = parse_verdict(posted.answer);
  if (!verdict) return {.reason = verdict.error().message};
  posted.outcome.hide = *std::move(verdict);
  return std::move(posted.outcome);
}

}  // namespace kith
