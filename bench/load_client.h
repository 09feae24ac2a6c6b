// One user's socket: connects, subscribes the user's chats, sends, counts what comes, and comes
// back when the connection breaks (full-jitter back-off, `resume` with positions and epoch, unacked
// messages again with the same client_message_id). Beast's WebSocket is the other side of the
// server's own codec: the two check each other.
//
// Thread: the worker's. Lives until the worker's io_context has run out of work.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/load_context.h"

namespace kith::bench {

class LoadClient {
 public:
  // `number` spreads clients over loopback source addresses: one has no more than 28 k ports.
  LoadClient(LoadContext& context, std::size_t user, std::size_t number);

  boost::asio::awaitable<void> run();  // until stop(), or until the run has failed
  void stop();
  void break_connection();  // as a network does: without a word; it comes back by itself

  // Open loop: takes the message whether or not the connection stands; latency counts from
  // `intended`. `chat` is one of the user's.
  void send(std::size_t chat, Clock::time_point intended);
  void retry(const std::string& client_message_id);

  // Messages without an ack, chats whose position is behind what was acked, histories not loaded.
  std::size_t unfinished() const;
  std::size_t unacked() const { return pending_.size(); }
  Verdict finish(const std::vector<ChatWitness>& everybody) const;

 private:
  using Stream = boost::beast::websocket::stream<boost::asio::ip::tcp::socket>;
  using Element = simdjson::dom::element;
  struct Chat {
    std::size_t index;  // into Seed::chats
    ReceiverTrack track;
  };
  struct Pending {
    std::size_t chat;
    Clock::time_point intended;
    std::string frame;
  };

  boost::asio::awaitable<void> session();
  boost::asio::awaitable<bool> connect();
  boost::asio::awaitable<bool> upgrade();
  boost::asio::awaitable<void> read_frames();
  boost::asio::awaitable<void> disconnected();
  std::chrono::milliseconds back_off();
  bool given_up();
  void give_up(std::string_view why);

  void queue(std::string_view frame);
  void write();
  void say_hello();
  void on_frame(std::string_view text);
  void on_object(std::string_view line, Clock::time_point now);
  void on_ready(Element frame);
  void on_subscribed(Element frame);
  void on_ack(Element frame, Clock::time_point now);
  void on_event(Chat& chat, Element frame, bool message, Clock::time_point now);
  void on_history(Element frame);
  void on_error(Element frame, Clock::time_point now);
  void load_history(std::size_t local, Seq after);
  void all_subscribed();
  Chat* chat_of(Element frame);

  LoadContext& context_;
  const SeedUser& user_;
  std::size_t number_;
  std::vector<Chat> chats_;
  std::unordered_map<std::string_view, std::size_t> local_;  // by chat id, into chats_
  std::map<std::string, Pending> pending_;  // by client id: time-sorted, so in order of sending

  std::unique_ptr<Stream> stream_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer timer_;
  std::vector<std::string> outbox_;
  std::string writing_;  // the frame under way; empty: none
  bool stopping_ = false;
  bool ready_ = false;
  bool first_attempt_ = true;
  bool was_ready_ = false;
  std::size_t waiting_subscribed_ = 0;
  std::string epoch_;
  std::string trouble_ = "no answer";  // what the last attempt ended with
  unsigned failures_ = 0;              // attempts since the last time that it was ready
  Clock::time_point away_since_;
  std::optional<std::chrono::milliseconds> told_delay_;  // by connection.closing, or Retry-After
};

}  // namespace kith::bench
