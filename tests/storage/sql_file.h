// A SQLite store and the file under it, for what only shows there: the audit chain, what is left of
// deleted content, triggers, query plans.
#pragma once

#include <sodium.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "storage/migrations.h"
#include "storage/sqlite_connection.h"
#include "store_fixture.h"

namespace kith {

class SqlFile {
 public:
  enum class Opens : std::uint8_t { its_own, others };  // who opens a store on the file

  explicit SqlFile(Opens opens = Opens::its_own) {
    if (opens == Opens::its_own) store_.emplace(url());
  }

  std::string url() const { return "sqlite:" + directory_.path().string(); }

  StoreFixture& store() { return *store_; }
  // The store is closed: what is looked at now is what a thief of the disk would find.
  void close() { store_.reset(); }

  // A connection of one's own; to write, close the store first.
  std::unique_ptr<SqliteConnection> connect(
      SqliteConnection::Mode mode = SqliteConnection::Mode::look) {
    auto opened = SqliteConnection::open((directory_.path() / "kith.db").string(), mode);
    REQUIRE(opened.ok());
    return std::move(*opened);
  }

  // Is this text in any file of the store?
  bool holds(const std::string& text) const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << file.rdbuf();
      if (bytes.str().find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  TemporaryDirectory directory_;
  std::optional<StoreFixture> store_;
};

// A file as it was before that migration; `migrate(old.db())` brings it up to now.
class OldFile {
 public:
  explicit OldFile(int migration) {
    REQUIRE(sodium_init() >= 0);
    auto opened = SqliteConnection::open((directory_.path() / "kith.db").string(),
                                         SqliteConnection::Mode::create);
    REQUIRE(opened.ok());
    db_ = std::move(*opened);
    std::vector<Migration> before;
    for (const Migration& one : sqlite_migrations()) {
      if (one.number < migration) before.push_back(one);
    }
    REQUIRE(migrate(*db_, before).ok());
  }

  SqliteConnection& db() { return *db_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<SqliteConnection> db_;
};

// What one query answers in its first column.
inline std::int64_t count_of(SqlConnection& db, const char* sql) {
  auto row = db.query(sql);
  REQUIRE(row.next());
  return row.integer(0);
}

}  // namespace kith
