// One socket: connects, subscribes its chats, sends, counts what comes, and comes back when the
// connection breaks (full-jitter back-off, `resume` with positions and epoch, unanswered commands
// again). Beast's WebSocket is the other side of the server's own codec: the two check each other.
//
// Thread: the worker's. Lives until the worker's io_context has run out of work.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/board_copy.h"
#include "bench/history_tap.h"
#include "bench/load_context.h"

namespace kith::bench {

// What a message of the run says of itself, at the least: since when it is due.
std::string marked_text(std::uint32_t run, Clock::time_point intended);

class LoadClient {
 public:
  // What makes room for another message of a closed loop.
  enum class Window : std::uint8_t { none, acked, landed };

  // `number` is its place in the crowd. It also spreads clients over loopback source addresses: one
  // has no more than 28 k ports.
  LoadClient(LoadContext& context, const ClientPlan& plan, std::size_t number);

  Awaitable<void> run();  // until stop(), or until the run has failed
  void stop();
  void break_connection();  // as a network does: without a word; it comes back by itself
  void hold();              // breaks, and stays away until release()
  void release(Clock::time_point now);
  void stop_reading();
  void read_again(Clock::time_point now);

  // Open loop: takes the command whether or not the connection stands; latency counts from
  // `intended`. `chat` is one of the client's.
  void act(Action action, std::size_t chat, std::uint64_t random, Clock::time_point intended);
  // Closed loop, until LoadContext::sends_until: keeps that many messages under way, all in all
  // (acked), or in each chat that it was opened for (landed).
  void open_window(Window window, std::size_t messages, std::size_t chat);
  void landed();
  void retry(std::uint64_t command);
  // Reads a chat from `after` on that it did not follow: what was acked must stand in it.
  void inspect(std::size_t chat, Seq after);
  // Asks for all messages of a chat behind `after`, for the history of the run.
  void read_back(std::size_t chat, Seq after);
  void flush();  // at the end of a turn
  // Of the leaderboard among its channels; null: it watches none.
  const BoardCopy* board() const;

  // Commands without an answer, chats whose position is behind what was acked, open histories.
  std::size_t unfinished() const;
  std::size_t unanswered() const;
  const ClientPlan& plan() const { return plan_; }
  Verdict finish(const std::vector<ChatWitness>& everybody) const;
  // Of what was acked in the chats that it inspected, how much it has found.
  std::uint64_t verified(const std::vector<ChatWitness>& everybody) const;

 private:
  static constexpr std::size_t kHistoryLimit = 200;  // the most that the protocol gives
  static constexpr std::size_t kFrameBytesMax = 32 * 1024;
  using Stream = boost::beast::websocket::stream<Socket>;
  using Element = simdjson::dom::element;
  struct Chat {
    std::size_t index;  // into Seed::chats
    ReceiverTrack track;
    std::string last_message;  // ids, where the run's mix needs them
    std::string last_own;
    std::optional<Seq> inspected_after{};  // read back on purpose: no deliveries, no gap
    std::optional<Seq> read_back_after{};  // under way
    std::unique_ptr<BoardCopy> board{};    // of a leaderboard, which has no log
  };
  struct Command {
    Action action = Action::send;
    Clock::time_point intended;
    std::string frame;  // empty: answered
  };

  Awaitable<void> session();
  bool several_nodes() const;
  const Node& node() const;  // that it is on, or tries
  void choose_node();        // its own at first, then the others in turn until it is ready
  bool next_is_another_node() const;
  Awaitable<bool> connect();
  Awaitable<bool> upgrade();
  Awaitable<void> read_frames();
  Awaitable<void> disconnected();
  std::chrono::milliseconds back_off();
  bool given_up();
  void give_up(std::string_view why);
  void attempt_failed(std::string why);
  void note_if_caught_up(Clock::time_point now);
  void close_socket();
  bool socket_is_full();

  void queue(std::string_view object);
  void say_hello();
  void subscribe(Chat& chat);
  Seq log_end_at_least(const Chat& chat) const;
  std::string content(Clock::time_point intended, std::uint64_t random) const;
  static Seen seen_of(Element frame);
  void on_frame(std::string_view text);
  void on_object(std::string_view line, Clock::time_point now);
  void on_ready(Element frame);
  void on_subscribed(Element frame);
  void on_ack(Element frame, Clock::time_point now);
  void on_event(Chat& chat, Element frame, bool message, Clock::time_point now);
  void on_history(Element frame, Clock::time_point now);
  void note_delivery(Chat& chat, Element message, Clock::time_point now);
  void on_broadcast(Chat& club, Element frame, Clock::time_point now);
  void note_broadcast(Element frame, Clock::time_point now);
  void note_origin(std::size_t sender, Clock::time_point due, Clock::time_point now);
  void on_error(Element frame, Clock::time_point now);
  bool on_board_frame(std::string_view type, Element frame, std::size_t bytes);
  void subscribe_board(const Chat& chat);
  void ask_for_board(const Chat& chat);
  void load_history(const Chat& chat, Seq after);
  void load_final(const Chat& chat);
  void on_final(Chat& chat, Element frame);
  Chat& chat_at(std::size_t index);
  void all_subscribed();
  Chat* chat_of(Element frame, std::string_view key);
  Command* command_of(Element frame, std::uint64_t* number = nullptr);
  void answered(Command& command);
  void top_up();

  LoadContext& context_;
  const ClientPlan& plan_;
  const SeedUser& user_;
  std::size_t number_;
  std::vector<Chat> chats_;
  std::unique_ptr<HistoryTap> tap_;  // null: no history is wanted
  std::deque<Command> commands_;     // unanswered, and answered ones between them
  std::uint64_t first_command_ = 0;  // the number of commands_.front(); its frame's `id`
  Window window_ = Window::none;
  std::size_t window_messages_ = 0;
  std::size_t under_way_ = 0;
  std::vector<std::size_t> window_chats_;
  std::size_t next_chat_ = 0;  // of those

  std::unique_ptr<Stream> stream_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer timer_;
  std::deque<std::string> outbox_;                // frames, each of one or more objects
  std::string writing_;                           // the frame under way; empty: none
  std::size_t frame_bytes_max_ = kFrameBytesMax;  // or less, where the server takes no more
  Clock::time_point write_began_;
  bool write_is_late_ = false;
  bool to_flush_ = false;
  bool stopping_ = false;
  bool held_ = false;
  bool reads_ = true;
  // It was released, or reads again, and has not everything yet.
  std::optional<Clock::time_point> catching_up_since_;
  bool greeted_ = false;  // this connection's first frame was heard
  bool ready_ = false;
  bool first_attempt_ = true;
  bool was_ready_ = false;
  bool breaking_ = false;  // the connection's end is this client's own doing
  std::size_t waiting_subscribed_ = 0;
  std::string epoch_;
  std::string trouble_ = "no answer";  // what the last attempt ended with
  unsigned failures_ = 0;              // attempts since the last time that it was ready
  std::size_t attempts_ = 0;           // likewise, with the one under way; which node is next
  std::size_t node_ = 0;
  Clock::time_point away_since_;
  Clock::duration waited_{};                             // since then, by its own choice
  std::optional<std::chrono::milliseconds> told_delay_;  // by connection.closing, or Retry-After
};

}  // namespace kith::bench
