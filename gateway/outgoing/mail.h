// A mail as it goes over the wire: RFC 5322 with MIME, text in UTF-8 and base64, so that neither a
// line nor a character of it can be taken for anything else.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "gateway/outgoing/mail_address.h"

namespace kith {

struct Mail {
  MailAddress from;
  std::string to;  // an address; is_mail_address() holds
  std::string subject;
  std::string text;
  std::string id;  // "dlv_...": Message-ID is this at the sender's domain
  std::chrono::sys_seconds date{};
};

// Lines end with CRLF. Control characters in the subject and in names become spaces.
std::string mail_source(const Mail& mail);

}  // namespace kith
