// What goes out goes to whom its certificate names, or not at all.
#include <doctest/doctest.h>

#include "tests/support/hook_receiver.h"
#include "tests/support/metrics.h"
#include "tests/support/smtp_server.h"

namespace kith::test {
namespace {

constexpr const char* kElsewhere = "DNS:elsewhere.example";

std::vector<std::string> hooking_to(const HookReceiver& receiver, const Certificates& trusted) {
  return {"shards=1",
          "webhook.url=" + receiver.url(),
          "webhook.secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          "webhook.ca_file=" + trusted.authority(),
          "webhook.allowed_addresses=127.0.0.1",
          "notifications.delay_s=0",
          "notifications.retry_first_s=1"};
}

std::vector<std::string> mailing_to(const SmtpServer& mails, const Certificates& trusted) {
  return {"shards=1",
          "email.smtp_url=" + mails.url(),
          "email.from=Kith <no-reply@example.com>",
          "email.ca_file=" + trusted.authority(),
          "limits.account_mails_per_minute=0",
          "notifications.retry_first_s=1"};
}

std::string counted(const std::string& channel, const std::string& outcome) {
  return R"(kith_outgoing_total{channel=")" + channel + R"(",outcome=")" + outcome + R"("} 1)";
}

void notify_somebody(const TestServer& server) {
  const auto users = server.sign_up(2);
  server.group(users[0], {users[1]});
}

TEST_CASE("a hook goes over TLS to a receiver whose certificate holds") {
  const Certificates certificates;
  HookReceiver receiver(&certificates);
  TestServer server(hooking_to(receiver, certificates));
  notify_somebody(server);
  CHECK(receiver.wait_for(1)[0].json()["type"].text() == "notification");
  await_metric(server, counted("webhook", "sent"));
}

TEST_CASE("a receiver whose certificate does not hold gets no hook") {
  const Certificates own;
  const Certificates others;
  const Certificates elsewhere(kElsewhere);
  for (const auto& [shown, trusted] : {std::pair{&own, &others}, {&elsewhere, &elsewhere}}) {
    CAPTURE(shown == &own);
    HookReceiver receiver(shown);
    TestServer server(hooking_to(receiver, *trusted));
    notify_somebody(server);
    await_metric(server, counted("webhook", "retried"));
    await_log(server, "certificate");
    CHECK(receiver.count() == 0);
  }
}

TEST_CASE("mail goes over TLS to a server whose certificate holds") {
  const Certificates certificates;
  SmtpServer mails("mailer", "the mailer's secret", &certificates);
  auto settings = mailing_to(mails, certificates);
  settings.emplace_back("email.user=mailer");
  settings.emplace_back("email.password=the mailer's secret");
  TestServer server(settings);
  const User user = server.sign_up("ada");
  CHECK(mails.wait_for(1)[0].to == std::vector{user.email});
  CHECK(mails.plain_logins() == 0);
}

TEST_CASE("a mail server whose certificate does not hold, or that has no TLS, gets no mail") {
  const Certificates own;
  const Certificates others;
  const Certificates elsewhere(kElsewhere);
  struct Case {
    const Certificates* shown;  // null: no TLS
    const Certificates* trusted;
  };
  for (const Case& one : {Case{&own, &others}, {&elsewhere, &elsewhere}, {nullptr, &own}}) {
    CAPTURE(one.shown == &own);
    CAPTURE(one.shown == nullptr);
    SmtpServer mails("mailer", "the mailer's secret", one.shown);
    auto settings = mailing_to(mails, *one.trusted);
    settings.emplace_back("email.user=mailer");
    settings.emplace_back("email.password=the mailer's secret");
    TestServer server(settings);
    server.sign_up("ada");
    await_metric(server, counted("email", "retried"));
    CHECK(mails.count() == 0);
    CHECK(mails.plain_logins() == 0);  // nor the password
  }
}

}  // namespace
}  // namespace kith::test
