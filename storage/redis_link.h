// A connection to Redis that is kept up: it connects, logs in (HELLO 2, with AUTH and SETNAME), and
// when it breaks or is dropped it comes back, after a wait drawn at random between nothing and a
// bound that doubles (full jitter: the nodes of a cluster do not come back as one). For ever.
//
// What is written goes out in order, pipelined; the owner keeps it bounded by looking at
// unsent_bytes(). What Redis says is handed on as it comes; a stream that is no RESP, or an answer
// that the owner did not expect, ends the connection. Errors never hold what Redis has said beyond
// the first word of it: it repeats what it was sent, and that may have been the password.
//
// Thread: its io_context's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "protocol/ids.h"
#include "storage/redis_reply_reader.h"
#include "storage/redis_socket.h"

namespace kith {

// Appends a command as Redis reads it (an array of bulk strings).
void append_redis_command(std::string& out, std::initializer_list<std::string_view> words);
void append_redis_array(std::string& out, std::size_t words);  // then so many append_redis_word()
void append_redis_word(std::string& out, std::string_view word);

// "WRONGPASS", "NOAUTH", "ERR" ...: the first word of an error, where it looks like one.
std::string redis_error_word(const redisReply& reply);

struct RedisLinkOptions {
  const RedisAddress& address;
  std::shared_ptr<boost::asio::ssl::context> tls;
  std::string name;  // CLIENT SETNAME; without spaces
  std::size_t reply_bytes_max = 0;
  std::chrono::milliseconds connect_timeout{5000};  // until Redis has answered HELLO
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{3000};
};

struct RedisLinkEvents {
  std::function<void()> on_up;
  // It broke, or an attempt to connect came to nothing. Why, for people.
  std::function<void(const std::string& reason)> on_down;
  // False: not what it should be.
  std::function<bool(const redisReply& reply)> on_reply;
  std::function<void()> on_read;     // all answers of one read have been handed on
  std::function<void()> on_written;  // everything has been written
};

class RedisLink {
 public:
  RedisLink(boost::asio::io_context& io, RedisLinkOptions options, RedisLinkEvents events);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  void start();  // once; `this` outlives the io_context's handlers
  bool is_up() const { return up_; }
  // While it is up: commands. Otherwise they are thrown away.
  void send(std::string_view commands);
  std::size_t unsent_bytes() const;
  // Ends the connection of now, if there is one; on_down() comes with this reason.
  void drop(std::string reason);
  // Now and then: for the time that connecting may take.
  void check(SteadyTime now);
  // Lets go of what belongs to the io_context, before that goes; on no thread of it.
  void abandon() { connection_.reset(); }

  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  struct Connection;
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<Status> connect(std::shared_ptr<Connection> connection);
  boost::asio::awaitable<Status> read(std::shared_ptr<Connection> connection);
  boost::asio::awaitable<void> write(std::shared_ptr<Connection> connection);
  Status greeted(const redisReply& reply);
  void failed(const std::exception_ptr& failure);
  std::string hello() const;
  std::chrono::milliseconds next_wait();

  boost::asio::io_context& io_;
  const RedisLinkOptions options_;
  const RedisLinkEvents events_;
  std::shared_ptr<Connection> connection_;  // the one of now, also while it connects
  bool up_ = false;
  SteadyTime connecting_since_{};
  std::uint32_t attempts_ = 0;  // that came to nothing, one after the other
  std::minstd_rand random_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace kith
