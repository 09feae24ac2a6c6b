#include "gateway/outgoing/courier.h"

#include <array>

#include "gateway/outgoing/content_filter.h"
#include "gateway/outgoing/mail_sender.h"
#include "gateway/outgoing/web_hook.h"

namespace kith {
namespace {

OutgoingLane::Options lane_options(const Config& config, OutgoingChannel channel,
                                   std::chrono::seconds timeout,
                                   std::function<bool(const UserId&)> has_socket,
                                   SeenNotices* seen) {
  return {.channel = channel,
          .threads = config.notifications.sender_threads,
          .attempts_max = config.notifications.attempts_max,
          .retry_first = std::chrono::seconds(config.notifications.retry_first_s),
          // Twice what a send may take, and some for a machine that is busy.
          .lease = timeout * 2 + std::chrono::seconds(5),
          .has_socket = std::move(has_socket),
          .seen = seen};
}

// The configuration has been checked: what does not parse is not there.
WebHookOptions hook_options(const WebhookConfig& config) {
  std::vector<WebHookSecret> secrets;
  for (const std::string& text : {config.secret, config.previous_secret}) {
    if (auto secret = WebHookSecret::parse(text)) secrets.push_back(*std::move(secret));
  }
  auto allowed = AddressRanges::parse(config.allowed_addresses);
  return {.url = config.url,
          .secrets = std::move(secrets),
          .timeout = std::chrono::seconds(config.timeout_s),
          .ca_file = config.ca_file,
          .policy = AddressPolicy(allowed ? *std::move(allowed) : AddressRanges{})};
}

std::unique_ptr<Sender> mail_sender(const EmailConfig& config) {
  return std::make_unique<MailSender>(
      MailOptions{.smtp_url = config.smtp_url,
                  .user = config.user,
                  .password = config.password,
                  .from = parse_mailbox(config.from).value_or(MailAddress{}),
                  .ca_file = config.ca_file,
                  .in_clear = config.in_clear,
                  .timeout = std::chrono::seconds(config.timeout_s),
                  .texts = {.verify_url = config.verify_url, .reset_url = config.reset_url}});
}

}  // namespace

Courier::Courier(const Config& config, const OpenOutbox& open,
                 std::function<bool(const UserId&)> has_socket, SeenNotices* seen) {
  if (!config.webhook.url.empty()) {
    web_hook_ = std::make_unique<OutgoingLane>(
        std::make_unique<WebHookSender>(hook_options(config.webhook)), open,
        lane_options(config, OutgoingChannel::web_hook,
                     std::chrono::seconds(config.webhook.timeout_s), has_socket, seen));
    seen = nullptr;
  }
  if (!config.email.smtp_url.empty()) {
    email_ = std::make_unique<OutgoingLane>(
        mail_sender(config.email), open,
        lane_options(config, OutgoingChannel::email, std::chrono::seconds(config.email.timeout_s),
                     std::move(has_socket), seen));
  }
  if (!config.content_filter.hook.url.empty()) {
    OutgoingLane::Options options =
        lane_options(config, OutgoingChannel::content_filter,
                     std::chrono::seconds(config.content_filter.hook.timeout_s), {}, nullptr);
    options.threads = config.content_filter.sender_threads;
    options.attempts_max = config.content_filter.attempts_max;
    options.retry_first = std::chrono::seconds(config.content_filter.retry_first_s);
    content_filter_ = std::make_unique<OutgoingLane>(
        std::make_unique<ContentFilterSender>(hook_options(config.content_filter.hook)), open,
        std::move(options));
  }
}

void Courier::stop() {
  const std::array lanes = {web_hook_.get(), email_.get(), content_filter_.get()};
  OutgoingLane::stop_together(lanes);
}

OutgoingStats Courier::stats() const {
  return {.web_hook = web_hook_ ? web_hook_->stats() : LaneStats{},
          .email = email_ ? email_->stats() : LaneStats{},
          .content_filter = content_filter_ ? content_filter_->stats() : LaneStats{}};
}

}  // namespace kith
