// What the content filter is asked, and what passes for a verdict.
#include "gateway/outgoing/content_filter.h"

#include <doctest/doctest.h>

namespace kith {
namespace {

std::string verdict(std::string_view answer) {
  const auto parsed = parse_verdict(answer);
  if (!parsed) return "none: " + parsed.error().message;
  return *parsed ? "hide: " + **parsed : "allow";
}

TEST_CASE("a verdict is to allow or to hide, and nothing else") {
  CHECK(verdict("") == "allow");
  CHECK(verdict(R"({"action":"allow"})") == "allow");
  CHECK(verdict(R"({"action":"allow","reason":"fine","score":0.1})") == "allow");
  CHECK(verdict(R"({"action":"hide"})") == "hide: ");
  CHECK(verdict(R"({"action":"hide","reason":"spam"})") == "hide: spam");
  for (const char* none :
       {"hide", "{}", "[]", "null", R"({"action":1})", R"({"action":"delete"})",
        R"({"action":"hide","reason":7})", R"({"action":"hide")", R"({"action":"hide"}{})"}) {
    CAPTURE(none);
    CHECK(verdict(none).starts_with("none: "));
  }
  CHECK(verdict(R"({"action":"hide","reason":")" + std::string(501, 'x') + "\"}")
            .starts_with("none: "));
}

TEST_CASE("what is asked names the message, and whether it is an edit") {
  Delivery delivery;
  delivery.checked = CheckedMessage{.chat = {},
                                    .message = {},
                                    .sender = {},
                                    .edited = true,
                                    .content = R"({"type":"text","text":"x"})"};
  const std::string body = content_check_body(delivery);
  CHECK(body.starts_with(R"({"type":"message.check","id":"dlv_)"));
  CHECK(body.find(R"("edited":true)") != std::string::npos);
  CHECK(body.find(R"("content":{"type":"text","text":"x"}})") != std::string::npos);
}

}  // namespace
}  // namespace kith
