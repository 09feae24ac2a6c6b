#include "tests/chaos/recorded_client.h"

#include <algorithm>

#include "tests/chaos/resume_owed.h"

namespace kith::test {
namespace {

constexpr std::size_t kRepeatsOfAcked = 10;
constexpr auto kRestMax = 300ms;  // however long the server would like

std::string event_of(std::string_view op) {
  if (op == "edit") return "message.update";
  return op == "delete" ? "message.delete" : "message.new";
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

void RecordedClient::connect(std::uint16_t port) {
  disconnect();
  ++conn_;
  attached_ = false;
  in_flight_.clear();
  socket_ = std::make_unique<WsClient>(port, WsClient::Options{.patience = options_.patience});
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
  if (ready["type"].text() == "connection.closing") throw Disconnected(ready.dump());
  if (ready["type"].text() != "connection.ready") throw std::runtime_error(ready.dump());
  same_epoch_ = ready["epoch"].text() == epoch_;
  epoch_ = ready["epoch"].text();
  while (!attached_) handle(socket_->next(options_.patience));
}

void RecordedClient::repeat() {
  std::set<std::string> again = unanswered_;
  std::size_t some = 0;
  for (auto at = acked_.rbegin(); at != acked_.rend() && some < kRepeatsOfAcked; ++at, ++some) {
    again.insert(*at);
  }
  // A repeat is one whatever has become of its original (PROTOCOL section 1).
  if (changed_last_.seq > 0) again.insert(changed_last_.client_message_id);
  for (const std::string& id : again) send(id);
  while (!in_flight_.empty()) handle(socket_->next(options_.patience));
}

std::string RecordedClient::next_client_message_id() {
  return options_.name + "." + std::to_string(1'000'000 + messages_++);
}

void RecordedClient::on_acked(const std::string&) {}
void RecordedClient::on_unavailable(const std::string&) {}

std::string RecordedClient::invoke(Operation operation) {
  std::string op_id = std::to_string(++operations_);
  Record invoke = record(Kind::Invoke);
  invoke.op = operation.op;
  invoke.op_id = op_id;
  invoke.client_message_id = operation.client_message_id;
  invoke.message_id = operation.subject.message_id;
  invoke.digest = operation.digest;
  book_.add(std::move(invoke));
  in_flight_[op_id] = std::move(operation);
  return op_id;
}

void RecordedClient::send(const std::string& client_message_id) {
  const std::string text = text_of(client_message_id);
  const std::string op_id = invoke(
      {.op = "send", .client_message_id = client_message_id, .digest = content_digest(text)});
  unanswered_.insert(client_message_id);
  socket_->send(message(options_.chat, client_message_id, text, R"("id":")" + op_id + '"'));
}

void RecordedClient::start() {
  stopped_ = false;
  flowing_ = false;
  thread_ = std::thread([this] {
    try {
      write_on();
    } catch (const Disconnected&) {
      disconnect();  // read to the end
    } catch (const std::runtime_error& error) {
      complain(error);
      disconnect();
    }
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
        act();
        ++sent;
      }
    } catch (const Disconnected&) {
      sending = false;  // what it had answered before may still wait to be read
    }
    if (sending && done() && in_flight_.empty()) return;
    handle(socket_->next(options_.patience));
  }
}

void RecordedClient::complain(const std::runtime_error& error) {
  complaints_.push_back(options_.name + ": " + error.what());
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
  if (type == "history") return on_history(frame);
  if (type == "subscribed") return on_subscribed(frame);
  if (frame["chat_id"].text() == options_.chat && frame["seq"].is_integer()) on_event(frame);
}

void RecordedClient::on_ack(const Json& frame) {
  const auto found = in_flight_.find(frame["id"].text());
  if (found == in_flight_.end()) throw std::runtime_error("an ack of nothing: " + frame.dump());
  const Operation& operation = found->second;
  Record ok = record(Kind::Ok);
  ok.op = operation.op;
  ok.op_id = found->first;
  ok.client_message_id = frame["client_message_id"].text();
  ok.seq = frame["seq"].is_integer() ? seq_of(frame) : 0;
  ok.message_id = frame["message_id"].text();
  ok.duplicate = frame["duplicate"].flag();
  book_.add(ok);
  // An ack in place of the event is part of the stream (PROTOCOL section 4).
  if (!ok.duplicate && frame["seq"].number() == position_ + 1) {
    Record seen = record(Kind::Deliver);
    seen.seq = ok.seq;
    seen.event = event_of(operation.op);
    seen.message_id = ok.message_id;
    seen.client_message_id = operation.client_message_id;
    seen.digest = operation.digest;
    book_.add(std::move(seen));
    ++position_;
  }
  if (operation.op == "send") {
    unanswered_.erase(operation.client_message_id);
    acked_.insert(operation.client_message_id);
    // A repeat's original may have been changed, or deleted, since.
    if (!ok.duplicate) {
      note_standing({.client_message_id = operation.client_message_id,
                     .message_id = ok.message_id,
                     .seq = ok.seq});
    }
    on_acked(operation.client_message_id);
  } else {
    note_changed(operation);
  }
  in_flight_.erase(found);
  note_flow();
}

void RecordedClient::on_error(const Json& frame) {
  const auto found = in_flight_.find(frame["id"].text());
  const std::string code = frame["code"].text();
  const bool open = code == "unavailable" || code == "internal";
  // The store could not say whether a channel may be followed: nothing of it comes on this
  // connection, which is then as good as none.
  if (open && !frame["id"].present() && frame["channel"].present()) {
    throw Disconnected(frame.dump());
  }
  if (found == in_flight_.end()) throw std::runtime_error("an error: " + frame.dump());
  Record outcome = record(open ? Kind::Unknown : Kind::Fail);
  outcome.op = found->second.op;
  outcome.op_id = found->first;
  outcome.code = code;
  book_.add(std::move(outcome));
  refused_ += code == "unavailable";
  refused_for_good_ += open ? 0 : 1;
  const auto told = std::chrono::milliseconds(frame["retry_after_ms"].number());
  resting_until_ = Clock::now() + std::clamp<std::chrono::milliseconds>(told, 0ms, kRestMax);
  if (open && found->second.op == "send") on_unavailable(found->second.client_message_id);
  in_flight_.erase(found);  // and a send stays among the unanswered
  note_flow();
}

// The numbers that a resume has missed must come, unless they are too many.
void RecordedClient::note_replay(const Record& attach) {
  const auto from = static_cast<std::uint64_t>(resumed_from_);
  if (!same_epoch_ || !replay_is_owed(from, attach.seq, options_.text_bytes)) return;
  ++replays_owed_;
  replays_denied_ += attach.recovered ? 0 : 1;
}

void RecordedClient::on_subscribed(const Json& frame) {
  if (frame["channel"].text() != options_.chat) return;
  Record attach = record(Kind::Attach);
  attach.seq = seq_of(frame);
  attach.from = static_cast<std::uint64_t>(resumed_from_);
  attach.recovered = frame["recovered"].flag();
  book_.add(attach);
  if (!attached_) note_replay(attach);
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
  const Json content = frame["content"];
  seen.deleted = content["type"].text() == "tombstone";
  if (content.present() && !seen.deleted) seen.digest = content_digest(content["text"].text());
  book_.add(std::move(seen));
  position_ = std::max(position_, frame["seq"].number());
}

}  // namespace kith::test
