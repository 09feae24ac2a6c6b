// Plain, synchronous SQL over one connection, for storage threads. One SQL text serves SQLite and
// Postgres wherever it can: parameters are $1, $2, ... in order of first use.
//
// Errors are sticky, not thrown: a statement that fails yields no row, and failure() stays set
// until the transaction (or savepoint) is rolled back. So a function of storage reads as if nothing
// failed, and whoever runs it (sql_worker) looks at failure() before it commits and answers
// `unavailable` whatever the function returned. Never decide "not found" outside of that frame.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/ids.h"

namespace kith {

// A channel and the last number given out in it.
struct ChannelHead {
  ChannelKey channel{};
  Seq seq = 0;
};

// How far a participant's sockets have been written to.
struct DeliveredRow {
  ChannelKey chat{};
  UserKey user{};
  Seq seq = 0;
};

enum class SqlFailureKind : std::uint8_t {
  unique_violation,
  contended,  // a lock took too long, a deadlock, a conflict of snapshots: the same again may do
  lost,       // the connection to the database; what was not committed is undone
  full,       // no space left; heals when there is
  io,         // a read, a write or an fsync failed
  corrupt,
  other,
};
struct SqlFailure {
  SqlFailureKind kind = SqlFailureKind::other;
  std::string text;  // the library's words, for the log
};

class SqlStatement {
 public:
  virtual ~SqlStatement() = default;
  virtual void bind_null(int index) = 0;  // from 1
  virtual void bind_integer(int index, std::int64_t value) = 0;
  virtual void bind_text(int index, std::string_view value) = 0;  // not copied: good until reset
  virtual void bind_blob(int index, std::string_view value) = 0;
  virtual bool step() = 0;  // true: there is a row
  virtual void reset() = 0;
  virtual bool is_null(int column) const = 0;  // from 0
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;  // good until the next step; also blobs
};

namespace sql_bind {
inline void bind(SqlStatement& s, int i, std::nullptr_t) {
  s.bind_null(i);
}
inline void bind(SqlStatement& s, int i, std::int64_t value) {
  s.bind_integer(i, value);
}
inline void bind(SqlStatement& s, int i, std::uint64_t value) {
  s.bind_integer(i, static_cast<std::int64_t>(value));
}
inline void bind(SqlStatement& s, int i, int value) {
  s.bind_integer(i, value);
}
inline void bind(SqlStatement& s, int i, std::uint32_t value) {
  s.bind_integer(i, value);
}
inline void bind(SqlStatement& s, int i, std::string_view value) {
  s.bind_text(i, value);
}
inline void bind(SqlStatement& s, int i, const std::string& value) {
  s.bind_text(i, value);
}
inline void bind(SqlStatement& s, int i, const char* value) {
  s.bind_text(i, value);
}
inline void bind(SqlStatement& s, int i, UserKey value) {
  s.bind_integer(i, static_cast<std::int64_t>(value));
}
inline void bind(SqlStatement& s, int i, ChannelKey value) {
  s.bind_integer(i, static_cast<std::int64_t>(value));
}
inline void bind(SqlStatement& s, int i, WallTime value) {
  s.bind_integer(i, value.time_since_epoch().count());
}
template <std::size_t kBytes>
void bind(SqlStatement& s, int i, const std::array<std::uint8_t, kBytes>& value) {
  s.bind_blob(i, {reinterpret_cast<const char*>(value.data()), value.size()});
}
template <IdKind kKind>
void bind(SqlStatement& s, int i, const Id<kKind>& value) {
  bind(s, i, value.uuid);
}
template <typename T>
void bind(SqlStatement& s, int i, const std::optional<T>& value) {
  if (value) {
    bind(s, i, *value);
  } else {
    s.bind_null(i);
  }
}
}  // namespace sql_bind

// The rows of one running statement; resets it when it goes. One cursor per SQL text at a time.
class SqlCursor {
 public:
  explicit SqlCursor(SqlStatement& statement) : statement_(&statement) {}
  SqlCursor(SqlCursor&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  SqlCursor& operator=(SqlCursor&&) = delete;
  ~SqlCursor() {
    if (statement_ != nullptr) statement_->reset();
  }
  bool next() { return statement_->step(); }
  bool is_null(int column) const { return statement_->is_null(column); }
  std::int64_t integer(int column) const { return statement_->integer(column); }
  std::optional<std::int64_t> maybe_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
  }
  std::string_view text(int column) const { return statement_->text(column); }
  WallTime time(int column) const { return WallTime{std::chrono::milliseconds{integer(column)}}; }
  std::optional<WallTime> maybe_time(int column) const {
    if (is_null(column)) return std::nullopt;
    return time(column);
  }
  Uuid uuid(int column) const {
    Uuid out{};
    const auto bytes = text(column);
    if (bytes.size() == out.size()) std::memcpy(out.data(), bytes.data(), out.size());
    return out;
  }

