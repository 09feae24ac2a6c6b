#include "storage/sqlite_connection.h"

#include <algorithm>
#include <vector>

#include "protocol/assert.h"
#include "storage/gathering_vfs.h"
#include "storage/sqlite_file.h"

namespace kith {
namespace {

SqlFailureKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                     code == SQLITE_CONSTRAINT_ROWID
                 ? SqlFailureKind::unique_violation
                 : SqlFailureKind::other;
    case SQLITE_FULL:
      return SqlFailureKind::full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return SqlFailureKind::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return SqlFailureKind::corrupt;
    default:
      return SqlFailureKind::other;
  }
}

// SQLite's count of its own memory, which nobody asks for, takes a lock at every allocation: 2 % of
// a store that does nothing but append. Where the program has already started SQLite, it counts on.
void count_no_memory() {
  [[maybe_unused]] static const int outcome = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

class SqliteStatement final : public SqlStatement {
 public:
  // `statement` is null where it could not be prepared: then it yields no row.
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  ~SqliteStatement() override { sqlite3_finalize(statement_); }

  void bind_null(int index) override { check(sqlite3_bind_null(statement_, index)); }
  void bind_integer(int index, std::int64_t value) override {
    check(sqlite3_bind_int64(statement_, index, value));
  }
  // A null pointer would bind NULL, not the empty text.
  void bind_text(int index, std::string_view value) override {
    check(sqlite3_bind_text64(statement_, index, value.data() == nullptr ? "" : value.data(),
                              value.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind_blob(int index, std::string_view value) override {
    check(sqlite3_bind_blob64(statement_, index, value.data() == nullptr ? "" : value.data(),
                              value.size(), SQLITE_STATIC));
  }
  bool step() override {
    if (connection_.failure_ || statement_ == nullptr) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) connection_.fail(code);
    return false;
  }
  // Answers the failed step's code once more: step() has told it.
  void reset() override { sqlite3_reset(statement_); }
  bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  std::string_view text(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK && statement_ != nullptr) connection_.fail(code);
  }

  SqliteConnection& connection_;
  sqlite3_stmt* statement_;
};

SqliteConnection::SqliteConnection(sqlite3* database) : database_(database) {
  sqlite3_extended_result_codes(database_, 1);
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  sqlite3_close(database_);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                 Mode mode) {
  count_no_memory();
  sqlite3* database = nullptr;
  const int access = mode == Mode::look     ? SQLITE_OPEN_READONLY
                     : mode == Mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                            : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(path.c_str(), &database, access | SQLITE_OPEN_NOMUTEX,
                                   mode == Mode::write ? gathering_vfs() : nullptr);
  if (code != SQLITE_OK) {
    Error error = kith::fail(ErrorCode::unavailable, path + ": " + sqlite3_errstr(code));
    sqlite3_close(database);
    return error;
  }
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database));
  if (!connection->configure(mode)) {
    const bool corrupt = connection->failure_->kind == SqlFailureKind::corrupt;
    return kith::fail(ErrorCode::unavailable,
                      path + (corrupt ? " is corrupt: " : ": ") + connection->failure_->text);
  }
  return connection;
}

