// One POST of JSON to a receiver of the operator's, signed (web_hook_signature.h), to addresses
// that the policy allows alone (address_policy.h). Any 2xx within the time is a success; everything
// else, a redirect too, is not.
#pragma once

#include <atomic>
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

struct PostedHook {
  SendOutcome outcome;
  std::string answer{};   // the body, where it was asked for
  bool is_whole = false;  // all of it
};
enum class KeepAnswer : std::uint8_t { no, yes };
// `id` is the same in each attempt. Blocks; as Sender::send().
PostedHook post_signed(const WebHookOptions& options, const std::string& id,
                       const std::string& body, KeepAnswer keep, const std::atomic<bool>& stop);

}  // namespace kith
