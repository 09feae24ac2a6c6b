#include "gateway/websocket_upgrade.h"

#include <openssl/evp.h>

#include <array>

#include "gateway/origin_policy.h"
#include "protocol/assert.h"

namespace kith {

namespace {

constexpr std::string_view kAcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kExtensionsMax = 16;

bool any_field_has_token(const HttpHead& head, std::string_view name, std::string_view token) {
  for (const NamedValue& field : head.fields) {
    if (field.name == name && has_token(field.value, token)) return true;
  }
  return false;
}

// Base64 of 16 bytes: 22 digits, of which the last carries 2 bits, and two signs of padding.
bool is_websocket_key(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() != 24 || !text.ends_with("==")) return false;
  const auto digits = text.substr(0, 22);
  if (digits.find_first_not_of(kDigits) != std::string_view::npos) return false;
  return std::string_view("AQgw").find(digits.back()) != std::string_view::npos;
}

std::size_t count_extensions(const HttpHead& head) {
  std::size_t count = 0;
  for (const NamedValue& field : head.fields) {
    if (field.name != "sec-websocket-extensions") continue;
    ++count;
    for (const char c : field.value) count += c == ',' ? 1 : 0;
  }
  return count;
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + std::string(kAcceptSuffix);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const int done = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  KITH_ASSERT(done == 1 && size == 20);
  std::array<unsigned char, 29> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return std::string(encoded.begin(), encoded.begin() + length);
}

}  // namespace

bool asks_for_upgrade(const HttpRequest& request) {
  return any_field_has_token(request.head, "upgrade", "websocket") ||
         request.head.count("sec-websocket-key") != 0;
}

std::optional<Problem> check_upgrade(const HttpRequest& request, const GatewayConfig& config) {
  const HttpHead& head = request.head;
  if (request.method != HttpMethod::get || head.version != 11) {
    return fatal_problem(400, "a WebSocket handshake is a GET in HTTP/1.1");
  }
  if (request.body_bytes != 0) return fatal_problem(400, "a WebSocket handshake has no body");
  if (!any_field_has_token(head, "upgrade", "websocket") ||
      !any_field_has_token(head, "connection", "upgrade")) {
    return fatal_problem(400, "the Upgrade or Connection field is missing");
  }
  if (head.count("sec-websocket-version") != 1 || *head.find("sec-websocket-version") != "13") {
    Problem refusal = fatal_problem(426, "only version 13 of the protocol is spoken");
    refusal.fields.push_back({"Sec-WebSocket-Version", "13"});
    refusal.fields.push_back({"Upgrade", "websocket"});
    return refusal;
  }
  if (head.count("sec-websocket-key") != 1 || !is_websocket_key(*head.find("sec-websocket-key"))) {
    return fatal_problem(400, "exactly one Sec-WebSocket-Key of 16 bytes is needed");
  }
  if (head.count("sec-websocket-protocol") != 0) {
    return fatal_problem(400, "no subprotocol is offered");
  }
  if (count_extensions(head) > kExtensionsMax) return fatal_problem(400, "too many extensions");
  if (judge_origin(head, config) == OriginVerdict::foreign) {
    return fatal_problem(403, "this origin is not allowed");
  }
  return std::nullopt;
}

UpgradeRequest upgrade_request(const HttpRequest& request,
                               const std::vector<std::string>& segments) {
  UpgradeRequest upgrade;
  upgrade.correlation_id = request.correlation_id;
  if (auto token = bearer_token(request.head)) {
    upgrade.token = *std::move(token);
  } else {
    upgrade.token = std::string(request.query_value("token").value_or(""));
  }
  if (segments.size() == 2) {
    upgrade.chat = ChatId::parse(segments[1]);
    upgrade.chat_malformed = !upgrade.chat;
  }
  return upgrade;
}

std::string switching_protocols(const HttpRequest& request) {
  std::string out =
      "HTTP/1.1 101 Switching Protocols\r\nServer: kith\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
  out += accept_key(*request.head.find("sec-websocket-key"));
  out += "\r\nX-Correlation-Id: ";
  out += request.correlation_id;
  out += "\r\n\r\n";
  return out;
}

std::optional<std::string> bearer_token(const HttpHead& head) {
  constexpr std::string_view kScheme = "bearer ";
  const auto value = head.find("authorization");
  if (!value || value->size() <= kScheme.size()) return std::nullopt;
  if (!equals_ignoring_case(value->substr(0, kScheme.size()), kScheme)) return std::nullopt;
  return std::string(trimmed(value->substr(kScheme.size())));
}

}  // namespace kith
