// Mail addresses as they may stand in a header and in SMTP's envelope (RFC 5321, RFC 5322), of
// which we take what cannot end a line, a header or the envelope early.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kith {

// One @ with something on both sides, at most 254 bytes, no space, control, bracket, quote, comma,
// colon or semicolon. Whether there is such a box, only a mail to it can tell.
bool is_mail_address(std::string_view text);

struct MailAddress {
  std::string name;  // for people; may be empty
  std::string address;
};
// "no-reply@example.com" or "Kith <no-reply@example.com>".
std::optional<MailAddress> parse_mailbox(std::string_view text);

}  // namespace kith
