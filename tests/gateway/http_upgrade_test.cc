// The WebSocket handshake (RFC 6455 section 4.2.1; RELIABILITY 1.2, 3.1) and origins.
#include <doctest/doctest.h>

#include "gateway/http_request_checks.h"
#include "gateway/origin_policy.h"
#include "gateway/websocket_upgrade.h"

namespace kith {
namespace {

struct Handshake {
  std::string method = "GET";
  std::string path = "/ws";
  std::string version = "HTTP/1.1";
  std::vector<std::string> fields = {"Host: chat.example.com", "Upgrade: websocket",
                                     "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
                                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="};

  Handshake without(std::string_view name) const {
    Handshake changed = *this;
    std::erase_if(changed.fields, [name](const std::string& f) { return f.starts_with(name); });
    return changed;
  }
  Handshake with(std::string field) const {
    Handshake changed = *this;
    changed.fields.push_back(std::move(field));
    return changed;
  }
  HttpRequest request() const {
    std::string bytes = method + " " + path + " " + version + "\r\n";
    for (const std::string& field : fields) bytes += field + "\r\n";
    bytes += "\r\n";
    auto head = parse_head(bytes);
    REQUIRE(std::holds_alternative<HttpHead>(head));
    auto checked = check_head(std::get<HttpHead>(std::move(head)), 65536);
    REQUIRE(std::holds_alternative<HttpRequest>(checked));
    return std::get<HttpRequest>(std::move(checked));
  }
};

GatewayConfig config() {
  GatewayConfig made;
  made.allowed_origins = {"https://app.example.com"};
  return made;
}

int status_of(const Handshake& handshake) {
  const HttpRequest request = handshake.request();
  REQUIRE(asks_for_upgrade(request));
  const auto refusal = check_upgrade(request, config());
  return refusal ? refusal->status : 101;
}

TEST_CASE("the handshake of the RFC's example gets the RFC's answer") {
  HttpRequest request = Handshake{}.request();
  CHECK_FALSE(check_upgrade(request, config()));
  request.correlation_id = "x1";
  const std::string answer = switching_protocols(request);
  CHECK(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("malformed handshakes are refused before the upgrade") {
  const Handshake good;
  CHECK(status_of(good) == 101);
  const auto key = [&](const std::string& value) {
    return good.without("Sec-WebSocket-Key").with("Sec-WebSocket-Key: " + value);
  };
  CHECK(status_of(good.without("Sec-WebSocket-Key")) == 400);
  CHECK(status_of(key("abcd")) == 400);
  CHECK(status_of(key("dGhlIHNhbXBsZSBub25jZQ")) == 400);
  CHECK(status_of(key("dGhlIHNhbXBsZSBub25jZR==")) == 400);  // bits behind the 16 bytes
  CHECK(status_of(key("dGhlIHNhbXBsZSBub25jZ$==")) == 400);
  CHECK(status_of(good.with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")) == 400);
  CHECK(status_of(good.without("Connection")) == 400);
  CHECK(status_of(good.without("Connection").with("Connection: close")) == 400);
  CHECK(status_of(good.without("Upgrade").with("Upgrade: h2c")) == 400);
  CHECK(status_of(good.with("Content-Length: 5")) == 400);
  CHECK(status_of(good.with("Sec-WebSocket-Protocol: graphql-ws")) == 400);
  std::string extensions = "Sec-WebSocket-Extensions: x0";
  for (int i = 1; i < 50; ++i) extensions.append(", x").append(std::to_string(i));
  CHECK(status_of(good.with(extensions)) == 400);
  CHECK(status_of(good.with("Sec-WebSocket-Extensions: permessage-deflate")) == 101);

  Handshake old = good;
  old.version = "HTTP/1.0";
  CHECK(status_of(old) == 400);
  Handshake post = good;
  post.method = "POST";
  CHECK(status_of(post) == 400);
}

TEST_CASE("another version of the protocol is told which one is spoken") {
  for (const auto* version : {"8", "0", "14", "13, 8", ""}) {
    const Handshake other = Handshake{}
                                .without("Sec-WebSocket-Version")
                                .with("Sec-WebSocket-Version: " + std::string(version));
    const auto refusal = check_upgrade(other.request(), config());
    REQUIRE(refusal);
    CHECK(refusal->status == 426);
    bool told = false;
    for (const auto& field : refusal->fields) {
      told = told || (field.name == "Sec-WebSocket-Version" && field.value == "13");
    }
    CHECK(told);
  }
  CHECK(status_of(Handshake{}.without("Sec-WebSocket-Version")) == 426);
}

TEST_CASE("origins: the same one and listed ones, exactly") {
  const auto with_origin = [](const std::string& origin) {
    return status_of(Handshake{}.with("Origin: " + origin));
  };
  CHECK(with_origin("https://chat.example.com") == 101);
  CHECK(with_origin("http://chat.example.com") == 101);
  CHECK(with_origin("https://chat.example.com:443") == 101);
  CHECK(with_origin("https://app.example.com") == 101);
  for (const auto* foreign :
       {"null", "https://evil-app.example.com", "https://app.example.com.evil",
        "http://app.example.com", "https://app.example.com:444", "https://app.example.com/",
        "https://chat.example.com:8443", "chat.example.com", "ftp://chat.example.com", ""}) {
    INFO(foreign);
    CHECK(with_origin(foreign) == 403);
  }
  CHECK(status_of(Handshake{}
                      .with("Origin: https://chat.example.com")
                      .with("Origin: https://evil.example.com")) == 403);
}

TEST_CASE("the token comes by header or query, the chat by path; neither is judged here") {
  Handshake handshake;
  handshake.path = "/ws?token=from-query";
  auto upgrade = upgrade_request(handshake.request(), {"ws"});
  CHECK(upgrade.token == "from-query");
  CHECK_FALSE(upgrade.chat);
  CHECK_FALSE(upgrade.chat_malformed);
  upgrade = upgrade_request(handshake.with("Authorization: bearer from-header").request(), {"ws"});
  CHECK(upgrade.token == "from-header");
  upgrade = upgrade_request(Handshake{}.with("Authorization: Basic abc").request(), {"ws"});
  CHECK(upgrade.token.empty());

  const std::string chat = "chat_01J00000000000000000000000";
  upgrade = upgrade_request(Handshake{}.request(), {"chats", chat});
  REQUIRE(upgrade.chat);
  CHECK(upgrade.chat->text() == chat);
  for (const auto* bad :
       {"chat_01j00000000000000000000000", "usr_01J00000000000000000000000", "1"}) {
    upgrade = upgrade_request(Handshake{}.request(), {"chats", bad});
    CHECK_FALSE(upgrade.chat);
    CHECK(upgrade.chat_malformed);
  }
}

}  // namespace
}  // namespace kith