void SqliteConnection::count_wal_pages() {
  sqlite3_wal_hook(
      database_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteConnection*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

// A full disk is SQLITE_FULL where a page finds no room, and heals. Where the index of the
// write-ahead log finds none it is an I/O error in the middle of a COMMIT, which we must take for
// the disk's end. So the index gets its room at the start (sqlite.org/vfs.html; walformat.html).
void SqliteConnection::reserve_wal_index() {
  constexpr int kRegions = 16;  // twice what the log is let grow to
  constexpr int kExtend = 1;
  sqlite3_file* const file = sqlite_file(database_, SQLITE_FCNTL_FILE_POINTER);
  if (file == nullptr || file->pMethods->iVersion < 2) return;
  void volatile* region = nullptr;
  const int code =
      file->pMethods->xShmMap(file, kRegions - 1, kWalIndexRegionBytes, kExtend, &region);
  if (code == SQLITE_OK) return;
  failure_code_ = code;
  failure_ = SqlFailure{.kind = kind_of(code), .text = sqlite3_errstr(code)};
}

bool SqliteConnection::configure(Mode mode) {
  // Only another process's look at the file can hold a lock for a moment.
  sqlite3_busy_timeout(database_, 2000);
  if (!add_functions()) return false;
  switch (mode) {
    case Mode::create:
      return run_script("PRAGMA foreign_keys = OFF; PRAGMA secure_delete = ON;");
    case Mode::write:
      // temp_store: the undo log of savepoints stays in memory. foreign_keys: would cost the append
      // of a message a tenth, to check what the right to send has just shown.
      if (!run_script(
              "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
              "PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON; PRAGMA temp_store = "
              "MEMORY;"
              "PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF;")) {
        return false;
      }
      count_wal_pages();  // last: setting wal_autocheckpoint takes the hook away
      reserve_wal_index();
      gather_log(database_);  // or not: then SQLite writes it page by page
      return !failure_;
    case Mode::read:
    case Mode::look:
      // The writer alone checkpoints: not even the last one to go does it here.
      sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
      // cache_size: enough for the inner pages of the indexes. The leaves are the kernel's to keep:
      // a store that does not fit there fits even less into a cache per reader.
      return run_script(
          "PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0;"
          "PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY;");
  }
  return false;
}

void SqliteConnection::fail(int code) {
  if (failure_) return;  // the first one is the cause
  failure_code_ = code;
  failure_ = SqlFailure{.kind = kind_of(code), .text = sqlite3_errmsg(database_)};
}

void SqliteConnection::clear_failure() {
  failure_.reset();
  failure_code_ = SQLITE_OK;
}

SqlStatement& SqliteConnection::prepare(const char* sql) {
  auto& slot = statements_[sql];
  if (slot == nullptr) {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
      fail(code);
      // Kept until the next one is prepared: a cursor may hold it for the moment.
      auto& broken = statements_[nullptr];
      broken = std::make_unique<SqliteStatement>(*this, nullptr);
      statements_.erase(sql);
      return *statements_[nullptr];
    }
    slot = std::make_unique<SqliteStatement>(*this, statement);
  }
  return *slot;
}

bool SqliteConnection::run_script(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
  return code == SQLITE_OK;
}

namespace {

int write_again(sqlite3_file* file, sqlite3_int64 from, sqlite3_int64 to) {
  constexpr sqlite3_int64 kChunk = 1
                                   << 16;  // a page at most: the VFS takes no more than twice that
  std::vector<char> bytes(static_cast<std::size_t>(std::min(to - from, kChunk)));
  while (from < to) {
    const int count = static_cast<int>(std::min(to - from, kChunk));
    int code = file->pMethods->xRead(file, bytes.data(), count, from);
    if (code == SQLITE_OK) code = file->pMethods->xWrite(file, bytes.data(), count, from);
    if (code != SQLITE_OK) return code;
    from += count;
  }
  return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

}  // namespace

bool SqliteConnection::rewrite_log() {
  constexpr sqlite3_int64 kHeaderBytes = 32;            // walformat.html
  query("SELECT 1 FROM sqlite_schema LIMIT 1").next();  // who reads first opens the log
  if (failure_) return false;
  sqlite3_file* const log = sqlite_file(database_, SQLITE_FCNTL_JOURNAL_POINTER);
  int code = SQLITE_OK;
  if (log != nullptr) {
    sqlite3_int64 size = 0;
    code = log->pMethods->xFileSize(log, &size);
    // Frames on the disk without their header would be taken for those of the one before.
    if (code == SQLITE_OK) code = write_again(log, 0, std::min(size, kHeaderBytes));
    if (code == SQLITE_OK && size > kHeaderBytes) code = write_again(log, kHeaderBytes, size);
  }
  if (code == SQLITE_OK) return true;
  failure_code_ = code;
  failure_ = SqlFailure{.kind = kind_of(code), .text = sqlite3_errstr(code)};
  return false;
}

bool SqliteConnection::checkpoint(Checkpoint how) {
  const int mode = how == Checkpoint::passive   ? SQLITE_CHECKPOINT_PASSIVE
                   : how == Checkpoint::restart ? SQLITE_CHECKPOINT_RESTART
                                                : SQLITE_CHECKPOINT_TRUNCATE;
  const int code = sqlite3_wal_checkpoint_v2(database_, nullptr, mode, nullptr, nullptr);
  checkpoint_complete_ = code == SQLITE_OK;
  if (code == SQLITE_OK) return true;
  if (code == SQLITE_BUSY) return true;  // readers still use the older part: another time
  fail(code);
  return false;
}

}  // namespace kith
