// A WebSocket client that can also misbehave: blocking, with a deadline on everything, and every
// frame written by hand. Throws std::runtime_error where what comes is not what the test expects,
// and of these Disconnected where the connection is over, DeadlinePassed where nothing comes
// (socket.h).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/socket.h"

namespace kith::test {

class WsClient {
 public:
  struct Options {
    std::string path = "/ws";
    std::vector<std::pair<std::string, std::string>> headers{};
    int receive_buffer_bytes = 0;
    std::chrono::milliseconds patience = kPatience;  // until it is upgraded
  };
  struct Frame {
    std::uint8_t opcode = 1;
    bool fin = true;
    bool masked = true;
    std::uint8_t reserved_bits = 0;                 // RSV1-3
    std::optional<std::uint64_t> declared_bytes{};  // where it is to lie about its length
  };

  // Opens and upgrades; throws where the answer is not 101.
  WsClient(std::uint16_t port, Options options);
  explicit WsClient(std::uint16_t port) : WsClient(port, Options{}) {}

  void send(std::string_view json) { send_frame({}, json); }
  void send_frame(Frame frame, std::string_view payload);
  void send_raw(std::string_view bytes);
  static std::string encode(Frame frame, std::string_view payload);

  // The next JSON object.
  Json next(std::chrono::milliseconds patience = kPatience);
  // The next object must be of this type.
  Json expect(std::string_view type);
  // The next object that is of this type (and fits); those before it are dropped.
  Json wait_for(std::string_view type);
  Json wait_for(std::string_view what, const std::function<bool(const Json&)>& fits);
  // Sends, and gives the answer that carries the frame's id; what comes before it stays queued.
  // `frame` is a JSON object without `id`.
  Json ask(std::string_view frame);
  // Everything that comes before the answer to a ping: what was under way has then arrived.
  std::vector<Json> fence();
  // Reads to the end; the close code (1006 where there was no close frame, 1005: none in it).
  std::uint16_t wait_close();
  std::optional<Json> closing() const { return closing_; }  // the announcement, where there was one
  // The reason in the close frame.
  const std::string& close_reason() const { return close_reason_; }
  // True while nothing waits to be read and the connection stands.
  bool quiet() const { return queue_.empty() && !socket_.readable(); }

  void answer_pings(bool yes) { answer_pings_ = yes; }
  void close(std::uint16_t code = 1000);
  void drop() { socket_.close(); }
  void abort() { socket_.abort(); }
  Socket& socket() { return socket_; }

 private:
  bool pump(Clock::time_point deadline);  // false: closed
  bool take_frame();
  void on_frame(std::uint8_t opcode, std::string_view payload);
  Json pop();

  Socket socket_;
  std::string buffered_;
  std::string message_;  // fragments so far
  std::deque<Json> queue_;
  std::optional<std::uint16_t> close_code_;
  std::string close_reason_;
  std::optional<Json> closing_;
  bool answer_pings_ = true;
  std::uint64_t next_id_ = 1;
};

}  // namespace kith::test
