#include "tests/chaos/recorded_client.h"

#include <algorithm>
#include <stdexcept>

namespace kith::test {
namespace {

constexpr std::size_t kRepeatsOfAcked = 10;
constexpr auto kRestMax = 300ms;  // however long the server would like

std::uint64_t seq_of(const Json& frame) {
  return static_cast<std::uint64_t>(frame["seq"].number());
}

}  // namespace

void HistoryBook::add(Record record) {
  const std::lock_guard lock(mutex_);
  record.t = Clock::now().time_since_epoch().count();
  history_.push_back(std::move(record));
}

History HistoryBook::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(history_, {});
}

RecordedClient::RecordedClient(HistoryBook& book, Options options)
    : book_(book), options_(std::move(options)) {}

RecordedClient::~RecordedClient() {
  if (!thread_.joinable()) return;
  stopped_ = true;  // a test that has failed: the server's end, or a deadline, ends the thread
  thread_.join();
}

Record RecordedClient::record(Kind kind) const {
  Record made{.kind = kind, .client = options_.name, .conn = conn_, .user = options_.user.id};
  made.channel = options_.chat;
  return made;
}

std::string RecordedClient::text_of(const std::string& client_message_id) const {
  return "text of " + client_message_id + std::string(options_.text_bytes, '.');
}

void RecordedClient::connect(const TestServer& server) {
  disconnect();
  ++conn_;
  attached_ = false;
  in_flight_.clear();
  socket_ =
      std::make_unique<WsClient>(server.port(), WsClient::Options{.patience = options_.patience});
  book_.add(record(Kind::Connect));
  resume();
  repeat();
}

void RecordedClient::resume() {
  socket_->send(init_frame(options_.user, R"("epoch":")" + epoch_ + R"(","resume":{")" +
                                              options_.chat + "\":" + std::to_string(position_) +
                                              "}"));
  resumed_from_ = position_;
  const Json ready = socket_->next(options_.patience);
  if (ready["type"].text() != "connection.ready") throw std::runtime_error(ready.dump());
  epoch_ = ready["epoch"].text();
  while (!attached_) handle(socket_->next(options_.patience));
}

void RecordedClient::repeat() {
  std::set<std::string> again = unanswered_;
  std::size_t some = 0;
  for (auto at = acked_.rbegin(); at != acked_.rend() && some < kRepeatsOfAcked; ++at, ++some) {
    again.insert(*at);
  }
  for (const std::string& id : again) send(id);
  while (!in_flight_.empty()) handle(socket_->next(options_.patience));
}

std::string RecordedClient::next_client_message_id() {
  return options_.name + "." + std::to_string(1'000'000 + messages_++);
}

void RecordedClient::on_acked(const std::string&) {}
void RecordedClient::on_unavailable(const std::string&) {}

