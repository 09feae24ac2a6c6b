// A blocking TCP socket to 127.0.0.1 with a deadline on everything. Throws std::runtime_error where
// a deadline passes or the connection breaks in the wrong place: the test then fails with the text.
// Whoever lives with the one or the other catches its type, and nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kith::test {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

inline constexpr auto kPatience = 15s;  // for what should take milliseconds, on a busy machine

// There is no connection, or no more: refused, closed, reset; of a WebSocket also turned away with
// 503, or told that it is closing.
class Disconnected : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The connection may stand, and nothing came, or went, in time.
class DeadlinePassed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Socket {
 public:
  struct Options {
    int receive_buffer_bytes = 0;  // 0: the kernel's choice; set before connecting
  };
  Socket() = default;
  Socket(std::uint16_t port, Options options);
  explicit Socket(std::uint16_t port) : Socket(port, Options{}) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  void send(std::string_view bytes, Clock::time_point deadline);
  // Writes what the kernel takes at once; 0 where it takes nothing.
  std::size_t send_some(std::string_view bytes);
  // Appends what there is, at least one byte. False: the peer has closed.
  bool receive(std::string& into, Clock::time_point deadline);
  bool readable() const;  // something waits, or the peer has closed
  void shutdown_sending();
  void close();
  void abort();  // with a reset, as a crash of the peer's machine would
  bool open() const { return fd_ >= 0; }

 private:
  void wait(short events, Clock::time_point deadline) const;

  int fd_ = -1;
};

// A port of 127.0.0.1 that nobody listens on, outside of the range that the kernel takes source
// ports from: a client that connects again and again to it cannot meet itself there.
std::uint16_t free_port();

}  // namespace kith::test
