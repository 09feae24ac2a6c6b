// One WebSocket after its handshake: the socket, the codec, and what waits to be written. The
// engine decides; this moves bytes (ARCHITECTURE 2.6).
//
// Reading: when the poller says that there is something, reads once into the shard's buffer,
// decodes in place. Not watched while the engine says so. Writing: whatever the turn has appended
// goes out with one call at the end of the turn; writability is waited for only where something did
// not fit.
//
// Closing: the close frame goes out behind everything else, then the sending side is shut down and
// what still comes is thrown away until the peer is done, at most kLingerTimeout. Of what waits for
// a reader that takes nothing for kStallTimeout only the frame under way is kept, and a close frame
// put behind it, for as long again.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.h"
#include "gateway/client_socket.h"
#include "gateway/connection_limits.h"
#include "gateway/flush_queue.h"
#include "gateway/outbound.h"
#include "gateway/shard_services.h"
#include "gateway/socket_poller.h"
#include "protocol/frame.h"

namespace kith {

class WebSocketSession;

// What the sessions of one shard share.
struct WebSocketShard {
  Engine& engine;
  GatewayCounters& counters;
  SocketPoller& poller;
  // For those whose login is still to come: a few per turn, so that thousands who come at once do
  // not stand before those who are there.
  SocketPoller& lobby;
  // Whose peer has gone: their leave_engine() is due, a few per turn too.
  std::vector<WebSocketSession*>& leaving;
  BlockPool& blocks;
  std::vector<char>& read_buffer;
  std::function<TurnTime()> enter_turn;  // begins the turn if this is its first event
  FlushQueue<WebSocketSession>& to_flush;
  std::chrono::seconds ping_interval;
  std::chrono::seconds ping_timeout;
};

class WebSocketSession final : public SessionSink,
                               public FrameDecoder::Handler,
                               public SocketPoller::Client {
 public:
  WebSocketSession(ClientSocket socket, WebSocketShard& shard, ConnectionLimits::Place place,
                   std::string correlation_id, std::size_t frame_bytes_max);
  ~WebSocketSession() override;

  // Tells the engine, and decodes what was read behind the handshake.
  void start(OpenSocket opening, std::string leftover);

  // At the end of a turn: writes what waits (FlushQueue).
  void flush();
  void hold_chunk();  // what it still refers to goes into outbound_
  bool waits_to_flush() const { return dirty_; }
  // Once a second: pings, and ends what is dead, stalled or lingering. `lenient`: this process
  // itself was late, so nobody is judged by the time that has passed.
  void check(SteadyTime now, bool lenient);
  // To free memory: closes with 4013, and drops what waits to be written: the client comes back for
  // it. Nothing of one that closes already.
  void shed();
  // A chunk is everybody's: nobody's leaving frees it.
  std::size_t sheddable_bytes() const {
    return state_ == State::open && chunk_ == nullptr ? queued_bytes_ : 0;
  }
  bool is_closed() const { return state_ == State::closed; }
  bool is_leaving() const { return leaving_; }
  void leave_engine();

  // SessionSink
  void write(std::string_view frames, std::uint32_t count = 1) override;
  void write_shared(const std::shared_ptr<const std::string>& frames, std::uint32_t count) override;
  void identified(const UserId& user) override;
  void close(CloseCode code, std::string_view reason) override;
  void set_reading(bool reading) override;

  // FrameDecoder::Handler
  bool on_message(Opcode opcode, std::string_view payload, bool padded) override;
  bool on_ping(std::string_view payload) override;
  bool on_pong(std::string_view payload) override;
  bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override;

 private:
  enum class State : std::uint8_t {
    open,
    closing,    // the close frame waits to be written; the engine has forgotten us
    lingering,  // it is written and our side shut down: until the peer is done
    closed,
  };

  void on_ready(std::uint32_t events) override;
  bool wants_to_read() const;
  SocketPoller& poller() const { return settled_ ? shard_.poller : shard_.lobby; }
  void watch();  // tells the poller what is waited for, where that has changed
  void receive();
  void leave();
  void decode(std::span<char> bytes, std::size_t slack);
  void begin_close(std::uint16_t code, std::string_view reason);
  void finish_close();  // everything is written
  void abandon();       // the socket is gone or given up
  void log_close(std::uint16_t code, std::string_view reason) const;
  void give_up_stalled(SteadyTime now);
  void drop_waiting();  // all but the rest of the frame under way
  void mark_dirty();
  void write_waiting();  // what the socket takes, and what follows from that
  bool send_waiting();   // as much as the socket takes; false: the socket is gone
  ssize_t send_once();   // what send(2) or sendmsg(2) said
  bool count_idle_frame();
  std::chrono::milliseconds ping_after() const;  // of silence
  int unacknowledged_bytes();                    // written, and not yet taken by the peer's side
  bool peer_took_something();                    // of them, since the last look

  // First what a fan-out touches, so that it lies in few cache lines (SessionSink::expect_write).
  WebSocketShard& shard_;
  // All that this turn has for us so far: one chunk, the engine's (SessionSink::write_shared). Sent
  // from where it lies; it comes into outbound_ only when the socket is full or more is to be said.
  // 5,000 subscribers, 16 in flight: 0.50 us a delivery with a copy for each, 0.40 without (a bare
  // server 0.36), since the copies push everything out of the caches.
  const std::shared_ptr<const std::string>* chunk_ = nullptr;
  State state_ = State::open;
  bool engine_knows_ = false;
  bool reading_ = true;
  bool waits_writable_ = false;
  bool dirty_ = false;  // in WebSocketShard::to_flush
  bool pinged_ = false;
  bool settled_ = false;  // of the poller, no more of the lobby
  bool leaving_ = false;  // in WebSocketShard::leaving
  SessionRef ref_;
  SteadyTime progress_{};  // something was written, or nothing waited
  Outbound outbound_;
  int socket_ = -1;            // ours; -1: closed
  std::uint32_t watched_ = 0;  // what the poller was last told

  const ConnectionLimits::Place place_;
  const std::string correlation_id_;  // of the upgrade
  std::optional<UserId> user_;
  FrameDecoder decoder_;
  SteadyTime heard_{};  // anything came, or a full socket has room again
  SteadyTime pinged_at_{};
  int unacknowledged_ = 0;  // at the last look
  SteadyTime linger_until_{};
  SteadyTime idle_window_{};
  std::uint32_t idle_frames_ = 0;
};

}  // namespace kith
