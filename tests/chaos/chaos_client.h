// One client of hundreds on one loop (crowd.h): a WebSocket that can be slow, silent, cut, and that
// comes back as PROTOCOL asks of clients: it resumes where it was, and repeats under the same
// client_message_id what was not answered. What it does and sees goes into the recorder.
//
// Thread: the crowd's.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chaos/server_frames.h"
#include "tests/history/record.h"
#include "tests/support/socket.h"

namespace simdjson::dom {
class element;
}

namespace kith::test {

class Crowd;

struct ChaosOptions {
  std::string name;
  std::string user;
  std::string token;
  std::vector<std::string> chats{};  // that it follows
  bool presence = false;             // with presence of the chats
  int receive_buffer_bytes = 0;      // 0: the kernel's choice
  // Nothing: whatever comes. 0: it reads no more.
  std::optional<std::size_t> read_bytes_per_second{};
  bool answer_pings = true;
  bool come_back = true;                   // after a cut or a close that allows it
  std::chrono::milliseconds send_every{};  // a message to its first chat; 0: says nothing
  std::size_t message_bytes = 64;
  bool recorded = true;
  bool timed = true;  // what it says and sees counts for the crowd's latencies
};

class ChaosClient {
 public:
  enum class State : std::uint8_t { closed, connecting, upgrading, opening, live };

  ChaosClient(Crowd& crowd, ChaosOptions options);
  ~ChaosClient();
  ChaosClient(const ChaosClient&) = delete;
  ChaosClient& operator=(const ChaosClient&) = delete;

  void connect();
  void cut();  // with a reset; it stays away until connect(), or comes back where it does so
  void stay_away() { options_.come_back = false; }
  void answer_pings(bool yes) { options_.answer_pings = yes; }
  void read_at(std::optional<std::size_t> bytes_per_second);
  void send_every(std::chrono::milliseconds interval) { options_.send_every = interval; }
  void say(std::size_t chat, std::size_t bytes);  // also while not connected: later, then
  void send_text(std::string_view json);          // as it is, and unrecorded

  State state() const { return state_; }
  bool live() const { return state_ == State::live; }
  const ChaosOptions& options() const { return options_; }
  // Followed chats are at least there, and everything said is answered.
  bool reached(const std::map<std::string, std::uint64_t>& heads) const;
  std::uint64_t position(const std::string& chat) const;
  std::size_t unanswered() const { return outgoing_.size(); }
  std::size_t unsent_bytes() const { return out_.size(); }
  const std::set<std::string>& present(const std::string& chat) { return present_[chat]; }

  struct Counts {
    std::uint64_t acked = 0;
    std::uint64_t delivered = 0;
    std::uint64_t refused_handshakes = 0;  // 503
    std::uint64_t refused_untimed = 0;     // of these, without a Retry-After of a second or more
    std::uint64_t connections = 0;         // that came to connection.ready
    // Resumes in the same epoch of one who reads as fast as it can, that were owed a replay and got
    // none.
    std::uint64_t replays_denied = 0;
    std::uint64_t ended = 0;  // connections that ended without our doing
    std::map<std::string, std::uint64_t> errors{};
    std::map<int, std::uint64_t> closes{};
    std::int64_t retry_after_ms = -1;  // the last that an error or connection.closing named
  };
  const Counts& counts() const { return counts_; }

 private:
  friend class Crowd;

  struct Outgoing {
    std::string chat;
    std::string text;
    std::string op_id;  // of the attempt under way; empty: none is
    Clock::time_point retry_at{};
  };

  // Of the crowd's loop.
  void on_ready(std::uint32_t events);
  void tick(Clock::time_point now);

  void watch();
  void flush();
  void read_some();
  bool take_head();
  void take_frames();
  void on_text(std::string_view payload);
  void on_close_frame(std::string_view payload);
  void on_frame(simdjson::dom::element frame);
  void on_ready_frame(simdjson::dom::element frame);
  void on_subscribed(simdjson::dom::element frame);
  void on_ack(simdjson::dom::element frame);
  void on_error(simdjson::dom::element frame);
  void on_event(std::string_view type, simdjson::dom::element frame);
  void on_presence(std::string_view type, simdjson::dom::element frame);
  void judge_replay(const Record& attach);
  void note_subscribing(const std::string& chat);
  void attempt(const std::string& client_message_id, Outgoing& message);
  void went(std::chrono::milliseconds wait);  // the connection is over; back after this time
  void close_socket(bool reset);
  void become_live();
  void move_to(const std::string& chat, std::uint64_t seq);
  Record record(Kind kind) const;
  void note(Record record);

  Crowd& crowd_;
  ChaosOptions options_;
  State state_ = State::closed;
  int fd_ = -1;
  std::uint32_t watched_ = 0;
  std::uint32_t conn_ = 0;
  bool connected_ = false;  // connection.ready came, and is recorded
  std::string out_;
  ServerFrames in_;
  double allowance_ = 0;  // bytes that may be read now
  std::string epoch_;
  bool same_epoch_ = false;  // as before this connection
  std::map<std::string, std::uint64_t> positions_;
  // Chats whose `subscribed` is to come, and from where it was asked for.
  struct Asked {
    std::optional<std::uint64_t> from{};
    std::string op_id{};
  };
  std::map<std::string, Asked> awaited_;
  std::map<std::string, std::set<std::string>> present_;
  std::map<std::string, Outgoing> outgoing_;  // by client_message_id
  std::uint64_t said_ = 0;
  std::uint64_t operations_ = 0;
  std::chrono::milliseconds told_wait_{-1};
  std::optional<Clock::time_point> back_at_;
  Clock::time_point next_send_{};
  Clock::time_point live_since_{};
  Clock::time_point last_tick_{};
  Counts counts_;
};

}  // namespace kith::test
