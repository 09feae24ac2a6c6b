// Mails: an address that is verified, a password that was forgotten, a notification that nobody was
// there for. Against a mail server that speaks SMTP.
#include <doctest/doctest.h>

#include "tests/support/metrics.h"
#include "tests/support/smtp_server.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

std::vector<std::string> mailing(const SmtpServer& mails, std::vector<std::string> more = {}) {
  std::vector<std::string> settings = {"shards=1",
                                       "email.smtp_url=" + mails.url(),
                                       "email.from=Kith <no-reply@example.com>",
                                       "email.in_clear=true",
                                       "limits.account_mails_per_minute=0",
                                       "notifications.delay_s=0",
                                       "notifications.retry_first_s=1"};
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

// The line that stands by itself.
std::string token_in(const ReceivedMail& mail) {
  const std::string text = mail.text();
  const auto at = text.find("\n    ");
  REQUIRE(at != std::string::npos);
  return text.substr(at + 5, text.find('\n', at + 1) - at - 5);
}

constexpr const char* kVerify = "Verify your email address";
constexpr const char* kReset = "Choose a new password";

int post_token(const TestServer& server, const std::string& path, const std::string& token,
               const std::string& more = {}) {
  return server.http().post(path, R"({"token":")" + token + '"' + more + '}').status;
}

std::string account(const User& user) {
  return R"({"email":")" + user.email + R"("})";
}

TEST_CASE("who signs up gets a mail, and its token verifies the address once") {
  SmtpServer mails("mailer", "the mailer's secret");
  TestServer server(mailing(mails, {"email.user=mailer", "email.password=the mailer's secret"}));
  const User user = server.sign_up("Zoe");
  HttpClient http = server.http();
  CHECK_FALSE(http.get("/users/me", user.token).json()["email_verified"].flag());
  const ReceivedMail mail = mails.wait_for_mail(user.email, kVerify);
  CHECK(mail.user == "mailer");
  CHECK(mail.from == "no-reply@example.com");
  CHECK(mail.header("From") == "Kith <no-reply@example.com>");
  CHECK(mail.header("To") == user.email);
  CHECK(mail.header("Message-ID").starts_with("<dlv_"));
  CHECK(mail.text().find("Zoe") == std::string::npos);  // it may be another's address
  const std::string token = token_in(mail);
  CHECK(post_token(server, "/auth/reset-password", token, R"(,"password":"another one"})") == 400);
  CHECK(post_token(server, "/auth/reset-password", token, R"(,"password":"another one")") == 422);
  CHECK(post_token(server, "/auth/verify-email", token) == 204);
  CHECK(http.get("/users/me", user.token).json()["email_verified"].flag());
  CHECK(post_token(server, "/auth/verify-email", token) == 422);
  // The database never held it.
  server.terminate();
  for (const auto& entry : std::filesystem::directory_iterator(server.data())) {
    CAPTURE(entry.path().string());
    if (entry.is_regular_file()) CHECK(read_file(entry.path()).find(token) == std::string::npos);
  }
  CHECK(server.log().find(token) == std::string::npos);
}

TEST_CASE("a forgotten password is set anew with a mail's token, and every login ends") {
  SmtpServer mails;
  TestServer server(
      mailing(mails, {"email.reset_url=https://app.example.com/reset?token={token}"}));
  const User user = server.sign_up();
  const User elsewhere = server.log_in(user);
  WsClient socket = connect(server, elsewhere);
  const auto known = server.http().post("/auth/forgot-password", account(user));
  const auto unknown =
      server.http().post("/auth/forgot-password", R"({"email":"nobody@example.com"})");
  CHECK(known.status == 202);
  CHECK(unknown.status == 202);
  CHECK(known.body == unknown.body);

  const std::string link = token_in(mails.wait_for_mail(user.email, kReset));
  constexpr std::string_view kLink = "https://app.example.com/reset?token=";
  REQUIRE(link.starts_with(kLink));
  const std::string token = link.substr(kLink.size());
  const std::string set = R"(,"password":"a new and better one")";
  CHECK(post_token(server, "/auth/reset-password", token, R"(,"password":"short")") == 422);
  CHECK(post_token(server, "/auth/reset-password", token, set) == 204);
  CHECK(socket.wait_close() == 4507);
  CHECK(server.http().get("/users/me", user.token).status == 401);
  CHECK(server.http().get("/users/me", elsewhere.token).status == 401);
  CHECK(server.http()
            .post("/auth/refresh", R"({"refresh_token":")" + user.refresh_token + R"("})")
            .status == 401);
  CHECK(post_token(server, "/auth/reset-password", token, set) == 422);
  User again = user;
  again.password = "a new and better one";
  again = server.log_in(again);
  CHECK(server.http().get("/users/me", again.token).json()["email_verified"].flag());
  CHECK(server.http()
            .post("/auth/login",
                  R"({"email":")" + user.email + R"(","password":")" + user.password + R"("})")
            .status == 401);
  for (const auto& mail : mails.wait_for(1))
    CHECK(mail.to != std::vector{std::string("nobody@example.com")});
}

