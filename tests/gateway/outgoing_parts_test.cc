// What goes out: signatures, delays, mails.
#include <doctest/doctest.h>
#include <sodium.h>

#include <set>

#include "gateway/outgoing/mail.h"
#include "gateway/outgoing/mail_text.h"
#include "gateway/outgoing/retry_delay.h"
#include "gateway/outgoing/web_hook.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

// From the specification's own example (standardwebhooks.com).
TEST_CASE("a web hook is signed as Standard Webhooks has it") {
  const auto secret = WebHookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(secret.has_value());
  CHECK(secret->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  CHECK(secret->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265331, R"({"test": 2432232314})") !=
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  for (const char* bad :
       {"", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_not base64 at all, not at all", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2"}) {
    CAPTURE(bad);
    CHECK_FALSE(WebHookSecret::parse(bad).has_value());
  }
}

TEST_CASE("what fails is tried later and later, never at the same time as its likes") {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  std::chrono::milliseconds expected = 5s;
  for (std::uint32_t attempt = 1; attempt <= 10; ++attempt) {
    CHECK(retry_delay(5s, attempt, 0) == expected / 2);
    const auto half = static_cast<std::uint64_t>(expected.count()) / 2;
    CHECK(retry_delay(5s, attempt, half) == std::chrono::milliseconds(half * 2));
    CHECK(retry_delay(5s, attempt, kMost) <= expected);
    expected *= 2;
  }
  CHECK(retry_delay(5s, 14, kMost) <= kRetryDelayMax);
  CHECK(retry_delay(5s, 4'000'000'000U, 0) == kRetryDelayMax / 2);
  CHECK(retry_delay(3600s, 2, 0) == kRetryDelayMax / 2);
  std::set<std::int64_t> different;
  for (std::uint64_t i = 0; i < 100; ++i) different.insert(retry_delay(5s, 1, i * 7).count());
  CHECK(different.size() == 100);
}

Delivery delivery() {
  Delivery out;
  out.kind = OutgoingKind::notice;
  out.display_name = "Zoë";
  out.email = "zoe@example.com";
  out.notices.push_back({.type = "chat.joined",
                         .payload_json = R"({"chat_id":"chat_1"})",
                         .created_at = WallTime{1'714'000'000'000ms}});
  return out;
}

TEST_CASE("a web hook's body holds the notifications as the socket has them") {
  Delivery one = delivery();
  CHECK(web_hook_body(one) ==
        R"({"type":"notification","id":"dlv_00000000000000000000000000",)"
        R"("user_id":"usr_00000000000000000000000000","more":0,"notifications":[)"
        R"({"id":"ntf_00000000000000000000000000","type":"chat.joined",)"
        R"("payload":{"chat_id":"chat_1"},"created_at":"2024-04-24T23:06:40.000Z"}]})");
  one.kind = OutgoingKind::digest;
  one.more = 3;
  CHECK(web_hook_body(one).starts_with(R"({"type":"notification.digest")"));
  CHECK(web_hook_body(one).find(R"("more":3)") != std::string::npos);
}

std::string decoded(std::string_view base64) {
  std::string out(base64.size(), '\0');
  std::size_t length = 0;
  REQUIRE(sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), base64.data(),
                            base64.size(), "\r\n", &length, nullptr,
                            sodium_base64_VARIANT_ORIGINAL) == 0);
  out.resize(length);
  return out;
}

Mail mail(std::string subject, std::string text) {
  return {.from = {.name = "Kith", .address = "no-reply@example.com"},
          .to = "zoe@example.com",
          .subject = std::move(subject),
          .text = std::move(text),
          .id = "dlv_01",
          .date = std::chrono::sys_seconds{1'714'000'000s}};
}

TEST_CASE("a mail has a head that holds nothing but ours") {
  const std::string text = "Hello Zoë,\n.\nBcc: other@example.com\n" + std::string(500, 'x');
  const std::string source = mail_source(mail("You are in\r\nBcc: victim@example.com", text));
  const auto end = source.find("\r\n\r\n");
  REQUIRE(end != std::string::npos);
  const std::string head = source.substr(0, end + 2);
  CHECK(head.find("Date: Wed, 24 Apr 2024 23:06:40 +0000\r\n") == 0);
  CHECK(head.find("\r\nFrom: Kith <no-reply@example.com>\r\n") != std::string::npos);
  CHECK(head.find("\r\nTo: zoe@example.com\r\n") != std::string::npos);
  CHECK(head.find("\r\nMessage-ID: <dlv_01@example.com>\r\n") != std::string::npos);
  CHECK(head.find("\r\nBcc:") == std::string::npos);
  CHECK(decoded(source.substr(end + 4)) == text);
  for (std::size_t at = 0; at < source.size();) {
    const auto line_end = source.find("\r\n", at);
    REQUIRE(line_end != std::string::npos);
    CHECK(line_end - at <= 78);
    CHECK(source.substr(at, line_end - at).find_first_of("\r\n") == std::string::npos);
    at = line_end + 2;
  }
}

TEST_CASE("a subject of any script is whole in encoded words") {
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "日本é";
  const std::string source = mail_source(mail(subject, "x"));
  std::string read;
  for (auto at = source.find("=?UTF-8?B?"); at != std::string::npos;
       at = source.find("=?UTF-8?B?", at + 1)) {
    const auto end = source.find("?=", at + 10);
    const std::string word = decoded(source.substr(at + 10, end - at - 10));
    CHECK((static_cast<unsigned char>(word.front()) & 0xC0U) != 0x80U);  // begins a character
    CHECK(end + 2 - at <= 75);
    read += word;
  }
  CHECK(read == subject);
}

TEST_CASE("addresses that could end a header or an envelope are none") {
  CHECK(is_mail_address("a@b"));
  CHECK(is_mail_address("first.last+tag@example.co.uk"));
  for (const char* bad : {"", "@", "a@", "@b", "a", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>",
                          "<a@b>", "a@b>", "a,b@c", "a@b;c", "\"a\"@b", "a@[127.0.0.1]", "a\t@b"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_mail_address(bad));
  }
  CHECK_FALSE(is_mail_address(std::string(250, 'a') + "@b.cd"));
  const auto box = parse_mailbox("Kith Team <no-reply@example.com>");
  REQUIRE(box.has_value());
  CHECK(box->name == "Kith Team");
  CHECK(box->address == "no-reply@example.com");
  CHECK(parse_mailbox("no-reply@example.com")->name.empty());
  for (const char* bad : {"Kith <no-reply@example.com", "Kith", "Kith <>", "K\n<a@b>", ""}) {
    CHECK_FALSE(parse_mailbox(bad).has_value());
  }
}

TEST_CASE("mails about accounts hold the link, or the token where there is none") {
  Delivery reset = delivery();
  reset.kind = OutgoingKind::reset_password;
  reset.token = "rst_abc";
  const MailText bare = mail_text(reset, {});
  CHECK(bare.subject == "Choose a new password");
  CHECK(bare.text.find("    rst_abc\n") != std::string::npos);
  const MailText linked =
      mail_text(reset, {.verify_url = "https://v/{token}", .reset_url = "https://r/?t={token}"});
  CHECK(linked.text.find("https://r/?t=rst_abc\n") != std::string::npos);
  reset.kind = OutgoingKind::verify_email;
  CHECK(mail_text(reset, {.verify_url = "https://v/{token}"}).text.find("https://v/rst_abc\n") !=
        std::string::npos);
}

TEST_CASE("a digest says how many there are, and what") {
  Delivery digest = delivery();
  digest.kind = OutgoingKind::digest;
  CHECK(mail_text(digest, {}).subject == "You are in a new chat");
  digest.more = 7;
  const MailText text = mail_text(digest, {});
  CHECK(text.subject == "8 notifications");
  CHECK(text.text.find("Hello Zoë,") == 0);
  CHECK(text.text.find("You are in a new chat (2024-04-24 23:06 UTC)") != std::string::npos);
  CHECK(text.text.find("and 7 more.") != std::string::npos);
}

}  // namespace
}  // namespace kith
