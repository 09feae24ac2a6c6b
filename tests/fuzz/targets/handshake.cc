// The fields of a WebSocket handshake: what check_upgrade lets pass is one by RFC 6455 section 4.2.
#include <openssl/evp.h>

#include <algorithm>

#include "gateway/http_request_checks.h"
#include "gateway/origin_policy.h"
#include "gateway/websocket_upgrade.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_oracle.h"

namespace kith::fuzz {
namespace {

std::vector<std::string_view> values_of(const HttpHead& head, std::string_view name) {
  std::vector<std::string_view> out;
  for (const NamedValue& field : head.fields) {
    if (field.name == name) out.push_back(field.value);
  }
  return out;
}

// The members of a comma-separated list in all fields of the name, in lower case.
std::vector<std::string> list_of(const HttpHead& head, std::string_view name) {
  std::vector<std::string> out;
  for (const std::string_view value : values_of(head, name)) {
    out.emplace_back();
    for (const char c : value) {
      if (c == ',') {
        out.emplace_back();
      } else if (c != ' ' && c != '\t') {
        out.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      } else {
        out.back() += ' ';
      }
    }
  }
  for (std::string& each : out) each = trimmed(each);
  return out;
}

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// By OpenSSL, and back again: so that the key is the one text of its 16 bytes.
bool is_key(std::string_view text) {
  if (text.size() != 24 || text.find_first_of(" \t\r\n") != text.npos) return false;
  std::array<unsigned char, 18> bytes{};
  const auto* digits = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DecodeBlock(bytes.data(), digits, static_cast<int>(text.size())) != 18) return false;
  std::array<unsigned char, 25> again{};
  EVP_EncodeBlock(again.data(), bytes.data(), 16);
  return text == reinterpret_cast<const char*>(again.data());
}

bool may_pass(const HttpRequest& request, const GatewayConfig& config) {
  const HttpHead& head = request.head;
  const auto versions = values_of(head, "sec-websocket-version");
  const auto keys = values_of(head, "sec-websocket-key");
  const auto origins = values_of(head, "origin");
  const std::string host(head.find("host").value_or(""));
  const auto same_origin = [&](std::string_view origin) {
    for (const std::string scheme : {"http", "https"}) {
      const std::string port = scheme == "http" ? ":80" : ":443";
      std::string plain_host =
          host.ends_with(port) ? host.substr(0, host.size() - port.size()) : host;
      for (const auto& end : {std::string(), port}) {
        if (equals_ignoring_case(origin, scheme + "://" + plain_host + end) &&
            origin.starts_with(scheme + "://")) {
          return true;
        }
      }
    }
    return false;
  };
  return head.method == "GET" && head.version == 11 && request.body_bytes == 0 &&
         holds(list_of(head, "upgrade"), "websocket") &&
         holds(list_of(head, "connection"), "upgrade") && versions.size() == 1 &&
         versions[0] == "13" && keys.size() == 1 && is_key(keys[0]) &&
         values_of(head, "sec-websocket-protocol").empty() &&
         (origins.empty() || (origins.size() == 1 && (origins[0] == config.allowed_origins[0] ||
                                                      same_origin(origins[0]))));
}

void check_answer(const HttpRequest& request) {
  const std::string answer = switching_protocols(request);
  KITH_ASSERT(answer.starts_with("HTTP/1.1 101 ") && answer.find("\r\n\r\n") == answer.size() - 4);
  KITH_ASSERT(std::count(answer.begin(), answer.end(), '\n') == 7);
  const auto accept = answer.find("Sec-WebSocket-Accept: ");
  KITH_ASSERT(accept != answer.npos && answer.substr(accept + 22 + 27, 3) == "=\r\n");
}

void check_adopted(const HttpRequest& request) {
  const auto segments = request.segments;
  if (segments.empty() || segments.size() > 2) return;  // not a path that takes WebSockets
  const UpgradeRequest adopted = upgrade_request(request, segments);
  KITH_ASSERT(adopted.chat_malformed == (segments.size() == 2 && !adopted.chat));
  if (adopted.chat) KITH_ASSERT(segments[1].size() == adopted.chat->text().size());
  KITH_ASSERT(trimmed(adopted.token) == adopted.token || !bearer_token(request.head));
}

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(handshake) {
  using namespace kith;
  using namespace kith::fuzz;
  static const GatewayConfig config{.allowed_origins = {"https://app.example.com"}};
  // "\n" stands for a line's end, which nothing else can be here.
  std::string bytes = "GET /";
  for (const char c : input) bytes += c == '\n' ? std::string("\r\n") : std::string(1, c);
  bytes += "\r\n\r\n";
  bytes.resize(bytes.find("\r\n\r\n") + 4);

  const auto scanned = HeadScanner{}.scan(bytes);
  if (!std::holds_alternative<HeadScanner::Complete>(scanned)) return;
  auto head = parse_head(bytes);
  if (!std::holds_alternative<HttpHead>(head)) return;
  auto checked = check_head(std::get<HttpHead>(std::move(head)), kBodyBytesMax);
  if (!std::holds_alternative<HttpRequest>(checked)) return;
  HttpRequest& request = std::get<HttpRequest>(checked);
  check_request(bytes, request);
  request.correlation_id = correlation_id_of(&request.head);
  const auto extensions = list_of(request.head, "sec-websocket-extensions").size();

  const auto refusal = check_upgrade(request, config);
  const bool passes = may_pass(request, config) && extensions <= 16;
  KITH_ASSERT(!refusal == passes);
  if (passes) KITH_ASSERT(asks_for_upgrade(request));
  if (refusal) return check_refusal(*refusal);
  check_answer(request);
  check_adopted(request);
}
