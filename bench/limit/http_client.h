// One GET, over and over, on connections that are kept alive: what a server of anything is asked
// with, kithd and a bare file server alike. One thread, epoll, nothing understood but the status
// and the length.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kith::limit {

struct HttpOptions {
  std::uint16_t port = 0;  // on 127.0.0.1
  std::string path = "/";
  std::string token;  // of the header Authorization; empty: none
  int connections = 16;
  double seconds = 5;
  double rate = 0;  // requests/s, due on a schedule; 0: the next when one is answered
};
struct HttpFigures {
  std::int64_t requests = 0;
  double per_s = 0;
  std::int64_t body_bytes = 0;       // of the last answer
  std::vector<double> latencies_us;  // with a rate: from when it was due
};

// Throws std::runtime_error where a connection fails, or where an answer is not 200 with a
// Content-Length.
HttpFigures run_http_client(const HttpOptions& options);

}  // namespace kith::limit
