#include "bench/limit/tcp_words.h"

#include <array>
#include <charconv>
#include <cstring>

#include "bench/limit/websocket_accept.h"

namespace kith::limit {
namespace {

constexpr std::size_t kShortPayloadMax = 125;
constexpr std::size_t kHeaderBytesMax = 4;  // payloads of 64 KiB and more are not sent

std::size_t find(std::string_view text, std::string_view what) {
  const void* found = ::memmem(text.data(), text.size(), what.data(), what.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// 26 digits of Crockford's base32: a fixed half and the number.
void append_message_digits(std::string& out, std::uint64_t number) {
  out += "01K0000000000";
  std::array<char, 13> digits{};
  for (std::size_t i = digits.size(); i > 0; --i, number >>= 5U) {
    digits[i - 1] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number & 31U];
  }
  out.append(digits.data(), digits.size());
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Room for the header is left before the payload is known; only a tiny one is moved.
std::size_t begin_frame(std::string& out) {
  const std::size_t begin = out.size();
  out.append(kHeaderBytesMax, '\0');
  return begin;
}

void end_frame(std::string& out, std::size_t begin) {
  const std::size_t bytes = out.size() - begin - kHeaderBytesMax;
  out[begin] = '\x81';
  if (bytes <= kShortPayloadMax) {
    out[begin + 1] = static_cast<char>(bytes);
    out.erase(begin + 2, 2);
    return;
  }
  out[begin + 1] = 126;
  out[begin + 2] = static_cast<char>(bytes >> 8U & 0xFF);
  out[begin + 3] = static_cast<char>(bytes & 0xFF);
}

}  // namespace

std::string_view text_behind(std::string_view object, std::string_view key) {
  const std::size_t found = find(object, key);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = object.substr(found + key.size());
  return rest.substr(0, rest.find('"'));
}

NewMessage new_message(std::string_view object) {
  NewMessage message;
  const std::size_t content = find(object, R"("content":)");
  if (content == std::string_view::npos) return message;
  const std::string_view head = object.substr(0, content);
  message.id = text_behind(head, R"("id":")");
  message.chat = text_behind(head, R"("chat_id":")");
  message.client_message_id = text_behind(head, R"("client_message_id":")");
  message.content = object.substr(content + 10);
  message.content.remove_suffix(1);  // the object's own brace
  return message;
}

std::string subject_of(std::string_view token) {
  const std::size_t dot = token.find('.');
  if (dot == std::string_view::npos) return {};
  return std::string(text_behind(from_base64url(token.substr(dot + 1)), R"("sub":")"));
}

void append_event(std::string& out, const NewMessage& message, const Stamp& stamp) {
  const std::size_t begin = begin_frame(out);
  out += R"({"type":"message.new","chat_id":")";
  out += message.chat;
  out += R"(","seq":)";
  append_number(out, stamp.seq);
  out += R"(,"message_id":"msg_)";
  append_message_digits(out, stamp.message);
  out += R"(","client_message_id":")";
  out += message.client_message_id;
  out += R"(","sender_id":")";
  out += stamp.sender;
  out += R"(","content":)";
  out += message.content;
  out += R"(,"sent_at":")";
  out += stamp.sent_at;
  out += R"("})";
  end_frame(out, begin);
}

void append_ack(std::string& out, const NewMessage& message, const Stamp& stamp) {
  const std::size_t begin = begin_frame(out);
  out += R"({"type":"ack",)";
  if (!message.id.empty()) {
    out += R"("id":")";
    out += message.id;
    out += R"(",)";
  }
  out += R"("ack_token":"ack_)";
  append_message_digits(out, stamp.message);
  out += R"(","chat_id":")";
  out += message.chat;
  out += R"(","message_id":"msg_)";
  append_message_digits(out, stamp.message);
  out += R"(","client_message_id":")";
  out += message.client_message_id;
  out += R"(","seq":)";
  append_number(out, stamp.seq);
  out += R"(,"sent_at":")";
  out += stamp.sent_at;
  out += R"("})";
  end_frame(out, begin);
}

void append_ready(std::string& out, std::string_view user, std::string_view now) {
  const std::size_t begin = begin_frame(out);
  out += R"({"type":"connection.ready","session_id":"ses_01K00000000000000000000000","user_id":")";
  out += user;
  out += R"(","protocol":1,"build":"limit","epoch":"01K00000000000000000000000","server_time":")";
  out += now;
  out += R"(","ping_interval_ms":25000,"limits":{"frame_bytes":65535,"channels":512,)";
  out += R"("messages_per_minute":0}})";
  end_frame(out, begin);
}

void append_subscribed(std::string& out, std::string_view id, std::string_view channel,
                       std::uint64_t seq) {
  const std::size_t begin = begin_frame(out);
  out += R"({"type":"subscribed",)";
  if (!id.empty()) {
    out += R"("id":")";
    out += id;
    out += R"(",)";
  }
  out += R"("channel":")";
  out += channel;
  out += R"(","seq":)";
  append_number(out, seq);
  out += R"(,"recovered":true})";
  end_frame(out, begin);
}

void unmask(char* payload, std::size_t bytes, const char* mask) {
  std::uint32_t four = 0;
  std::memcpy(&four, mask, sizeof four);
  const std::uint64_t eight = std::uint64_t{four} << 32U | four;
  std::size_t at = 0;
  for (; at + sizeof eight <= bytes; at += sizeof eight) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload + at, sizeof word);
    word ^= eight;
    std::memcpy(payload + at, &word, sizeof word);
  }
  for (; at < bytes; ++at) payload[at] = static_cast<char>(payload[at] ^ mask[at % 4]);
}

}  // namespace kith::limit
