// Appends messages to Postgres, many at a time (ARCHITECTURE 2.3, 2.4).
//
// The quick way is one round trip: BEGIN, the channels' rows locked in the order of their keys and
// their last_seq raised, all messages inserted by one statement, COMMIT. That statement checks in
// its own snapshot, behind the locks, who may send, and takes the numbers from the rows just
// raised; where it lets in fewer messages than were given, or meets a repeat (the unique index on
// the client's id is the arbiter, across nodes), it fails, and with it the COMMIT behind it. Then
// nothing has happened and the careful way is taken: it locks the channels, looks up everything
// that an answer depends on, decides message by message as AppendWriter does, and inserts what is
// left, in four round trips whatever the number of messages.
//
// Measured with one writing thread, batches of 512 in 100 chats, server and client on the same two
// busy cores: 45,000 to 48,000 messages/s where bare libpq with leaner rows (two indexes instead of
// four) made 44,000 to 61,000 in the same minutes.
//
// Thread: its writer's.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "storage/append_job.h"
#include "storage/postgres_connection.h"
#include "storage/recent_appends.h"
#include "storage/sql_session.h"

namespace kith {

class PostgresAppends {
 public:
  using Jobs = std::span<AppendJob* const>;

  PostgresAppends(WriteContext& context, PostgresConnection& connection);

  // False: repeats or strangers among them; the quick way would fail.
  bool promising(Jobs jobs);
  // A transaction of its own. False: it is left open and nothing was done in it, since one of the
  // chats does not exist. Where failure() is set afterwards, it has not been committed, or
  // (may_have_committed()) it may have been, and no outcome is set.
  bool commit_quickly(Jobs jobs);

  // Inside the open transaction. Sets every outcome, unless failure() is set.
  enum class Own : std::uint8_t {
    repeats,  // a message that is there already was sent before
    ours,     // one that has our own message id has been stored by us just now
  };
  void run(Jobs jobs, Own own);

 private:
  // What the careful way finds out, by the job's place.
  struct Known {
    std::optional<ChannelKey> chat;
    SendRight right;
    std::optional<Result<Appended>> original;
    std::optional<Position> reply_to;
    Position position = 0;  // if it is let in
  };
  struct MessageKey {
    ChannelKey chat{};
    UserKey sender{};
    std::string_view client_message_id;
    bool operator==(const MessageKey&) const = default;
  };
  struct MessageKeyHash {
    std::size_t operator()(const MessageKey& key) const;
  };

  // Asks once for the chats that are not known yet.
  void find_chats(Jobs jobs);
  void send_quick(Jobs jobs, const std::vector<ChannelKey>& chats);
  void send_attachments(Jobs jobs);
  void answer_quick(Jobs jobs, const std::vector<ChannelKey>& chats,
                    const std::vector<PostgresResult>& results);
  void lock_chats(Jobs jobs, std::vector<Known>& known);
  void look_up(Jobs jobs, std::vector<Known>& known, Own own);
  void read_originals(Jobs jobs, std::vector<Known>& known, const PGresult* rows, Own own) const;
  void decide(Jobs jobs, std::vector<Known>& known);
  Result<Appended> decide_one(const AppendJob& job, Known& known, const std::vector<Known>& all,
                              Jobs jobs);
  void insert(Jobs jobs, const std::vector<Known>& known);

  WriteContext& context_;
  PostgresConnection& connection_;
  RecentAppends recent_;
  // Of the batch that is being decided: what was let in, by both of its keys.
  std::unordered_map<MessageKey, std::size_t, MessageKeyHash> let_in_;
  std::unordered_map<MessageId, std::size_t, IdHash> let_in_by_id_;
  struct Columns {
    PostgresArray chat{PostgresType::int8}, seq{PostgresType::int8}, sender{PostgresType::int8},
        sent_at{PostgresType::int8}, reply_to{PostgresType::int8}, position{PostgresType::int8};
    PostgresArray id{PostgresType::uuid}, reply_id{PostgresType::uuid};
    PostgresArray digest{PostgresType::bytea};
    PostgresArray client_id{PostgresType::text}, content{PostgresType::text};
  };
  Columns columns_;
};

}  // namespace kith
