// The life of a LoadClient and of its connections; how it makes one is in load_client_connect.cc,
// what its frames mean in load_client_frames.cc.
#include "bench/load_client.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "bench/note_trouble.h"

namespace kith::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

// A full socket is worth a word when it holds up the next write for this long.
constexpr std::chrono::milliseconds kWriteLate{10};

}  // namespace

LoadClient::LoadClient(LoadContext& context, const ClientPlan& plan, std::size_t number)
    : context_(context),
      plan_(plan),
      user_(context.seed.users[plan.user]),
      number_(number),
      timer_(context.io),
      away_since_(Clock::now()) {
  chats_.reserve(plan.chats.size());
  for (const std::size_t index : plan.chats) {
    chats_.push_back({.index = index});
    const bool is_board = context.seed.chats[index].id.starts_with("board_");
    if (is_board) chats_.back().board = std::make_unique<BoardCopy>();
  }
  if (HistoryFile* history = context.shared.history.get()) {
    tap_ = std::make_unique<HistoryTap>(*history, fmt::format("client {}", number), user_.id);
  }
}

Awaitable<void> LoadClient::run() {
  away_since_ = Clock::now();
  while (!stopping_) {
    co_await session();
    if (first_attempt_) {
      first_attempt_ = false;
      context_.first_attempt_over();
    }
    if (stopping_ || given_up()) co_return;
    const bool was_held = held_;
    const auto tired_at = Clock::now();
    timer_.expires_after(held_ ? std::chrono::hours(1) : back_off());
    co_await timer_.async_wait(kAwait);
    while (held_ && !stopping_) {
      timer_.expires_after(std::chrono::hours(1));
      co_await timer_.async_wait(kAwait);
    }
    const auto now = Clock::now();
    waited_ = was_held ? Clock::duration::zero() : waited_ + (now - tired_at);
    if (was_held) away_since_ = now;
  }
}

void LoadClient::stop() {
  stopping_ = true;
  timer_.cancel();
  close_socket();
}

void LoadClient::close_socket() {
  breaking_ = true;
  if (!stream_) return;
  boost::system::error_code ignored;  // closing a socket that is gone is no news
  stream_->next_layer().close(ignored);
}

void LoadClient::break_connection() {
  if (ready_) close_socket();
}

void LoadClient::hold() {
  held_ = true;
  close_socket();
}

void LoadClient::release(Clock::time_point now) {
  held_ = false;
  catching_up_since_ = now;
  timer_.cancel();
}

void LoadClient::stop_reading() {
  reads_ = false;
}

void LoadClient::read_again(Clock::time_point now) {
  reads_ = true;
  catching_up_since_ = now;
  timer_.cancel();
  note_if_caught_up(Clock::now());
}

void LoadClient::note_if_caught_up(Clock::time_point now) {
  if (!catching_up_since_ || !ready_) return;
  for (const Chat& chat : chats_) {
    const bool behind = chat.track.position() < context_.shared.heads.head(chat.index);
    if (chat.track.attached() && (behind || chat.track.gap_open())) return;
  }
  context_.latencies.caught_up.record(now - *catching_up_since_);
  catching_up_since_.reset();
  add(context_.tally.caught_up);
}

bool LoadClient::given_up() {
  if (held_) return false;
  if (was_ready_ && !context_.options.reconnect) give_up("the connection broke");
  if (Clock::now() - away_since_ > context_.options.reconnect_for) {
    give_up(fmt::format("{} in the time given: {}",
                        was_ready_ ? "could not come back" : "could not connect", trouble_));
  }
  return stopping_;
}

void LoadClient::give_up(std::string_view why) {
  stopping_ = true;
  context_.fail(fmt::format("{}: {}", user_.id, why));
}

