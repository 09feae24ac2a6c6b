// What SQLite plans to do for the statements that the operations have prepared on a connection.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

#include "sql_file.h"
#include "storage/sql_session.h"

namespace kith {

inline sqlite3* newest_database = nullptr;

inline int remember(sqlite3* database, char**, const struct sqlite3_api_routines*) {
  newest_database = database;
  return SQLITE_OK;
}

inline std::vector<std::string> prepared_statements(sqlite3* database) {
  std::vector<std::string> out;
  for (sqlite3_stmt* at = sqlite3_next_stmt(database, nullptr); at != nullptr;
       at = sqlite3_next_stmt(database, at)) {
    out.emplace_back(sqlite3_sql(at));
  }
  return out;
}

inline std::vector<std::string> plan_of(sqlite3* database, const std::string& sql) {
  std::vector<std::string> out;
  sqlite3_stmt* plan = nullptr;
  const std::string explain = "EXPLAIN QUERY PLAN " + sql;
  REQUIRE(sqlite3_prepare_v2(database, explain.c_str(), -1, &plan, nullptr) == SQLITE_OK);
  while (sqlite3_step(plan) == SQLITE_ROW) {
    out.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(plan, 3)));
  }
  sqlite3_finalize(plan);
  return out;
}

// "SCAN x" goes through all rows of x, unless x is a subquery, or an index is followed to its end.
inline bool reads_a_whole_table(const std::string& step) {
  const bool bounded = step.starts_with("SCAN newest") || step.starts_with("SCAN (subquery") ||
                       step.starts_with("SCAN ahead") || step.starts_with("SCAN ranked") ||
                       step.starts_with("SCAN CONSTANT ROW");
  return step.starts_with("SCAN ") && !bounded;
}

inline void check_plans(sqlite3* database) {
  const auto statements = prepared_statements(database);
  CHECK(statements.size() > 3);
  for (const auto& sql : statements) {
    if (sql.find("ORDER BY id DESC LIMIT 1") != std::string::npos) continue;  // the last row
    if (sql.find("max(position)") != std::string::npos) continue;             // likewise
    for (const auto& step : plan_of(database, sql)) {
      INFO(sql, "\n", step);
      CHECK_FALSE(reads_a_whole_table(step));
    }
  }
}

struct UsedFile {
  SqlFile file;
  UserRecord owner;
  UserRecord member;
  UserRecord stranger;
  ChatId chat;
  MessageId message;
  MessageId own_message;

  UsedFile() {
    auto& store = file.store();
    owner = store.add_user("Olga");
    member = store.add_user("Max");
    stranger = store.add_user("Sam");
    chat = store.add_group({owner, member});
    Append append = store.message(member, chat, "text");
    message = append.message;
    REQUIRE(store->append(std::move(append)).ok());
    append = store.message(owner, chat, "text");
    own_message = append.message;
    REQUIRE(store->append(std::move(append)).ok());
  }
};

// The file of a store that is closed, open for a writer of the test's own.
struct Writer {
  explicit Writer(SqlFile& file) {
    file.close();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(remember));
    db = file.connect(SqliteConnection::Mode::write);
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(remember));
    REQUIRE(db->run_script("BEGIN IMMEDIATE"));
    context.emplace(*db);
  }
  void finish() {
    REQUIRE_FALSE(db->failure().has_value());
    check_plans(newest_database);
    REQUIRE(db->run_script("ROLLBACK"));
  }

  std::unique_ptr<SqliteConnection> db;
  std::optional<WriteContext> context;
};

}  // namespace kith
