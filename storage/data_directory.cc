#include "storage/data_directory.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "protocol/failpoint.h"
#include "storage/epoch.h"
#include "storage/migrations.h"
#include "storage/wal_check.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

Error refuse(const std::string& line) {
  return fail(ErrorCode::unavailable, line);
}
Error refuse_errno(const std::string& path) {
  return refuse(path + ": " + std::strerror(errno));
}

// Makes what was written under this name survive a power cut.
bool sync_path(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  return synced;
}

Status replace_file(const std::string& path, const std::string& text) {
  const std::string made = path + ".new";
  const int descriptor = open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return refuse_errno(made);
  const bool written =
      write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      fsync(descriptor) == 0;
  close(descriptor);
  if (!written || rename(made.c_str(), path.c_str()) != 0 ||
      !sync_path(fs::path(path).parent_path())) {
    return refuse_errno(path);
  }
  return Nothing{};
}

// Under another name until it is whole: what is named kith.db is never half made.
Status create_database(const std::string& path) {
  const std::string made = path + ".new";
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) unlink((made + suffix).c_str());
  const int descriptor = open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return refuse_errno(made);
  close(descriptor);
  {
    auto connection = SqliteConnection::open(made, SqliteConnection::Mode::create);
    if (!connection) return connection.error();
    (*connection)->run_script("PRAGMA application_id = " + std::to_string(kApplicationId));
    if (const Status migrated = migrate(**connection); !migrated) return migrated.error();
  }
  KITH_FAILPOINT("database_made");
  const fs::path directory = fs::absolute(path).parent_path();
  // The directory may be as new, whoever made it: its name is in the one above. Where that is not
  // ours to read, or cannot be written, somebody else has made this one, and long ago.
  if (!sync_path(directory.parent_path()) && errno != EACCES && errno != EROFS && errno != EINVAL) {
    return refuse_errno(directory.parent_path());
  }
  if (!sync_path(made) || rename(made.c_str(), path.c_str()) != 0 || !sync_path(directory)) {
    return refuse_errno(path);
  }
  return Nothing{};
}

// Before SQLite touches it: opening somebody else's database for writing would change it.
Status check_header(const std::string& path) {
  std::array<char, 100> header{};
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse_errno(path);
  file.read(header.data(), header.size());
  std::uint32_t application = 0;
  for (std::size_t i = 68; i < 72; ++i) {
    application = application << 8U | static_cast<std::uint8_t>(header[i]);
  }
  if (file.gcount() != static_cast<std::streamsize>(header.size()) ||
      std::memcmp(header.data(), "SQLite format 3", 16) != 0 || application != kApplicationId) {
    return refuse(path + " is not a database of kith");
  }
  return Nothing{};
}

Status quick_check(SqliteConnection& connection, const std::string& path) {
  auto rows = connection.query("PRAGMA quick_check(1)");
  if (rows.next() && rows.text(0) == "ok") return Nothing{};
  const std::string found =
      connection.failure() ? connection.failure()->text : std::string(rows.text(0));
  return refuse(path + " is corrupt: " + found.substr(0, found.find('\n')));
}

constexpr std::string_view kRunning = "running";

struct Generation {
  std::string epoch;
  std::int64_t run = 0;
  bool running = false;  // since then nobody has closed the database
};

std::optional<Generation> read_generation(const std::string& path) {
  std::ifstream file(path);
  Generation found;
  if (!(file >> found.epoch >> found.run)) return std::nullopt;
  std::string state;
  found.running = file >> state && state == kRunning;
  return found;
}

std::string read_meta(SqliteConnection& connection, const char* key) {
  auto rows = connection.query("SELECT value FROM meta WHERE key = $1", key);
  return rows.next() ? std::string(rows.text(0)) : std::string();
}

void write_meta(SqliteConnection& connection, const char* key, std::string_view value) {
  connection.execute(
      "INSERT INTO meta(key, value) VALUES($1, CAST($2 AS BLOB))"
      " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
      key, value);
}

std::int64_t to_number(const std::string& text) {
  return text.empty() ? 0 : std::strtoll(text.c_str(), nullptr, 10);
}

