// The embedded store's directory: what stops the start, in one clear line, and what changes the
// epoch (RELIABILITY F18, ARCHITECTURE 2.9).
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "storage/data_directory.h"
#include "storage/migrations.h"
#include "store_fixture.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

std::string refusal(const std::string& path) {
  const auto opened = open_data_directory(path);
  return opened ? std::string("opened") : opened.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a new data directory is its owner's alone") {
  TemporaryDirectory parent;
  const std::string path = parent.path() / "deep" / "data";
  const auto opened = open_data_directory(path);
  REQUIRE(opened.ok());
  CHECK(mode_of(path) == 0700);
  for (const char* name : {"/kith.db", "/kith.lock", "/generation", "/kith.db-wal"}) {
    CHECK_MESSAGE(mode_of(path + name) == 0600, name);
  }
}

TEST_CASE("a second kithd on the same directory is told who has it") {
  TemporaryDirectory directory;
  const auto first = open_data_directory(directory.path());
  REQUIRE(first.ok());
  const std::string line = refusal(directory.path());
  CHECK(contains(line, "is in use by another kithd (pid " + std::to_string(getpid()) + ")"));
  CHECK(contains(line, directory.path().string()));
  // One that only looks may.
  CHECK(look_into_data_directory(directory.path()).ok());
}

TEST_CASE("a database is never made where something else lies") {
  TemporaryDirectory directory;
  const std::string database = directory.path() / "kith.db";
  SUBCASE("an empty file") {
    std::ofstream(database).flush();
    CHECK(contains(refusal(directory.path()), "is not a database of kith"));
    CHECK(fs::file_size(database) == 0);
  }
  SUBCASE("not a database") {
    std::ofstream(database) << std::string(8192, 'x');
    CHECK(contains(refusal(directory.path()), "is not a database of kith"));
  }
  SUBCASE("somebody else's database") {
    auto other = SqliteConnection::open(database, SqliteConnection::Mode::create);
    REQUIRE(other.ok());
    REQUIRE((*other)->run_script("CREATE TABLE theirs(x)"));
    other->reset();
    CHECK(contains(refusal(directory.path()), "is not a database of kith"));
  }
  SUBCASE("nothing, where a database was") {
    REQUIRE(open_data_directory(directory.path()).ok());
    fs::remove(database);
    CHECK(contains(refusal(directory.path()), "is gone, though there was one"));
    CHECK_FALSE(fs::exists(database));
  }
  SUBCASE("nothing at all, for one that only looks") {
    CHECK_FALSE(look_into_data_directory(directory.path()).ok());
    CHECK_FALSE(fs::exists(database));
  }
}

TEST_CASE("a corrupt page stops the start") {
  TemporaryDirectory directory;
  {
    auto storage = open_storage({.url = "sqlite:" + directory.path().string()});
    REQUIRE(storage.ok());
    REQUIRE((*storage)->seed({.users = 2000, .rooms = 1, .members = 10}).ok());
  }
  const std::string database = directory.path() / "kith.db";
  const auto pages = fs::file_size(database) / 4096;
  std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
  for (std::uintmax_t page = pages / 4; page < pages / 2; ++page) {
    file.seekp(static_cast<std::streamoff>(page * 4096));
    file << std::string(512, '\x5a');
  }
  file.close();
  const std::string line = refusal(directory.path());
  CHECK_MESSAGE(contains(line, "kith.db is corrupt: "), line);
}

TEST_CASE("a schema that this binary does not know stops the start") {
  TemporaryDirectory directory;
  auto opened = open_data_directory(directory.path());
  REQUIRE(opened.ok());
  SqliteConnection& connection = *opened->connection;
  const auto known = static_cast<std::int64_t>(sqlite_migrations().size());
  SUBCASE("a newer one") {
    connection.execute(
        "INSERT INTO schema_migrations(number, name, checksum) VALUES($1 + 1, 'next', x'00')",
        known);
    opened->connection.reset();
    REQUIRE(note_stopped(directory.path(), opened->generation).ok());
    opened->lock.reset();
    CHECK(contains(refusal(directory.path()), "was written by a newer kithd"));
    CHECK_FALSE(look_into_data_directory(directory.path()).ok());
  }
  SUBCASE("a changed one") {
    connection.execute("UPDATE schema_migrations SET checksum = x'00' WHERE number = 1");
    opened->connection.reset();
    REQUIRE(note_stopped(directory.path(), opened->generation).ok());
    opened->lock.reset();
    CHECK(contains(refusal(directory.path()), "is not the one that this kithd knows"));
  }
}

