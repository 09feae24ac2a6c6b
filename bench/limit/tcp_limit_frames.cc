// What clients of the bare TCP server say, and what it makes of it.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "bench/limit/tcp_limit.h"
#include "bench/limit/websocket_accept.h"

namespace kith::limit {
namespace {

enum Opcode { kText = 1, kClose = 8, kPing = 9 };

std::uint8_t byte_of(char letter) {
  return static_cast<std::uint8_t>(letter);
}

}  // namespace

void TcpLimit::read(Connection& connection) {
  const ssize_t got = ::recv(connection.socket, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close(connection);
  const auto size = static_cast<std::size_t>(got);
  if (connection.upgraded && connection.in.empty()) {  // nearly always
    const std::size_t used = frames(connection, buffer_.data(), size);
    connection.in.assign(buffer_.data() + used, size - used);
    return;
  }
  connection.in.append(buffer_.data(), size);
  std::size_t used = 0;
  if (!connection.upgraded) used = handshake(connection, connection.in);
  if (connection.upgraded) {
    used += frames(connection, connection.in.data() + used, connection.in.size() - used);
  }
  connection.in.erase(0, used);
}

std::size_t TcpLimit::handshake(Connection& connection, std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
  const std::size_t key = bytes.find(kKey);
  std::string_view value;
  if (key < end) {
    value = bytes.substr(key + kKey.size());
    value = value.substr(0, value.find('\r'));
  }
  connection.out +=
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  connection.out += websocket_accept(value);
  connection.out += "\r\n\r\n";
  connection.upgraded = true;
  mark(connection);
  return end + 4;
}

std::size_t TcpLimit::frames(Connection& connection, char* bytes, std::size_t size) {
  constexpr std::size_t kMaskBytes = 4;
  std::size_t at = 0;
  while (size - at >= 2 + kMaskBytes && !connection.closing) {
    std::size_t header = 2;
    std::size_t length = byte_of(bytes[at + 1]) & 0x7FU;
    if (length == 127) {
      std::fputs("kith-limit: a frame of 64 KiB or more: closed\n", stderr);
      close(connection);
      break;
    }
    if (length == 126) {
      if (size - at < 4) break;
      length = std::size_t{byte_of(bytes[at + 2])} << 8U | byte_of(bytes[at + 3]);
      header = 4;
    }
    if (size - at < header + kMaskBytes + length) break;
    char* payload = bytes + at + header + kMaskBytes;
    unmask(payload, length, payload - kMaskBytes);
    on_frame(connection, byte_of(bytes[at]) & 0x0F, {payload, length});
    at += header + kMaskBytes + length;
  }
  return at;
}

void TcpLimit::on_frame(Connection& connection, int opcode, std::string_view payload) {
  if (opcode == kText) {
    while (!payload.empty()) {
      const std::size_t line = std::min(payload.find('\n'), payload.size());
      on_object(connection, payload.substr(0, line));
      payload.remove_prefix(std::min(line + 1, payload.size()));
    }
  } else if (opcode == kPing && payload.size() < 126) {
    connection.out += '\x8A';
    connection.out += static_cast<char>(payload.size());
    connection.out += payload;
    mark(connection);
  } else if (opcode == kClose) {
    connection.out.append("\x88\x00", 2);
    send(connection);
    close(connection);
  }
}

void TcpLimit::on_object(Connection& connection, std::string_view object) {
  const std::string_view type = text_behind(object.substr(0, 48), R"("type":")");
  if (type == "message.new") {
    on_message(connection, object);
  } else if (type == "subscribe") {
    subscribe(connection, object);
  } else if (type == "connection.init") {
    connection.user = subject_of(text_behind(object, R"("token":")"));
    append_ready(connection.out, connection.user, now());
    mark(connection);
  }
}

void TcpLimit::on_message(Connection& connection, std::string_view object) {
  const NewMessage message = new_message(object);
  channel_key_ = message.chat;
  Channel& channel = channels_[channel_key_];
  const Stamp stamp{
      .seq = ++channel.seq, .message = ++messages_, .sent_at = now(), .sender = connection.user};
  const auto& followed = connection.channels;
  const bool follows = std::find(followed.begin(), followed.end(), &channel) != followed.end();
  if (!channel.members.empty()) {
    if (channel.chunk.empty()) spoken_.push_back(&channel);
    const std::size_t begin = channel.chunk.size();
    append_event(channel.chunk, message, stamp);
    if (follows) {
      connection.own.push_back({&channel, begin, channel.chunk.size(), {}});
      append_ack(connection.own.back().ack, message, stamp);
      return;
    }
  }
  append_ack(connection.out, message, stamp);
  mark(connection);
}

void TcpLimit::subscribe(Connection& connection, std::string_view object) {
  const std::string_view name = text_behind(object, R"("channel":")");
  Channel& channel = channels_[std::string(name)];
  // What the channel has said in this turn comes before: it is no news to who joins it now.
  for (Connection* member : channel.members) copy_chunk(*member, channel);
  channel.chunk.clear();
  std::erase(spoken_, &channel);
  if (std::find(channel.members.begin(), channel.members.end(), &connection) ==
      channel.members.end()) {
    channel.members.push_back(&connection);
    connection.channels.push_back(&channel);
  }
  append_subscribed(connection.out, text_behind(object, R"("id":")"), name, channel.seq);
  mark(connection);
}

}  // namespace kith::limit
