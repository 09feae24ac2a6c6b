#include "tests/simulation/connection.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/node.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Time kPumpInterval = 20ms;
// The gateway's: a ping after 25 s of silence, 8 s for its answer; 30 s for a reader that takes
// nothing.
constexpr Time kServerSilenceMax = 33s;
constexpr Time kReaderStallMax = 30s;
// Mutation::drop_oldest: no more than this waits.
constexpr std::size_t kForgetfulQueue = 2'000;

}  // namespace

Connection::Connection(Scheduler& scheduler, const Plan& plan, Shard& shard, ConnectionUser& user,
                       Random random)
    : scheduler_(scheduler), plan_(plan), shard_(&shard), user_(&user), random_(random) {
  latency_ = random_.time(100us, random_.chance(200) ? 80ms : 4ms);
}

void Connection::write(std::string_view frames, std::uint32_t) {
  out_ += frames;
  if (plan_.mutation == Mutation::drop_oldest) forget_oldest();
  queued_bytes_ = out_.size();
  most_queued_ = std::max(most_queued_, queued_bytes_);
}

void Connection::write_shared(const std::shared_ptr<const std::string>& frames,
                              std::uint32_t count) {
  write(*frames, count);
}

// Whole frames go, the oldest first; the newest stays.
void Connection::forget_oldest() {
  const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(out_[i])}; };
  while (out_.size() > kForgetfulQueue && byte(0) == 0x81) {
    std::size_t length = 2 + byte(1);
    if (byte(1) == 126) length = 4 + (byte(2) << 8 | byte(3));
    if (byte(1) == 127 || length >= out_.size()) return;
    out_.erase(0, length);
  }
}

void Connection::close(CloseCode code, std::string_view) {
  server_open_ = false;
  over_ = true;
  queued_bytes_ = 0;
  to_client(std::exchange(out_, {}), static_cast<std::uint16_t>(code));
}

void Connection::set_reading(bool reading) {
  reading_ = reading;
  if (reading && !incoming_.empty() && shard_ != nullptr) shard_->wake();
}

void Connection::open(OpenSocket socket) {
  shard_->accept(shared_from_this());
  up_at_ = scheduler_.now() + latency_;
  scheduler_.at(up_at_, [self = shared_from_this(), socket = std::move(socket)]() mutable {
    if (self->shard_ == nullptr || self->silent_ || self->lost_) return;
    self->opening_ = std::move(socket);
    self->shard_->wake();
  });
}

void Connection::send(std::string text) {
  if (!client_open_ || silent_) return;
  up_at_ = std::max(up_at_, scheduler_.now() + latency_ + random_.time(0us, 500us));
  scheduler_.at(up_at_, [self = shared_from_this(), text = std::move(text)]() mutable {
    if (self->shard_ == nullptr || self->lost_ || self->silent_) return;
    self->incoming_.push_back(std::move(text));
    if (self->reading_) self->shard_->wake();
  });
}

void Connection::hang_up() {
  if (!client_open_) return;
  client_open_ = false;
  lose_server();
}

void Connection::cut() {
  if (!client_open_) return;
  // What was on its way up may still arrive; what was on its way down is gone.
  lose_server();
  end_for_client(0);
}

void Connection::lose_server() {
  const bool all_arrives = random_.chance(500);
  const Time told = all_arrives ? up_at_ + 1us : scheduler_.now() + random_.time(0us, 30ms);
  scheduler_.at(told, [self = shared_from_this()] {
    self->lost_ = true;
    if (self->shard_ != nullptr) self->shard_->wake();
  });
}

// Also the server's kernel fills up, and its gateway looks at the clock.
void Connection::fall_silent() {
  if (!client_open_ || silent_) return;
  silent_ = true;
  set_speed(0);
  scheduler_.after(kServerSilenceMax, [self = shared_from_this()] {
    self->lost_ = true;
    if (self->shard_ != nullptr) self->shard_->wake();
  });
}

void Connection::set_speed(std::size_t bytes_per_pump) {
  if (silent_ && bytes_per_pump != 0) return;
  speed_ = bytes_per_pump;
  if (speed_ != kUnlimited) slowed_ = true;
  progress_at_ = scheduler_.now();
  if (shard_ != nullptr) shard_->wake();
}

void Connection::server_looks() {
  stall_watched_ = false;
  if (!server_open_ || out_.empty() || shard_ == nullptr) return;
  if (scheduler_.now() >= progress_at_ + kReaderStallMax) {
    lost_ = true;
    end_for_client(static_cast<std::uint16_t>(CloseCode::reader_stalled));
    shard_->wake();
    return;
  }
  stall_watched_ = true;
  scheduler_.at(progress_at_ + kReaderStallMax,
                [self = shared_from_this()] { self->server_looks(); });
}

void Connection::take_in(Engine& engine) {
  if (opening_) {
    server_open_ = true;
    ref = engine.open(*this, *std::exchange(opening_, std::nullopt));
  }
  while (server_open_ && reading_ && !incoming_.empty()) {
    const std::string text = std::move(incoming_.front());
    incoming_.pop_front();
    engine.on_text(ref, text);
  }
  if (!lost_) return;
  over_ = true;
  out_.clear();
  if (std::exchange(server_open_, false)) engine.closed(ref);
}

bool Connection::pump(Engine& engine) {
  if (!server_open_ || out_.empty()) return false;
  const Time now = scheduler_.now();
  if (speed_ != kUnlimited && now < pump_at_) return false;
  const std::size_t count = std::min(speed_, out_.size());
  if (count > 0) {
    progress_at_ = now;
    to_client(out_.substr(0, count), std::nullopt);
    out_.erase(0, count);
    queued_bytes_ = out_.size();
    if (wants_drained) engine.on_drained(ref);
  }
  if (!server_open_ || out_.empty()) return false;
  if (speed_ == kUnlimited) return true;
  if (speed_ > 0) {
    pump_at_ = now + kPumpInterval;
    shard_->wake_at(pump_at_);
  }
  if (!stall_watched_) server_looks();
  return false;
}

void Connection::shard_died(bool client_is_told) {
  shard_ = nullptr;
  server_open_ = false;
  over_ = true;
  if (!client_is_told) {
    silent_ = true;
    return;
  }
  scheduler_.at(std::max(down_at_, scheduler_.now()) + latency_,
                [self = shared_from_this()] { self->end_for_client(0); });
}

void Connection::to_client(std::string bytes, std::optional<std::uint16_t> code) {
  if (silent_) return;
  down_at_ = std::max(down_at_, scheduler_.now() + latency_ + random_.time(0us, 500us));
  scheduler_.at(down_at_, [self = shared_from_this(), bytes = std::move(bytes), code] {
    if (!self->client_open_ || self->silent_) return;
    if (!bytes.empty()) self->user_->on_bytes(bytes);
    if (code) self->end_for_client(*code);
  });
}

void Connection::end_for_client(std::uint16_t code) {
  if (!client_open_) return;
  client_open_ = false;
  user_->on_closed(code);
}

}  // namespace kith::simulation
