// What a write job works with: the writer's connection inside its open transaction, and the numbers
// and caches that belong to that transaction.
//
// A job reads as plain SQL on `db` and returns a Result. Returning an error undoes everything that
// it did, its numbers too, and answers the caller with that error; other jobs of the same
// transaction stand. (What must be committed *and* answered as a refusal, such as the reuse of a
// refresh token, is therefore a value of the job; the callback turns it into the error.) A failure
// of SQL (SqlConnection::failure()) undoes the job whatever it returned. Nobody is answered before
// the COMMIT.
//
// Channel heads live here until the COMMIT: never read or write channels.last_seq in a write job,
// ask head() and next_seq(). What is cached is dropped by every rollback that undid a change; where
// the database is shared, all but immutable keys and ids by every COMMIT too.
//
// Thread: the writer's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/ports/outbox.h"
#include "engine/rewards/rules.h"
#include "protocol/event.h"
#include "protocol/ids.h"
#include "storage/sql_connection.h"

namespace kith {

// A row as both sides know it: by key inside, by public id in the event.
struct UserRef {
  UserKey key{};
  UserId id;
};
struct MessageRef {
  Position position = 0;
  MessageId id;
};
struct ChannelRef {
  ChannelKey key{};
  ChannelId id;
};

// May this user write into the chat? As of the open transaction.
struct SendRight {
  bool participant = false;
  std::int64_t muted_until_ms = 0;  // not muted where it lies at or before the message's time
};

class WriteContext {
 public:
  explicit WriteContext(SqlConnection& connection) : db(connection) {}
  WriteContext(const WriteContext&) = delete;
  WriteContext& operator=(const WriteContext&) = delete;

  SqlConnection& db;
  OutgoingRules outgoing{};  // what is sent out of the server at all
  // The profile's, for whoever rewards what was done. Outlives the context; never null.
  const RewardRules* rewards = &no_reward_rules();

  // The channel's next number. Holds no number across a rollback.
  Seq next_seq(ChannelKey channel);
  // The last number given out, also by this transaction; 0: none.
  Seq head(ChannelKey channel);
  // The next place in commit order, shared by chat_messages and channel_log.
  Position next_position();

  // To be called by whatever decides by what is stored of a channel, before it reads: where others
  // write to the database too, they wait until this transaction is over.
  void hold(const ChannelId& id);

  // To be called by whatever changes chat_participants of the chat (role, status, muted_until).
  void rights_changed(ChannelKey chat);
  SendRight send_right(ChannelKey chat, UserKey user);

  std::optional<ChannelKey> channel_key(const ChannelId& id);
  std::optional<UserKey> user_key(const UserId& id);
  std::optional<UserId> user_id(UserKey key);

  // To be called by whatever takes content away, in an edit or a deletion: what held it is wiped
  // from the disk soon after the COMMIT.
  void content_went() { content_went_ = true; }
  bool take_content_went() { return std::exchange(content_went_, false); }

  // Makes the channel's row and answers its key, which is also the key of the user or chat.
  ChannelKey insert_channel(const ChannelId& id);

  // For whoever looks up many at once. Nothing: it is to be looked up.
  std::optional<ChannelKey> cached_key(const ChannelId& id) const;
  void learn_key(const ChannelId& id, ChannelKey key) { channel_keys_.emplace(id, key); }
  // A head that whoever appends has locked by themselves; known ones stay as they are.
  void learn_head(const ChannelHead& head);

  // --- for whoever runs the transaction ---
  void begin_job();    // from here on undo_job() restores the numbers
  void undo_job();     // the numbers given out since begin_job() were not given out
  void write_heads();  // raises last_seq of what was numbered; right before COMMIT
  void committed();
  void forget();         // drops whatever is remembered of the transaction, and every cache
  void forget_caches();  // all but the numbers given out: a savepoint was rolled back

 private:
  struct Channel {
    Seq last = 0;
    bool touched = false;
    std::uint32_t rights_generation = 0;
  };
  struct RightKey {
    ChannelKey chat{};
    UserKey user{};
    bool operator==(const RightKey&) const = default;
  };
  struct RightKeyHash {
    std::size_t operator()(const RightKey& key) const;
  };
  struct CachedRight {
    SendRight right;
    std::uint32_t generation = 0;
  };
  Channel& channel(ChannelKey key);

  bool content_went_ = false;
  std::unordered_map<ChannelKey, Channel> channels_;
  Channel unreadable_;  // stands in where SQL fails: the job will be undone
  std::vector<ChannelKey> touched_;
  std::vector<ChannelHead> heads_;                // only while they are written
  std::vector<std::pair<ChannelKey, Seq>> undo_;  // the number before, newest last
  std::optional<Position> position_;              // nothing: to be read from the tables
  std::optional<Position> position_before_job_;
  std::unordered_map<RightKey, CachedRight, RightKeyHash> rights_;
  std::uint32_t rights_generation_ = 0;
  std::unordered_map<ChannelId, ChannelKey, IdHash> channel_keys_;
  std::vector<ChannelRef> inserted_;  // by this transaction: what a rollback takes back
  std::unordered_map<UserKey, UserId> user_ids_;
};

// A durable event that is no new message, as it is appended. Which members a type sets stands in
// protocol/event.h; `content` goes into the event alone, never into the log's row.
struct LogRow {
  EventType type = EventType::message_update;
  WallTime at{};
  std::optional<UserRef> user{};
  std::optional<UserRef> by{};
  std::optional<MessageRef> message{};
  std::string content{};
  std::string emoji{};
  ParticipantRole role = ParticipantRole::member;
  command::ModerationAction action = command::ModerationAction::hide;
  std::string reason{};
  std::optional<WallTime> until{};
  std::string payload{};
};

// Numbers the event, writes its row and returns it as it is to be published.
DurableEvent append_log(WriteContext& context, const ChannelRef& channel, LogRow row);

}  // namespace kith
