// The store's files are not as kithd left them (RELIABILITY F18): locked, damaged, cut short, gone,
// or of a newer kithd. It says so in one clear line and ends, or serves everything that was acked;
// a new and empty database is never made in their place.
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "tests/chaos/survivors.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

constexpr int kMessages = 60;
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kFrameBytes = 24 + kPageBytes;

// A data directory with a database and, where it was killed, commits that are in the write-ahead
// log alone.
class Store {
 public:
  enum class Left { stopped, killed };
  explicit Store(Left left)
      : server_({"shards=1", "limits.messages_per_minute=0", "gateway.drain_s=0"}) {
    room_ = make_room(server_, 2);
    WsClient socket = connect_to(server_, room_.users[0], {room_.chat});
    for (int i = 0; i < kMessages; ++i) {
      acked_.push_back(say(socket, room_.chat, std::to_string(i), "text")["message_id"].text());
    }
    if (left == Left::stopped) CHECK(server_.terminate() == 0);
    if (left == Left::killed) server_.kill();
    fs::copy(server_.data(), kept(), fs::copy_options::recursive);
  }
  fs::path file(const std::string& name) const { return server_.data() / name; }
  void restore() {
    fs::remove_all(server_.data());
    fs::copy(kept(), server_.data(), fs::copy_options::recursive);
  }

  Output start_and_end() const {
    return run({kithd(), "--listen", server_.address(), "--data", server_.data().string()});
  }
  // That exit code and one line, with this in it; and still nothing else in the file's place.
  void check_refused(const std::string& part, int exit_code = 1) const {
    const Output output = start_and_end();
    CAPTURE(output.err);
    CHECK(output.status == exit_code);
    CHECK(std::ranges::count(output.err, '\n') == 1);
    CHECK(output.err.find(part) != std::string::npos);
  }
  // It refuses in one line, or serves all of what was acked, in order. True: it refused.
  bool check_refused_or_whole() {
    try {
      server_.start();
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      CAPTURE(text);
      CHECK(text.find("did not start") != std::string::npos);
      CHECK(server_.process().wait() == 1);
      CHECK(text.find("kith.db") != std::string::npos);
      fs::remove(server_.directory() / "log");
      return true;
    }
    check_whole();
    server_.kill();
    return false;
  }
  void start_and_stop() {
    server_.start();
    CHECK(server_.terminate() == 0);
  }
  void check_serves() {
    server_.start();
    check_whole();
    CHECK(server_.terminate() == 0);
  }

 private:
  fs::path kept() const { return server_.directory() / "kept"; }
  void check_whole() const {
    WsClient socket = connect(server_, room_.users[0]);
    const Json page =
        socket.ask(R"({"type":"history","limit":200,"chat_id":")" + room_.chat + R"("})");
    REQUIRE(page["messages"].size() == kMessages);
    for (std::size_t i = 0; i < kMessages; ++i) {
      CHECK(page["messages"][i]["message_id"].text() == acked_[i]);
    }
  }

  TestServer server_;
  Room room_;
  std::vector<std::string> acked_;
};

void flip(const fs::path& path, std::uint64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  REQUIRE(byte >= 0);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x10));
}

TEST_CASE("a byte of the database's header or of a page's is another") {
  Store store(Store::Left::stopped);
  const std::uint64_t pages = fs::file_size(store.file("kith.db")) / kPageBytes;
  std::vector<std::uint64_t> places = {0, 7, 16, 18, 28, 31, 44, 56, 68, 71, 100, 103, 105};
  for (std::uint64_t page = 1; page < pages; page += std::max<std::uint64_t>(pages / 12, 1)) {
    places.push_back(page * kPageBytes);      // the kind of the page
    places.push_back(page * kPageBytes + 3);  // how many cells it has
  }
  std::size_t refused = 0;
  for (const std::uint64_t place : places) {
    CAPTURE(place);
    store.restore();
    flip(store.file("kith.db"), place);
    refused += store.check_refused_or_whole();
  }
  CHECK(refused > places.size() / 2);
  MESSAGE(places.size(), " places, ", refused, " refused, the others served whole");
}

