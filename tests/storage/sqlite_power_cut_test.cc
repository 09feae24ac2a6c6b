// A power cut at any moment (RELIABILITY F17): what was written and not yet fsynced is on the disk,
// or not, or in part. Everything acked must be there when the store is opened again.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "faulty_disk.h"
#include "store_fixture.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

struct Operation {
  enum class Kind { write, truncate, sync } kind;
  std::string file;  // without its directory
  std::uint64_t at = 0;
  std::string bytes;
};

class Recorder final : public DiskObserver {
 public:
  void wrote(const std::string& path, std::uint64_t at, std::string_view bytes) override {
    add({Operation::Kind::write, fs::path(path).filename(), at, std::string(bytes)});
  }
  void truncated(const std::string& path, std::uint64_t size) override {
    add({Operation::Kind::truncate, fs::path(path).filename(), size, {}});
  }
  void synced(const std::string& path) override {
    add({Operation::Kind::sync, fs::path(path).filename(), 0, {}});
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return operations_.size();
  }
  const std::vector<Operation>& operations() const { return operations_; }

 private:
  void add(Operation operation) {
    const std::lock_guard lock(mutex_);
    operations_.push_back(std::move(operation));
  }
  std::mutex mutex_;
  std::vector<Operation> operations_;
};

using Disk = std::map<std::string, std::string>;  // by file name

Disk read_disk(const fs::path& directory) {
  Disk disk;
  for (const char* name : {"kith.db", "kith.db-wal", "generation"}) {
    std::ostringstream bytes;
    bytes << std::ifstream(directory / name, std::ios::binary).rdbuf();
    disk[name] = bytes.str();
  }
  return disk;
}

void write_disk(const Disk& disk, const fs::path& directory) {
  for (const auto& [name, bytes] : disk) {
    std::ofstream(directory / name, std::ios::binary) << bytes;
  }
}

void apply(std::string& file, const Operation& operation, std::size_t bytes) {
  if (operation.kind == Operation::Kind::truncate) {
    file.resize(operation.at);
  } else if (operation.kind == Operation::Kind::write) {
    if (file.size() < operation.at + bytes) file.resize(operation.at + bytes);
    file.replace(operation.at, bytes, operation.bytes, 0, bytes);
  }
}

enum class Fsync { honoured, ignored };

// The disk as a cut right behind `count` operations may leave it.
Disk cut_after(Disk disk, const std::vector<Operation>& operations, std::size_t count, Fsync fsync,
               std::mt19937_64& random) {
  std::map<std::string, std::size_t> safe;  // operations on the file before this are on the disk
  for (std::size_t i = 0; i < count && fsync == Fsync::honoured; ++i) {
    if (operations[i].kind == Operation::Kind::sync) safe[operations[i].file] = i;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Operation& operation = operations[i];
    std::size_t bytes = operation.bytes.size();
    if (i >= safe[operation.file]) {
      const auto fate = random() % 4;
      if (fate == 0) continue;
      if (fate == 1) bytes = random() % (bytes / 512 + 1) * 512;  // torn at a sector
    }
    apply(disk[operation.file], operation, bytes);
  }
  return disk;
}

struct Acked {
  Append append;
  Seq seq = 0;
  std::size_t operations = 0;  // that had been done when the ack came
};

// How many of what had been acked are missing, or have another number.
std::size_t count_lost(const Disk& disk, const std::vector<Acked>& acked, std::size_t cut) {
  TemporaryDirectory directory;
  write_disk(disk, directory.path());
  auto storage = open_storage({.url = "sqlite:" + directory.path().string()});
  if (!storage) return acked.size();
  PumpedQueue queue;
  auto shard = (*storage)->for_shard(queue);
  std::size_t lost = 0;
  std::size_t waiting = 0;
  for (const Acked& message : acked) {
    if (message.operations > cut) break;
    ++waiting;
    shard->event_log().append(message.append, [&, seq = message.seq](Append&&, auto result) {
      --waiting;
      if (!result || !result->duplicate || result->seq != seq) ++lost;
    });
  }
  shard->event_log().submit();
  queue.pump_until([&] { return waiting == 0; });
  return lost;
}

}  // namespace

TEST_CASE("what was acked survives a power cut at any moment") {
  FaultyDisk faults;
  Recorder recorder;
  std::mt19937_64 random(1);
  TemporaryDirectory directory;
  std::vector<Acked> acked;
  Disk start;
  {
    auto storage =
        open_storage({.url = "sqlite:" + directory.path().string(), .checkpoint_pages = 500});
    REQUIRE(storage.ok());
    const auto seeded = (*storage)->seed({.users = 1, .rooms = 1, .members = 1});
    REQUIRE(seeded.ok());
    const auto user = (*storage)->find_user_now(seeded->users[0].id);
    start = read_disk(directory.path());
    faults.observer = &recorder;
    PumpedQueue queue;
    auto shard = (*storage)->for_shard(queue);
    UuidGenerator ids([&random] { return random(); });
    for (int batch = 0; batch < 60; ++batch) {
      const std::size_t wanted = acked.size() + 1 + random() % 40;
      for (std::size_t i = acked.size(); i < wanted; ++i) {
        Append append{.chat = seeded->chats[0].id, .sender_key = user->key, .sender = user->id};
        append.message = MessageId{ids.next(WallTime{})};
        append.client_message_id = std::to_string(i);
        append.content = text_content(std::string(random() % 6000, 'x'));
        shard->event_log().append(std::move(append), [&](Append&& sent, Result<Appended> result) {
          REQUIRE(result.ok());
          acked.push_back({std::move(sent), result->seq, recorder.size()});
        });
      }
      shard->event_log().submit();
      queue.pump_until([&] { return acked.size() == wanted; });
    }
    CHECK((*storage)->stats().checkpoints > 0);
    faults.observer = nullptr;
  }
  const auto& operations = recorder.operations();
  for (int i = 0; i < 60; ++i) {
    const std::size_t cut = random() % operations.size();
    const Disk disk = cut_after(start, operations, cut, Fsync::honoured, random);
    CHECK_MESSAGE(count_lost(disk, acked, cut) == 0, "cut after operation " << cut);
  }
  // A test that cannot fail proves nothing: a disk that lies about fsync loses messages.
  std::size_t lost = 0;
  for (int i = 0; i < 10 && lost == 0; ++i) {
    const std::size_t cut = operations.size() - 1 - random() % (operations.size() / 2);
    lost += count_lost(cut_after(start, operations, cut, Fsync::ignored, random), acked, cut);
  }
  CHECK(lost > 0);
}

}  // namespace kith
