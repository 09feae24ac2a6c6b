// What a commit writes to SQLite's log goes out in pieces, and nobody reads from it what is not
// there yet.
#include "storage/gathering_vfs.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "faulty_disk.h"
#include "sql_file.h"

namespace kith {
namespace {

constexpr const char* kFillings =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)"
    " INSERT INTO filling(text) SELECT printf('%.3000c', 'a' + i % 26) FROM n";
constexpr std::size_t kFrameHeaderBytes = 24;  // walformat.html, section 4.2

// The sizes of all writes to the log, where it ended, and where it did when it was synced last.
class LogWrites final : public DiskObserver {
 public:
  explicit LogWrites(FaultyDisk& disk) : disk_(disk) { disk_.observer = this; }
  ~LogWrites() override { disk_.observer = nullptr; }
  LogWrites(const LogWrites&) = delete;
  LogWrites& operator=(const LogWrites&) = delete;

  void wrote(const std::string& path, std::uint64_t at, std::string_view bytes) override {
    if (!path.ends_with("-wal")) return;
    sizes.push_back(bytes.size());
    end = std::max(end, at + bytes.size());
  }
  void truncated(const std::string&, std::uint64_t) override {}
  void synced(const std::string& path) override {
    if (path.ends_with("-wal")) synced_to = end;
  }

  std::vector<std::size_t> sizes;
  std::uint64_t end = 0;
  std::uint64_t synced_to = 0;

 private:
  FaultyDisk& disk_;
};

class Filled {
 public:
  Filled() {
    file.close();
    db = file.connect(SqliteConnection::Mode::write);
    REQUIRE(db->run_script("CREATE TABLE filling(id INTEGER PRIMARY KEY, text TEXT)"));
  }

  std::string path() const { return file.url().substr(std::string("sqlite:").size()) + "/kith.db"; }

  void fill(int rows) {
    db->execute(kFillings, rows);
    REQUIRE_FALSE(db->failure());
  }
  std::int64_t seen_by_others() {
    return count_of(*file.connect(SqliteConnection::Mode::look), "SELECT count(*) FROM filling");
  }
  void check_whole() {
    auto other = file.connect(SqliteConnection::Mode::look);
    auto row = other->query("PRAGMA integrity_check");
    REQUIRE(row.next());
    CHECK(row.text(0) == "ok");
  }

  FaultyDisk disk;
  SqlFile file;
  std::unique_ptr<SqliteConnection> db;
};

}  // namespace

TEST_CASE("a commit's pages go to the log in pieces, and are there when others see the commit") {
  Filled filled;
  LogWrites log(filled.disk);
  filled.fill(500);
  std::size_t bytes = 0;
  for (const std::size_t size : log.sizes) {
    CHECK(size <= kGatheredBytes);
    bytes += size;
  }
  CHECK(bytes > 500 * 3000);
  CHECK(log.sizes.size() <= bytes / kGatheredBytes + 3);  // the header of the log, and what is left
  CHECK(log.synced_to == log.end);
  CHECK(filled.seen_by_others() == 500);
}

TEST_CASE("a transaction that outgrows the cache reads what it wrote to the log") {
  Filled filled;
  REQUIRE(filled.db->run_script("PRAGMA cache_size = 10"));
  filled.fill(300);
  filled.db->begin_write();
  filled.fill(400);
  CHECK(count_of(*filled.db, "SELECT count(*) FROM filling WHERE length(text) = 3000") == 700);
  CHECK(filled.seen_by_others() == 300);
  // Pages that are in the log already are written again, in their place.
  filled.db->execute("UPDATE filling SET text = printf('%.3000c', 'z')");
  REQUIRE_FALSE(filled.db->failure());
  CHECK(count_of(*filled.db, "SELECT count(*) FROM filling WHERE text LIKE 'zz%'") == 700);
  filled.db->rollback();
  filled.fill(50);
  CHECK(filled.seen_by_others() == 350);
  filled.check_whole();
  REQUIRE(filled.db->checkpoint(SqliteConnection::Checkpoint::truncate));
  CHECK(filled.seen_by_others() == 350);
  filled.check_whole();
}

TEST_CASE("a write that failed is told with its own code, and the next commit stands") {
  Filled filled;
  filled.fill(10);
  filled.disk.full = true;
  filled.db->execute(kFillings, 200);
  REQUIRE(filled.db->failure());
  CHECK(filled.db->failure()->kind == SqlFailureKind::full);
  CHECK_FALSE(filled.db->in_transaction());
  filled.db->clear_failure();
  CHECK(filled.seen_by_others() == 10);
  filled.disk.full = false;
  filled.fill(200);
  CHECK(filled.seen_by_others() == 210);
  filled.check_whole();
}

