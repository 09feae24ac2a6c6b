#include "gateway/outgoing/mail.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

namespace kith {
namespace {

constexpr std::size_t kBase64LineCharacters = 76;  // RFC 2045 section 6.8
// RFC 2047 section 2: an encoded word has 75 characters at the most, 12 of them around the text.
constexpr std::size_t kEncodedWordBytes = 45;

std::string base64(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;
  std::string out(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kVariant);
  out.pop_back();  // the terminator
  return out;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// RFC 2047: plain where it is printable ASCII, else encoded words that break between characters.
std::string header_text(std::string_view given) {
  std::string text(given);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  const bool plain = text.size() <= 60 && std::ranges::all_of(text, [](char c) {
                       return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view(" .-_'!?").find(c) != std::string_view::npos;
                     });
  if (plain) return text;
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    std::size_t length = std::min(kEncodedWordBytes, rest.size());
    while (length < rest.size() && length > 1 && is_continuation(rest[length])) --length;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(rest.substr(0, length)) + "?=";
    rest.remove_prefix(length);
  }
  return out;
}

std::string mailbox_text(const MailAddress& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  return header_text(mailbox.name) + " <" + mailbox.address + ">";
}

// RFC 5322 section 3.3
std::string date_text(std::chrono::sys_seconds when) {
  using namespace std::chrono;
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss time(when - day);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays.at(weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()),
                     kMonths.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

}  // namespace

std::string mail_source(const Mail& mail) {
  const auto domain = mail.from.address.substr(mail.from.address.find('@') + 1);
  std::string out = "Date: " + date_text(mail.date) + "\r\n";
  out += "From: " + mailbox_text(mail.from) + "\r\n";
  out += "To: " + mail.to + "\r\n";
  out += "Subject: " + header_text(mail.subject) + "\r\n";
  out += "Message-ID: <" + mail.id + "@" + domain + ">\r\n";
  out +=
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n";
  const std::string body = base64(mail.text);
  for (std::size_t at = 0; at < body.size(); at += kBase64LineCharacters) {
    out += body.substr(at, kBase64LineCharacters) + "\r\n";
  }
  return out;
}

}  // namespace kith
