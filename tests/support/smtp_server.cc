#include "tests/support/smtp_server.h"

#include <sodium.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace kith::test {
namespace {

std::string decoded(const std::string& base64) {
  std::string out(base64.size(), '\0');
  std::size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), base64.data(),
                        base64.size(), "\r\n", &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    throw std::runtime_error("not base64: " + base64);
  }
  out.resize(length);
  return out;
}

bool is_command(const std::string& line, const std::string& command) {
  if (line.size() < command.size()) return false;
  return std::equal(command.begin(), command.end(), line.begin(), [](char a, char b) {
    return a == std::toupper(static_cast<unsigned char>(b));
  });
}

// "<a@b>" behind the command; nothing where it is not in order.
std::optional<std::string> path_of(const std::string& line, std::size_t at) {
  if (at >= line.size() || line[at] != '<') return std::nullopt;
  const auto end = line.find('>', at);
  if (end == std::string::npos) return std::nullopt;
  return line.substr(at + 1, end - at - 1);
}

}  // namespace

std::string ReceivedMail::header(const std::string& name) const {
  std::istringstream lines(source);
  std::string out;
  bool found = false;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    if (found && line.front() == ' ') {
      out += line;
      continue;
    }
    if (found) break;
    if (line.starts_with(name + ": ")) {
      found = true;
      out = line.substr(name.size() + 2);
    }
  }
  return out;
}

std::string ReceivedMail::text() const {
  const auto body = source.find("\n\n");
  return body == std::string::npos ? std::string() : decoded(source.substr(body + 2));
}

// One connection.
class SmtpServer::Session {
 public:
  Session(SmtpServer& server, Conversation& talk) : server_(server), talk_(talk) {}

  void run() {
    say("220 test ESMTP");
    while (const auto line = talk_.line()) {
      if (is_command(*line, "QUIT")) return say("221 bye");
      if (!obey(*line)) return;
    }
  }

 private:
  void say(const std::string& line) { talk_.say(line + "\r\n"); }

  bool obey(const std::string& line) {
    if (is_command(line, "EHLO")) {
      greeted_ = true;
      talk_.say("250-test\r\n250-8BITMIME\r\n250-SIZE 1000000\r\n");
      if (needs_tls()) say("250-STARTTLS");
      say("250 AUTH PLAIN LOGIN");
    } else if (is_command(line, "STARTTLS")) {
      return start_tls();
    } else if (is_command(line, "HELO")) {
      greeted_ = true;
      say("250 test");
    } else if (is_command(line, "AUTH PLAIN")) {
      return authenticate(line);
    } else if (is_command(line, "MAIL FROM:")) {
      from(line);
    } else if (is_command(line, "RCPT TO:")) {
      to(line);
    } else if (is_command(line, "DATA")) {
      return data();
    } else if (is_command(line, "RSET")) {
      mail_ = {.user = mail_.user};
      say("250 ok");
    } else if (is_command(line, "NOOP")) {
      say("250 ok");
    } else {
      say("502 what is that");
    }
    return true;
  }

  bool needs_tls() const { return server_.tls_ && !secure_; }

  bool start_tls() {
    if (!needs_tls()) {
      say("503 not now");
      return true;
    }
    say("220 go on");
    secure_ = talk_.start_tls(*server_.tls_);
    greeted_ = false;
    return secure_;
  }

  bool authenticate(const std::string& line) {
    if (!secure_) {
      const std::lock_guard lock(server_.mutex_);
      ++server_.plain_logins_;
    }
    std::string given = line.size() > 11 ? line.substr(11) : std::string();
    if (given.empty()) {
      say("334 ");
      const auto answer = talk_.line();
      if (!answer) return false;
      given = *answer;
    }
    const std::string wanted = std::string(1, '\0') + server_.user_ + '\0' + server_.password_;
    if (server_.password_.empty() || decoded(given) != wanted) {
      say("535 no");
      return true;
    }
    mail_.user = server_.user_;
    say("235 welcome");
    return true;
  }

  void from(const std::string& line) {
    const auto path = path_of(line, 10);
    if (needs_tls()) return say("530 STARTTLS first");
    if (!greeted_ || !mail_.from.empty()) return say("503 not now");
    if (!server_.password_.empty() && mail_.user.empty()) return say("530 who are you");
    if (!path) return say("501 from whom");
    mail_.from = *path;
    say("250 ok");
  }
  void to(const std::string& line) {
    const auto path = path_of(line, 8);
    if (mail_.from.empty()) return say("503 not now");
    if (!path || path->empty()) return say("501 to whom");
    mail_.to.push_back(*path);
    say("250 ok");
  }
  bool data() {
    if (mail_.to.empty()) {
      say("503 not now");
      return true;
    }
    say("354 go on");
    for (;;) {
      auto line = talk_.line();
      if (!line) return false;
      if (*line == ".") break;
      if (line->starts_with('.')) line->erase(0, 1);
      mail_.source += *line + '\n';
    }
    take();
    mail_ = {.user = mail_.user};
    return true;
  }
  void take() {
    std::string refusal;
    {
      const std::lock_guard lock(server_.mutex_);
      if (server_.to_refuse_ > 0) {
        --server_.to_refuse_;
        ++server_.refused_;
        refusal = server_.refusal_;
      } else {
        server_.mails_.push_back(mail_);
        server_.came_.notify_all();
      }
    }
    say(refusal.empty() ? "250 ok" : refusal);
  }

  SmtpServer& server_;
  Conversation& talk_;
  ReceivedMail mail_;
  bool greeted_ = false;
  bool secure_ = false;
};

SmtpServer::SmtpServer(std::string user, std::string password, const Certificates* certificates)
    : tls_(certificates ? std::optional<TlsServer>(std::in_place, *certificates) : std::nullopt),
      user_(std::move(user)),
      password_(std::move(password)),
      listener_([this](Conversation& talk) { Session(*this, talk).run(); }) {}

void SmtpServer::refuse(std::size_t count, std::string line) {
  const std::lock_guard lock(mutex_);
  to_refuse_ = count;
  refusal_ = std::move(line);
}

std::size_t SmtpServer::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

std::size_t SmtpServer::count() const {
  const std::lock_guard lock(mutex_);
  return mails_.size();
}

std::size_t SmtpServer::plain_logins() const {
  const std::lock_guard lock(mutex_);
  return plain_logins_;
}

std::vector<ReceivedMail> SmtpServer::wait_for(std::size_t count, Clock::duration patience) {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, patience, [&] { return mails_.size() >= count; })) {
    throw std::runtime_error("of " + std::to_string(count) + " mails " +
                             std::to_string(mails_.size()) + " have come");
  }
  return mails_;
}

ReceivedMail SmtpServer::wait_for_mail(const std::string& to, const std::string& subject) {
  std::unique_lock lock(mutex_);
  std::optional<std::size_t> found;
  const auto look = [&] {
    for (std::size_t i = 0; i < mails_.size() && !found; ++i) {
      const bool fits = mails_[i].to == std::vector{to} && mails_[i].header("Subject") == subject;
      if (fits && std::ranges::find(given_, i) == given_.end()) found = i;
    }
    return found.has_value();
  };
  if (!came_.wait_for(lock, kPatience * 2, look)) {
    throw std::runtime_error("no mail \"" + subject + "\" to " + to + " has come");
  }
  given_.push_back(*found);
  return mails_[*found];
}

}  // namespace kith::test