void LoadClient::attempt_failed(std::string why) {
  const bool its_own_doing = breaking_ || stopping_;
  if (!its_own_doing) {
    note_trouble(ready_ ? context_.troubles.broke : context_.troubles.attempts, why);
  }
  trouble_ = several_nodes() ? fmt::format("{}: {}", node().url, why) : std::move(why);
  if (!its_own_doing) context_.shared.trouble.set(trouble_);
}

Awaitable<void> LoadClient::session() {
  breaking_ = false;
  greeted_ = false;
  stream_ = std::make_unique<Stream>(context_.io);
  choose_node();
  const bool connected = co_await connect();
  if (connected) {
    const bool upgraded = co_await upgrade();
    if (upgraded) {
      say_hello();
      co_await read_frames();
    }
  }
  co_await disconnected();
}

Awaitable<void> LoadClient::read_frames() {
  buffer_.clear();
  while (!stopping_) {
    while (!reads_ && !stopping_) {
      timer_.expires_after(std::chrono::hours(1));
      co_await timer_.async_wait(kAwait);
    }
    auto [error, bytes] = co_await stream_->async_read(buffer_, kAwait);
    if (error) {
      const auto code = static_cast<unsigned>(stream_->reason().code);
      attempt_failed(error == websocket::error::closed ? fmt::format("closed with {}", code)
                                                       : error.message());
      if (error == websocket::error::closed && code >= 4500) {
        give_up(fmt::format("{}closed with {} {}{}", several_nodes() ? node().url + ": " : "", code,
                            stream_->reason().reason.c_str(),
                            code == kBadToken ? kBadTokenHint : ""));
      }
      co_return;
    }
    const auto data = buffer_.cdata();
    on_frame({static_cast<const char*>(data.data()), data.size()});
    buffer_.consume(buffer_.size());
  }
}

Awaitable<void> LoadClient::disconnected() {
  if (ready_) {
    ready_ = false;
    context_.tally.ready.fetch_sub(1, std::memory_order_relaxed);
    if (!breaking_) add(context_.tally.broken);
    away_since_ = Clock::now();
    waited_ = {};
  }
  // A client whose run is over has not gone: it is where everybody is at the end.
  if (tap_ && !(stopping_ && context_.shared.history->settled())) tap_->disconnected();
  close_socket();
  // The write under way ends by itself now; its buffer must not be touched before.
  while (!writing_.empty()) co_await asio::post(context_.io, kAwait);
  outbox_.clear();
  // With it goes the timer of its handshake, which would keep the thread for 15 s.
  stream_.reset();
  for (Chat& chat : chats_) chat.track.attaching();
}

// A write may be late because this client is busy; that is another fault.
bool LoadClient::socket_is_full() {
  pollfd socket{.fd = stream_->next_layer().native_handle(), .events = POLLOUT, .revents = 0};
  return ::poll(&socket, 1, 0) == 0;
}

// What is said in one turn goes out as one frame, an object per line, at the turn's end.
void LoadClient::queue(std::string_view object) {
  if (tap_) tap_->said(object);
  if (outbox_.empty() || outbox_.back().size() + object.size() >= frame_bytes_max_) {
    outbox_.emplace_back(object);
  } else {
    outbox_.back() += '\n';
    outbox_.back() += object;
  }
  if (to_flush_) return;
  to_flush_ = true;
  context_.to_flush.push_back(this);
}

void LoadClient::flush() {
  to_flush_ = false;
  if (outbox_.empty()) return;
  if (!writing_.empty()) {
    if (!write_is_late_ && context_.turn - write_began_ > kWriteLate && socket_is_full()) {
      write_is_late_ = true;
      add(context_.tally.full_sockets);
    }
    return;
  }
  writing_ = std::move(outbox_.front());
  outbox_.pop_front();
  write_began_ = context_.turn;
  stream_->async_write(asio::buffer(writing_),
                       [this](boost::system::error_code error, std::size_t) {
                         writing_.clear();
                         write_is_late_ = false;
                         // The reader sees the same broken connection and deals with it.
                         if (!error && !stopping_) flush();
                       });
}

}  // namespace kith::bench