 private:
  SqlStatement* statement_;
};

class SqlConnection {
 public:
  virtual ~SqlConnection() = default;

  // `sql` must have static storage: statements are cached by it.
  template <typename... Parameters>
  SqlCursor query(const char* sql, const Parameters&... parameters) {
    SqlStatement& statement = prepare(sql);
    int index = 0;
    (sql_bind::bind(statement, ++index, parameters), ...);
    return SqlCursor(statement);
  }
  // Runs it to its end; the number of rows it changed (0 where it failed).
  template <typename... Parameters>
  std::int64_t execute(const char* sql, const Parameters&... parameters) {
    {
      SqlCursor cursor = query(sql, parameters...);
      while (cursor.next()) {
      }
    }
    return failure() ? 0 : changes();
  }

  // Runs SQL that may hold several statements. False: failure() is set.
  virtual bool run_script(const std::string& sql) = 0;

  virtual const std::optional<SqlFailure>& failure() const = 0;
  // The failure has been dealt with: after a rollback.
  virtual void clear_failure() = 0;

  // --- transactions ---
  virtual void begin_write() = 0;
  // What a read job sees: everything as of one moment, or with each statement what is committed.
  enum class Snapshot : std::uint8_t { one, each_statement };
  virtual void begin_read(Snapshot snapshot) = 0;
  // failure() is set where it did not go through; `lost`: whether it did is not known.
  virtual void commit() = 0;
  virtual void rollback() = 0;
  // False: a failure has already undone the whole transaction.
  virtual bool in_transaction() const = 0;

  // --- what one SQL text cannot say for both databases ---

  // Other processes write to the database too: what a write job decides by must be locked first,
  // and nothing that may change is remembered from one transaction to the next.
  virtual bool is_shared() const = 0;
  // channels.last_seq; from here to the end of the transaction nobody else numbers in the channel.
  virtual std::optional<Seq> lock_head(ChannelKey channel) = 0;
  // Writes channels.last_seq of each. In the order of their keys.
  virtual void raise_heads(std::span<const ChannelHead> heads) = 0;
  // Raises chat_participants.delivered_seq where it is lower: thousands at a time.
  virtual void raise_delivered(std::span<const DeliveredRow> rows) = 0;
  // The next place in commit order (ARCHITECTURE 2.5). Nothing: the one writer counts for itself.
  virtual std::optional<Position> draw_position() = 0;
  // No row at or before it will appear any more. Where the database is shared, to be asked before
  // the rows behind it are, so that these are seen by a later snapshot.
  virtual Position settled_position() = 0;
  // From here to the end of the transaction nobody else appends to audit_log. Taken behind all
  // channels, so that nobody waits in a ring.
  virtual void lock_audit_log() = 0;
  // From here to the end of the transaction nobody else moves leaderboards (sql_boards.h).
  virtual void lock_boards() = 0;
  // One process at a time tidies up: false where another one is at it. For this transaction.
  virtual bool claim_upkeep() = 0;
  // Raises channels.trimmed_seq where it is lower. Locks the channels in the order of their keys.
  virtual void raise_trimmed(std::span<const ChannelHead> heads) = 0;
  virtual void delete_log_rows(std::span<const Position> positions) = 0;

 protected:
  virtual SqlStatement& prepare(const char* sql) = 0;
  virtual std::int64_t changes() const = 0;
};

}  // namespace kith
