// The part of SqlWriter that writes the write-ahead log back: when it has grown, when content was
// taken away, and at the end.
#include "protocol/failpoint.h"
#include "storage/sql_writer.h"

namespace kith {
namespace {

// Beyond this size of the write-ahead log a checkpoint holds the readers back for a moment, so that
// it starts anew.
constexpr int kRestartPages = 32 * 1024;

// Whoever sends meanwhile waits for all of a checkpoint: 4,000 pages took 18 ms, 1,000 took 6. A
// writer that has a backlog anyway does better with fewer and larger ones, in which a page that
// many commits have touched is copied once.
constexpr int kParts = 4;
constexpr std::size_t kBacklog = kBatchMessagesMax / 2;  // jobs of one batch

}  // namespace

void SqlWriter::checkpoint(std::size_t jobs) {
  const int pages = connection_->wal_pages();
  if (pages < pages_checkpointed_) pages_checkpointed_ = 0;  // it has started anew
  const int due = options_.checkpoint_pages / (jobs > kBacklog ? 1 : kParts);
  if (pages - pages_checkpointed_ < due) return;
  bool done = false;
  KITH_FAILPOINT("in_checkpoint");
  if (!wipe_.note_pages(*connection_)) {
    checkpoint_failed();
    return;
  }
  if (pages >= kRestartPages) {
    readers_.without_readers(
        [&] { done = connection_->checkpoint(SqliteConnection::Checkpoint::restart); });
  } else {
    done = connection_->checkpoint(SqliteConnection::Checkpoint::passive);
  }
  KITH_FAILPOINT("after_checkpoint");
  pages_checkpointed_ = pages;
  if (!done) {
    checkpoint_failed();
    return;
  }
  const std::lock_guard lock(stats_mutex_);
  ++stats_.checkpoints;
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
  if (!wipe_.step(*connection_, readers_)) checkpoint_failed();
}

void SqlWriter::finish() {
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
