#include "gateway/outgoing/web_hook.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "gateway/outgoing/curl_transfer.h"
#include "protocol/json_writer.h"
#include "protocol/version.h"

namespace kith {
namespace {

namespace ip = boost::asio::ip;

// libcurl keeps the whole of the address, `addrlen` bytes, where `addr` begins.
std::optional<ip::address> address_of(const curl_sockaddr* to) {
  const char* raw = reinterpret_cast<const char*>(to) + offsetof(curl_sockaddr, addr);
  if (to->family == AF_INET && to->addrlen >= sizeof(sockaddr_in)) {
    sockaddr_in in{};
    std::memcpy(&in, raw, sizeof in);
    return ip::address_v4(ntohl(in.sin_addr.s_addr));
  }
  if (to->family == AF_INET6 && to->addrlen >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in{};
    std::memcpy(&in, raw, sizeof in);
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return ip::address_v6(bytes);
  }
  return std::nullopt;
}

struct Connecting {
  const AddressPolicy* policy = nullptr;
  bool refused = false;
};

// Asked for each address that the name has, right before it is connected to.
curl_socket_t open_socket(void* about, curlsocktype, curl_sockaddr* to) {
  auto& connecting = *static_cast<Connecting*>(about);
  const auto address = address_of(to);
  if (!address || !connecting.policy->allows(*address)) {
    connecting.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

}  // namespace

std::string web_hook_body(const Delivery& delivery) {
  std::string out;
  JsonWriter json(out);
  const bool digest = delivery.kind == OutgoingKind::digest;
  json.begin_object().field("type", digest ? "notification.digest" : "notification");
  json.field("id", delivery.id).field("user_id", delivery.user);
  json.field("more", std::int64_t{delivery.more}).key("notifications").begin_array();
  for (const NotificationRecord& notice : delivery.notices) {
    json.begin_object().field("id", notice.id).field("type", notice.type);
    json.key("payload").raw(notice.payload_json).field("created_at", notice.created_at);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

SendOutcome WebHookSender::send(const Delivery& delivery, const std::atomic<bool>& stop) const {
  const std::string body = web_hook_body(delivery);
  const std::string id = delivery.id.text();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::int64_t timestamp = now.time_since_epoch().count();
  std::string signatures;
  for (const WebHookSecret& secret : options_.secrets) {
    if (!signatures.empty()) signatures += ' ';
    signatures += secret.sign(id, timestamp, body);
  }
  CurlTransfer transfer({.url = options_.url,
                         .protocols = "http,https",
                         .timeout = options_.timeout,
                         .ca_file = options_.ca_file},
                        stop);
  Connecting connecting{.policy = &options_.policy};
  transfer.set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  transfer.set(CURLOPT_OPENSOCKETDATA, &connecting);
  transfer.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  transfer.set(CURLOPT_POSTFIELDS, body.c_str());
  transfer.add_header("Content-Type: application/json");
  transfer.add_header("User-Agent: kithd/" + std::string(kVersion));
  transfer.add_header("webhook-id: " + id);
  transfer.add_header("webhook-timestamp: " + std::to_string(timestamp));
  transfer.add_header("webhook-signature: " + signatures);
  transfer.add_header("Expect:");
  const CURLcode code = transfer.perform();
  const long status = transfer.status();
  // An answer that is too long, or is cut: its status has been said.
  const bool answered = code == CURLE_OK || code == CURLE_WRITE_ERROR;
  if (answered && status / 100 == 2) return {.sent = true};
  SendOutcome out;
  if (connecting.refused && !answered) {
    out.reason = "the receiver's address is not one that may be connected to";
  } else if (!answered) {
    out.reason = CurlTransfer::reason(code);
  } else {
    out.reason = "status " + std::to_string(status);
    if (transfer.retry_after().count() > 0) out.retry_after = transfer.retry_after();
  }
  return out;
}

}  // namespace kith
