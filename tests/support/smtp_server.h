// A mail server for tests: speaks SMTP (RFC 5321) as far as a client that submits mail needs it,
// and refuses what is out of order. EHLO and HELO, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA with
// dots, RSET, NOOP, QUIT; where it has a certificate STARTTLS, and before that nothing else.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/socket.h"
#include "tests/support/tcp_listener.h"

namespace kith::test {

struct ReceivedMail {
  std::string from;  // of the envelope
  std::vector<std::string> to;
  std::string user;    // who logged in; empty: nobody
  std::string source;  // lines end with \n

  std::string header(const std::string& name) const;  // unfolded; empty: there is none
  std::string text() const;                           // the body, decoded
};

class SmtpServer {
 public:
  // With a password nothing is taken before a login with it.
  explicit SmtpServer(std::string user = {}, std::string password = {},
                      const Certificates* certificates = nullptr);
  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(listener_.port()); }

  // The next ones are refused with this, at DATA's end.
  void refuse(std::size_t count, std::string line);
  std::vector<ReceivedMail> wait_for(std::size_t count, Clock::duration patience = kPatience * 2);
  // The first mail to that address whose subject is this, and everything before it, is taken.
  ReceivedMail wait_for_mail(const std::string& to, const std::string& subject);
  std::size_t refused() const;
  std::size_t count() const;         // taken
  std::size_t plain_logins() const;  // tried in the clear

 private:
  class Session;

  std::optional<TlsServer> tls_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<ReceivedMail> mails_;
  std::vector<std::size_t> given_;  // of those, by wait_for_mail()
  std::size_t to_refuse_ = 0;
  std::size_t refused_ = 0;
  std::size_t plain_logins_ = 0;
  std::string refusal_;
  const std::string user_;
  const std::string password_;
  TcpListener listener_;  // last: it uses the others
};

}  // namespace kith::test
