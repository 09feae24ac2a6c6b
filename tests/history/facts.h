// What a history says about messages and logs: which message was sent, acked and seen where, in
// which words. The checks read it; storing it finds at once what contradicts itself (C2, C5).
#pragma once

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/history/names.h"
#include "tests/history/ranges.h"
#include "tests/history/reporter.h"

namespace kith::test {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr Seq kSeqMax = Seq{1} << 62U;

struct Message {
  std::string client_message_id;
  Index channel = kNone;
  Index user = kNone;
  Index next = kNone;        // another one under the same client_message_id
  std::uint64_t id = 0;      // fingerprint of its message_id
  std::uint64_t digest = 0;  // as it was first written
  std::uint32_t attempts = 0;
  std::uint32_t refused = 0;
  Line invoked = 0;
  Line acked = 0;
  Seq seq = 0;  // where it was first acked or seen
  Line placed = 0;
  std::int64_t acked_t = kNever;
  bool moved = false;  // reported
};

// An edit, or what makes a tombstone.
struct Change {
  std::uint64_t digest = 0;  // 0: a deletion
  bool refused = false;
  bool restores = false;
  Seq seq = 0;  // 0: unknown
  std::int64_t acked_t = kNever;
  Line line = 0;
};

// The content that was seen at a number. Of several sightings the latest counts.
struct Version {
  std::uint64_t digest = 0;
  bool deleted = false;
  bool final = false;
  std::int64_t as_of = 0;  // the reading began after this
  Line line = 0;
};

struct Slot {
  Index acked = kNone;       // the message that was acked with this number
  Index message = kNone;     // the new message that was seen there
  std::uint64_t event = 0;   // fingerprint of the type of the event that was seen there
  std::uint64_t target = 0;  // of the message_id of an event that is no new message
  bool is_message = false;
  bool contradicted = false;  // reported
  Line acked_line = 0;        // of any operation
  Line seen_line = 0;
  Line final_line = 0;
  Index final_message = kNone;
  std::int64_t seen_t = kNever;
  std::vector<Version> versions;
};

struct Channel {
  Seq baseline = 0;
  Seq acked_max = 0;  // by any operation
  Seq seen_max = 0;   // of a new message
  std::unordered_map<Seq, Slot> slots;
  bool has_final = false;
  bool whole = false;
  Ranges finals;  // the numbers that the final pages speak of
  Seq final_max = 0;
  std::uint64_t unknown_changes = 0;  // operations that may have taken a number unseen
};

// Where and when an entry was seen.
struct Sighting {
  std::int64_t t = 0;
  std::int64_t as_of = 0;
  Line line = 0;
  bool final = false;
};

class Facts {
 public:
  explicit Facts(Reporter& reporter) : reporter_(reporter) {}

  Names clients;
  Names channel_names;
  Names users;
  bool erases = false;  // an operation that turns messages into tombstones by the user

  Channel& channel(Index index);
  // In the order of their names' first use.
  std::vector<Channel>& channels() { return channels_; }
  Message& message(Index index) { return messages_[index]; }
  const std::vector<Message>& messages() const { return messages_; }
  std::vector<Change>& changes(std::uint64_t message_id) { return changes_[message_id]; }
  const std::vector<Change>* changes_of(const Message& message) const;
  const std::string& name_of(const Message& message) const { return message.client_message_id; }
  // "chat_1 #12"
  std::string place(Index channel, Seq seq) const;

  struct Sent {
    Index channel;
    Index user;
    std::string_view client_message_id;
  };
  // The message that is, was or will be sent under this name.
  Index message_of(const Sent& sent);
  struct Ack {
    Seq seq = 0;
    std::uint64_t message_id = 0;
    std::int64_t t = 0;
    Line line = 0;
  };
  void acked(Index message, const Ack& ack);
  // Another operation was acked with a number.
  void took_number(Index channel, Seq seq, Line line);
  // kNone: nobody has said so.
  Index message_by_id(std::uint64_t id) const;
  // An event or an entry was seen. `user` is its author.
  void seen(Index channel, Index user, const Entry& entry, const Sighting& sighting);
  Index message_of_entry(Index channel, Index user, const Entry& entry);

 private:
  void place_message(Index message, Seq seq, Line line);
  void learn_id(Message& message, std::uint64_t id, Line line);
  void contradict(Slot& slot, Index channel, Seq seq, Line line);
  void add_version(Slot& slot, const Entry& entry, const Sighting& sighting);

  Reporter& reporter_;
  std::vector<Channel> channels_;
  std::vector<Message> messages_;
  std::unordered_map<std::uint64_t, Index> by_client_id_;  // of a channel
  std::unordered_map<std::uint64_t, Index> by_id_;
  std::unordered_map<std::uint64_t, std::vector<Change>> changes_;
};

}  // namespace kith::test
