// Mails by SMTP to the operator's server, with TLS unless the operator has said otherwise.
#pragma once

#include <string>

#include "gateway/outgoing/mail_address.h"
#include "gateway/outgoing/mail_text.h"
#include "gateway/outgoing/sender.h"

namespace kith {

struct MailOptions {
  std::string smtp_url;
  std::string user{};
  std::string password{};
  MailAddress from{};
  std::string ca_file{};
  bool in_clear = false;
  std::chrono::seconds timeout{30};
  MailTexts texts{};
};

class MailSender final : public Sender {
 public:
  explicit MailSender(MailOptions options) : options_(std::move(options)) {}
  SendOutcome send(const Delivery& delivery, const std::atomic<bool>& stop) const override;

 private:
  const MailOptions options_;
};

}  // namespace kith