TEST_CASE("a notification is mailed to a verified address whose owner is not there") {
  SmtpServer mails;
  TestServer server(mailing(mails));
  const auto users = server.sign_up(2);
  REQUIRE(
      server.http()
          .patch("/notifications/preferences", R"({"channels":{"email":"now"}})", users[1].token)
          .status == 200);
  server.group(users[0], {users[1]});  // not verified yet: nothing is sent of this
  const std::string token = token_in(mails.wait_for_mail(users[1].email, kVerify));
  REQUIRE(post_token(server, "/auth/verify-email", token) == 204);
  server.group(users[0], {users[1]});
  const ReceivedMail mail = mails.wait_for_mail(users[1].email, "You are in a new chat");
  CHECK(mail.text().starts_with("Hello user,\n\nYou are in a new chat ("));
  std::size_t notified = 0;
  for (const auto& one : mails.wait_for(3)) {
    if (one.header("Subject") == "You are in a new chat") ++notified;
  }
  CHECK(notified == 1);
}

TEST_CASE("a mail server that is busy gets the mail later, one that refuses it does not") {
  SmtpServer mails;
  mails.refuse(1, "451 come back");
  TestServer server(mailing(mails));
  const User user = server.sign_up();
  mails.wait_for_mail(user.email, kVerify);
  CHECK(mails.refused() == 1);
  mails.refuse(1, "550 no such box");
  const User other = server.sign_up();
  await_metric(server, R"(kith_outgoing_total{channel="email",outcome="dead"} 1)");
  CHECK(mails.refused() == 2);
}

TEST_CASE("where only verified addresses may log in, others are told so") {
  SmtpServer mails;
  TestServer server(mailing(mails, {"auth.require_verified_email=true"}));
  const std::string body =
      R"({"email":"new@example.com","password":"correct horse battery","display_name":"New"})";
  REQUIRE(server.http().post("/users", body).status == 201);
  const std::string login = R"({"email":"new@example.com","password":"correct horse battery"})";
  CHECK(server.http().post("/auth/login", login).status == 403);
  CHECK(server.http()
            .post("/auth/login", R"({"email":"new@example.com","password":"a wrong guess"})")
            .status == 401);
  mails.wait_for_mail("new@example.com", kVerify);
  REQUIRE(
      server.http().post("/auth/verify-email/request", R"({"email":"NEW@example.com"})").status ==
      202);
  const std::string token = token_in(mails.wait_for_mail("new@example.com", kVerify));
  CHECK(post_token(server, "/auth/verify-email", token) == 204);
  CHECK(server.http().post("/auth/login", login).status == 200);
}

TEST_CASE("mails about one account are limited, whether or not there is one") {
  SmtpServer mails;
  TestServer server(mailing(mails, {"limits.account_mails_per_minute=20"}));
  const User user = server.sign_up();
  for (const std::string& email : {user.email, std::string("nobody@example.com")}) {
    const std::string body = R"({"email":")" + email + R"("})";
    CHECK(server.http().post("/auth/forgot-password", body).status == 202);
    CHECK(server.http().post("/auth/forgot-password", body).status == 202);
    const auto limited = server.http().post("/auth/forgot-password", body);
    CHECK(limited.status == 429);
    CHECK_FALSE(limited.header("retry-after").empty());
  }
}

}  // namespace
}  // namespace kith::test
