// Histories by hand, for the tests of the checker: one channel, a clock that goes on by a
// millisecond with each record, and as little to write as it takes to see what is wrong in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/history/checker.h"

namespace kith::test {

class Story {
 public:
  static constexpr const char* kChannel = "chat_1";
  static constexpr std::int64_t kSecond = 1'000'000'000;

  // For whatever has no short form below. Sets the time, and the channel.
  Story& add(Record record);
  Story& wait(std::int64_t ns);

  // The client's user has the same name.
  Story& connect(const std::string& client, std::uint32_t conn = 1);
  Story& disconnect(const std::string& client, std::uint32_t conn = 1);
  // `subscribed`, from now on; or recovered from there.
  Story& attach(const std::string& client, std::uint64_t head, std::uint32_t conn = 1);
  Story& resume(const std::string& client, std::uint64_t from, std::uint64_t head,
                std::uint32_t conn);
  Story& gap(const std::string& client, std::uint64_t from, std::uint64_t to,
             std::uint32_t conn = 1);

  // The name of a message is its client_message_id, its op_id, and its text; "msg_" + name its id.
  Story& invoke(const std::string& client, const std::string& name);
  Story& ok(const std::string& client, const std::string& name, std::uint64_t seq);
  Story& fail(const std::string& client, const std::string& op_id);
  Story& unknown(const std::string& client, const std::string& op_id);
  Story& send(const std::string& client, const std::string& name, std::uint64_t seq) {
    return invoke(client, name).ok(client, name, seq);
  }
  // Any other operation on a message; `text` is an edit's.
  Story& invoke_change(const std::string& client, const std::string& op, const std::string& name,
                       const std::string& op_id, const std::string& text = {});
  Story& ok_change(const std::string& client, const std::string& op, const std::string& op_id,
                   std::uint64_t seq);

  // A message that `sender` wrote, as it reads now.
  Record delivery(const std::string& client, std::uint64_t seq, const std::string& sender,
                  const std::string& name) const;
  Story& deliver(const std::string& client, std::uint64_t seq, const std::string& sender,
                 const std::string& name, std::uint32_t conn = 1);
  Story& deliver_change(const std::string& client, std::uint64_t seq, const std::string& event,
                        const std::string& name, const std::string& text = {},
                        std::uint32_t conn = 1);

  static Entry entry(std::uint64_t seq, const std::string& sender, const std::string& name);
  static Entry edited(Entry entry, const std::string& text);
  static Entry tombstone(Entry entry);
  static Entry event(std::uint64_t seq, const std::string& type, const std::string& name);
  Story& ask_history(const std::string& client, const std::string& op_id);
  Story& history(const std::string& client, const std::string& op_id, std::vector<Entry> entries,
                 std::optional<std::uint64_t> from = 1,
                 std::optional<std::uint64_t> to = std::nullopt);
  // Every number of it, or the messages only.
  Story& final(std::vector<Entry> entries);
  Story& final_messages(std::vector<Entry> entries);

  Verdict check() const { return test::check(records_); }
  const History& records() const { return records_; }

 private:
  std::int64_t now_ = 0;
  History records_;
};

// Ann and Bob follow an empty channel.
Story ann_and_bob();

}  // namespace kith::test
