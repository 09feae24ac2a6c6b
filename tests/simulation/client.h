// A client as PROTOCOL tells its author to write one: it keeps a position per channel, moves it by
// one, resumes from it, comes back where it was cut, and sends again what it does not know the
// outcome of. What it does and sees is written down; what the server may not do, and the checker
// cannot see, is a violation at once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "tests/history/record.h"
#include "tests/simulation/board_watch.h"
#include "tests/simulation/connection.h"
#include "tests/simulation/frame.h"
#include "tests/simulation/plan.h"

namespace kith::simulation {

class World;

class Client final : public ConnectionUser {
 public:
  Client(World& world, std::size_t number, std::size_t user);

  // Begins to live: connects, acts.
  void start();
  // No more acts; it comes back where it is cut, and settles what is open.
  void calm_down();
  // What is missing for all to be well with it.
  std::optional<std::string> not_well() const;
  // For its copy of the live board to be right, where it has one.
  std::optional<std::string> board_not_well() const;
  std::uint64_t board_frames() const { return board_ ? board_->frames() : 0; }
  void send_message(std::size_t room);
  bool is_ready() const { return ready_; }
  std::shared_ptr<Connection> connection() const { return connection_; }
  void cut();
  // Comes in again just now.
  void come_back();

  // --- ConnectionUser ---
  void on_bytes(std::string_view bytes) override;
  void on_closed(std::uint16_t code) override;

  const std::string name;
  const std::size_t user;

 private:
  static constexpr std::size_t kMessagesKept = 200;

  enum class State : std::uint8_t { off, attaching, live };
  struct Follow {
    State state = State::off;
    std::optional<Seq> after;  // attaching: a replay from here on is due
    Seq position = 0;
    bool known = false;          // the position is worth resuming from
    bool unsubscribing = false;  // its answer is due
    bool watches = false;        // presence
    std::uint32_t losses = 0;    // of the right, when this connection began
    std::set<Seq> own;           // acked to this client
    std::map<std::string, Seq> receipts;
  };
  struct Op {
    std::string op;
    std::string channel;
    std::string client_message_id;
    std::string message_id;
    std::string text;
    std::uint64_t digest = 0;
    std::string event;        // what its ack stands for
    std::optional<Seq> from;  // history: the first that is asked for
    std::optional<Seq> to;    // history: the last
    AuthSessionId login{};    // refresh: that of the new token
  };

  // client.cc: the connection
  void connect();
  void lose_connection(std::uint16_t code);
  void watch();
  void ready(const Frame& frame);
  void send_unsettled();
  std::string init_frame();
  void on_frame(std::string_view text);

  // client_acts.cc
  void act();
  void next_act();
  void act_one(Act act);
  void send_text(std::size_t room, const std::string& client_message_id, const std::string& text);
  void send_over_http(std::size_t room);
  void http_answered(const std::string& id, const Op& op, const Result<Appended>& appended);
  void send_again();
  void flood(std::size_t room);
  void change(Act act, std::size_t room);
  void read_mark(std::size_t room);
  void ask_history(std::size_t room);
  void subscribe(std::size_t room);
  void unsubscribe(std::size_t room);
  std::string new_text();
  std::optional<MessageId> any_message(std::size_t room);
  std::string command(Op op, std::string frame);

  // client_gap.cc; `after`: where it had asked to go on from
  void judge_gap(const Frame& frame, const std::string& channel, const Follow& follow,
                 const std::optional<Seq>& after);
  bool too_much_missed(const std::string& channel, Seq after) const;

  // client_judge.cc
  void judge_event(const Frame& frame, std::string_view type);
  void judge_ack(const Frame& frame);
  void judge_subscribed(const Frame& frame);
  void judge_unsubscribed(const Frame& frame);
  void judge_error(const Frame& frame);
  void judge_history(const Frame& frame);
  void judge_receipt(Follow& follow, std::string_view who, Seq seq);
  void judge_ephemeral(const Frame& frame, std::string_view type);
  void judge_typing(const std::string& channel, const std::string& who, bool start);
  void note_ephemeral(const std::string& channel, std::string_view who, std::string_view event);
  void deliver(const std::string& channel, Seq seq, std::string_view event, const Frame& frame,
               const Op* own);
  void set_state(const std::string& channel, Follow& follow, State state);
  // Nobody on the shard has fallen behind in this connection's life: its acks come in order.
  bool keeps_up() const;
  bool shard_lives() const;
  void violation(const std::string& what);
  void settle(const std::string& op_id, const Op& op, test::Kind kind, const Frame* frame,
              std::string_view code);
  std::optional<Op> answered(const Frame& frame);
  void answered_quietly(const Frame& frame);
  bool watched_presence(const Frame& frame) const;

  World& world_;
  Random random_;
  std::unique_ptr<BoardWatch> board_;  // null: it watches none
  std::shared_ptr<Connection> connection_;
  std::uint32_t conn_ = 0;
  bool started_ = false;
  std::optional<Time> expired_at_;  // closed for its token
  bool calm_ = false;
  bool ready_ = false;
  bool hurries_ = false;  // to connect again
  bool follows_all_ = false;
  std::optional<ChatId> path_;
  AuthSessionId login_;
  std::string partial_;
  Shard* shard_ = nullptr;  // while its node lives that life
  std::size_t node_ = 0;
  std::uint64_t node_life_ = 0;
  std::uint64_t fell_behind_ = 0;  // sessions of the shard that had fallen behind by then
  std::uint64_t dropped_ = 0;      // ephemeral events that it had dropped by then
  Time heard_at_{};
  Time connected_at_{};
  std::uint32_t burst_ = 0;
  Time burst_interval_{};
  std::map<std::string, Follow> follows_;
  std::map<std::string, Op> due_;
  std::map<std::string, std::uint64_t> typing_;  // who is said to, and the serial of it
  std::uint64_t typings_ = 0;
  std::vector<Op> unsettled_;  // sends without an outcome, to be repeated
  std::vector<Op> settled_;    // a few that were acked, to be repeated as well
  std::uint64_t ids_ = 0;
  std::uint64_t made_ = 0;
  simdjson::dom::parser parser_;
};

}  // namespace kith::simulation
