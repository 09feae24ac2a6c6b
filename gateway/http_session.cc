#include "gateway/http_session.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <exception>

#include "gateway/client_address.h"
#include "gateway/config.h"
#include "gateway/http_answer.h"
#include "gateway/http_dispatch.h"
#include "gateway/log.h"
#include "gateway/origin_policy.h"
#include "gateway/told_refusals.h"
#include "gateway/websocket_upgrade.h"

namespace kith {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 8 * 1024;
constexpr auto kWriteProgressTimeout = 30s;
constexpr auto kBodyGrace = 5s;
constexpr std::size_t kBodyBytesPerSecond = 1024;
constexpr auto kLingerTimeout = 2s;
constexpr std::size_t kLingerBytesMax = 256 * 1024;

Problem connection_lost() {
  return fatal_problem(400, "the request is not complete");
}

}  // namespace

HttpSession::HttpSession(ClientSocket socket, ShardServices& services, UpgradeHandler& upgrades)
    : socket_(std::move(socket)), services_(services), upgrades_(upgrades), deadline_(socket_) {
  boost::system::error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (!error) peer_ = endpoint.address();
  ++services_.counters.connections_open;
}

HttpSession::~HttpSession() {
  --services_.counters.connections_open;
}

asio::awaitable<void> HttpSession::run() {
  while (socket_.is_open()) {
    const Again again = co_await serve_one();
    in_flight_.reset();
    if (!again) co_return;
    first_request_ = false;
  }
}

asio::awaitable<HttpSession::Again> HttpSession::serve_one() {
  Checked<HttpHead> head = co_await read_head();
  if (auto* refusal = std::get_if<Problem>(&head)) {
    // Nobody is there to read an answer, or nothing was asked.
    if (refusal->status == 0) co_return false;
    if (refusal->status == 400) tell_of_garbage(services_, peer_, *refusal);
    HttpRequest unknown;
    unknown.correlation_id = correlation_id_of(nullptr);
    co_return co_await refuse(*refusal, std::move(unknown));
  }
  in_flight_.emplace(services_.counters);
  const std::string correlation_id = correlation_id_of(std::get_if<HttpHead>(&head));
  const auto method = parse_http_method(std::get<HttpHead>(head).method);
  HttpHead origin = origin_of(std::get<HttpHead>(head));
  Checked<HttpRequest> checked =
      check_head(std::get<HttpHead>(std::move(head)), services_.config.limits.body_bytes);
  if (auto* refusal = std::get_if<Problem>(&checked)) {
    HttpRequest unchecked;
    unchecked.method = method.value_or(HttpMethod::get);
    unchecked.correlation_id = correlation_id;
    unchecked.head = std::move(origin);  // so that a browser may read the refusal
    co_return co_await refuse(*refusal, std::move(unchecked));
  }
  HttpRequest& request = std::get<HttpRequest>(checked);
  request.correlation_id = correlation_id;
  identify(request);
  const auto segments = without_api_prefix(request.segments);

  if (is_websocket_path(segments) && asks_for_upgrade(request)) {
    if (auto refusal = refusal_of_upgrade(request)) {
      co_return co_await refuse(*refusal, std::move(request));
    }
    co_await upgrade(request, segments);
    co_return false;
  }
  if (auto refusal = refusal_before_body(request, segments)) {
    // The body is still to come and nobody reads it, so the connection ends.
    refusal->close = refusal->close || request.body_bytes != 0;
    co_return co_await answer(request, to_response(*refusal, correlation_id));
  }
  const auto body_refusal = co_await read_body(request);
  if (body_refusal) co_return co_await refuse(*body_refusal, std::move(request));
  HttpResponse response = co_await dispatch(services_, request, segments);
  co_return co_await answer(request, std::move(response));
}

