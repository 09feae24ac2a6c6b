#include "gateway/outgoing/mail_address.h"

#include <algorithm>

namespace kith {
namespace {

constexpr std::size_t kAddressBytesMax = 254;
constexpr std::size_t kNameBytesMax = 200;

bool is_control_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
  if (text.size() > kAddressBytesMax || text.find('@', at + 1) != std::string_view::npos) {
    return false;
  }
  return std::ranges::none_of(text, [](char c) {
    return is_control_byte(c) ||
           std::string_view(" <>()[]\",:;\\").find(c) != std::string_view::npos;
  });
}

std::optional<MailAddress> parse_mailbox(std::string_view text) {
  if (std::ranges::any_of(text, is_control_byte)) return std::nullopt;
  MailAddress out;
  const auto open = text.rfind('<');
  if (open == std::string_view::npos) {
    out.address = text;
  } else {
    if (!text.ends_with('>')) return std::nullopt;
    out.address = text.substr(open + 1, text.size() - open - 2);
    auto name = text.substr(0, open);
    while (name.ends_with(' ')) name.remove_suffix(1);
    while (name.starts_with(' ')) name.remove_prefix(1);
    out.name = name;
  }
  if (!is_mail_address(out.address) || out.name.size() > kNameBytesMax) return std::nullopt;
  return out;
}

}  // namespace kith
