#include "gateway/websocket_session.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "protocol/failpoint.h"

namespace kith {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

// What the kernel may hold unsent for one socket, beside the session's own budget (I6).
constexpr int kNotSentLowBytes = 128 * 1024;
constexpr int kSendBufferBytes = 256 * 1024;
// The codec needs this many readable bytes behind what it decodes (simdjson's padding).
constexpr std::size_t kSlackBytes = 64;

}  // namespace

WebSocketSession::WebSocketSession(ClientSocket socket, WebSocketShard& shard,
                                   ConnectionLimits::Place place, std::string correlation_id,
                                   std::size_t frame_bytes_max)
    : shard_(shard),
      outbound_(shard.blocks),
      place_(std::move(place)),
      correlation_id_(std::move(correlation_id)),
      decoder_(FrameDecoder::Limits{.message_bytes_max = frame_bytes_max}) {
  boost::system::error_code ignored;  // options of a socket that may be gone already
  socket.native_non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(ClientSocket::send_buffer_size(kSendBufferBytes), ignored);
  socket_ = socket.release(ignored);
  setsockopt(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentLowBytes, sizeof kNotSentLowBytes);
  ++shard_.counters.connections_open;
}

WebSocketSession::~WebSocketSession() {
  --shard_.counters.connections_open;
  if (socket_ >= 0) ::close(socket_);
}

void WebSocketSession::start(OpenSocket opening, std::string leftover) {
  const SteadyTime now = shard_.enter_turn().steady;
  heard_ = progress_ = idle_window_ = now;
  engine_knows_ = true;
  const SessionRef ref = shard_.engine.open(*this, std::move(opening));
  ref_ = ref;
  watched_ = EPOLLIN;
  if (!shard_.lobby.add(socket_, watched_, *this)) {
    abandon();
    return;
  }
  if (!leftover.empty() && state_ == State::open) {
    const std::size_t bytes = leftover.size();
    leftover.resize(bytes + kSlackBytes);
    decode({leftover.data(), bytes}, kSlackBytes);
  }
  watch();
}

bool WebSocketSession::wants_to_read() const {
  return state_ != State::closed && (reading_ || state_ != State::open);
}

void WebSocketSession::watch() {
  if (state_ == State::closed) return;
  // EPOLLHUP and EPOLLERR come unasked: to one that is not read for the moment, once.
  const std::uint32_t wanted =
      (wants_to_read() ? EPOLLIN : EPOLLET) | (waits_writable_ ? EPOLLOUT : 0U);
  if (wanted == watched_) return;
  watched_ = wanted;
  poller().change(socket_, wanted, *this);
}

void WebSocketSession::identified(const UserId& user) {
  user_ = user;
  if (settled_ || leaving_ || state_ == State::closed) return;
  // One that finds no room there stays where it is, and is only a little slower.
  if (!shard_.poller.add(socket_, watched_, *this)) return;
  shard_.lobby.remove(socket_);
  settled_ = true;
}

// Of a socket that is broken what came before is read; recv and send say that it is.
void WebSocketSession::on_ready(std::uint32_t events) {
  if (state_ == State::closed) return;
  const SteadyTime now = shard_.enter_turn().steady;
  if (waits_writable_ && (events & EPOLLOUT) != 0) {
    waits_writable_ = false;
    heard_ = now;  // room again: the peer has taken something
    pinged_ = false;
    write_waiting();
  }
  if (wants_to_read() && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
    heard_ = now;
    pinged_ = false;
    receive();
  }
  watch();
}

void WebSocketSession::receive() {
  std::vector<char>& buffer = shard_.read_buffer;
  const ssize_t got = recv(socket_, buffer.data(), buffer.size() - kSlackBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    leave();
    return;
  }
  shard_.counters.bytes_in += static_cast<std::uint64_t>(got);
  if (state_ == State::open) decode({buffer.data(), static_cast<std::size_t>(got)}, kSlackBytes);
}

// To tell the engine takes a while, and when a network goes all peers go at once.
void WebSocketSession::leave() {
  if (leaving_) return;
  poller().remove(socket_);
  leaving_ = true;
  shard_.leaving.push_back(this);
}

void WebSocketSession::leave_engine() {
  leaving_ = false;
  abandon();
}

void WebSocketSession::decode(std::span<char> bytes, std::size_t slack) {
  if (decoder_.feed(bytes, slack, *this) != FrameDecoder::Outcome::failed) return;
  const FrameDecoder::Failure failure = decoder_.failure();
  if (failure.code == CloseCode::over_capacity) {
    shard_.engine.on_flood(ref_, failure.reason);
    return;
  }
  begin_close(static_cast<std::uint16_t>(failure.code), failure.reason);
}

