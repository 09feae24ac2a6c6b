// Appends messages inside the writer's transaction: right, dedup, mute, reply_to, number, row.
//
// The quick way numbers and inserts without asking whether the message is there already: the unique
// index does. On SQLite a violation undoes its own statement and nothing else
// (sqlite.org/lang_conflict.html, ABORT), so what a repeat costs is one failed insert and one look
// up, not the batch. Client ids seen lately are remembered, so that most repeats fail no insert.
//
// Thread: the writer's.
#pragma once

#include <cstdint>

#include "storage/append_job.h"
#include "storage/recent_appends.h"
#include "storage/sql_session.h"
#include "storage/sqlite_connection.h"

namespace kith {

// Of the canonical content and reply_to.
MessageDigest message_digest(const DigestKey& key, const Append& append);

class AppendWriter {
 public:
  AppendWriter(WriteContext& context, SqliteConnection& connection);

  // Sets job.outcome. A failure that stays on the connection is for the whole transaction.
  void run(AppendJob& job);

  // Unique violations met so far.
  std::uint64_t violations() const { return violations_; }

 private:
  Result<Appended> append(const AppendJob& job);
  Result<Appended> insert(const AppendJob& job, ChannelKey chat, std::optional<Position> reply_to);
  // The message's original, or conflict; nothing where it is new.
  std::optional<Result<Appended>> original(const AppendJob& job, ChannelKey chat);

  WriteContext& context_;
  SqliteConnection& connection_;
  RecentAppends recent_;
  std::uint64_t violations_ = 0;
};

}  // namespace kith
