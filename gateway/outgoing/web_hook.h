// Web hooks: one POST to the operator's receiver (signed_post.h); what it does not take is tried
// again.
//
//   {"type":"notification","id":"dlv_…","user_id":"usr_…","more":0,
//    "notifications":[{"id":"ntf_…","type":"chat.joined","payload":{…},"created_at":"…"}]}
//
// `type` is notification.digest where it is a digest; `more` counts those that it leaves out.
#pragma once

#include <string>

#include "gateway/outgoing/signed_post.h"

namespace kith {

std::string web_hook_body(const Delivery& delivery);

class WebHookSender final : public Sender {
 public:
  explicit WebHookSender(WebHookOptions options) : options_(std::move(options)) {}
  SendOutcome send(const Delivery& delivery, const std::atomic<bool>& stop) const override;

 private:
  const WebHookOptions options_;
};

}  // namespace kith
