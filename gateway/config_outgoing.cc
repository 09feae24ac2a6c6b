// What the ways out of the server must be configured like: web hooks and mail (config_refusals.h).
#include <algorithm>
#include <string_view>

#include "gateway/config_address.h"
#include "gateway/config_refusals.h"
#include "gateway/outgoing/mail_address.h"
#include "gateway/outgoing/web_hook_signature.h"

namespace kith {
namespace {

using Refusal = std::optional<std::string>;

constexpr std::size_t kUrlBytesMax = 2048;

bool holds_control_or_space(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f;
  });
}

// Something behind the scheme, and nothing that would end a line or a header.
bool is_url(std::string_view text, std::string_view scheme) {
  return text.size() <= kUrlBytesMax && text.starts_with(scheme) && text.size() > scheme.size() &&
         text[scheme.size()] != '/' && !holds_control_or_space(text);
}

Refusal refuse_file(std::string_view path) {
  if (path.size() > 4096) return "is longer than 4096 bytes";
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return "must not hold control characters";
  }
  return std::nullopt;
}

Refusal refuse_link(const std::string& url) {
  if (url.empty()) return std::nullopt;
  const bool web = is_url(url, "https://") || is_url(url, "http://");
  if (!web || url.find("{token}") == std::string::npos) {
    return "must be an http:// or https:// URL that holds {token}";
  }
  return std::nullopt;
}

Refusal refuse_plain_text(std::string_view text) {
  if (text.size() > 1024) return "must be at most 1024 bytes";
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return "must not hold control characters";
  }
  return std::nullopt;
}

Refusal refuse_hook_url(const WebhookConfig& hook, std::string_view section) {
  if (hook.url.empty() || is_url(hook.url, "https://")) return std::nullopt;
  if (!is_url(hook.url, "http://")) return "must be an https:// URL";
  if (hook.allowed_addresses.empty()) {
    return "is in the clear: use https://, or http:// within your own network, whose addresses " +
           std::string(section) + ".allowed_addresses names";
  }
  return std::nullopt;
}

constexpr const char* kSecretShape = "must be whsec_ and 24 to 64 random bytes in base64";

Refusal refuse_hook_secret(const WebhookConfig& hook, std::string_view section) {
  if (hook.url.empty()) {
    if (!hook.secret.empty()) return "is of no use without " + std::string(section) + ".url";
    return std::nullopt;
  }
  if (!WebHookSecret::parse(hook.secret)) return kSecretShape;
  return std::nullopt;
}

Refusal refuse_hook_previous_secret(const WebhookConfig& hook) {
  const std::string& secret = hook.previous_secret;
  if (!secret.empty() && !WebHookSecret::parse(secret)) return kSecretShape;
  return std::nullopt;
}

Refusal refuse_hook_allowed_addresses(const WebhookConfig& hook) {
  const auto ranges = AddressRanges::parse(hook.allowed_addresses);
  if (!ranges) return ranges.error().message;
  return std::nullopt;
}

}  // namespace

Refusal refuse_require_verified_email(const Config& config) {
  if (config.auth.require_verified_email && config.email.smtp_url.empty()) {
    return "needs email.smtp_url: nobody could verify an address";
  }
  return std::nullopt;
}

Refusal refuse_webhook_url(const Config& config) {
  return refuse_hook_url(config.webhook, "webhook");
}

Refusal refuse_webhook_secret(const Config& config) {
  return refuse_hook_secret(config.webhook, "webhook");
}

Refusal refuse_webhook_previous_secret(const Config& config) {
  return refuse_hook_previous_secret(config.webhook);
}

Refusal refuse_webhook_ca_file(const Config& config) {
  return refuse_file(config.webhook.ca_file);
}

Refusal refuse_webhook_allowed_addresses(const Config& config) {
  return refuse_hook_allowed_addresses(config.webhook);
}

Refusal refuse_content_filter_url(const Config& config) {
  return refuse_hook_url(config.content_filter.hook, "content_filter");
}

Refusal refuse_content_filter_secret(const Config& config) {
  return refuse_hook_secret(config.content_filter.hook, "content_filter");
}

Refusal refuse_content_filter_previous_secret(const Config& config) {
  return refuse_hook_previous_secret(config.content_filter.hook);
}

Refusal refuse_content_filter_ca_file(const Config& config) {
  return refuse_file(config.content_filter.hook.ca_file);
}

Refusal refuse_content_filter_allowed_addresses(const Config& config) {
  return refuse_hook_allowed_addresses(config.content_filter.hook);
}

Refusal refuse_email_smtp_url(const Config& config) {
  const std::string& url = config.email.smtp_url;
  if (url.empty() || is_url(url, "smtp://") || is_url(url, "smtps://")) return std::nullopt;
  return "must be smtp://HOST:PORT or smtps://HOST:PORT";
}

Refusal refuse_email_user(const Config& config) {
  return refuse_plain_text(config.email.user);
}

Refusal refuse_email_password(const Config& config) {
  if (!config.email.password.empty() && config.email.user.empty()) return "needs email.user";
  return refuse_plain_text(config.email.password);
}

Refusal refuse_email_from(const Config& config) {
  if (config.email.smtp_url.empty() && config.email.from.empty()) return std::nullopt;
  if (!parse_mailbox(config.email.from)) {
    return "must be an address, or a name and an address: Kith <no-reply@example.com>";
  }
  return std::nullopt;
}

Refusal refuse_email_ca_file(const Config& config) {
  return refuse_file(config.email.ca_file);
}

Refusal refuse_email_verify_url(const Config& config) {
  return refuse_link(config.email.verify_url);
}

Refusal refuse_email_reset_url(const Config& config) {
  return refuse_link(config.email.reset_url);
}

}  // namespace kith
