#include "gateway/websocket_session.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

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
    : socket_(std::move(socket)),
      shard_(shard),
      place_(std::move(place)),
      correlation_id_(std::move(correlation_id)),
      decoder_(FrameDecoder::Limits{.message_bytes_max = frame_bytes_max}),
      outbound_(shard.blocks) {
  boost::system::error_code ignored;  // options of a socket that may be gone already
  socket_.non_blocking(true, ignored);
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.set_option(ClientSocket::send_buffer_size(kSendBufferBytes), ignored);
  setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentLowBytes,
             sizeof kNotSentLowBytes);
  ++shard_.counters.connections_open;
}

WebSocketSession::~WebSocketSession() {
  --shard_.counters.connections_open;
}

void WebSocketSession::start(OpenSocket opening, std::string leftover) {
  const SteadyTime now = shard_.enter_turn().steady;
  heard_ = progress_ = control_window_ = now;
  engine_knows_ = true;
  const SessionRef ref = shard_.engine.open(*this, std::move(opening));
  ref_ = ref;
  if (!leftover.empty() && state_ == State::open) {
    const std::size_t bytes = leftover.size();
    leftover.resize(bytes + kSlackBytes);
    decode({leftover.data(), bytes}, kSlackBytes);
  }
  wait_readable();
}

void WebSocketSession::wait_readable() {
  if (waits_readable_ || state_ == State::closed || (!reading_ && state_ == State::open)) return;
  waits_readable_ = true;
  socket_.async_wait(ClientSocket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waits_readable_ = false;
                       if (!error) {
                         self->on_readable();
                       } else if (error != boost::asio::error::operation_aborted) {
                         self->shard_.enter_turn();
                         self->abandon();
                       }
                     });
}

void WebSocketSession::on_readable() {
  const SteadyTime now = shard_.enter_turn().steady;
  if (state_ == State::closed || (!reading_ && state_ == State::open)) return;
  heard_ = now;
  pinged_ = false;
  receive();
  wait_readable();
}

void WebSocketSession::receive() {
  std::vector<char>& buffer = shard_.read_buffer;
  const ssize_t got = recv(socket_.native_handle(), buffer.data(), buffer.size() - kSlackBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    abandon();
    return;
  }
  shard_.counters.bytes_in += static_cast<std::uint64_t>(got);
  if (state_ == State::open) decode({buffer.data(), static_cast<std::size_t>(got)}, kSlackBytes);
}

void WebSocketSession::decode(std::span<char> bytes, std::size_t slack) {
  if (decoder_.feed(bytes, slack, *this) != FrameDecoder::Outcome::failed) return;
  const FrameDecoder::Failure failure = decoder_.failure();
  begin_close(static_cast<std::uint16_t>(failure.code), failure.reason);
}

bool WebSocketSession::on_message(Opcode opcode, std::string_view payload, bool) {
  ++shard_.counters.frames_in;
  if (opcode == Opcode::binary) {
    shard_.engine.on_binary(ref_);
  } else {
    shard_.engine.on_text(ref_, payload);
  }
  return state_ == State::open;
}

// A flood of control frames is work without end for no message.
bool WebSocketSession::count_control_frame() {
  ++shard_.counters.frames_in;
  if (heard_ - control_window_ >= 1s) {
    control_window_ = heard_;
    control_frames_ = 0;
  }
  if (++control_frames_ <= limits::kControlFramesPerSecondMax) return true;
  begin_close(static_cast<std::uint16_t>(CloseCode::over_capacity), "too many control frames");
  return false;
}

bool WebSocketSession::on_ping(std::string_view payload) {
  if (!count_control_frame()) return false;
  std::string frame;
  append_frame_header(frame, Opcode::pong, payload.size());
  frame += payload;
  write(frame);
  return true;
}

bool WebSocketSession::on_pong(std::string_view) {
  return count_control_frame();
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
  dirty_ = true;
  shard_.to_flush.push_back(this);
}

void WebSocketSession::flush() {
  dirty_ = false;
  if (waits_writable_) hold_chunk();
  if (state_ == State::closed || state_ == State::lingering || waits_writable_) return;
  const std::size_t before = queued_bytes_;
  if (!send_waiting()) {
    abandon();
    return;
  }
  const std::size_t written = before - queued_bytes_;
  shard_.counters.bytes_out += written;
  // What the kernel takes is no sign of the peer: see check().
  if (written > 0 || outbound_.empty()) progress_ = shard_.enter_turn().steady;
  if (!outbound_.empty()) {
    wait_writable();
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
  const int socket = socket_.native_handle();
  if (chunk_ != nullptr) return send(socket, (*chunk_)->data(), (*chunk_)->size(), kFlags);
  std::array<iovec, 64> vectors;
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = outbound_.gather(vectors.data(), vectors.size());
  if (message.msg_iovlen == 1) {
    return send(socket, vectors[0].iov_base, vectors[0].iov_len, kFlags);
  }
  return sendmsg(socket, &message, kFlags);
}

void WebSocketSession::wait_writable() {
  waits_writable_ = true;
  socket_.async_wait(ClientSocket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waits_writable_ = false;
                       if (error == boost::asio::error::operation_aborted) return;
                       const SteadyTime now = self->shard_.enter_turn().steady;
                       if (error) {
                         self->abandon();
                       } else {
                         self->heard_ = now;  // room again: the peer has taken something
                         self->pinged_ = false;
                         self->flush();
                       }
                     });
}

void WebSocketSession::set_reading(bool reading) {
  if (reading_ == reading) return;
  reading_ = reading;
  if (reading) wait_readable();
}

void WebSocketSession::close(CloseCode code, std::string_view reason) {
  engine_knows_ = false;
  begin_close(static_cast<std::uint16_t>(code), reason);
}

}  // namespace kith
