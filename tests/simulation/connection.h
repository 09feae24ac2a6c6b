// A client's socket with both its ends: what the engine writes into (a SessionSink), what the
// client sees, and the network between them, which is slow, is cut, or lets one end believe that
// the other is still there.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/scheduler.h"

namespace kith::simulation {

class Shard;

// The client's end of a connection tells it of what comes.
class ConnectionUser {
 public:
  virtual void on_bytes(std::string_view bytes) = 0;
  // No more comes. 0: without a close frame.
  virtual void on_closed(std::uint16_t code) = 0;

 protected:
  ~ConnectionUser() = default;
};

class Connection final : public SessionSink, public std::enable_shared_from_this<Connection> {
 public:
  static constexpr std::size_t kUnlimited = ~std::size_t{0};

  Connection(Scheduler& scheduler, const Plan& plan, Shard& shard, ConnectionUser& user,
             Random random);

  // --- SessionSink ---
  void write(std::string_view frames, std::uint32_t count) override;
  void write_shared(const std::shared_ptr<const std::string>& frames, std::uint32_t count) override;
  void close(CloseCode code, std::string_view reason) override;
  void set_reading(bool reading) override;
  void identified(const UserId&) override {}

  // --- the client's end ---
  // Begins; the shard has it in its list from here on.
  void open(OpenSocket socket);
  void send(std::string text);
  // The client goes away and says so.
  void hang_up();
  bool is_open() const { return client_open_; }

  // --- the network ---
  void cut();          // both ends are told, each in its time
  void fall_silent();  // nothing gets through any more, and nobody is told
  void set_speed(std::size_t bytes_per_pump);
  bool was_slowed() const { return slowed_; }

  // --- the shard's end, within its turn ---
  void take_in(Engine& engine);
  // What the network takes now. True: the engine has written more meanwhile.
  bool pump(Engine& engine);
  // The server has done with it.
  bool is_over() const { return over_; }
  bool server_open() const { return server_open_; }
  void shard_died(bool client_is_told);
  void leave_shard() { shard_ = nullptr; }
  // The turn that is under way never happened, as far as anybody can see.
  void forget_turn(std::size_t keep) { out_.resize(std::min(keep, out_.size())); }
  std::size_t waiting_bytes() const { return out_.size(); }
  std::size_t most_queued() const { return most_queued_; }
  SessionRef ref;

 private:
  void to_client(std::string bytes, std::optional<std::uint16_t> code);
  void end_for_client(std::uint16_t code);
  void lose_server();
  void server_looks();
  void forget_oldest();

  Scheduler& scheduler_;
  const Plan& plan_;
  Shard* shard_;
  ConnectionUser* user_;
  Random random_;
  bool client_open_ = true;
  bool server_open_ = false;
  bool over_ = false;
  bool lost_ = false;    // the server will be told in its next turn
  bool silent_ = false;  // nothing gets through
  bool reading_ = true;
  bool slowed_ = false;
  bool stall_watched_ = false;
  std::size_t speed_ = kUnlimited;
  std::size_t most_queued_ = 0;
  Time latency_{};
  Time up_at_{};  // when what was sent last arrives
  Time down_at_{};
  Time pump_at_{};  // a slow network takes something again
  Time progress_at_{};
  std::optional<OpenSocket> opening_;
  std::deque<std::string> incoming_;
  std::string out_;
};

}  // namespace kith::simulation
