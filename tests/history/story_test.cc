#include <doctest/doctest.h>

#include "tests/history/story.h"

namespace kith::test {

Story& Story::add(Record record) {
  record.t = now_ += 1'000'000;
  if (record.channel.empty()) record.channel = kChannel;
  records_.push_back(std::move(record));
  return *this;
}

Story& Story::wait(std::int64_t ns) {
  now_ += ns;
  return *this;
}

Story& Story::connect(const std::string& client, std::uint32_t conn) {
  return add({.kind = Kind::Connect, .client = client, .conn = conn, .user = client});
}

Story& Story::disconnect(const std::string& client, std::uint32_t conn) {
  return add({.kind = Kind::Disconnect, .client = client, .conn = conn});
}

Story& Story::attach(const std::string& client, std::uint64_t head, std::uint32_t conn) {
  return add({.kind = Kind::Attach, .client = client, .conn = conn, .seq = head});
}

Story& Story::resume(const std::string& client, std::uint64_t from, std::uint64_t head,
                     std::uint32_t conn) {
  return add({.kind = Kind::Attach,
              .client = client,
              .conn = conn,
              .seq = head,
              .recovered = true,
              .from = from});
}

Story& Story::gap(const std::string& client, std::uint64_t from, std::uint64_t to,
                  std::uint32_t conn) {
  return add({.kind = Kind::Gap, .client = client, .conn = conn, .from = from, .to = to});
}

Story& Story::invoke(const std::string& client, const std::string& name) {
  return add({.kind = Kind::Invoke,
              .client = client,
              .op = "send",
              .op_id = name,
              .client_message_id = name,
              .digest = content_digest(name)});
}

Story& Story::ok(const std::string& client, const std::string& name, std::uint64_t seq) {
  return add({.kind = Kind::Ok,
              .client = client,
              .op = "send",
              .op_id = name,
              .seq = seq,
              .message_id = "msg_" + name,
              .client_message_id = name});
}

Story& Story::fail(const std::string& client, const std::string& op_id) {
  return add({.kind = Kind::Fail, .client = client, .op_id = op_id, .code = "forbidden"});
}

Story& Story::unknown(const std::string& client, const std::string& op_id) {
  return add({.kind = Kind::Unknown, .client = client, .op_id = op_id, .code = "unavailable"});
}

Story& Story::invoke_change(const std::string& client, const std::string& op,
                            const std::string& name, const std::string& op_id,
                            const std::string& text) {
  return add({.kind = Kind::Invoke,
              .client = client,
              .op = op,
              .op_id = op_id,
              .message_id = "msg_" + name,
              .digest = text.empty() ? 0 : content_digest(text)});
}

Story& Story::ok_change(const std::string& client, const std::string& op, const std::string& op_id,
                        std::uint64_t seq) {
  return add({.kind = Kind::Ok, .client = client, .op = op, .op_id = op_id, .seq = seq});
}

Record Story::delivery(const std::string& client, std::uint64_t seq, const std::string& sender,
                       const std::string& name) const {
  return {.kind = Kind::Deliver,
          .client = client,
          .conn = 1,
          .user = sender,
          .seq = seq,
          .event = "message.new",
          .message_id = "msg_" + name,
          .client_message_id = name,
          .digest = content_digest(name)};
}

Story& Story::deliver(const std::string& client, std::uint64_t seq, const std::string& sender,
                      const std::string& name, std::uint32_t conn) {
  Record record = delivery(client, seq, sender, name);
  record.conn = conn;
  return add(std::move(record));
}

Story& Story::deliver_change(const std::string& client, std::uint64_t seq, const std::string& event,
                             const std::string& name, const std::string& text, std::uint32_t conn) {
  return add({.kind = Kind::Deliver,
              .client = client,
              .conn = conn,
              .seq = seq,
              .event = event,
              .message_id = "msg_" + name,
              .digest = text.empty() ? 0 : content_digest(text)});
}

Entry Story::entry(std::uint64_t seq, const std::string& sender, const std::string& name) {
  return {.seq = seq,
          .message_id = "msg_" + name,
          .client_message_id = name,
          .user = sender,
          .digest = content_digest(name)};
}

Entry Story::edited(Entry entry, const std::string& text) {
  entry.digest = content_digest(text);
  return entry;
}

Entry Story::tombstone(Entry entry) {
  entry.digest = 0;
  entry.deleted = true;
  return entry;
}

Entry Story::event(std::uint64_t seq, const std::string& type, const std::string& name) {
  return {.seq = seq, .event = type, .message_id = "msg_" + name};
}

Story& Story::ask_history(const std::string& client, const std::string& op_id) {
  return add({.kind = Kind::Invoke, .client = client, .op = "history", .op_id = op_id});
}

Story& Story::history(const std::string& client, const std::string& op_id,
                      std::vector<Entry> entries, std::optional<std::uint64_t> from,
                      std::optional<std::uint64_t> to) {
  return add({.kind = Kind::Ok,
              .client = client,
              .op = "history",
              .op_id = op_id,
              .from = from,
              .to = to,
              .entries = std::move(entries)});
}

Story& Story::final(std::vector<Entry> entries) {
  return add({.kind = Kind::Final, .whole = true, .from = 1, .entries = std::move(entries)});
}

Story& Story::final_messages(std::vector<Entry> entries) {
  return add({.kind = Kind::Final, .from = 1, .entries = std::move(entries)});
}

Story ann_and_bob() {
  Story story;
  story.connect("ann").connect("bob").attach("ann", 0).attach("bob", 0);
  return story;
}

TEST_CASE("a history in which all went well is whole, and says what was looked at") {
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one");
  story.send("bob", "two", 2).deliver("ann", 2, "bob", "two");
  story.final({Story::entry(1, "ann", "one"), Story::entry(2, "bob", "two")});
  const Verdict verdict = story.check();
  INFO(to_text(verdict));
  CHECK(verdict.ok());
  CHECK(verdict.records == 11);
  CHECK(verdict.channels == 1);
  CHECK(verdict.acked == 2);
  CHECK(verdict.deliveries == 2);
  CHECK(verdict.finals == 2);
  CHECK(to_text(verdict).find("whole") != std::string::npos);
}

}  // namespace kith::test
