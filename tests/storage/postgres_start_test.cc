// What a start on Postgres refuses, and in which words.
#include "tests/storage/store_fixture.h"
#include "tests/support/postgres_server.h"

namespace kith {
namespace {

using test::PostgresServer;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class Database {
 public:
  Database() : url(PostgresServer::shared().new_database()) {}
  ~Database() { PostgresServer::shared().drop_database(url); }
  const std::string url;
};

TEST_CASE("a database that a newer kithd has migrated is refused, and left as it is") {
  const Database database;
  REQUIRE(open_storage({.url = database.url}).ok());
  PostgresServer::ask(database.url,
                      "INSERT INTO schema_migrations VALUES(99, '0099_from_the_future', '\\x00')");
  const auto opened = open_storage({.url = database.url});
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == ErrorCode::conflict);
  CHECK(contains(opened.error().message, "newer"));
}

TEST_CASE("a step that was changed after it had been applied is refused") {
  const Database database;
  REQUIRE(open_storage({.url = database.url}).ok());
  PostgresServer::ask(database.url, "UPDATE schema_migrations SET checksum = '\\x00'");
  const auto opened = open_storage({.url = database.url});
  REQUIRE_FALSE(opened.ok());
  CHECK(contains(opened.error().message, "0001_initial"));
}

TEST_CASE("a server that may lose what was acknowledged is refused by the name of its setting") {
  for (const std::string setting : {"fsync", "full_page_writes"}) {
    PostgresServer server({setting + "=off"});
    StorageOptions options{.url = server.new_database()};
    const auto refused = open_storage(options);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::conflict);
    CHECK(contains(refused.error().message, setting + " = off"));
    CHECK(contains(refused.error().message, "storage.accept_acked_loss"));
    options.accept_acked_loss = true;
    CHECK(open_storage(options).ok());
  }
  const Database database;
  const std::string name = PostgresServer::ask(database.url, "SELECT current_database()");
  PostgresServer::ask(database.url, "ALTER DATABASE " + name + " SET synchronous_commit = off");
  const auto refused = open_storage({.url = database.url});
  REQUIRE_FALSE(refused.ok());
  CHECK(contains(refused.error().message, "synchronous_commit = off"));
}

TEST_CASE("of several hosts the one that answers and takes writes is used") {
  const Database database;
  const std::size_t host = database.url.find("?host=") + 6;
  std::string url = database.url;
  url.insert(host, "/nonexistent,");
  const auto opened = open_storage({.url = url});
  REQUIRE_MESSAGE(opened.ok(), opened.error().message);
}

TEST_CASE("a database that is not there is told without the password") {
  for (const char* url :
       {"postgres://kith:hunter2@127.0.0.1:1/db", "postgres://kith:hunter2@%/x",
        "postgresql://kith:hunter2@/db?host=/nonexistent",
        "postgres://kith:hunter2@h/d?no_such_word=1", "postgres://kith:h@hunter2@h/d",
        "postgres://kith:h/hunter2@h/d", "postgres://kith:h:hunter2/@h/d"}) {
    const auto opened = open_storage({.url = url});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == ErrorCode::unavailable);
    CHECK_FALSE(contains(opened.error().message, "hunter2"));
  }
}

TEST_CASE("a look beside a running server finds a user and writes nothing") {
  StoreFixture store(PostgresAdapter::kUrl);
  const auto ada = store.add_user("ada");
  auto look = open_storage({.url = store.url(), .read_only = true});
  REQUIRE_MESSAGE(look.ok(), look.error().message);
  CHECK((*look)->find_user_now(ada.id)->display_name == "ada");
  CHECK((*look)->epoch() == store.storage().epoch());
  CHECK((*look)->signing_secret() == store.storage().signing_secret());
  CHECK(outcome((*look)->grant(ada.id, SystemRole::admin, store.now())) == "unavailable");

  const Database empty;
  CHECK_FALSE(open_storage({.url = empty.url, .read_only = true}).ok());
  CHECK(PostgresServer::ask(empty.url, "SELECT count(*) FROM pg_class WHERE relname = 'meta'") ==
        "0");
}

TEST_CASE("the audit log of Postgres takes nothing back") {
  StoreFixture store(PostgresAdapter::kUrl);
  store.add_user("ada");
  for (const char* sql :
       {"DELETE FROM audit_log", "UPDATE audit_log SET action = 'other'", "TRUNCATE audit_log"}) {
    CHECK_THROWS(PostgresServer::ask(store.url(), sql));
  }
}

}  // namespace
}  // namespace kith
