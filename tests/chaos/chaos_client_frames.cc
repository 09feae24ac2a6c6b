// The protocol: what a client makes of each frame, and what it writes down.
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "tests/chaos/chaos_client.h"
#include "tests/chaos/crowd.h"
#include "tests/chaos/json_parser.h"
#include "tests/chaos/resume_owed.h"

namespace kith::test {

namespace {

using simdjson::dom::element;

// Absent reads as "" and 0.
std::string_view text_of(element frame, std::string_view key) {
  std::string_view text;
  return frame[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::uint64_t number_of(element frame, std::string_view key) {
  std::uint64_t number = 0;
  return frame[key].get(number) == simdjson::SUCCESS ? number : 0;
}

bool flag_of(element frame, std::string_view key) {
  bool flag = false;
  return frame[key].get(flag) == simdjson::SUCCESS && flag;
}

}  // namespace

void ChaosClient::take_frames() {
  while (fd_ >= 0) {
    const auto frame = in_.next();
    if (!frame) return;
    switch (frame->kind) {
      case FrameKind::text:
        on_text(frame->payload);
        break;
      case FrameKind::ping:
        if (!options_.answer_pings) break;
        append_client_frame(out_, FrameKind::pong, frame->payload);
        flush();
        break;
      case FrameKind::close:
        on_close_frame(frame->payload);
        return;
      case FrameKind::pong:
        break;
      case FrameKind::binary:
        throw std::runtime_error("a binary frame from the server");
    }
  }
}

void ChaosClient::on_close_frame(std::string_view payload) {
  int code = 1005;
  if (payload.size() >= 2) {
    code = static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
  }
  ++counts_.closes[code];
  ++counts_.ended;
  append_client_frame(out_, FrameKind::close, payload.substr(0, 2));
  flush();
  if (code >= 4500) options_.come_back = false;
  went(500ms);
}

void ChaosClient::on_text(std::string_view payload) {
  while (!payload.empty() && fd_ >= 0) {
    const auto end = payload.find('\n');
    const std::string_view line = payload.substr(0, end);
    payload.remove_prefix(end == std::string_view::npos ? payload.size() : end + 1);
    if (!line.empty()) on_frame(crowd_.parser_->parse(line));
  }
}

void ChaosClient::on_frame(element frame) {
  const std::string_view type = text_of(frame, "type");
  if (type == "ack") return on_ack(frame);
  if (type == "error") return on_error(frame);
  if (type == "subscribed") return on_subscribed(frame);
  if (type == "connection.ready") return on_ready_frame(frame);
  if (type == "connection.closing") {
    std::uint64_t wait = 0;
    if (frame["retry_after_ms"].get(wait) == simdjson::SUCCESS) {
      told_wait_ = std::chrono::milliseconds(wait);
      counts_.retry_after_ms = static_cast<std::int64_t>(wait);
    }
    return;
  }
  if (type.starts_with("presence.")) return on_presence(type, frame);
  if (number_of(frame, "seq") != 0) on_event(type, frame);
}

void ChaosClient::on_ready_frame(element frame) {
  same_epoch_ = epoch_ == text_of(frame, "epoch");
  epoch_ = text_of(frame, "epoch");
  ++conn_;
  ++counts_.connections;
  connected_ = true;
  note(record(Kind::Connect));
  for (const auto& [chat, asked] : awaited_) note_subscribing(chat);  // they were in `resume`
  for (const std::string& chat : options_.chats) {
    if (!awaited_.try_emplace(chat).second) continue;
    note_subscribing(chat);
    send_text(R"({"type":"subscribe","id":"s","channel":")" + chat + '"' +
              (options_.presence ? R"(,"presence":true})" : "}"));
  }
  if (awaited_.empty()) become_live();
}

void ChaosClient::become_live() {
  state_ = State::live;
  live_since_ = Clock::now();
}

void ChaosClient::judge_replay(const Record& attach) {
  const bool slow = options_.read_bytes_per_second || options_.receive_buffer_bytes > 0;
  if (slow || !same_epoch_ || !attach.from || attach.recovered) return;
  const bool owed = replay_is_owed(*attach.from, attach.seq, crowd_.text_bytes_max_);
  counts_.replays_denied += owed ? 1 : 0;
}

void ChaosClient::on_subscribed(element frame) {
  const std::string channel(text_of(frame, "channel"));
  if (channel == options_.user) return;
  const std::uint64_t seq = number_of(frame, "seq");
  Record attach = record(Kind::Attach);
  attach.channel = channel;
  attach.seq = seq;
  attach.recovered = flag_of(frame, "recovered");
  if (const auto asked = awaited_.find(channel); asked != awaited_.end()) {
    attach.from = asked->second.from;
    judge_replay(attach);
    Record ok = record(Kind::Ok);
    ok.op = "subscribe";
    ok.op_id = asked->second.op_id;
    ok.channel = channel;
    note(std::move(ok));
  }
  element gap;
  if (frame["gap"].get(gap) == simdjson::SUCCESS) {
    Record missed = record(Kind::Gap);
    missed.channel = channel;
    missed.from = number_of(gap, "from");
    missed.to = number_of(gap, "to");
    note(std::move(missed));
  }
  note(std::move(attach));
  positions_[channel] = seq;
  simdjson::dom::array users;
  if (frame["presence"]["users"].get(users) == simdjson::SUCCESS) {
    for (const element user : users) {
      present_[channel].insert(std::string(std::string_view(user)));
    }
  }
  awaited_.erase(channel);
  if (awaited_.empty() && state_ == State::opening) become_live();
}

// In place of the event where it follows the chat live: then it moves the position (PROTOCOL 2).
void ChaosClient::on_ack(element frame) {
  const std::string id(text_of(frame, "client_message_id"));
  const auto found = outgoing_.find(id);
  if (found == outgoing_.end()) return;
  ++counts_.acked;
  Record ok = record(Kind::Ok);
  ok.op = "send";
  ok.op_id = found->second.op_id;
  ok.channel = found->second.chat;
  ok.client_message_id = id;
  ok.message_id = text_of(frame, "message_id");
  ok.seq = number_of(frame, "seq");
  ok.duplicate = flag_of(frame, "duplicate");
  ok.user = options_.user;
  move_to(found->second.chat, ok.seq);
  note(std::move(ok));
  outgoing_.erase(found);
}

void ChaosClient::on_error(element frame) {
  const std::string code(text_of(frame, "code"));
  ++counts_.errors[code];
  std::uint64_t wait = 0;
  if (frame["retry_after_ms"].get(wait) == simdjson::SUCCESS) {
    counts_.retry_after_ms = static_cast<std::int64_t>(wait);
  }
  const auto found = outgoing_.find(std::string(text_of(frame, "client_message_id")));
  if (found == outgoing_.end()) return;
  const bool may_have_happened = code == "unavailable" || code == "internal";
  Record end = record(may_have_happened ? Kind::Unknown : Kind::Fail);
  end.op = "send";
  end.op_id = std::exchange(found->second.op_id, {});
  end.code = code;
  note(std::move(end));
  if (may_have_happened) {
    found->second.retry_at = Clock::now() + std::chrono::milliseconds(wait) + 100ms;
  } else {
    outgoing_.erase(found);
  }
}

void ChaosClient::on_event(std::string_view type, element frame) {
  std::string channel(text_of(frame, "chat_id"));
  if (channel.empty()) channel = text_of(frame, "channel");
  if (channel == options_.user) return;
  ++counts_.delivered;
  Record seen = record(Kind::Deliver);
  seen.channel = channel;
  seen.seq = number_of(frame, "seq");
  seen.event = type;
  seen.message_id = text_of(frame, "message_id");
  seen.client_message_id = text_of(frame, "client_message_id");
  seen.user = text_of(frame, "sender_id");
  std::string_view text;
  if (frame["content"]["text"].get(text) == simdjson::SUCCESS) seen.digest = content_digest(text);
  positions_[channel] = seen.seq;
  if (options_.timed && !options_.read_bytes_per_second)
    crowd_.seen(seen.client_message_id, live_since_);
  note(std::move(seen));
}

void ChaosClient::on_presence(std::string_view type, element frame) {
  auto& present = present_[std::string(text_of(frame, "channel"))];
  const std::string user(text_of(frame, "user_id"));
  if (type == "presence.join") present.insert(user);
  if (type == "presence.leave") present.erase(user);
}

void ChaosClient::move_to(const std::string& chat, std::uint64_t seq) {
  const auto position = positions_.find(chat);
  if (position == positions_.end() || awaited_.contains(chat)) return;
  if (seq == position->second + 1) position->second = seq;
}

void ChaosClient::say(std::size_t chat, std::size_t bytes) {
  char id[24];
  std::snprintf(id, sizeof id, "-%08llu", static_cast<unsigned long long>(++said_));
  const std::string client_message_id = options_.name + id;
  std::string text = client_message_id + ' ';
  text.resize(std::max(bytes, text.size()), 'x');
  crowd_.text_bytes_max_ = std::max(crowd_.text_bytes_max_, text.size());
  Outgoing& message = outgoing_[client_message_id];
  message = {.chat = options_.chats.at(chat), .text = std::move(text), .op_id = {}};
  if (options_.timed) crowd_.said(client_message_id);
  if (live()) attempt(client_message_id, message);
}

void ChaosClient::note_subscribing(const std::string& chat) {
  Record invoke = record(Kind::Invoke);
  invoke.op = "subscribe";
  Asked& asked = awaited_.at(chat);
  asked.op_id = std::to_string(++operations_);
  invoke.op_id = asked.op_id;
  invoke.channel = chat;
  invoke.from = asked.from;
  note(std::move(invoke));
}

void ChaosClient::attempt(const std::string& client_message_id, Outgoing& message) {
  message.op_id = std::to_string(++operations_);
  Record invoke = record(Kind::Invoke);
  invoke.op = "send";
  invoke.op_id = message.op_id;
  invoke.channel = message.chat;
  invoke.client_message_id = client_message_id;
  invoke.digest = content_digest(message.text);
  invoke.user = options_.user;
  note(std::move(invoke));
  send_text(R"({"type":"message.new","id":")" + message.op_id + R"(","chat_id":")" + message.chat +
            R"(","client_message_id":")" + client_message_id +
            R"(","content":{"type":"text","text":")" + message.text + R"("}})");
}

Record ChaosClient::record(Kind kind) const {
  Record made;
  made.kind = kind;
  made.client = options_.name;
  made.conn = conn_;
  if (kind == Kind::Connect) made.user = options_.user;
  return made;
}

void ChaosClient::note(Record record) {
  if (options_.recorded && crowd_.options_.recorder != nullptr) {
    crowd_.options_.recorder->add(std::move(record));
  }
}

}  // namespace kith::test
