// Web hooks: one POST to the operator's receiver, signed (web_hook_signature.h), to public
// addresses alone (address_policy.h). Any 2xx within the time is a delivery; everything else, a
// redirect too, is tried again.
//
//   {"type":"notification","id":"dlv_…","user_id":"usr_…","more":0,
//    "notifications":[{"id":"ntf_…","type":"chat.joined","payload":{…},"created_at":"…"}]}
//
// `type` is notification.digest where it is a digest; `more` counts those that it leaves out.
#pragma once

#include <string>
#include <vector>

#include "gateway/outgoing/address_policy.h"
#include "gateway/outgoing/sender.h"
#include "gateway/outgoing/web_hook_signature.h"

namespace kith {

struct WebHookOptions {
  std::string url;
  std::vector<WebHookSecret> secrets;  // each signs
  std::chrono::seconds timeout{5};
  std::string ca_file{};
  AddressPolicy policy;
};

std::string web_hook_body(const Delivery& delivery);

class WebHookSender final : public Sender {
 public:
  explicit WebHookSender(WebHookOptions options) : options_(std::move(options)) {}
  SendOutcome send(const Delivery& delivery, const std::atomic<bool>& stop) const override;

 private:
  const WebHookOptions options_;
};

}  // namespace kith
