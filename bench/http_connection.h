// One HTTP/1.1 connection that is kept alive: a request at a time, opened anew where it has ended.
// Thread: that of its io_context.
#pragma once

#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bench/load_context.h"
#include "bench/nodes.h"

namespace kith::bench {

struct HttpCall {
  std::string_view method = "GET";  // outlives the call
  std::string path;
  std::string token{};
  std::string body{};             // JSON; empty: none is sent
  std::string idempotency_key{};  // the header; empty: none
};

struct HttpReply {
  int status = 0;  // 0: no answer, so nobody knows whether the server did it
  std::string body{};
  std::string trouble{};  // why there was none
  std::optional<std::chrono::seconds> retry_after{};
};

class HttpConnection {
 public:
  // `number`: of the connection, for its loopback source address.
  HttpConnection(boost::asio::io_context& io, const Target& target, std::size_t number);

  // Within half a minute, or there is no answer. The call must live until then.
  Awaitable<HttpReply> send(const HttpCall& call);
  // For good: what is under way ends without an answer.
  void close();

 private:
  using Stream = boost::beast::basic_stream<boost::asio::ip::tcp, Executor>;

  Awaitable<boost::system::error_code> connect();
  HttpReply broken(boost::system::error_code error);

  boost::asio::io_context& io_;
  const Target& target_;
  std::size_t number_;
  std::unique_ptr<Stream> stream_;  // null: not connected
  boost::beast::flat_buffer buffer_;
  bool closed_ = false;
};

// One call on a connection of its own. Blocks.
HttpReply ask_once(const Target& target, const HttpCall& call);
// The same, again and again while nobody answers, or 503, for as long: a server may yet come up.
HttpReply ask_patiently(const Target& target, const HttpCall& call,
                        std::chrono::milliseconds within);

}  // namespace kith::bench
