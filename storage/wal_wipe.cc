#include "storage/wal_wipe.h"

namespace kith {

namespace {
using std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr int kRetryFactor = 6;  // in units of the bound: a reader elsewhere may take its time
constexpr std::uint32_t kSlicePages = 256;
constexpr auto kSliceEvery = 10ms;
}  // namespace

WalWipe::WalWipe(std::chrono::milliseconds within)
    : within_(within), due_(steady_clock::now() + within), next_slice_(due_) {}

void WalWipe::content_went() {
  due_ = std::min(due_, steady_clock::now() + within_);
}

bool WalWipe::note_pages(SqliteConnection& connection) {
  return due() == Time::max() || connection.read_wal_pages(pages_);
}

bool WalWipe::step(SqliteConnection& connection, ReadPool& readers) {
  const Time now = steady_clock::now();
  if (now >= next_slice_ && !sweep(connection)) return false;
  return now < due_ || run(connection, readers);
}

// Beside the readers: what is zeroed has no meaning to them. A page of which the log has a newer
// copy is noted with that.
bool WalWipe::sweep(SqliteConnection& connection) {
  SqliteConnection::PageNumbers slice;
  for (std::uint32_t i = 1; i <= kSlicePages; ++i) slice.insert(swept_ + i);
  swept_ += kSlicePages;
  const bool done = connection.scrub(slice);
  const bool more = swept_ < connection.page_count();
  next_slice_ = more ? steady_clock::now() + kSliceEvery : Time::max();
  if (!more) due_ = std::min(due_, steady_clock::now());
  return done;
}

bool WalWipe::run(SqliteConnection& connection, ReadPool& readers) {
  using enum SqliteConnection::Checkpoint;
  due_ = steady_clock::now() + kRetryFactor * within_;
  if (!connection.read_wal_pages(pages_)) return false;
  if (!connection.checkpoint(passive)) return false;  // most of the work, beside the readers
  bool done = false;
  bool wiped = false;
  readers.without_readers([&] {
    done = connection.checkpoint(truncate);
    if (!done || !connection.checkpoint_complete()) return;
    done = wiped = connection.scrub(pages_);
  });
  if (!wiped) return done;
  pages_.clear();
  due_ = Time::max();
  return true;
}

}  // namespace kith