TEST_CASE("a schema step that fails leaves nothing of itself behind") {
  auto opened = SqliteConnection::open(":memory:", SqliteConnection::Mode::create);
  REQUIRE(opened.ok());
  const Migration good{1, "good", "CREATE TABLE one(x);"};
  const Migration bad{2, "bad", "CREATE TABLE two(x); CREATE TABLE two(x);"};
  const Migration mended{2, "mended", "CREATE TABLE two(x);"};
  const Migration steps[] = {good, bad};
  CHECK_FALSE(migrate(**opened, steps).ok());
  CHECK_FALSE((*opened)->failure().has_value());
  const Migration better[] = {good, mended};
  CHECK(migrate(**opened, better).ok());
  CHECK(migrate(**opened, better).ok());  // nothing left to do
}

TEST_CASE("the epoch stays over restarts and changes when the log has gone back") {
  TemporaryDirectory directory;
  const std::string database = directory.path() / "kith.db";
  const std::string backup = directory.path() / "backup.db";
  const auto start = [&] {
    const auto opened = open_data_directory(directory.path());
    REQUIRE(opened.ok());
    REQUIRE(note_stopped(directory.path(), opened->generation).ok());
    return opened->epoch;
  };
  const std::string first = start();
  CHECK(first.size() == kIdDigits);
  CHECK(start() == first);
  fs::copy_file(database, backup);
  CHECK(start() == first);
  SUBCASE("an older copy of the database") {
    fs::copy_file(backup, database, fs::copy_options::overwrite_existing);
    const std::string second = start();
    CHECK(second != first);
    CHECK(start() == second);
  }
  SUBCASE("the file of another directory") {
    std::ofstream(directory.path() / "generation") << "01JABCDEFGHJKMNPQRSTVWXYZ0 1\n";
    CHECK(start() != first);
  }
  SUBCASE("a crash between the database's note and the file's") {
    std::ifstream file(directory.path() / "generation");
    std::string epoch;
    std::int64_t run = 0;
    REQUIRE(static_cast<bool>(file >> epoch >> run));
    std::ofstream(directory.path() / "generation") << epoch << ' ' << run - 1 << '\n';
    CHECK(start() == first);
  }
}

TEST_CASE("looking beside a running server writes nothing and sees what is committed") {
  TemporaryDirectory directory;
  StorageOptions options{.url = "sqlite:" + directory.path().string()};
  auto server = open_storage(options);
  REQUIRE(server.ok());
  const auto seeded = (*server)->seed({.users = 3, .rooms = 1, .members = 2});
  REQUIRE(seeded.ok());
  options.read_only = true;
  auto look = open_storage(options);
  REQUIRE(look.ok());
  CHECK((*look)->epoch() == (*server)->epoch());
  const auto found = (*look)->find_user_now(seeded->users[1].id);
  REQUIRE(found.ok());
  CHECK(found->display_name == "User 1");
  CHECK(outcome((*look)->find_user_now(UserId{})) == "not_found");
  CHECK(outcome((*look)->grant(found->id, SystemRole::admin, WallTime{})) == "unavailable");
  CHECK(outcome((*server)->grant(found->id, SystemRole::admin, WallTime{})) == "ok");
  CHECK((*look)->find_user_now(found->id)->role == SystemRole::admin);
}

TEST_CASE("seeding twice goes on counting") {
  TemporaryDirectory directory;
  auto storage = open_storage({.url = "sqlite:" + directory.path().string()});
  REQUIRE(storage.ok());
  const SeedRequest request{.users = 5, .rooms = 2, .members = 3, .password_hash = "hash"};
  const auto first = (*storage)->seed(request);
  const auto second = (*storage)->seed(request);
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first->users[4].email == "user4@seed.kith");
  CHECK(second->users[0].email == "user5@seed.kith");
  CHECK(first->chats[1].members[0] == first->users[3].id);
  CHECK(first->chats[1].members[2] == first->users[0].id);
  CHECK(outcome((*storage)->seed({.users = 1, .rooms = 1, .members = 2})) == "bad_request");
}

TEST_CASE("a storage URL that is none is refused without being told") {
  const auto opened = open_storage({.url = "postgres://user:secret@host/db"});
  REQUIRE_FALSE(opened.ok());
  CHECK_FALSE(contains(opened.error().message, "secret"));
  CHECK_FALSE(open_storage({.url = "sqlite:"}).ok());
  CHECK_FALSE(open_storage({.url = "file.db"}).ok());
}

}  // namespace kith
