#include "gateway/outgoing/mail_sender.h"

#include <algorithm>
#include <cstring>

#include "gateway/outgoing/curl_transfer.h"
#include "gateway/outgoing/mail.h"

namespace kith {
namespace {

struct Unread {
  std::string_view rest;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* about) {
  auto& unread = *static_cast<Unread*>(about);
  const std::size_t length = std::min(size * count, unread.rest.size());
  std::memcpy(to, unread.rest.data(), length);
  unread.rest.remove_prefix(length);
  return length;
}

}  // namespace

SendOutcome MailSender::send(const Delivery& delivery, const std::atomic<bool>& stop) const {
  // Addresses that could end the envelope are refused at the sign-up; older ones may lie here.
  if (!is_mail_address(delivery.email)) {
    return {.hopeless = true, .reason = "the user's address cannot be mailed to"};
  }
  const MailText text = mail_text(delivery, options_.texts);
  const std::string source = mail_source(
      {.from = options_.from,
       .to = delivery.email,
       .subject = text.subject,
       .text = text.text,
       .id = delivery.id.text(),
       .date = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())});
  CurlTransfer transfer({.url = options_.smtp_url,
                         .protocols = "smtp,smtps",
                         .timeout = options_.timeout,
                         .ca_file = options_.ca_file},
                        stop);
  const std::string from = "<" + options_.from.address + ">";
  transfer.set(CURLOPT_USE_SSL,
               static_cast<long>(options_.in_clear ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  if (!options_.user.empty()) {
    transfer.set(CURLOPT_USERNAME, options_.user.c_str());
    transfer.set(CURLOPT_PASSWORD, options_.password.c_str());
  }
  transfer.set(CURLOPT_MAIL_FROM, from.c_str());
  transfer.add_recipient("<" + delivery.email + ">");
  Unread unread{.rest = source};
  transfer.set(CURLOPT_UPLOAD, 1L);
  transfer.set(CURLOPT_READFUNCTION, &give);
  transfer.set(CURLOPT_READDATA, &unread);
  const CURLcode code = transfer.perform();
  if (code == CURLE_OK) return {.sent = true};
  SendOutcome out{.reason = CurlTransfer::reason(code)};
  const long status = transfer.status();
  if (status != 0) out.reason += ", status " + std::to_string(status);
  // The server has refused this very mail for good. A login that fails is another matter.
  const bool about_mail = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
                          code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UPLOAD_FAILED;
  out.hopeless = about_mail && status >= 550 && status <= 559;
  return out;
}

}  // namespace kith
