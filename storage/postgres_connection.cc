#include "storage/postgres_connection.h"

#include <algorithm>

#include "protocol/assert.h"
#include "storage/postgres_failure.h"
#include "storage/postgres_statement.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr auto kBackOffFirst = 50ms;
constexpr auto kBackOffMax = 1000ms;

// The advisory lock is what settling the transaction waits for (postgres_settling.h).
constexpr const char* kTransactionId =
    "WITH mine AS MATERIALIZED (SELECT pg_current_xact_id()::text::bigint AS id)"
    " SELECT id, pg_advisory_xact_lock((19288::bigint << 48) | id) FROM mine";
constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr const char* kBeginOne = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* kBeginEach = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";
constexpr const char* kCommit = "COMMIT";
constexpr const char* kRollback = "ROLLBACK";

// Whoever writes finds every row by a key. A table that has grown since the server last looked at
// it must not talk it into reading all of it: $4 is off for those. What is asked takes
// milliseconds, which starting parallel workers does too: a look at the heads of a log of a million
// messages, by a plan made for any position, took 200 ms with them and takes 10 without.
constexpr const char* kSetUp =
    "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
    " set_config('idle_in_transaction_session_timeout', $3, false),"
    " set_config('client_min_messages', 'error', false), set_config('jit', 'off', false),"
    " set_config('max_parallel_workers_per_gather', '0', false),"
    " set_config('enable_seqscan', $4, false), set_config('enable_hashjoin', $4, false),"
    " set_config('enable_mergejoin', $4, false), current_setting('server_encoding'),"
    " current_setting('fsync'), current_setting('full_page_writes'),"
    " current_setting('synchronous_commit'), CASE WHEN pg_is_in_recovery() THEN ''"
    " ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END";

Error cannot_connect(const std::string& why) {
  return kith::fail(ErrorCode::unavailable, "the database cannot be reached: " + why);
}

std::string first_line(const char* text) {
  const std::string_view all = text;
  return std::string(all.substr(0, all.find('\n')));
}

}  // namespace

PostgresConnection::PostgresConnection(PostgresOptions options) : options_(std::move(options)) {}

PostgresConnection::~PostgresConnection() {
  disconnect();
}

void PostgresConnection::disconnect() {
  PQfinish(connection_);
  connection_ = nullptr;
  names_.clear();
  awaited_.clear();
  answered_ = 0;
  syncs_ = 0;
  begin_ = nullptr;
  open_ = false;
}

Status PostgresConnection::connect() {
  if (connection_ != nullptr) return Nothing{};
  if (Clock::now() < retry_at_) return cannot_connect(why_not_);
  // One wait was enough: back_off_ stands while the last try has failed.
  if (closing() && (silent_ || back_off_ > 0ms)) return cannot_connect("the store is closing");
  Status opened = open_connection();
  if (opened) {
    back_off_ = 0ms;
    return opened;
  }
  disconnect();
  back_off_ = std::clamp(back_off_ * 2, std::chrono::milliseconds(kBackOffFirst),
                         std::chrono::milliseconds(kBackOffMax));
  retry_at_ = Clock::now() + back_off_;
  why_not_ = opened.error().message;
  return opened.error().code == ErrorCode::unavailable ? cannot_connect(why_not_) : opened;
}

Status PostgresConnection::open_connection() {
  // Defaults, which the URL may override: so they stand before it. A host that does not answer, and
  // bytes that nobody acknowledges, are given up early.
  const std::array<const char*, 9> keywords = {
      "connect_timeout", "target_session_attrs", "tcp_user_timeout",
      "keepalives_idle", "keepalives_interval",  "fallback_application_name",
      "dbname",          "client_encoding",      nullptr};
  const std::array<const char*, 9> values = {"2",     "read-write",         "5000", "15",   "5",
                                             "kithd", options_.url.c_str(), "UTF8", nullptr};
  connection_ = PQconnectdbParams(keywords.data(), values.data(), 1);
  if (connection_ == nullptr) return kith::fail(ErrorCode::unavailable, "no memory");
  if (PQstatus(connection_) != CONNECTION_OK) {
    return kith::fail(ErrorCode::unavailable, first_line(PQerrorMessage(connection_)));
  }
  // libpq would write to stderr what the server says unasked. Why it goes, its next answer tells.
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
  PQsetErrorContextVisibility(connection_, PQSHOW_CONTEXT_NEVER);
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1) {
    return kith::fail(ErrorCode::unavailable, first_line(PQerrorMessage(connection_)));
  }
  const auto before = std::exchange(failure_, std::nullopt);
  Status status = set_up();
  if (status && check_) status = check_();
  failure_ = before;
  return status;
}

