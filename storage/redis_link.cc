#include "storage/redis_link.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace kith {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 64 * 1024;
// A connection that has lasted so long has worked: the next attempt after it is a first one.
constexpr auto kSettled = 5s;

std::string explain_refusal(const std::string& word) {
  if (word == "WRONGPASS") return "WRONGPASS: the user or the password of bus.url is wrong";
  if (word == "NOAUTH") return "NOAUTH: it wants a password, and bus.url has none";
  if (word == "NOPERM") return "NOPERM: the user may not do what the bus needs (HELLO)";
  if (word == "ERR") return "ERR: it may be older than Redis 6, or want no password";
  return word;
}

}  // namespace

std::string redis_error_word(const redisReply& reply) {
  const std::string_view text = text_of(reply);
  const std::string_view word = text.substr(0, text.find(' '));
  const bool plain = !word.empty() && word.size() <= 20 &&
                     std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
  return plain ? std::string(word) : "an error";
}

void append_redis_word(std::string& out, std::string_view word) {
  out += '$';
  out += std::to_string(word.size());
  out += "\r\n";
  out += word;
  out += "\r\n";
}

void append_redis_array(std::string& out, std::size_t words) {
  out += '*';
  out += std::to_string(words);
  out += "\r\n";
}

void append_redis_command(std::string& out, std::initializer_list<std::string_view> words) {
  append_redis_array(out, words.size());
  for (const std::string_view word : words) append_redis_word(out, word);
}

struct RedisLink::Connection {
  Connection(asio::io_context& io, const RedisLinkOptions& options)
      : socket(io.get_executor(), options.address, options.tls),
        replies(options.reply_bytes_max),
        wake(io, SteadyTime::max()) {}

  void end(std::string why) {
    if (ended) return;
    ended = true;
    reason = std::move(why);
    socket.close();
    wake.cancel();
  }

  RedisSocket socket;
  RedisReplyReader replies;
  asio::steady_timer wake;  // of the writer: cancelled when there is something to write
  std::string pending;      // next to be written
  std::string writing;
  bool ended = false;
  std::string reason;  // of the end
};

RedisLink::RedisLink(asio::io_context& io, RedisLinkOptions options, RedisLinkEvents events)
    : io_(io),
      options_(std::move(options)),
      events_(std::move(events)),
      random_(std::random_device{}()) {}

RedisLink::~RedisLink() = default;

void RedisLink::start() {
  asio::co_spawn(io_, run(), [this](const std::exception_ptr& failure) { failed(failure); });
}

// A want of memory, or a bug of ours: begins anew, since without its bus a node would be deaf.
void RedisLink::failed(const std::exception_ptr& failure) {
  std::string reason = "it ended by itself";
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    reason = std::string("exception: ") + error.what();
  }
  if (connection_ != nullptr) connection_->end(reason);
  connection_.reset();
  up_ = false;
  ++attempts_;
  events_.on_down(reason);
  start();
}

void RedisLink::send(std::string_view commands) {
  if (!up_) return;
  connection_->pending += commands;
  connection_->wake.cancel();
}

std::size_t RedisLink::unsent_bytes() const {
  return connection_ == nullptr ? 0 : connection_->pending.size() + connection_->writing.size();
}

void RedisLink::drop(std::string reason) {
  if (connection_ != nullptr) connection_->end(std::move(reason));
}

void RedisLink::check(SteadyTime now) {
  if (connection_ == nullptr || up_ || now - connecting_since_ < options_.connect_timeout) return;
  drop("Redis did not answer in time");
}

std::string RedisLink::hello() const {
  const RedisAddress& address = options_.address;
  std::string out;
  if (address.password.empty()) {
    append_redis_command(out, {"HELLO", "2", "SETNAME", options_.name});
  } else {
    const std::string user = address.user.empty() ? "default" : address.user;
    append_redis_command(out,
                         {"HELLO", "2", "AUTH", user, address.password, "SETNAME", options_.name});
  }
  return out;
}

Status RedisLink::greeted(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) {
    return fail(ErrorCode::unavailable,
                "Redis refuses the connection: " + explain_refusal(redis_error_word(reply)));
  }
  if (reply.type != REDIS_REPLY_ARRAY) {
    return fail(ErrorCode::unavailable, "what answers there is no Redis");
  }
  return Nothing{};
}

asio::awaitable<Status> RedisLink::connect(std::shared_ptr<Connection> connection) {
  if (auto connected = co_await connection->socket.connect(); !connected) co_return connected;
  const std::string greeting = hello();
  bytes_sent_ += greeting.size();
  co_return co_await connection->socket.write(greeting);
}

asio::awaitable<Status> RedisLink::read(std::shared_ptr<Connection> connection) {
  std::vector<char> buffer(kReadBytes);
  while (true) {
    const auto bytes = co_await connection->socket.read(buffer);
    if (!bytes) co_return bytes.error();
    bytes_received_ += *bytes;
    Status judged = Nothing{};
    const bool fine =
        connection->replies.feed({buffer.data(), *bytes}, [&](const redisReply& reply) {
          if (up_) return events_.on_reply(reply) && !connection->ended;
          judged = greeted(reply);
          if (!judged) return false;
          up_ = true;
          asio::co_spawn(io_, write(connection), [connection](const std::exception_ptr& failure) {
            if (failure) connection->end("writing failed");
          });
          events_.on_up();
          return true;
        });
    if (!judged) co_return judged;
    if (up_) events_.on_read();
    if (!fine) co_return fail(ErrorCode::unavailable, "Redis said something that it should not");
  }
}

asio::awaitable<void> RedisLink::write(std::shared_ptr<Connection> connection) {
  while (!connection->ended) {
    if (connection->pending.empty()) {
      co_await connection->wake.async_wait(kAwait);
      continue;
    }
    connection->writing.clear();
    connection->writing.swap(connection->pending);
    const Status written = co_await connection->socket.write(connection->writing);
    if (!written) {
      connection->end(written.error().message);
      break;
    }
    bytes_sent_ += connection->writing.size();
    connection->writing.clear();
    if (connection->pending.empty() && !connection->ended) events_.on_written();
  }
}

std::chrono::milliseconds RedisLink::next_wait() {
  const auto doubled = options_.backoff_min * (std::int64_t{1} << std::min(attempts_ - 1, 16U));
  const auto most = std::min<std::chrono::milliseconds>(doubled, options_.backoff_max).count();
  return std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>(0, most)(random_)};
}

asio::awaitable<void> RedisLink::run() {
  while (true) {
    if (attempts_ > 0) {
      asio::steady_timer wait(io_, next_wait());
      co_await wait.async_wait(kAwait);
    }
    const auto connection = std::make_shared<Connection>(io_, options_);
    connection_ = connection;
    connecting_since_ = std::chrono::steady_clock::now();
    Status ended = co_await connect(connection);
    if (ended) ended = co_await read(connection);
    connection->end(ended.error().message);
    const auto lasted = std::chrono::steady_clock::now() - connecting_since_;
    attempts_ = up_ && lasted > kSettled ? 1 : attempts_ + 1;
    up_ = false;
    connection_.reset();
    events_.on_down(connection->reason);
  }
}

}  // namespace kith