// Settles the epoch, counts the run, and makes the digest key at the first start.
Status begin_run(DataDirectory& directory, const std::string& generation_path) {
  SqliteConnection& connection = *directory.connection;
  const auto filed = read_generation(generation_path);
  connection.execute("BEGIN IMMEDIATE");
  Generation stored{.epoch = read_meta(connection, "epoch"),
                    .run = to_number(read_meta(connection, "run"))};
  const bool same_history = filed && filed->epoch == stored.epoch && stored.run >= filed->run;
  if (stored.epoch.empty() || !same_history) {
    stored.epoch = new_epoch();
    if (filed) stored.run = std::max(stored.run, filed->run);
  }
  ++stored.run;
  std::string key = read_meta(connection, "digest_key");
  if (key.size() != directory.digest_key.size()) {
    key.resize(directory.digest_key.size());
    randombytes_buf(key.data(), key.size());
    write_meta(connection, "digest_key", key);
  }
  std::memcpy(directory.digest_key.data(), key.data(), key.size());
  write_meta(connection, "epoch", stored.epoch);
  write_meta(connection, "run", std::to_string(stored.run));
  connection.execute("COMMIT");
  if (connection.failure()) {
    return refuse(directory.database_path + ": " + connection.failure()->text);
  }
  directory.epoch = stored.epoch;
  KITH_FAILPOINT("run_begun");
  directory.generation = stored.epoch + " " + std::to_string(stored.run);
  return replace_file(generation_path, directory.generation + " " + std::string(kRunning) + "\n");
}

// Between a crash and the next start the newest commits are in the write-ahead log alone.
Status check_log_is_there(const std::string& path) {
  const std::string log = path + "/kith.db-wal";
  const auto filed = read_generation(path + "/generation");
  std::error_code error;
  if (filed && filed->running && !fs::exists(log, error)) {
    return refuse(log + " is gone, though kithd was not stopped, and with it the last commits: " +
                  "restore it, or remove " + path + "/generation to go on without them");
  }
  return check_write_ahead_log(log);
}

// What the log holds goes to the database before it is added to. After a failed fsync the kernel
// may show a log that the disk does not have, and the next fsync says nothing of it. Commits behind
// that hole would be lost with the power, and so would be, half way, what was copied from it. Read
// back and written again it is on the disk.
Status settle_log(SqliteConnection& connection, const std::string& path) {
  if (connection.rewrite_log() && connection.checkpoint(SqliteConnection::Checkpoint::restart)) {
    return Nothing{};
  }
  return refuse(path + ": " + connection.failure()->text);
}

}  // namespace

Result<DataDirectory> open_data_directory(const std::string& path) {
  if (sodium_init() < 0) return refuse("libsodium does not start");
  std::error_code error;
  if (!fs::exists(path, error)) {
    fs::create_directories(path, error);
    if (error) return refuse(path + ": " + error.message());
    fs::permissions(path, fs::perms::owner_all, error);
    if (error) return refuse(path + ": " + error.message());
  }
  DataDirectory directory;
  directory.database_path = path + "/kith.db";
  auto lock = LockFile::acquire(path + "/kith.lock");
  if (!lock) return lock.error();
  directory.lock = std::move(*lock);
  if (!fs::exists(directory.database_path, error)) {
    if (fs::exists(path + "/generation", error)) {
      return refuse(directory.database_path +
                    " is gone, though there was one: restore it, or remove " + path +
                    "/generation to begin anew");
    }
    const Status created = create_database(directory.database_path);
    if (!created) return created.error();
  }
  if (const Status ours = check_header(directory.database_path); !ours) return ours.error();
  if (const Status whole = check_log_is_there(path); !whole) return whole.error();
  auto connection = SqliteConnection::open(directory.database_path, SqliteConnection::Mode::write);
  if (!connection) return connection.error();
  directory.connection = std::move(*connection);
  const Status sound = quick_check(*directory.connection, directory.database_path);
  if (!sound) return sound.error();
  const Status settled = settle_log(*directory.connection, directory.database_path);
  if (!settled) return settled.error();
  const Status migrated = migrate(*directory.connection);
  if (!migrated) {
    return fail(migrated.error().code, directory.database_path + ": " + migrated.error().message);
  }
  const Status begun = begin_run(directory, path + "/generation");
  if (!begun) return begun.error();
  return directory;
}

Status note_stopped(const std::string& path, const std::string& generation) {
  return replace_file(path + "/generation", generation + "\n");
}

Result<DataDirectory> look_into_data_directory(const std::string& path) {
  DataDirectory directory;
  directory.database_path = path + "/kith.db";
  std::error_code error;
  if (!fs::exists(directory.database_path, error)) {
    return refuse(path + " holds no database of kith");
  }
  if (const Status ours = check_header(directory.database_path); !ours) return ours.error();
  auto connection = SqliteConnection::open(directory.database_path, SqliteConnection::Mode::look);
  if (!connection) return connection.error();
  directory.connection = std::move(*connection);
  const Status migrated = check_migrated(*directory.connection);
  if (!migrated) {
    return fail(migrated.error().code, directory.database_path + ": " + migrated.error().message);
  }
  directory.epoch = read_meta(*directory.connection, "epoch");
  return directory;
}

}  // namespace kith