asio::awaitable<Checked<HttpHead>> HttpSession::read_head() {
  Problem nothing_asked{.status = 0};
  // A pipelined request may be here already; its head's time begins now.
  const auto idle = first_request_ ? limits::kHeaderTimeout : limits::kKeepAliveTimeout;
  deadline_.expire_after(inbox_.empty() ? idle : limits::kHeaderTimeout);
  if (inbox_.empty()) {
    const bool began = co_await read_some();
    if (!began) co_return nothing_asked;
    if (!first_request_) deadline_.expire_after(limits::kHeaderTimeout);
  }
  // RFC 9112 section 2.2: an empty line in front of a request is skipped, one of them.
  while (inbox_.size() < 2 && inbox_ == "\r") {
    const bool more = co_await read_some();
    if (!more) co_return nothing_asked;
  }
  if (inbox_.starts_with("\r\n")) inbox_.erase(0, 2);

  HeadScanner scanner(services_.config.limits.header_bytes);
  while (true) {
    auto outcome = scanner.scan(inbox_);
    if (auto* refusal = std::get_if<Problem>(&outcome)) co_return std::move(*refusal);
    if (const auto* complete = std::get_if<HeadScanner::Complete>(&outcome)) {
      auto head = parse_head(std::string_view(inbox_).substr(0, complete->head_bytes));
      inbox_.erase(0, complete->head_bytes);
      deadline_.clear();
      co_return head;
    }
    const bool more = co_await read_some();
    if (!more) {
      if (!deadline_.passed()) co_return nothing_asked;
      if (inbox_.empty()) co_return nothing_asked;
      co_return fatal_problem(408, "the request did not come in time");
    }
  }
}

// Who has said nothing yet holds no buffer: in a storm they are thousands.
asio::awaitable<bool> HttpSession::read_some() {
  ReadOutcome outcome = read_available();
  while (outcome == ReadOutcome::nothing_yet) {
    const auto [error] = co_await socket_.async_wait(ClientSocket::wait_read, kAwait);
    if (error) co_return false;
    outcome = read_available();
  }
  co_return outcome == ReadOutcome::some;
}

HttpSession::ReadOutcome HttpSession::read_available() {
  std::array<char, kReadBytes> bytes;
  ssize_t got = -1;
  do {
    got = recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return ReadOutcome::nothing_yet;
  if (got <= 0) return ReadOutcome::ended;
  inbox_.append(bytes.data(), static_cast<std::size_t>(got));
  services_.counters.bytes_in += static_cast<std::uint64_t>(got);
  return ReadOutcome::some;
}

asio::awaitable<std::optional<Problem>> HttpSession::read_body(HttpRequest& request) {
  const std::size_t wanted = request.body_bytes;
  if (wanted == 0) co_return std::nullopt;
  if (request.expects_continue && inbox_.empty()) {
    const bool told = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!told) co_return connection_lost();
  }
  const auto begun = std::chrono::steady_clock::now();
  while (inbox_.size() < wanted) {
    // 1 KiB per second, behind the first five: an R-U-D-Y gets no further.
    const auto earned = std::chrono::seconds(inbox_.size() / kBodyBytesPerSecond);
    deadline_.expire_at(begun + kBodyGrace + earned);
    const bool more = co_await read_some();
    if (!more) {
      if (deadline_.passed()) co_return fatal_problem(408, "the body did not come in time");
      co_return connection_lost();
    }
  }
  deadline_.clear();
  request.body = inbox_.substr(0, wanted);
  inbox_.erase(0, wanted);
  co_return std::nullopt;
}

asio::awaitable<bool> HttpSession::write(std::string_view bytes) {
  while (!bytes.empty()) {
    deadline_.expire_after(kWriteProgressTimeout);
    const auto [error, written] =
        co_await socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()), kAwait);
    services_.counters.bytes_out += written;
    if (error) co_return false;
    bytes.remove_prefix(written);
  }
  deadline_.clear();
  co_return true;
}

