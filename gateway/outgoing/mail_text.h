// What mails say.
#pragma once

#include <string>

#include "engine/ports/outbox.h"

namespace kith {

struct MailTexts {
  std::string verify_url;  // with {token}; empty: the token alone
  std::string reset_url;
};

struct MailText {
  std::string subject;
  std::string text;
};
MailText mail_text(const Delivery& delivery, const MailTexts& texts);

}  // namespace kith