TEST_CASE("a byte of the write-ahead log is another: what was acked is not dropped silently") {
  Store store(Store::Left::killed);
  const std::uint64_t frames = (fs::file_size(store.file("kith.db-wal")) - 32) / kFrameBytes;
  REQUIRE(frames > 100);
  std::vector<std::uint64_t> places = {0, 3, 9, 13, 17, 21, 25, 30};
  for (const std::uint64_t frame : {std::uint64_t{0}, frames / 3, frames / 2, frames - 40}) {
    // Page number, size after the commit, salts, checksums, content.
    for (const std::uint64_t byte : {3, 7, 9, 13, 17, 21, 24, 2000, 4119}) {
      places.push_back(32 + frame * kFrameBytes + byte);
    }
  }
  std::size_t refused = 0;
  for (const std::uint64_t place : places) {
    CAPTURE(place);
    store.restore();
    flip(store.file("kith.db-wal"), place);
    refused += store.check_refused_or_whole();
  }
  CHECK(refused > places.size() / 2);
  MESSAGE(places.size(), " places, ", refused, " refused, the others served whole");
}

TEST_CASE("a write-ahead log that is gone after a crash stops the start") {
  Store store(Store::Left::killed);
  fs::remove(store.file("kith.db-wal"));
  store.check_refused("kith.db-wal is gone");
  CHECK_FALSE(fs::exists(store.file("kith.db-wal")));
  // What the line offers: to go on without it, in a new epoch.
  fs::remove(store.file("generation"));
  store.start_and_stop();
  store.restore();
  store.check_serves();
}

TEST_CASE("after a stop there is no write-ahead log, and none is missed") {
  Store store(Store::Left::stopped);
  CHECK_FALSE(fs::exists(store.file("kith.db-wal")));
  store.check_serves();
  store.check_serves();
}

TEST_CASE("a database that is cut short, empty, gone or something else stops the start") {
  Store store(Store::Left::stopped);
  const auto database = store.file("kith.db");
  const auto size = fs::file_size(database);
  for (const std::uintmax_t left :
       {size / 2, size - kPageBytes, std::uintmax_t{5000}, std::uintmax_t{99}, std::uintmax_t{0}}) {
    CAPTURE(left);
    store.restore();
    fs::resize_file(database, left);
    store.check_refused("kith.db");
    CHECK(fs::file_size(database) == left);
  }
  store.restore();
  fs::remove(database);
  store.check_refused("kith.db is gone");
  CHECK_FALSE(fs::exists(database));
  store.restore();
  fs::remove(database);
  fs::create_directory(database);
  store.check_refused("kith.db");
  store.restore();
  store.check_serves();
}

TEST_CASE("a database that somebody else has locked stops the start in one line") {
  Store store(Store::Left::stopped);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(store.file("kith.db").c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr,
                       nullptr) == SQLITE_OK);
  store.check_refused("locked");
  sqlite3_close(other);
  store.check_serves();
}

TEST_CASE("a second kithd on the same directory ends in one line, and the first does not notice") {
  TestServer first({"shards=1", "gateway.drain_s=0"});
  const Room room = make_room(first, 2);
  WsClient writer = connect_to(first, room.users[0], {room.chat});
  WsClient reader = connect_to(first, room.users[1], {room.chat});
  std::vector<Json> said = {say(writer, room.chat, "0", "text")};
  const std::string in_use = first.data().string() + " is in use by another kithd (pid " +
                             std::to_string(first.process().id()) + ")";
  for (int i = 1; i <= 3; ++i) {
    const Output second = run({kithd(), "--listen", "127.0.0.1:" + std::to_string(free_port()),
                               "--data", first.data().string()});
    CAPTURE(second.err);
    CHECK(second.status == 1);
    CHECK(std::ranges::count(second.err, '\n') == 1);
    CHECK(second.err.find(in_use) != std::string::npos);
    said.push_back(say(writer, room.chat, std::to_string(i), "text"));
    CHECK(said.back()["seq"].number() == said[said.size() - 2]["seq"].number() + 1);
  }
  for (const Json& ack : said) {
    CHECK(reader.wait_for("message.new")["message_id"].text() == ack["message_id"].text());
  }
  writer.drop();
  reader.drop();
  CHECK(first.terminate() == 0);
  first.start();
  WsClient again = connect(first, room.users[1]);
  const Json page = again.ask(R"({"type":"history","limit":200,"chat_id":")" + room.chat + R"("})");
  REQUIRE(page["messages"].size() == said.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    CHECK(page["messages"][i]["message_id"].text() == said[i]["message_id"].text());
  }
}

TEST_CASE("a schema of a newer kithd stops the start, and is left as it is") {
  Store store(Store::Left::stopped);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(store.file("kith.db").c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other,
                       "INSERT INTO schema_migrations SELECT max(number) + 1, 'next', x'00' FROM"
                       " schema_migrations",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  store.check_refused("newer kithd", 78);
  store.check_refused("newer kithd", 78);
}

}  // namespace
}  // namespace kith::test