TEST_CASE("a read that meets a full disk does not lose what was gathered before it") {
  int stayed_open = 0;
  for (int rows = 40; rows < 60; ++rows) {
    CAPTURE(rows);
    Filled filled;
    REQUIRE(
        filled.db->run_script("CREATE UNIQUE INDEX of_text ON filling(text, id);"
                              "PRAGMA cache_size = 10"));
    filled.fill(100);
    filled.db->begin_write();
    filled.fill(rows);
    filled.disk.full = true;
    filled.db->execute(
        "INSERT INTO filling(id, text) SELECT id + 1000, text FROM filling WHERE id < 8");
    CHECK(filled.db->failure());
    filled.db->clear_failure();
    filled.disk.full = false;
    if (filled.db->in_transaction()) {
      ++stayed_open;  // only the statement was undone
      filled.db->commit();
      CHECK_FALSE(filled.db->failure());
      CHECK(filled.seen_by_others() == 100 + rows);
    } else {
      CHECK(filled.seen_by_others() == 100);
    }
    filled.check_whole();
  }
  CHECK(stayed_open > 0);
}

TEST_CASE("a failed sync leaves nothing behind that a later commit would show") {
  Filled filled;
  filled.fill(10);
  filled.disk.fsync_fails = true;
  filled.db->execute(kFillings, 200);
  REQUIRE(filled.db->failure());
  CHECK(filled.db->failure()->kind == SqlFailureKind::io);
  CHECK(filled.seen_by_others() == 10);
  filled.disk.fsync_fails = false;
  filled.db.reset();
  filled.db = filled.file.connect(SqliteConnection::Mode::write);
  filled.fill(5);
  filled.check_whole();
}

TEST_CASE("a log whose commits do not wait for the disk is written as SQLite writes it") {
  Filled filled;
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(filled.path().c_str(), &database, SQLITE_OPEN_READWRITE,
                          gathering_vfs()) == SQLITE_OK);
  for (const char* how : {"OFF", "NORMAL"}) {
    const std::string set = std::string("PRAGMA synchronous = ") + how;
    REQUIRE(sqlite3_exec(database, set.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    LogWrites log(filled.disk);
    CHECK_FALSE(gather_log(database));
    REQUIRE(sqlite3_exec(database, "INSERT INTO filling(text) VALUES('x')", nullptr, nullptr,
                         nullptr) == SQLITE_OK);
    CHECK(std::count(log.sizes.begin(), log.sizes.end(), kFrameHeaderBytes) > 0);
  }
  CHECK(filled.seen_by_others() == 2);
  sqlite3_close(database);
}

TEST_CASE("nor is one on a disk that is not safe to overwrite") {
  Filled filled;
  for (const bool safe : {false, true}) {
    const std::string uri = "file:" + filled.path() + "?psow=" + (safe ? "1" : "0");
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open_v2(uri.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI,
                            gathering_vfs()) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database, "PRAGMA synchronous = FULL; SELECT count(*) FROM filling",
                         nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(gather_log(database) == safe);
    sqlite3_close(database);
  }
}

TEST_CASE("the pages that the log holds, also where its index has more than one region") {
  Filled filled;
  REQUIRE(filled.db->checkpoint(SqliteConnection::Checkpoint::truncate));
  SqliteConnection::PageNumbers pages;
  REQUIRE(filled.db->read_wal_pages(pages));
  CHECK(pages.empty());
  const std::uint32_t before = filled.db->page_count();
  filled.fill(6'000);
  REQUIRE(filled.db->wal_pages() > 5'000);  // a region has 4,096 at the most
  REQUIRE(filled.db->read_wal_pages(pages));
  const std::uint32_t after = filled.db->page_count();
  std::uint32_t missing = 0;
  for (std::uint32_t page = before + 1; page <= after; ++page) missing += pages.count(page) == 0;
  CHECK(missing == 0);
  CHECK(std::none_of(pages.begin(), pages.end(),
                     [&](std::uint32_t page) { return page == 0 || page > after; }));
  REQUIRE(filled.db->checkpoint(SqliteConnection::Checkpoint::truncate));
  pages.clear();
  REQUIRE(filled.db->read_wal_pages(pages));
  CHECK(pages.empty());
}

}  // namespace kith