Status PostgresConnection::set_up() {
  std::string encoding;
  std::string fsync;
  std::string full_pages;
  std::string commit;
  {
    const std::string statement = std::to_string(options_.statement_timeout.count());
    const std::string lock = std::to_string(options_.lock_timeout.count());
    const std::string idle = std::to_string(options_.idle_in_transaction_timeout.count());
    auto rows = query(kSetUp, statement, lock, idle, options_.writes ? "off" : "on");
    if (rows.next()) {
      encoding = rows.text(9);
      fsync = rows.text(10);
      full_pages = rows.text(11);
      commit = rows.text(12);
      timeline_ = rows.text(13);
    }
  }
  if (failure_) return kith::fail(ErrorCode::unavailable, failure_->text);
  if (encoding != "UTF8") {
    return kith::fail(ErrorCode::conflict, "the database's encoding is " + encoding + ", not UTF8");
  }
  const char* loose = fsync == "off"        ? "fsync"
                      : full_pages == "off" ? "full_page_writes"
                      : commit == "off"     ? "synchronous_commit"
                                            : nullptr;
  if (loose != nullptr && !options_.accept_acked_loss) {
    return kith::fail(
        ErrorCode::conflict,
        std::string("the database server has ") + loose +
            " = off: what was acknowledged may be lost with its power; turn it on, or say "
            "storage.accept_acked_loss = true");
  }
  return Nothing{};
}

// What the server said, or that it went, while nothing was asked.
bool PostgresConnection::still_there() {
  return PQconsumeInput(connection_) == 1 && PQstatus(connection_) == CONNECTION_OK;
}

void PostgresConnection::begin(const char* sql) {
  if (failure_) return;
  KITH_ASSERT(!in_transaction());
  if (connection_ != nullptr && !still_there()) disconnect();
  if (const Status there = connect(); !there) {
    fail({.kind = SqlFailureKind::lost, .text = there.error().message}, "");
    never_began_ = true;
    transaction_id_ = 0;
    return;
  }
  begin_ = sql;
  silent_ = false;
  writing_ = sql == kBeginWrite;
  began_ = false;
  never_began_ = false;
  position_marked_ = false;
  transaction_id_ = 0;
  commit_sent_ = false;
  rows_changed_ = 0;
}

void PostgresConnection::begin_write() {
  begin(kBeginWrite);
}

void PostgresConnection::begin_read(Snapshot snapshot) {
  begin(snapshot == Snapshot::one ? kBeginOne : kBeginEach);
}

void PostgresConnection::send_begin() {
  if (begin_ == nullptr) return;
  send_plain(std::exchange(begin_, nullptr), Awaited::What::transaction);
  open_ = true;
  if (writing_) send_plain(kTransactionId, Awaited::What::id);
}

void PostgresConnection::commit() {
  if (failure_) return;
  if (begin_ != nullptr) {  // nothing was asked in it
    begin_ = nullptr;
    return;
  }
  if (!open_) return;
  if (writing_) {
    commit_with_answers();
    return;
  }
  open_ = false;
  send_plain(kCommit, Awaited::What::transaction);
  sync();  // whether the end of a read goes well is nobody's concern
  if (connection_ != nullptr) PQflush(connection_);
}

std::vector<PostgresResult> PostgresConnection::commit_with_answers() {
  send_plain(kCommit, Awaited::What::transaction);
  commit_sent_ = !failure_;
  auto results = exchange();
  if (!failure_) open_ = false;
  return results;
}

void PostgresConnection::rollback() {
  begin_ = nullptr;
  if (!open_) return;
  open_ = false;
  const auto cause = std::exchange(failure_, std::nullopt);
  send_plain(kRollback, Awaited::What::transaction);
  std::vector<PostgresResult> none;
  if (!await_answers(none)) disconnect();  // which undoes it too
  failure_ = cause;
}

void PostgresConnection::clear_failure() {
  failure_.reset();
  sqlstate_.clear();
}

void PostgresConnection::fail(SqlFailure failure, std::string_view sqlstate) {
  if (failure_) return;  // the first one is the cause
  failure_ = std::move(failure);
  sqlstate_ = sqlstate;
}

void PostgresConnection::lose(std::string why) {
  while (!why.empty() && why.back() == '\n') why.pop_back();
  never_began_ = never_began_ || (writing_ && begin_ != nullptr);
  fail({.kind = SqlFailureKind::lost, .text = std::move(why)}, "");
  disconnect();
}

SqlStatement& PostgresConnection::prepare(const char* sql) {
  auto& slot = statements_[sql];
  if (slot == nullptr) slot = std::make_unique<PostgresStatement>(*this, sql);
  return *slot;
}

// libpq runs several statements at once only outside of its pipeline mode.
bool PostgresConnection::run_script(const std::string& sql) {
  if (failure_) return false;
  if (const Status there = connect(); !there) {
    fail({.kind = SqlFailureKind::lost, .text = there.error().message}, "");
    return false;
  }
  send_begin();
  std::vector<PostgresResult> none;
  if (!await_answers(none)) return false;
  if (PQexitPipelineMode(connection_) != 1) {
    lose(PQerrorMessage(connection_));
    return false;
  }
  PQsetnonblocking(connection_, 0);
  const PostgresResult result(PQexec(connection_, sql.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    fail(failure_of(result.get()), sqlstate_of(result.get()));
  }
  PQsetnonblocking(connection_, 1);
  if (PQenterPipelineMode(connection_) != 1) lose(PQerrorMessage(connection_));
  return !failure_;
}

}  // namespace kith
