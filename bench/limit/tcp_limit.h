// Little more than the kernel's own work for a WebSocket broadcaster: what kithd's fan-out is
// measured against. One thread, epoll, no framework. It speaks as much of kith's protocol as
// kith-bench needs (tcp_words.h), checks nothing and stores nothing: `resume`, tokens and rights
// are not looked at, an ack means nothing.
//
// A turn is one epoll_wait. What a channel says in it is joined into one chunk, one frame per
// event; at its end each subscriber's block gets one copy of the chunk (with the acks in place of
// one's own messages) and each socket with something to say gets one non-blocking send. What does
// not fit waits for the socket, up to kWaitingBytesMax, beyond which it is closed and stderr says
// so: a run in which that happens has measured something else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/limit/tcp_words.h"

namespace kith::limit {

class TcpLimit {
 public:
  // Listens on 127.0.0.1. Throws std::system_error where it cannot.
  explicit TcpLimit(std::uint16_t port);
  ~TcpLimit();
  TcpLimit(const TcpLimit&) = delete;
  TcpLimit& operator=(const TcpLimit&) = delete;

  // Until SIGTERM or SIGINT. Throws std::system_error.
  void run();

 private:
  static constexpr std::size_t kWaitingBytesMax = 256U << 20U;

  struct Channel;
  // One's own message within a channel's chunk of this turn, and what one gets in place of it.
  struct Own {
    Channel* channel;
    std::size_t begin;
    std::size_t end;
    std::string ack;
  };
  struct Connection {
    int socket = -1;
    bool upgraded = false;
    bool dirty = false;    // in dirty_
    bool waiting = false;  // the kernel took no more: EPOLLOUT is asked for
    bool closing = false;  // gone at the end of the turn
    std::string in;        // the beginning of what has not come whole
    std::string out;
    std::size_t written = 0;  // of out
    std::string user;
    std::vector<Channel*> channels;
    std::vector<Own> own;  // of this turn
  };
  struct Channel {
    std::uint64_t seq = 0;
    std::string chunk;  // of this turn
    std::vector<Connection*> members;
  };

  void accept_all();
  void on_event(Connection& connection, std::uint32_t events);
  void read(Connection& connection);
  std::size_t handshake(Connection& connection, std::string_view bytes);
  std::size_t frames(Connection& connection, char* bytes, std::size_t size);
  void on_frame(Connection& connection, int opcode, std::string_view payload);
  void on_object(Connection& connection, std::string_view object);
  void on_message(Connection& connection, std::string_view object);
  void subscribe(Connection& connection, std::string_view object);
  void copy_chunk(Connection& connection, Channel& channel);
  void end_turn();
  void mark(Connection& connection);
  void send(Connection& connection);
  void watch(Connection& connection, int operation);
  void close(Connection& connection);
  std::string_view now();

  int listener_ = -1;
  int epoll_ = -1;
  std::uint64_t messages_ = 0;
  std::vector<char> buffer_;
  std::int64_t now_ms_ = 0;
  std::string now_text_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::unordered_map<std::string, Channel> channels_;  // nodes stay where they are
  std::string channel_key_;
  std::vector<Channel*> spoken_;  // channels with a chunk
  std::vector<Connection*> dirty_;
  std::vector<Connection*> closing_;
};

}  // namespace kith::limit
