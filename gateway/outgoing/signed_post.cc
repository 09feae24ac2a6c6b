#include "gateway/outgoing/signed_post.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "gateway/outgoing/curl_transfer.h"
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

PostedHook post_signed(const WebHookOptions& options, const std::string& id,
                       const std::string& body, KeepAnswer keep, const std::atomic<bool>& stop) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::int64_t timestamp = now.time_since_epoch().count();
  std::string signatures;
  for (const WebHookSecret& secret : options.secrets) {
    if (!signatures.empty()) signatures += ' ';
    signatures += secret.sign(id, timestamp, body);
  }
  CurlTransfer transfer({.url = options.url,
                         .protocols = "http,https",
                         .timeout = options.timeout,
                         .ca_file = options.ca_file},
                        stop);
  Connecting connecting{.policy = &options.policy};
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
  if (keep == KeepAnswer::yes) transfer.keep_answer();
  const CURLcode code = transfer.perform();
  const long status = transfer.status();
  // An answer that is too long, or is cut: its status has been said.
  const bool answered = code == CURLE_OK || code == CURLE_WRITE_ERROR;
  if (answered && status / 100 == 2) {
    return {.outcome = {.sent = true}, .answer = transfer.answer(), .is_whole = code == CURLE_OK};
  }
  SendOutcome out;
  if (connecting.refused && !answered) {
    out.reason = "the receiver's address is not one that may be connected to";
  } else if (!answered) {
    out.reason = CurlTransfer::reason(code);
  } else {
    out.reason = "status " + std::to_string(status);
    if (transfer.retry_after().count() > 0) out.retry_after = transfer.retry_after();
  }
  return {.outcome = std::move(out)};
}

}  // namespace kith