bool WebSocketSession::on_message(Opcode opcode, std::string_view payload, bool) {
  ++shard_.counters.frames_in;
  if (opcode == Opcode::binary) {
    shard_.engine.on_binary(ref_);
  } else if (payload.find_first_not_of("\r\n") == payload.npos) {
    return count_idle_frame();
  } else {
    shard_.engine.on_text(ref_, payload);
  }
  return state_ == State::open;
}

// A flood of control frames, or of messages that hold no command, is work without end for nothing.
bool WebSocketSession::count_idle_frame() {
  if (heard_ - idle_window_ >= 1s) {
    idle_window_ = heard_;
    idle_frames_ = 0;
  }
  if (++idle_frames_ <= limits::kControlFramesPerSecondMax) return true;
  shard_.engine.on_flood(ref_, "too many frames without a command");
  return false;
}

bool WebSocketSession::on_ping(std::string_view payload) {
  ++shard_.counters.frames_in;
  if (!count_idle_frame()) return false;
  std::string frame;
  append_frame_header(frame, Opcode::pong, payload.size());
  frame += payload;
  write(frame);
  return true;
}

bool WebSocketSession::on_pong(std::string_view) {
  ++shard_.counters.frames_in;
  return count_idle_frame();
}

bool WebSocketSession::on_close(std::optional<std::uint16_t> code, std::string_view) {
  ++shard_.counters.frames_in;
  begin_close(code.value_or(0), {});
  return false;
}

void WebSocketSession::write(std::string_view frames, std::uint32_t count) {
  if (state_ != State::open) return;
  shard_.counters.frames_out += count;
  hold_chunk();
  outbound_.append(frames);
  queued_bytes_ += frames.size();
  mark_dirty();
}

void WebSocketSession::write_shared(const std::shared_ptr<const std::string>& frames,
                                    std::uint32_t count) {
  if (state_ != State::open) return;
  shard_.counters.frames_out += count;
  queued_bytes_ += frames->size();
  if (outbound_.empty() && chunk_ == nullptr) {
    chunk_ = &frames;
  } else {
    hold_chunk();
    outbound_.append(frames);
  }
  mark_dirty();
}

void WebSocketSession::hold_chunk() {
  if (chunk_ == nullptr) return;
  outbound_.append(*chunk_);
  chunk_ = nullptr;
}

void WebSocketSession::mark_dirty() {
  if (dirty_) return;
  shard_.to_flush.add(this);
  dirty_ = true;
}

void WebSocketSession::flush() {
  dirty_ = false;
  try {
    write_waiting();
  } catch (...) {
    abandon();  // what it refers to will be gone
    throw;
  }
}

void WebSocketSession::write_waiting() {
  if (waits_writable_) hold_chunk();
  if (state_ == State::closed || state_ == State::lingering || waits_writable_) return;
  const std::size_t before = queued_bytes_;
  if (!send_waiting()) {
    abandon();
    return;
  }
  KITH_FAILPOINT("between_flushes");
  const std::size_t written = before - queued_bytes_;
  shard_.counters.bytes_out += written;
  // What the kernel takes is no sign of the peer: see check().
  if (written > 0 || outbound_.empty()) progress_ = shard_.enter_turn().steady;
  if (!outbound_.empty()) {
    waits_writable_ = true;
    watch();
  } else if (state_ == State::closing) {
    finish_close();
    return;
  }
  if (written > 0 && wants_drained && engine_knows_) shard_.engine.on_drained(ref_);
}

bool WebSocketSession::send_waiting() {
  while (chunk_ != nullptr || !outbound_.empty()) {
    const ssize_t sent = send_once();
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent >= 0) queued_bytes_ -= static_cast<std::size_t>(sent);
    if (chunk_ != nullptr && sent == static_cast<ssize_t>((*chunk_)->size())) {
      chunk_ = nullptr;  // so it goes nearly always
      continue;
    }
    hold_chunk();
    if (sent <= 0) return true;
    outbound_.consume(static_cast<std::size_t>(sent));
  }
  return true;
}

// send(2) where that will do: the kernel has less to copy and to check.
ssize_t WebSocketSession::send_once() {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (chunk_ != nullptr) return send(socket_, (*chunk_)->data(), (*chunk_)->size(), kFlags);
  std::array<iovec, 64> vectors;
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = outbound_.gather(vectors.data(), vectors.size());
  if (message.msg_iovlen == 1) {
    return send(socket_, vectors[0].iov_base, vectors[0].iov_len, kFlags);
  }
  return sendmsg(socket_, &message, kFlags);
}

void WebSocketSession::set_reading(bool reading) {
  if (reading_ == reading) return;
  reading_ = reading;
  watch();
}

void WebSocketSession::close(CloseCode code, std::string_view reason) {
  engine_knows_ = false;
  begin_close(static_cast<std::uint16_t>(code), reason);
}

}  // namespace kith
