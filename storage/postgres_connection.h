// One connection to Postgres, over libpq.
//
// It connects by itself: begin_write() and begin_read() do where there is no connection, at most
// once per back-off, so that a job on a database that is down fails at once. A connection that
// breaks, that the server ends, or on which nothing comes for longer than any statement may take
// (a server that is frozen acknowledges bytes and says nothing), is lost: that is the failure, the
// transaction is undone, and the next begin connects anew. With several hosts in the URL libpq asks
// each for one that takes writes. While its store is closing it bears less (postgres_closing.h).
//
// BEGIN travels with the first statement behind it and the end of a read goes unawaited, so a read
// of one statement costs one round trip. Statements are prepared at their first use. Parameters go
// to the server untyped, numbers as text and everything else as bytes: so one SQL text serves
// whatever width a column has, and a text may hold any byte that the column takes.
//
// Thread: one at a time.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/result.h"
#include "storage/postgres_closing.h"
#include "storage/postgres_result.h"
#include "storage/sql_connection.h"

namespace kith {

class PostgresStatement;

struct PostgresOptions {
  std::string url;  // as libpq takes it
  // Of the server, per statement; its answer is waited for by answer_grace longer.
  std::chrono::milliseconds statement_timeout{3'000};
  std::chrono::milliseconds answer_grace{1'000};
  std::chrono::milliseconds lock_timeout{1'500};
  // Whoever is frozen in the middle of a transaction holds its rows for no longer.
  std::chrono::milliseconds idle_in_transaction_timeout{10'000};
  bool writes = false;             // only ever finds rows by their keys
  bool accept_acked_loss = false;  // otherwise a server that may lose commits is refused
  std::shared_ptr<const PostgresClosing> closing =
      nullptr;  // of the store; null: waits are not cut
};

class PostgresConnection final : public SqlConnection {
 public:
  explicit PostgresConnection(PostgresOptions options);
  ~PostgresConnection() override;

  // One try, where it is not connected. One line that holds no password: unavailable, or conflict
  // where this server is none that may be used.
  Status connect();
  bool connected() const { return connection_ != nullptr; }
  void disconnect();
  // Asked of every new connection before it is used, outside of a transaction; an error lets it go
  // again. It may run statements.
  void set_check(std::function<Status()> check) { check_ = std::move(check); }

  // For statements that are sent together and answered together. They are ended by exchange(),
  // which fails where one of them does, and then undoes nothing: that is rollback()'s.
  struct Parameter {
    const std::string* bytes = nullptr;  // in the binary format of `type`
    Oid type = 0;
  };
  void send(const char* sql, std::initializer_list<Parameter> parameters);
  // In the order of the send()s; of a failed exchange only those before the failure.
  std::vector<PostgresResult> exchange();
  // The same, and a COMMIT behind them.
  std::vector<PostgresResult> commit_with_answers();
  // Sends the BEGIN that is due.
  void send_begin();
  // Lets what has been sent so far be answered before the rest of it has run.
  void ask_for_answers();

  // Of the last writing transaction; 0: the server has not said it.
  std::uint64_t transaction_id() const { return transaction_id_; }
  // The connection was lost: may the last transaction have been committed all the same?
  bool may_have_committed() const { return commit_sent_ && !never_began_; }
  // It was lost because nothing came: another try would wait as long.
  bool fell_silent() const { return silent_; }
  // Of the server's history (the name of its write-ahead log); another after a failover.
  const std::string& timeline() const { return timeline_; }
  // The failure's SQLSTATE.
  const std::string& sqlstate() const { return sqlstate_; }
  // Rows changed since the transaction began, or since the last forget_changes().
  std::int64_t rows_changed() const { return rows_changed_; }
  void forget_changes() { rows_changed_ = 0; }
  void set_lock_timeout(std::chrono::milliseconds timeout);  // of the open transaction
  // send()s what must be done once before a transaction draws positions.
  void mark_position();

  bool run_script(const std::string& sql) override;
  const std::optional<SqlFailure>& failure() const override { return failure_; }
  void clear_failure() override;
  void begin_write() override;
  void begin_read(Snapshot snapshot) override;
  void commit() override;
  void rollback() override;
  bool in_transaction() const override { return begin_ != nullptr || open_; }

  bool is_shared() const override { return true; }
  std::optional<Seq> lock_head(ChannelKey channel) override;
  void raise_heads(std::span<const ChannelHead> heads) override;
  void raise_delivered(std::span<const DeliveredRow> rows) override;
  std::optional<Position> draw_position() override;
  Position settled_position() override;
  void lock_audit_log() override;
  void lock_boards() override;
  bool claim_upkeep() override;
  void raise_trimmed(std::span<const ChannelHead> heads) override;
  void delete_log_rows(std::span<const Position> positions) override;

 private:
  friend class PostgresStatement;
  using Clock = std::chrono::steady_clock;
  // What one answer belongs to.
  struct Awaited {
    enum class What : std::uint8_t { prepare, transaction, id, statement } what;
    const char* sql;
  };

  SqlStatement& prepare(const char* sql) override;
  std::int64_t changes() const override { return changes_; }

  void begin(const char* sql);
  bool still_there();
  Status open_connection();
  Status set_up();
  // Sends the BEGIN that is due and what the server must know of the statement. Null: it is lost.
  const char* make_ready(const char* sql, const Oid* types, int count);
  void send_plain(const char* sql, Awaited::What what);
  PostgresResult run(const PostgresStatement& statement);
  void sync();
  bool await_answers(std::vector<PostgresResult>& results);
  void take_answers(std::vector<PostgresResult>& results);  // those that have come
  void take(PostgresResult result, std::vector<PostgresResult>& results);
  bool await_socket(bool to_write, Clock::time_point deadline, bool hurried);
  bool closing() const { return options_.closing != nullptr && options_.closing->begun(); }
  bool check_sent(int outcome);
  void lose(std::string why);
  void fail(SqlFailure failure, std::string_view sqlstate);

  const PostgresOptions options_;
  PGconn* connection_ = nullptr;
  Clock::time_point retry_at_{};
  std::chrono::milliseconds back_off_{};
  std::string why_not_;  // the last try to connect failed
  std::string timeline_;

  std::unordered_map<const char*, std::unique_ptr<PostgresStatement>> statements_;
  std::unordered_map<const char*, std::string> names_;  // of what this connection has prepared
  std::vector<Awaited> awaited_;
  std::size_t answered_ = 0;
  int syncs_ = 0;  // sent and not answered

  const char* begin_ = nullptr;  // to be sent with the next statement
  bool open_ = false;
  bool writing_ = false;
  bool began_ = false;
  bool never_began_ = false;  // it was lost before the server took it up
  bool commit_sent_ = false;
  bool position_marked_ = false;
  bool silent_ = false;
  std::function<Status()> check_;
  std::uint64_t transaction_id_ = 0;
  std::int64_t changes_ = 0;
  std::int64_t rows_changed_ = 0;
  std::optional<SqlFailure> failure_;
  std::string sqlstate_;
};

}  // namespace kith
