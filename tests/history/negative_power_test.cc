// Negative control: commits that do not wait for the disk (synchronous=OFF) lose at a power cut
// what had been acked, and the checker must say so. With the store as it is, it must not.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "tests/history/checker.h"
#include "tests/storage/faulty_disk.h"
#include "tests/storage/store_fixture.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

// The worst disk that keeps its word: what was fsynced is there after a cut, and nothing else is.
class ForgetfulDisk final : public DiskObserver {
 public:
  explicit ForgetfulDisk(const fs::path& directory) {
    for (const char* name : {"kith.db", "kith.db-wal", "generation"}) {
      std::ostringstream bytes;
      bytes << std::ifstream(directory / name, std::ios::binary).rdbuf();
      files_[name] = {.safe = bytes.str(), .now = bytes.str()};
    }
  }

  void wrote(const std::string& path, std::uint64_t at, std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    std::string& now = file(path).now;
    if (now.size() < at + bytes.size()) now.resize(at + bytes.size());
    now.replace(at, bytes.size(), bytes);
  }
  void truncated(const std::string& path, std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    file(path).now.resize(size);
  }
  void synced(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    file(path).safe = file(path).now;
    ++syncs_;
  }

  std::size_t syncs() {
    const std::lock_guard lock(mutex_);
    return syncs_;
  }
  void after_the_cut(const fs::path& directory) {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, file] : files_) {
      std::ofstream(directory / name, std::ios::binary) << file.safe;
    }
  }

 private:
  struct File {
    std::string safe;
    std::string now;
  };
  File& file(const std::string& path) { return files_[fs::path(path).filename().string()]; }

  std::mutex mutex_;
  std::map<std::string, File> files_;
  std::size_t syncs_ = 0;
};

int set_synchronous_off(sqlite3* database, char**, const sqlite3_api_routines*) {
  return sqlite3_exec(database, "PRAGMA synchronous = OFF", nullptr, nullptr, nullptr);
}

// Every connection that is opened meanwhile begins with synchronous=OFF, and what sets it to FULL
// afterwards is swallowed by the disk.
class WithoutSync {
 public:
  explicit WithoutSync(FaultyDisk& disk) : disk_(disk) {
    disk_.swallows_synchronous_full = true;
    sqlite3_auto_extension(entry());
  }
  ~WithoutSync() {
    sqlite3_cancel_auto_extension(entry());
    disk_.swallows_synchronous_full = false;
  }
  WithoutSync(const WithoutSync&) = delete;
  WithoutSync& operator=(const WithoutSync&) = delete;

 private:
  using Entry = void (*)();
  static Entry entry() { return reinterpret_cast<Entry>(set_synchronous_off); }
  FaultyDisk& disk_;
};

class Book {
 public:
  void add(Record record) {
    record.t = static_cast<std::int64_t>(records_.size() + 1) * 1'000'000;
    records_.push_back(std::move(record));
  }
  Verdict verdict() const { return check(records_); }

 private:
  History records_;
};

struct Scene {
  ChatId chat;
  UserId user;
  UserKey key{};
};

Scene seed(Storage& storage) {
  const auto seeded = storage.seed({.users = 1, .rooms = 1, .members = 1});
  REQUIRE(seeded.ok());
  const auto user = storage.find_user_now(seeded->users[0].id);
  REQUIRE(user.ok());
  return {.chat = seeded->chats[0].id, .user = user->id, .key = user->key};
}

void send(Book& book, Storage& storage, const Scene& scene, std::uint64_t messages) {
  TestShard shard(storage);
  UuidGenerator ids([random = std::uint64_t{0}]() mutable { return ++random; });
  for (std::uint64_t i = 1; i <= messages; ++i) {
    Append append{.chat = scene.chat, .sender_key = scene.key, .sender = scene.user};
    append.message = MessageId{ids.next(WallTime{})};
    append.client_message_id = numbered("message ", i);
    append.content = text_content(append.client_message_id);
    Record record{.kind = Kind::Invoke,
                  .client = "writer",
                  .user = "writer",
                  .channel = "chat",
                  .op = "send",
                  .op_id = append.client_message_id,
                  .client_message_id = append.client_message_id,
                  .digest = content_digest(append.client_message_id)};
    book.add(record);
    const std::string message_id = append.message.text();
    const auto appended = shard.append(std::move(append));
    REQUIRE(appended.ok());
    record.kind = Kind::Ok;
    record.seq = appended->seq;
    record.message_id = message_id;
    book.add(record);
  }
}

void read_final(Book& book, Storage& storage, const Scene& scene) {
  TestShard shard(storage);
  Record record{.kind = Kind::Final, .channel = "chat", .whole = true, .from = 1};
  Seq after = 0;
  for (bool more = true; more;) {
    const auto page = shard.read({.channel = scene.chat, .reader = std::nullopt, .after = after});
    REQUIRE(page.ok());
    for (const DurableEvent& event : page->events) {
      after = event.seq;
      record.entries.push_back({.seq = event.seq,
                                .message_id = event.message ? event.message->text() : "",
                                .client_message_id = event.client_message_id,
                                .user = "writer"});
    }
    more = after < page->head && !page->events.empty();
  }
  book.add(std::move(record));
}

struct Outcome {
  Verdict verdict;
  std::size_t syncs = 0;
};

// Sends, has the power cut right after the last ack, and reads what is there.
Outcome cut(bool synchronous) {
  FaultyDisk faults;
  TemporaryDirectory before, after;
  const auto url = [](const TemporaryDirectory& directory) {
    return "sqlite:" + directory.path().string();
  };
  Book book;
  Scene scene;
  std::size_t syncs = 0;
  {
    std::optional<WithoutSync> off;
    if (!synchronous) off.emplace(faults);
    auto storage = open_storage({.url = url(before)});
    REQUIRE(storage.ok());
    scene = seed(**storage);
    ForgetfulDisk disk(before.path());
    faults.observer = &disk;
    send(book, **storage, scene, 50);
    disk.after_the_cut(after.path());
    syncs = disk.syncs();
    faults.observer = nullptr;
  }
  auto storage = open_storage({.url = url(after)});
  REQUIRE_MESSAGE(storage.ok(), storage.error().message);
  read_final(book, **storage, scene);
  return {.verdict = book.verdict(), .syncs = syncs};
}

TEST_CASE("a power cut with synchronous=OFF: the checker sees that acked messages are lost") {
  const Outcome outcome = cut(false);
  INFO(to_text(outcome.verdict));
  CHECK(outcome.syncs == 0);
  CHECK(outcome.verdict.acked == 50);
  CHECK(outcome.verdict.broke_only("C1"));
  CHECK(outcome.verdict.violations_total == 50);
}

TEST_CASE("and with synchronous=FULL, as the store has it, that nothing is") {
  const Outcome outcome = cut(true);
  INFO(to_text(outcome.verdict));
  CHECK(outcome.syncs >= 50);
  CHECK(outcome.verdict.acked == 50);
  CHECK(outcome.verdict.finals == 50);
  CHECK(outcome.verdict.ok());
}

}  // namespace
}  // namespace kith::test
