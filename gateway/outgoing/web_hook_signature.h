// The signature of a web hook, as Standard Webhooks has it (standardwebhooks.com, version 1): the
// receiver recomputes HMAC-SHA256 over "id.timestamp.body" and refuses what is older than some
// minutes, so that a hook can neither be made up nor sent again later.
//
//   webhook-id: dlv_01J...              the same in every attempt
//   webhook-timestamp: 1714000000       of this attempt, Unix seconds
//   webhook-signature: v1,K5oZ... v1,x  one per secret, base64
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kith {

class WebHookSecret {
 public:
  // "whsec_" and base64 of 24 to 64 bytes.
  static std::optional<WebHookSecret> parse(std::string_view text);
  // "v1,..."
  std::string sign(std::string_view id, std::int64_t timestamp, std::string_view body) const;

 private:
  explicit WebHookSecret(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace kith
