#include "tests/conformance/websocket_case.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/conformance/runner.h"
#include "tests/conformance/websocket_wire.h"

namespace kith::test {
namespace {

constexpr auto kSetupPatience = 20s;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

struct Incoming {
  std::uint8_t opcode = 0;
  std::string payload;
};

class Exchange {
 public:
  Exchange(const WsCase& ws_case, const WsTarget& target)
      : case_(ws_case), target_(target), socket_(target.port) {}

  std::string run() {
    open();
    deadline_ = Clock::now() + target_.patience;
    send_all();
    deadline_ = Clock::now() + target_.patience;
    while (!ended_) step();
    std::string transcript;
    for (const std::string& event : events_) transcript += (transcript.empty() ? "" : " ") + event;
    return transcript;
  }

 private:
  void open();
  void await_setup(std::size_t frames);
  void send_all();
  void send(const std::string& bytes);
  void step();
  std::optional<Incoming> take_frame();
  void on_frame(const Incoming& incoming);
  void on_line(const Json& json);
  void on_probe_answered(const Json& json);
  void note(std::string event) { events_.push_back(std::move(event)); }

  const WsCase& case_;
  const WsTarget& target_;
  Socket socket_;
  std::string buffered_;
  std::vector<std::string> events_;
  std::size_t alive_at_ = 0;  // how many events there were when the probe was answered
  bool probed_ = false;
  bool ended_ = false;
  bool broken_ = false;  // writing fails: the server is done with us
  Clock::time_point deadline_ = Clock::now() + kSetupPatience;
};

void Exchange::open() {
  std::string path = "/ws";
  if (case_.start == Start::in_chat) path = "/chats/" + target_.new_chat();
  socket_.send("GET " + path +
                   " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
               deadline_);
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
    if (!socket_.receive(buffered_, deadline_)) throw std::runtime_error("closed while upgrading");
  }
  if (!buffered_.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no 101: " + buffered_);
  buffered_.erase(0, end + 4);
  if (case_.start == Start::upgraded) return;
  socket_.send(text_frame(init_frame(target_.user)), deadline_);
  // connection.ready, then `subscribed` of the own channel and of the path's.
  await_setup(case_.start == Start::in_chat ? 3 : 2);
}

void Exchange::await_setup(std::size_t frames) {
  while (events_.size() < frames && !ended_) step();
  const bool good = events_.size() == frames && events_[0] == "connection.ready" &&
                    events_[1] == "subscribed" && events_.back() == "subscribed";
  if (!good) throw std::runtime_error("not initialised: " + (events_.empty() ? "" : events_[0]));
  events_.clear();
}

void Exchange::send(const std::string& bytes) {
  if (broken_) return;
  try {
    socket_.send(bytes, deadline_);
  } catch (const std::runtime_error&) {
    // It closed, which its own frames will tell of: they are read next.
    broken_ = true;
  }
}

void Exchange::send_all() {
  for (const std::string& bytes : case_.writes) send(bytes);
  for (std::size_t i = 1; i < case_.repeat_last && !broken_; ++i) {
    send(case_.writes.back());
    if (socket_.readable()) step();
  }
  // What is acked is in the history, and not before.
  while (case_.tail >= Tail::answered && events_.empty() && !ended_) step();
  if (case_.tail == Tail::probe || case_.tail == Tail::answered)
    send(text_frame(ping_command("probe")));
  if (case_.tail == Tail::history) {
    send(text_frame(R"({"type":"history","id":"probe","limit":1})"));
  }
}

std::optional<Incoming> Exchange::take_frame() {
  if (buffered_.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(buffered_[0]);
  const auto second = static_cast<unsigned char>(buffered_[1]);
  const std::size_t extended = (second & 0x7F) == 126 ? 2 : (second & 0x7F) == 127 ? 8 : 0;
  if (buffered_.size() < 2 + extended) return std::nullopt;
  const std::uint64_t length =
      extended == 0 ? second & 0x7F : big_endian(std::string_view(buffered_).substr(2, extended));
  if (buffered_.size() - 2 - extended < length) return std::nullopt;
  const auto opcode = static_cast<std::uint8_t>(first & 0x0F);
  if ((second & 0x80) != 0) note("BAD:masked");
  if ((first & 0x70) != 0) note("BAD:reserved-bits");
  if ((first & 0x80) == 0) note("BAD:fragmented");  // allowed, but kith says that it never does
  if (extended == 2 ? length < 126 : extended == 8 && length < 65536) note("BAD:length-form");
  if (opcode >= kClose && extended != 0) note("BAD:long-control-frame");
  Incoming incoming{.opcode = opcode,
                    .payload = buffered_.substr(2 + extended, static_cast<std::size_t>(length))};
  buffered_.erase(0, 2 + extended + static_cast<std::size_t>(length));
  return incoming;
}

void Exchange::step() {
  while (auto incoming = take_frame()) on_frame(*incoming);
  if (ended_) return;
  try {
    if (socket_.receive(buffered_, deadline_)) {
      while (auto incoming = take_frame()) on_frame(*incoming);
      return;
    }
    note("eof");
  } catch (const std::runtime_error&) {
    note("silence");
  }
  ended_ = true;
  // The probe's answer and a clean end together are what "alive" stands for.
  const std::vector<std::string> clean = {"close:1000", "eof"};
  if (probed_ && events_.size() == alive_at_ + clean.size() &&
      std::equal(clean.begin(), clean.end(),
                 events_.begin() + static_cast<std::ptrdiff_t>(alive_at_))) {
    events_.resize(alive_at_);
    note("alive");
  }
}

void Exchange::on_frame(const Incoming& incoming) {
  std::string_view payload = incoming.payload;
  switch (incoming.opcode) {
    case kText:
      while (!payload.empty()) {
        const auto end = std::min(payload.find('\n'), payload.size());
        if (end > 0) on_line(Json::parse(payload.substr(0, end)));
        payload.remove_prefix(std::min(end + 1, payload.size()));
      }
      return;
    case kPing:
      return note("wping");
    case kPong:
      return note(pong_event(payload));
    case kClose:
      if (payload.size() == 1) note("BAD:close-of-one-byte");
      return note("close:" + (payload.size() < 2
                                  ? std::string("none")
                                  : std::to_string(big_endian(payload.substr(0, 2)))));
    default:
      note("BAD:opcode-" + std::to_string(incoming.opcode));
  }
}

void Exchange::on_line(const Json& json) {
  const std::string type = json["type"].text();
  if (json.keys().empty() || json.keys().front() != "type") note("BAD:type-is-not-first");
  if (json["id"].text() == "probe") return on_probe_answered(json);
  // What other cases do to the same user is told on the user's own channel.
  if (type != "subscribed" && json["channel"].text() == target_.user.id) return;
  const std::string id = json["id"].present() ? ":" + json["id"].text() : std::string();
  if (type == "pong") return note("pong" + id);
  if (type == "error") {
    if (!json["message"].is_string()) note("BAD:error-without-message");
    return note("error:" + json["code"].text() + id);
  }
  if (type == "connection.closing") {
    const auto code = json["code"].number();
    const bool hinted = json["retry_after_ms"].is_integer();
    if (json["reconnect"].flag() != (code < 4500) || hinted != (code < 4500)) {
      note("BAD:closing-" + json.dump());
    }
    return note("closing:" + std::to_string(code));
  }
  note(type);
}

void Exchange::on_probe_answered(const Json& json) {
  if (case_.tail == Tail::history) {
    const std::string got = json["messages"][0]["content"]["text"].text();
    note(got == case_.text ? "text" : "text-differs");
  } else if (json["type"].text() != "pong") {
    note("probe:" + json["type"].text());
  }
  probed_ = true;
  alive_at_ = events_.size();
  send(close_frame(1000));
}

}  // namespace

WsTarget ws_target_of(const Site& site) {
  return {.port = site.server.port(), .user = site.user, .new_chat = [&site] {
            return site.server.group(site.user, {});
          }};
}

std::string transcript_of(const WsCase& ws_case, const WsTarget& target) {
  return Exchange(ws_case, target).run();
}

Job job_of(WsCase ws_case) {
  return {.id = ws_case.id, .section = ws_case.section, .run = [ws_case](const Sites& sites) {
            return judge(ws_case.expect, transcript_of(ws_case, ws_target_of(*sites.usual)));
          }};
}

}  // namespace kith::test
