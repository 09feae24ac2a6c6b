// The part of SqlWriter that writes the write-ahead log back: when it has grown, when content was
// taken away, and at the end.
#include "protocol/failpoint.h"
#include "storage/sql_writer.h"

namespace kith {
namespace {

// Under load commits go on while a checkpoint waits for the disk, so that the log is never wholly
// written back. Beyond this size a last checkpoint, of the little that came meanwhile, holds
// commits and readers back for a moment, and the log starts anew.
constexpr int kRestartPages = 32 * 1024;

}  // namespace

void SqlWriter::checkpoint() {
  if (write_back_->synced()) end_checkpoint();
  if (dead_ || write_back_->running()) return;
  const int pages = connection_->wal_pages();
  if (pages < pages_checkpointed_) pages_checkpointed_ = 0;  // it has started anew
  if (pages - pages_checkpointed_ < options_.checkpoint_pages) return;
  KITH_FAILPOINT("in_checkpoint");
  if (!wipe_.note_pages(*connection_)) {
    checkpoint_failed();
    return;
  }
  pages_checkpointed_ = pages;
  if (!write_back_->begin(*connection_)) {
    checkpoint_failed();
    return;
  }
  KITH_FAILPOINT("after_checkpoint");
}

void SqlWriter::end_checkpoint() {
  const int code = write_back_->end();
  if (code != SQLITE_OK) {
    fatal(std::string("an fsync failed: ") + sqlite3_errstr(code));
    return;
  }
  if (connection_->wal_pages() >= kRestartPages) restart_log();
  const std::lock_guard lock(stats_mutex_);
  ++stats_.checkpoints;
}

void SqlWriter::restart_log() {
  if (!wipe_.note_pages(*connection_)) {
    checkpoint_failed();
    return;
  }
  bool done = false;
  readers_.without_readers(
      [&] { done = connection_->checkpoint(SqliteConnection::Checkpoint::restart); });
  if (!done) checkpoint_failed();
}

void SqlWriter::checkpoint_failed() {
  const int code = connection_->failure_code();
  const std::string text = connection_->failure()->text;
  connection_->clear_failure();
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
    fatal("an fsync failed: " + text);
  } else {
    warn("a checkpoint failed: " + text);
  }
}

void SqlWriter::wipe() {
  if (dead_ || std::chrono::steady_clock::now() < wipe_.due()) return;
  if (write_back_->running()) end_checkpoint();
  if (dead_) return;
  if (!wipe_.step(*connection_, readers_)) checkpoint_failed();
}

void SqlWriter::finish() {
  if (write_back_->running()) end_checkpoint();
  write_back_.reset();
  const bool wiping = !dead_ && wipe_.due() != WalWipe::Time::max();
  if (wiping && !wipe_.run(*connection_, readers_)) checkpoint_failed();
  if (!dead_ && !connection_->checkpoint(SqliteConnection::Checkpoint::restart)) {
    warn("the last checkpoint failed: " + connection_->failure()->text);
  } else if (!dead_ && connection_->checkpoint_complete() && options_.on_closing) {
    const Status noted = options_.on_closing();
    if (!noted) warn(noted.error().message);
  }
  connection_.reset();  // which removes the log
}

}  // namespace kith
