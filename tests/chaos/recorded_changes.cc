// What a recorded client does besides sending: it edits and deletes what it has sent, and asks for
// history. An edit whose outcome nobody knows is not tried again: nothing would tell the second
// from the first.
#include <stdexcept>

#include "tests/chaos/recorded_client.h"

namespace kith::test {
namespace {

constexpr std::size_t kStandingMax = 4;  // so that what is changed is not long past
constexpr std::size_t kDeletesOneIn = 3;
constexpr int kPageMessages = 50;

std::string with_id(const std::string& op_id) {
  return R"("id":")" + op_id + '"';
}

}  // namespace

void RecordedClient::act() {
  ++acts_;
  const auto due = [&](std::size_t every) { return every > 0 && acts_ % every == 0; };
  if (due(options_.read_every)) return ask_history();
  if (due(options_.change_every) && !standing_.empty()) return change();
  send(next_client_message_id());
}

void RecordedClient::change() {
  const Standing standing = standing_.front();
  standing_.pop_front();
  if (++changes_ % kDeletesOneIn == 0) {
    const std::string op_id = invoke({.op = "delete", .subject = standing});
    socket_->send(about("message.delete", options_.chat, standing.message_id, with_id(op_id)));
    return;
  }
  const std::string text =
      text_of("edit " + std::to_string(changes_) + " of " + standing.message_id);
  const std::string op_id =
      invoke({.op = "edit", .subject = standing, .digest = content_digest(text)});
  socket_->send(
      about("message.update", options_.chat, standing.message_id,
            with_id(op_id) + R"(,"content":{"type":"text","text":)" + json_string(text) + "}"));
}

// In turn the end of the log, which must have what was acked, and the page that begins with what
// this client has changed last, which must show the change.
void RecordedClient::ask_history() {
  Operation asked{.op = "history"};
  if (++histories_ % 2 == 0 && changed_last_.seq > 0) asked.after = changed_last_.seq - 1;
  const std::string after =
      asked.after ? R"(,"after_seq":)" + std::to_string(*asked.after) : std::string();
  const std::string op_id = invoke(std::move(asked));
  socket_->send(R"({"type":"history",)" + with_id(op_id) + R"(,"chat_id":")" + options_.chat +
                R"(","limit":)" + std::to_string(kPageMessages) + after + "}");
}

void RecordedClient::note_standing(const Standing& standing) {
  if (options_.change_every > 0 && standing_.size() < kStandingMax) standing_.push_back(standing);
}

void RecordedClient::note_changed(const Operation& change) {
  ++changed_;
  changed_last_ = change.subject;
  if (change.op == "edit") note_standing(change.subject);
}

void RecordedClient::on_history(const Json& frame) {
  const auto asked = in_flight_.find(frame["id"].text());
  if (asked == in_flight_.end()) throw std::runtime_error("nobody's history: " + frame.dump());
  Record page = record(Kind::Ok);
  page.op = "history";
  page.op_id = asked->first;
  const Json messages = frame["messages"];
  for (std::size_t i = 0; i < messages.size(); ++i) page.entries.push_back(entry_of(messages[i]));
  if (const auto after = asked->second.after) {
    page.from = *after + 1;
    const Json next = frame["next_after_seq"];
    if (next.is_integer()) page.to = static_cast<std::uint64_t>(next.number());
  } else {
    const Json next = frame["next_before_seq"];
    page.from = next.is_integer() ? static_cast<std::uint64_t>(next.number()) : 1;
  }
  book_.add(std::move(page));
  ++read_;
  in_flight_.erase(asked);
  note_flow();
}

Entry entry_of(const Json& message) {
  const Json content = message["content"];
  const bool deleted = content["type"].text() == "tombstone";
  return {.seq = seq_of(message),
          .message_id = message["message_id"].text(),
          .client_message_id = message["client_message_id"].text(),
          .user = message["sender_id"].text(),
          .digest = deleted ? 0 : content_digest(content["text"].text()),
          .deleted = deleted};
}

std::uint64_t head_of(const TestServer& server, const User& user, const std::string& chat) {
  WsClient socket = connect(server, user);
  return seq_of(subscribe(socket, chat));
}

void record_final(HistoryBook& book, const TestServer& server, const User& user,
                  const std::string& chat, const Log& log) {
  WsClient socket = connect(server, user);
  const std::uint64_t head = seq_of(subscribe(socket, chat));
  Record page{.kind = Kind::Final, .channel = chat, .whole = !log.changes};
  std::uint64_t position = log.begin;
  page.from = log.begin + 1;
  page.to = head;
  while (position < head) {
    const Json answer = socket.ask(R"({"type":"history","limit":200,"chat_id":")" + chat +
                                   R"(","after_seq":)" + std::to_string(position) + "}");
    const Json messages = answer["messages"];
    if (messages.size() == 0) break;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      page.entries.push_back(entry_of(messages[i]));
    }
    position = page.entries.back().seq;
  }
  book.add(std::move(page));
}

}  // namespace kith::test
