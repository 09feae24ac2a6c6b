// Whether the database still has the history that this process knows (ARCHITECTURE 2.9).
//
// A standby that takes over may have been behind: rows that were acknowledged are gone, and their
// numbers will be given out again. Postgres tells of the takeover by another timeline; whether
// something went with it, the last row tells that this process has committed or read: it must stand
// at the same position with the same id. A process that knows of no row assumes the worst. Where
// the history has gone back, the first one to notice names it anew in the database, and the others
// find the new name within a second, however they stand.
//
// Thread: its writer's; doubt() any.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "storage/append_job.h"
#include "storage/postgres_connection.h"

namespace kith {

struct KnownHistory {
  struct Row {
    Position position = 0;
    MessageId message;
  };
  std::string epoch;
  std::string timeline;
  std::optional<Row> newest;  // of chat_messages, when it was looked at
};

// As of now, on a connection without a transaction.
KnownHistory read_history(PostgresConnection& connection, std::string epoch);

class PostgresHistory {
 public:
  explicit PostgresHistory(KnownHistory known) : known_(std::move(known)) {}

  // A message that this process has committed.
  void note(const AppendJob& job);
  // Of every new connection. An error: it cannot be told.
  Status check(PostgresConnection& connection);
  void doubt() { doubted_ = true; }
  // Why the database's history is not the known one; nothing: it is, or it cannot be told. To be
  // asked once a second; what it leaves on the connection is the caller's to clear.
  std::optional<std::string> look(PostgresConnection& connection);

 private:
  std::optional<std::string> name_anew(PostgresConnection& connection) const;

  KnownHistory known_;
  bool noted_ = false;               // since the last look
  std::optional<std::string> gone_;  // why
  std::atomic<bool> doubted_ = false;
};

}  // namespace kith
