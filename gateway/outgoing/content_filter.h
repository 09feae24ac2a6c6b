// The content filter: each message, new or edited, goes to the operator's receiver (signed_post.h)
// when it is committed and has been said to everybody, and may be hidden by what the receiver
// answers.
//
//   {"type":"message.check","id":"dlv_…","chat_id":"chat_…","message_id":"msg_…",
//    "sender_id":"usr_…","edited":false,"at":"…","content":{"type":"text","text":"…"}}
//
//   200 {"action":"hide","reason":"…"}, {"action":"allow"}; an answer without a body allows it too.
//
// Whatever else comes is as good as none: it is asked again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/outgoing/signed_post.h"
#include "protocol/result.h"

namespace kith {

std::string content_check_body(const Delivery& delivery);

// Why it is to be hidden, perhaps in no words; nothing: it stays. bad_request: no verdict.
Result<std::optional<std::string>> parse_verdict(std::string_view answer);

class ContentFilterSender final : public Sender {
 public:
  explicit ContentFilterSender(WebHookOptions options) : options_(std::move(options)) {}
  SendOutcome send(const Delivery& delivery, const std::atomic<bool>& stop) const override;

 private:
  const WebHookOptions options_;
};

}  // namespace kith
