// What page splits leave behind. With secure_delete SQLite overwrites what is deleted, where it
// stands. But when a b-tree page is split or merged its cells move, and the copies that they leave
// in the page's unallocated space are not overwritten (3.40.1: rebuildPage() in btree.c): a message
// that is deleted later is gone from where it stands then, and not from there. About one edit in a
// thousand left such a copy.
//
// So once the write-ahead log is written back and empty, the unallocated space of every page that
// was in it is zeroed in the file (storage/wal_wipe): between the array of cell pointers and the
// first cell, where no byte has a meaning (sqlite.org/fileformat2.html, section 1.6), so that
// neither a write that is cut short does harm nor one beside a reader. It goes through SQLite's own
// file handles: closing another descriptor of the file would let go of its locks. The connection's
// cache still has the pages as they were, and is dropped.
#include <algorithm>
#include <vector>

#include "storage/sqlite_connection.h"
#include "storage/sqlite_file.h"

namespace kith {
namespace {

using Bytes = std::vector<unsigned char>;

// The log's index (walformat.html, section 2), in numbers of 32 bits: the first region begins with
// a header, which has the count of the frames that are committed; then the frames' page numbers.
constexpr std::uint32_t kIndexRegionNumbers = 4096;
constexpr std::uint32_t kIndexHeaderNumbers = 136 / 4;
constexpr int kIndexFramesAt = 16 / 4;
constexpr std::size_t kFirstPageHeaderBytes = 100;
// The first byte of an overflow or trunk page is that of another page's number: below this, it is
// none of those that a b-tree page begins with. 64 GiB in pages of 4 KiB.
constexpr std::uint32_t kPagesMax = 1U << 24U;

std::uint32_t big_endian(const unsigned char* bytes, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8U | bytes[i];
  return value;
}

int read(sqlite3_file* file, Bytes& into, sqlite3_int64 offset) {
  return file->pMethods->xRead(file, into.data(), static_cast<int>(into.size()), offset);
}

struct FreedRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The unallocated space of a b-tree page; nothing where it is none, or makes no sense.
FreedRange unallocated(const Bytes& page, std::size_t header, std::size_t usable) {
  const unsigned char kind = page[header];
  const bool leaf = kind == 0x0a || kind == 0x0d;
  if (!leaf && kind != 0x02 && kind != 0x05) return {};
  const std::size_t cells = big_endian(&page[header + 3], 2);
  std::size_t content = big_endian(&page[header + 5], 2);
  if (content == 0) content = 65'536;
  const FreedRange range{.begin = header + (leaf ? 8 : 12) + 2 * cells, .end = content};
  return range.begin <= range.end && range.end <= usable ? range : FreedRange{};
}

// Errors: SQLite's result codes.
struct Scrubbing {
  sqlite3_file* file;
  std::size_t usable;
  Bytes page;
  bool wrote = false;

  int scrub(std::uint32_t number) {
    const auto offset = static_cast<sqlite3_int64>(number - 1) * static_cast<int>(page.size());
    const int code = read(file, page, offset);
    if (code == SQLITE_IOERR_SHORT_READ) return SQLITE_OK;  // the file has become shorter
    if (code != SQLITE_OK) return code;
    const FreedRange range = unallocated(page, number == 1 ? kFirstPageHeaderBytes : 0, usable);
    const auto begin = page.begin() + static_cast<std::ptrdiff_t>(range.begin);
    const auto end = page.begin() + static_cast<std::ptrdiff_t>(range.end);
    if (std::all_of(begin, end, [](unsigned char byte) { return byte == 0; })) return SQLITE_OK;
    std::fill(begin, end, static_cast<unsigned char>(0));
    wrote = true;
    return file->pMethods->xWrite(file, &page[range.begin], static_cast<int>(end - begin),
                                  offset + static_cast<sqlite3_int64>(range.begin));
  }
};

}  // namespace

bool SqliteConnection::read_wal_pages(PageNumbers& into) {
  query("SELECT 1 FROM sqlite_schema LIMIT 1").next();  // who reads first opens the log
  if (failure_) return false;
  sqlite3_file* const file = sqlite_file(database_, SQLITE_FCNTL_FILE_POINTER);
  if (file == nullptr || file->pMethods->iVersion < 2) return true;
  std::uint32_t left = 0;
  for (int region = 0; region == 0 || left > 0; ++region) {
    void volatile* mapped = nullptr;
    const int code = file->pMethods->xShmMap(file, region, kWalIndexRegionBytes, 0, &mapped);
    if (code != SQLITE_OK) {
      fail(code);
      return false;
    }
    if (mapped == nullptr) return true;  // no log, or none with so many frames
    const auto* at = static_cast<const std::uint32_t volatile*>(mapped);
    std::uint32_t numbers = kIndexRegionNumbers;
    if (region == 0) {
      left = at[kIndexFramesAt];
      at += kIndexHeaderNumbers;
      numbers -= kIndexHeaderNumbers;
    }
    const std::uint32_t count = std::min(left, numbers);
    for (std::uint32_t i = 0; i < count; ++i) into.insert(std::uint32_t{at[i]});
    left -= count;
  }
  return true;
}

std::uint32_t SqliteConnection::page_count() {
  auto row = query("PRAGMA page_count");
  return row.next() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

bool SqliteConnection::scrub(const PageNumbers& pages) {
  sqlite3_file* const file = sqlite_file(database_, SQLITE_FCNTL_FILE_POINTER);
  if (file == nullptr) return true;
  Bytes header(kFirstPageHeaderBytes);
  int code = read(file, header, 0);
  std::size_t page_bytes = big_endian(&header[16], 2);
  if (page_bytes == 1) page_bytes = 65'536;
  if (code == SQLITE_IOERR_SHORT_READ || page_bytes < 512) return true;  // nothing is in it yet
  if (big_endian(&header[28], 4) >= kPagesMax) return true;
  Scrubbing work{.file = file, .usable = page_bytes - header[20], .page = Bytes(page_bytes)};
  for (const std::uint32_t number : pages) {
    if (code == SQLITE_OK && number > 0) code = work.scrub(number);
  }
  if (code == SQLITE_OK && work.wrote) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (work.wrote) sqlite3_db_release_memory(database_);
  if (code != SQLITE_OK) fail(code);
  return code == SQLITE_OK;
}

}  // namespace kith