asio::awaitable<HttpSession::Again> HttpSession::refuse(const Problem& refusal, HttpRequest about) {
  HttpResponse response = to_response(refusal, about.correlation_id);
  about.keep_alive = false;
  co_return co_await answer(about, std::move(response));
}

asio::awaitable<HttpSession::Again> HttpSession::answer(const HttpRequest& request,
                                                        HttpResponse response) {
  add_cors_fields(request.head, services_.config.gateway, response);
  const auto status_class = static_cast<std::size_t>(response.status / 100);
  ++services_.counters.http_requests[std::min<std::size_t>(status_class, 5)];
  if (response.status == 429) ++services_.counters.http_rate_limited;
  const bool again = request.keep_alive && !response.close && !services_.server.draining();
  std::string bytes = answer_head(
      response,
      {.correlation_id = request.correlation_id, .keep_alive = again, .now = services_.now().wall});
  const bool without_body = response.status == 204 || response.status == 304;
  if (request.method != HttpMethod::head && !without_body) bytes += response.body;
  const bool written = co_await write(bytes);
  in_flight_.reset();  // a drain does not wait for the peer to go
  if (written && !again) co_await linger();
  co_return written&& again;
}

// Closing with unread bytes in the kernel resets the connection, and the reset may overtake the
// answer. So: say that we are done, then read what still comes, for a bounded while.
asio::awaitable<void> HttpSession::linger() {
  boost::system::error_code error;
  socket_.shutdown(ClientSocket::shutdown_send, error);
  deadline_.expire_after(kLingerTimeout);
  std::size_t discarded = 0;
  while (!error && discarded < kLingerBytesMax) {
    inbox_.clear();
    const bool more = co_await read_some();
    if (!more) break;
    discarded += inbox_.size();
  }
  socket_.close(error);
}

std::optional<Problem> HttpSession::refusal_of_upgrade(const HttpRequest& request) {
  if (auto refusal = check_upgrade(request, services_.config.gateway)) {
    if (refusal->status == 403) tell_of_foreign_origin(services_, request);
    return refusal;
  }
  const auto no_room = [&]() -> std::optional<Problem> {
    ++services_.counters.handshakes_refused;
    Problem refusal = fatal_problem(503, "no new sockets at the moment");
    // Spread: those who are turned away together do not come back together.
    refusal.retry_after = 1000ms * (1 + request.correlation_id.back() % 5);
    return refusal;
  };
  if (services_.server.draining() || services_.server.memory.is_tight()) return no_room();
  auto place =
      services_.connections.keep(unmapped(peer_), asio::ip::make_address(request.client_address));
  if (!place || !services_.server.admit_handshake(services_.now().steady)) return no_room();
  place_ = *std::move(place);
  return std::nullopt;
}

asio::awaitable<void> HttpSession::upgrade(const HttpRequest& request,
                                           const std::vector<std::string>& segments) {
  const std::string bytes = switching_protocols(request);
  const bool written = co_await write(bytes);
  if (!written) co_return;
  ++services_.counters.handshakes;
  deadline_.stop();
  UpgradeRequest adopted = upgrade_request(request, segments);
  adopted.place = std::move(place_);
  upgrades_.adopt(std::move(socket_), std::move(inbox_), std::move(adopted));
}

void HttpSession::identify(HttpRequest& request) const {
  ClientAddress client = client_address(peer_, request.head, services_.server.trusted_proxies());
  request.client_address = std::move(client.text);
  request.client_is_loopback = client.loopback;
}

asio::awaitable<void> serve_http(ClientSocket socket, ShardServices& services,
                                 UpgradeHandler& upgrades) {
  try {
    HttpSession session(std::move(socket), services, upgrades);
    co_await session.run();
  } catch (const std::exception& error) {
    ++services.counters.handler_failures;
    log_event(LogLevel::error, "http.connection_failed", {{"reason", error.what()}});
  }
}

}  // namespace kith
