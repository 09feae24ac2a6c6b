// One SQLite connection (RELIABILITY 1.1 rule 3: exactly one of them writes and checkpoints).
// Thread: one at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "protocol/result.h"
#include "storage/sql_connection.h"

namespace kith {

class SqliteConnection final : public SqlConnection {
 public:
  enum class Mode : std::uint8_t {
    create,  // makes the file where it is missing; leaves the journal mode as it is
    write,   // WAL, synchronous=FULL; must exist
    read,    // query_only, beside the writer of this process
    look,    // opened read-only, beside a server of another process
  };
  // Errors: unavailable, with SQLite's words.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, Mode mode);
  ~SqliteConnection() override;

  const std::optional<SqlFailure>& failure() const override { return failure_; }

  std::int64_t last_insert_id() const { return sqlite3_last_insert_rowid(database_); }
  // The extended result code of the failure (sqlite.org/rescode.html), or SQLITE_OK.
  int failure_code() const { return failure_code_; }
  void clear_failure() override;
  // lang_transaction.html section 3.
  bool in_transaction() const override { return sqlite3_get_autocommit(database_) == 0; }
  // Rows changed since the connection was opened, also by what was rolled back.
  std::int64_t total_changes() const { return sqlite3_total_changes64(database_); }

  bool run_script(const std::string& sql) override;

  void begin_write() override;
  void begin_read(Snapshot snapshot) override;  // one snapshot, whichever is asked for
  void commit() override;
  void rollback() override;

  // One process has the file, and one connection of it writes.
  bool is_shared() const override { return false; }
  std::optional<Seq> lock_head(ChannelKey channel) override;
  void raise_heads(std::span<const ChannelHead> heads) override;
  void raise_delivered(std::span<const DeliveredRow> rows) override;
  std::optional<Position> draw_position() override { return std::nullopt; }
  Position settled_position() override;
  void lock_audit_log() override {}
  void lock_boards() override {}
  bool claim_upkeep() override { return true; }
  void raise_trimmed(std::span<const ChannelHead> heads) override;
  void delete_log_rows(std::span<const Position> positions) override;

  // Pages in the write-ahead log after this connection's last commit.
  int wal_pages() const { return wal_pages_; }
  enum class Checkpoint : std::uint8_t { passive, restart, truncate };
  // False: failure() is set. Waiting for readers is the caller's business: it never blocks.
  bool checkpoint(Checkpoint how);
  // The last one did all that it was asked: no reader of another process was in its way.
  bool checkpoint_complete() const { return checkpoint_complete_; }

  // Writes the write-ahead log again as it is read, its header first, and waits for the disk. For
  // the first user of the file, outside of a transaction. False: failure() is set.
  bool rewrite_log();

  // The pages of the database that the write-ahead log holds now. False: failure() is set.
  using PageNumbers = std::unordered_set<std::uint32_t>;
  bool read_wal_pages(PageNumbers& into);
  // Zeroes what is not in use of those pages, in the file (sqlite_scrub.cc says why), outside of a
  // transaction. Those of which the log has a newer copy will be due again. False: failure() is
  // set.
  bool scrub(const PageNumbers& pages);
  std::uint32_t page_count();

 private:
  explicit SqliteConnection(sqlite3* database);
  SqlStatement& prepare(const char* sql) override;
  std::int64_t changes() const override { return sqlite3_changes64(database_); }
  bool configure(Mode mode);
  bool add_functions();
  void count_wal_pages();
  void reserve_wal_index();
  void fail(int code);

  friend class SqliteStatement;
  sqlite3* database_;
  std::unordered_map<const char*, std::unique_ptr<SqlStatement>> statements_;
  std::optional<SqlFailure> failure_;
  int failure_code_ = SQLITE_OK;
  int wal_pages_ = 0;
  bool checkpoint_complete_ = false;
};

}  // namespace kith
