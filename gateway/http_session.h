// One connection before it is a WebSocket: reads requests one after the other, answers them in
// order, hands the socket over at an upgrade.
//
// Limits (RELIABILITY 3.2), each with its outcome:
//   head complete within 5 s of its first byte      408, closed
//   idle between requests for 30 s                  closed
//   a body slower than 1 KiB/s behind its first 5 s 408, closed
//   an answer that makes no progress for 30 s       closed
//   pipelined requests                              wait in the kernel: read one at a time
// Memory per connection: one head (16 KiB at the most), one body, one answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "gateway/client_socket.h"
#include "gateway/http_request_checks.h"
#include "gateway/shard_services.h"
#include "gateway/socket_deadline.h"

namespace kith {

// A request is in flight while this lives: a drain waits for its answer.
class RequestInFlight {
 public:
  explicit RequestInFlight(GatewayCounters& counters) : counters_(counters) {
    ++counters_.http_in_flight;
  }
  ~RequestInFlight() { --counters_.http_in_flight; }
  RequestInFlight(const RequestInFlight&) = delete;
  RequestInFlight& operator=(const RequestInFlight&) = delete;

 private:
  GatewayCounters& counters_;
};

class HttpSession {
 public:
  HttpSession(ClientSocket socket, ShardServices& services, UpgradeHandler& upgrades);
  ~HttpSession();
  boost::asio::awaitable<void> run();

 private:
  using Again = bool;  // false: the connection is done

  boost::asio::awaitable<Again> serve_one();
  boost::asio::awaitable<Checked<HttpHead>> read_head();
  enum class ReadOutcome : std::uint8_t { some, nothing_yet, ended };
  ReadOutcome read_available();              // into inbox_, without waiting
  boost::asio::awaitable<bool> read_some();  // false: closed, failed or too late
  boost::asio::awaitable<std::optional<Problem>> read_body(HttpRequest& request);
  boost::asio::awaitable<bool> write(std::string_view bytes);
  // `about` is as far as the request was read.
  boost::asio::awaitable<Again> refuse(const Problem& refusal, HttpRequest about);
  boost::asio::awaitable<Again> answer(const HttpRequest& request, HttpResponse response);
  boost::asio::awaitable<void> upgrade(const HttpRequest& request,
                                       const std::vector<std::string>& segments);
  boost::asio::awaitable<void> linger();
  // Where there is none, the WebSocket has its place.
  std::optional<Problem> refusal_of_upgrade(const HttpRequest& request);
  void identify(HttpRequest& request) const;

  ClientSocket socket_;
  ShardServices& services_;
  UpgradeHandler& upgrades_;
  boost::asio::ip::address peer_;
  SocketDeadline deadline_;
  ConnectionLimits::Place place_;             // for the WebSocket to be
  std::string inbox_;                         // read and not yet used
  std::optional<RequestInFlight> in_flight_;  // from a head read to its answer written
  bool first_request_ = true;
};

}  // namespace kith