void RecordedClient::send(const std::string& client_message_id) {
  const std::string op_id = std::to_string(++operations_);
  Record invoke = record(Kind::Invoke);
  invoke.op = "send";
  invoke.op_id = op_id;
  invoke.client_message_id = client_message_id;
  const std::string text = text_of(client_message_id);
  invoke.digest = content_digest(text);
  book_.add(std::move(invoke));
  in_flight_[op_id] = client_message_id;
  unanswered_.insert(client_message_id);
  socket_->send(message(options_.chat, client_message_id, text, R"("id":")" + op_id + '"'));
}

void RecordedClient::start() {
  stopped_ = false;
  flowing_ = false;
  thread_ = std::thread([this] {
    write_on();
    note_flow();
  });
}

void RecordedClient::await_flow() const {
  flowing_.wait(false);
}

void RecordedClient::note_flow() {
  if (!flowing_.exchange(true)) flowing_.notify_all();
}

void RecordedClient::write_on() {
  std::size_t sent = 0;
  bool sending = true;
  const auto done = [&] {
    return stopped_ || (options_.messages_max > 0 && sent >= options_.messages_max);
  };
  for (;;) {
    try {
      if (in_flight_.empty() && !done()) std::this_thread::sleep_until(resting_until_);
      while (sending && !done() && in_flight_.size() < options_.in_flight &&
             Clock::now() >= resting_until_) {
        send(next_client_message_id());
        ++sent;
      }
    } catch (const std::runtime_error&) {
      sending = false;  // dead; what it had answered before may still wait to be read
    }
    if (sending && done() && in_flight_.empty()) return;
    try {
      handle(socket_->next(options_.patience));
    } catch (const std::runtime_error&) {
      disconnect();  // read to the end
      return;
    }
  }
}

void RecordedClient::stop() {
  stopped_ = true;
}

void RecordedClient::join() {
  if (thread_.joinable()) thread_.join();
}

void RecordedClient::disconnect() {
  if (socket_ == nullptr) return;
  socket_.reset();
  book_.add(record(Kind::Disconnect));
}

void RecordedClient::leave() {
  socket_.reset();
}

void RecordedClient::catch_up(std::uint64_t head) {
  while (static_cast<std::uint64_t>(position_) < head) handle(socket_->next());
}

void RecordedClient::handle(const Json& frame) {
  const std::string type = frame["type"].text();
  if (type == "ack") return on_ack(frame);
  if (type == "error") return on_error(frame);
  if (type == "subscribed") return on_subscribed(frame);
  if (frame["chat_id"].text() == options_.chat && frame["seq"].is_integer()) on_event(frame);
}

void RecordedClient::on_ack(const Json& frame) {
  const auto sent = in_flight_.find(frame["id"].text());
  if (sent == in_flight_.end()) throw std::runtime_error("an ack of nothing: " + frame.dump());
  Record ok = record(Kind::Ok);
  ok.op = "send";
  ok.op_id = sent->first;
  ok.client_message_id = frame["client_message_id"].text();
  ok.seq = seq_of(frame);
  ok.message_id = frame["message_id"].text();
  ok.duplicate = frame["duplicate"].flag();
  book_.add(std::move(ok));
  unanswered_.erase(sent->second);
  acked_.insert(sent->second);
  // An ack in place of the event is part of the stream (PROTOCOL section 4).
  if (!frame["duplicate"].flag() && frame["seq"].number() == position_ + 1) {
    Record seen = record(Kind::Deliver);
    seen.seq = seq_of(frame);
    seen.event = "message.new";
    seen.message_id = frame["message_id"].text();
    seen.client_message_id = sent->second;
    seen.digest = content_digest(text_of(sent->second));
    book_.add(std::move(seen));
    ++position_;
  }
  on_acked(sent->second);
  in_flight_.erase(sent);
  note_flow();
}

void RecordedClient::on_error(const Json& frame) {
  const auto sent = in_flight_.find(frame["id"].text());
  if (sent == in_flight_.end()) throw std::runtime_error("an error: " + frame.dump());
  const std::string code = frame["code"].text();
  const bool open = code == "unavailable" || code == "internal";
  Record outcome = record(open ? Kind::Unknown : Kind::Fail);
  outcome.op = "send";
  outcome.op_id = sent->first;
  outcome.code = code;
  book_.add(std::move(outcome));
  refused_ += code == "unavailable";
  const auto told = std::chrono::milliseconds(frame["retry_after_ms"].number());
  resting_until_ = Clock::now() + std::clamp<std::chrono::milliseconds>(told, 0ms, kRestMax);
  if (open) on_unavailable(sent->second);
  in_flight_.erase(sent);  // and stays among the unanswered
  note_flow();
}

void RecordedClient::on_subscribed(const Json& frame) {
  if (frame["channel"].text() != options_.chat) return;
  Record attach = record(Kind::Attach);
  attach.seq = seq_of(frame);
  attach.from = static_cast<std::uint64_t>(resumed_from_);
  attach.recovered = frame["recovered"].flag();
  book_.add(attach);
  if (!attach.recovered && attach.seq > *attach.from) {
    Record gap = record(Kind::Gap);
    gap.from = *attach.from + 1;
    gap.to = attach.seq;
    book_.add(std::move(gap));
  }
  position_ = static_cast<std::int64_t>(attach.seq);
  attached_ = true;
}

void RecordedClient::on_event(const Json& frame) {
  Record seen = record(Kind::Deliver);
  seen.user = frame["sender_id"].text();
  seen.seq = seq_of(frame);
  seen.event = frame["type"].text();
  seen.message_id = frame["message_id"].text();
  seen.client_message_id = frame["client_message_id"].text();
  if (frame["content"].present()) seen.digest = content_digest(frame["content"]["text"].text());
  book_.add(std::move(seen));
  position_ = std::max(position_, frame["seq"].number());
}

std::uint64_t head_of(const TestServer& server, const User& user, const std::string& chat) {
  WsClient socket = connect(server, user);
  return seq_of(subscribe(socket, chat));
}

void record_final(HistoryBook& book, const TestServer& server, const User& user,
                  const std::string& chat, std::uint64_t begin) {
  WsClient socket = connect(server, user);
  const std::uint64_t head = seq_of(subscribe(socket, chat));
  Record page{.kind = Kind::Final, .channel = chat, .whole = true};
  std::uint64_t position = begin;
  page.from = begin + 1;
  page.to = head;
  while (position < head) {
    const Json answer = socket.ask(R"({"type":"history","limit":200,"chat_id":")" + chat +
                                   R"(","after_seq":)" + std::to_string(position) + "}");
    const Json messages = answer["messages"];
    if (messages.size() == 0) break;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Json message = messages[i];
      position = seq_of(message);
      page.entries.push_back({.seq = position,
                              .message_id = message["message_id"].text(),
                              .client_message_id = message["client_message_id"].text(),
                              .user = message["sender_id"].text(),
                              .digest = content_digest(message["content"]["text"].text()),
                              .deleted = message["deleted_at"].is_string()});
    }
  }
  book.add(std::move(page));
}

}  // namespace kith::test
