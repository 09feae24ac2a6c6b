#include "gateway/outgoing/mail_text.h"

#include <fmt/format.h>

#include <array>

#include "protocol/time_format.h"

namespace kith {
namespace {

struct Words {
  std::string_view type;
  std::string_view text;
};
// What a type is called; of others their name.
constexpr std::array kWords = {
    Words{"chat.joined", "You are in a new chat"},
    Words{"badge.earned", "You have earned a badge"},
    Words{"streak.at_risk", "Your streak ends soon"},
    Words{"rsvp.confirmed", "Your place is confirmed"},
    Words{"rsvp.promoted", "A place has become free for you"},
    Words{"event.updated", "An event of yours has changed"},
    Words{"event.cancelled", "An event of yours was cancelled"},
    Words{"club.broadcast", "News from your club"},
    Words{"role.changed", "Your role has changed"},
    Words{"moderation.case", "A message was reported"},
};

std::string words_of(std::string_view type) {
  for (const Words& words : kWords) {
    if (words.type == type) return std::string(words.text);
  }
  return fmt::format("News: {}", type);
}

std::string greeting(const Delivery& delivery) {
  return fmt::format("Hello {},\n\n", delivery.display_name);
}

std::string line_of(const NotificationRecord& notice) {
  std::string when = format_time(notice.created_at);
  when.resize(16);  // to the minute
  when[10] = ' ';
  return fmt::format("{} ({} UTC)\n", words_of(notice.type), when);
}

std::string link_of(const std::string& url, const std::string& token) {
  constexpr std::string_view kPlace = "{token}";
  std::string out = url;
  const auto at = out.find(kPlace);
  return at == std::string::npos ? token : out.replace(at, kPlace.size(), token);
}

// Without the name: the address may be another's, who gets what somebody has written there.
MailText account_text(const Delivery& delivery, const std::string& url, const char* subject,
                      const char* what) {
  return {.subject = subject,
          .text = fmt::format("Hello,\n\n{}\n\n    {}\n\nIt holds once, for 30 minutes. If it was "
                              "not you who asked for this, there is nothing you have to do.\n",
                              what, link_of(url, delivery.token))};
}

}  // namespace

MailText mail_text(const Delivery& delivery, const MailTexts& texts) {
  switch (delivery.kind) {
    case OutgoingKind::verify_email:
      return account_text(delivery, texts.verify_url, "Verify your email address",
                          "this is how you show that this address is yours:");
    case OutgoingKind::reset_password:
      return account_text(delivery, texts.reset_url, "Choose a new password",
                          "this is how you choose a new password:");
    case OutgoingKind::notice:
    case OutgoingKind::digest:
    case OutgoingKind::content_check:  // of no mail
      break;
  }
  MailText out;
  const std::size_t count = delivery.notices.size() + delivery.more;
  out.subject =
      count == 1 ? words_of(delivery.notices.front().type) : fmt::format("{} notifications", count);
  out.text = greeting(delivery);
  for (const NotificationRecord& notice : delivery.notices) out.text += line_of(notice);
  if (delivery.more > 0) out.text += fmt::format("and {} more.\n", delivery.more);
  return out;
}

}  // namespace kith
