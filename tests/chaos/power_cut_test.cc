// A power cut at any moment (RELIABILITY F17): what was written and not yet fsynced is on the disk,
// or not, or in part. The history checker decides whether everything acked is there when the store
// is opened again, once, in order, with its number. And again behind a restart, a crash in which
// the disk refused an fsync among them: the kernel then shows the process what the disk never got.
//
// KITH_CRASH_POINTS=10000 for a night.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/chaos/environment.h"
#include "tests/chaos/power_cut_scene.h"
#include "tests/chaos/recorder.h"
#include "tests/chaos/torn_disk.h"
#include "tests/history/checker.h"

namespace kith::test {
namespace {

struct Happening {
  Record record;
  std::size_t operations = 0;  // that had been done when it happened
};

struct Recording {
  DiskImage disk;                // as it really is at the beginning
  DiskImage shown;               // as the process is shown it: the same, but for a refused fsync
  DiskImage opened;              // its `generation`, as it is once the store is open
  std::size_t opened_after = 0;  // operations
  std::vector<DiskOperation> operations;
  std::vector<Happening> happenings;
  std::set<std::string> unknown;  // client_message_ids that were never answered well
};

StorageOptions options_for(const TemporaryDirectory& directory) {
  return {.url = "sqlite:" + directory.path().string(),
          .checkpoint_pages = 150,
          .on_fatal = [](const std::string&) {}};
}

enum class End { cut, fsync_refused };

// A run on what `recording.shown` is: batches of new messages, what is unknown first, and changes
// of what stands there already.
void record_run(Scene& scene, Recording& recording, int batches, End end) {
  FaultyDisk faults;
  DiskRecorder recorder;
  const TemporaryDirectory directory;
  write_disk(recording.shown, directory.path());
  faults.observer = &recorder;
  auto storage = open_storage(options_for(directory));
  REQUIRE_MESSAGE(storage.ok(), (storage.ok() ? "" : storage.error().message));
  recording.opened = read_disk(directory.path());
  recording.opened_after = recorder.size();
  TestShard shard(**storage);
  const auto note = [&](Record record) {
    if (record.op == "send" && record.kind == Kind::Invoke) {
      recording.unknown.insert(record.client_message_id);
    }
    if (record.op == "send" && record.kind == Kind::Ok) {
      recording.unknown.erase(record.client_message_id);
      if (!record.duplicate) scene.standing.push_back(record.message_id);
    }
    recording.happenings.push_back({std::move(record), recorder.size()});
  };
  for (int batch = 0; batch < batches; ++batch) {
    if (end == End::fsync_refused && batch + 1 == batches) faults.fsync_fails = true;
    std::set<std::string> ids = recording.unknown;
    const std::size_t wanted = 1 + scene.random() % 20;
    for (std::size_t i = 0; i < wanted; ++i) ids.insert("m" + std::to_string(++scene.sent));
    send(shard, scene, ids, note);
    for (std::uint64_t changes = scene.random() % 4; changes > 0; --changes) {
      change(shard, scene, note);
    }
  }
  CHECK(recording.unknown.empty() == (end == End::cut));
  faults.observer = nullptr;  // what closing the store writes is not part of it
  faults.fsync_fails = false;
  recording.operations = recorder.operations();
}

DiskImage cut(const Recording& recording, std::size_t count, Fsync fsync, std::mt19937_64& random) {
  DiskImage disk = cut_after(recording.disk, recording.operations, count, fsync, random);
  if (count >= recording.opened_after) disk["generation"] = recording.opened.at("generation");
  return disk;
}

History prefix(const Recording& recording, std::size_t count, const History& before) {
  History history = before;
  for (const Happening& happening : recording.happenings) {
    // What was invoked later was never seen by anybody; an answer came with its operations done.
    if (happening.operations > count) break;
    history.push_back(happening.record);
  }
  return history;
}

// Starts the store on what is left, sends again what is unknown and some of what is not, all into
// `history`, and asks the checker.
Verdict verdict_on(Scene& scene, const DiskImage& disk, History& history) {
  const TemporaryDirectory directory;
  write_disk(disk, directory.path());
  auto storage = open_storage(options_for(directory));
  if (!storage) {
    Verdict refused;
    refused.violations.push_back({.check = "C1", .what = storage.error().message, .lines = {}});
    refused.violations_total = 1;
    return refused;
  }
  TestShard shard(**storage);
  std::set<std::string> again;
  for (const Record& record : history) {
    if (record.kind == Kind::Invoke && record.op == "send" && scene.random() % 8 == 0) {
      again.insert(record.client_message_id);
    }
  }
  again.insert("after the cut");
  send(shard, scene, again, [&](Record record) { history.push_back(std::move(record)); });
  read_back(shard, scene, history);
  for (std::size_t i = 0; i < history.size(); ++i) history[i].t = static_cast<std::int64_t>(i);
  return check(history);
}

Scene make_scene(DiskImage& start, std::uint64_t seed) {
  Scene scene;
  scene.random.seed(seed);
  const TemporaryDirectory directory;
  auto storage = open_storage(options_for(directory));
  REQUIRE(storage.ok());
  const auto seeded = (*storage)->seed({.users = 1, .rooms = 1, .members = 1});
  REQUIRE(seeded.ok());
  scene.chat = seeded->chats[0].id;
  scene.user = *(*storage)->find_user_now(seeded->users[0].id);
  TestShard shard(**storage);
  scene.begin = shard.attach(scene.chat, scene.user.key)->head;
  start = read_disk(directory.path());
  return scene;
}

History beginning_of(const Scene& scene) {
  return {{.kind = Kind::Begin, .channel = scene.chat.text(), .seq = scene.begin}};
}

// `count` different places to cut at, in no order.
std::vector<std::size_t> choose_cuts(const Recording& recording, std::size_t count,
                                     std::mt19937_64& random) {
  std::vector<std::size_t> all(recording.operations.size() + 1);
  std::iota(all.begin(), all.end(), 0);
  std::ranges::shuffle(all, random);
  if (all.size() > count) all.resize(count);
  return all;
}

struct Tally {
  std::size_t points = 0;
  std::size_t acked = 0;
};

void judge(Scene& scene, const Recording& recording, std::size_t at, const History& before,
           Tally& tally) {
  History history = prefix(recording, at, before);
  const Verdict verdict =
      verdict_on(scene, cut(recording, at, Fsync::honoured, scene.random), history);
  const std::string kept = keep_history("power-cut", history, verdict);
  CHECK_MESSAGE(verdict.ok(), "cut after operation ", at, ": ", to_text(verdict), kept);
  ++tally.points;
  tally.acked += verdict.acked;
}

// One life, then a second that begins where the first was cut off or its disk refused an fsync.
void live_twice(std::uint64_t seed, std::size_t points, End end, Tally& tally) {
  Recording first;
  Scene scene = make_scene(first.disk, seed);
  first.shown = first.disk;
  const History begin = beginning_of(scene);
  record_run(scene, first, 12, end);
  const std::size_t whole = first.operations.size();
  for (const std::size_t at : choose_cuts(first, points / 2, scene.random)) {
    judge(scene, first, at, begin, tally);
  }
  Recording second;
  second.unknown = first.unknown;
  second.disk = cut(first, whole, Fsync::honoured, scene.random);
  second.shown = second.disk;
  if (end == End::fsync_refused) {
    // The process ended, the machine did not: what the disk refused is still in the kernel's cache.
    second.shown = all_applied(first.disk, first.operations);
    second.shown["generation"] = first.opened.at("generation");
  }
  record_run(scene, second, 8, End::cut);
  const History before = prefix(first, whole, begin);
  for (const std::size_t at : choose_cuts(second, points - points / 2, scene.random)) {
    judge(scene, second, at, before, tally);
  }
}

TEST_CASE("what was acked survives a power cut at any moment") {
  const std::size_t wanted = from_environment("KITH_CRASH_POINTS", 500);
  constexpr std::size_t kPointsPerScene = 100;
  Tally tally;
  for (std::uint64_t seed = 1; tally.points < wanted; ++seed) {
    CAPTURE(seed);
    live_twice(seed, kPointsPerScene, seed % 2 == 0 ? End::fsync_refused : End::cut, tally);
  }
  MESSAGE(tally.points, " crash points, ", tally.acked / tally.points, " acked before each");
}

TEST_CASE("without fsync a power cut loses what was acked, and the checker says so") {
  Recording recording;
  Scene scene = make_scene(recording.disk, 1);
  recording.shown = recording.disk;
  record_run(scene, recording, 20, End::cut);
  std::size_t lost = 0;
  for (int i = 0; i < 10; ++i) {
    const std::size_t at = recording.operations.size() - scene.random() % 100;
    History history = prefix(recording, at, beginning_of(scene));
    const Verdict verdict =
        verdict_on(scene, cut(recording, at, Fsync::ignored, scene.random), history);
    lost += verdict.broke("C1");
  }
  CHECK(lost > 0);
}

}  // namespace
}  // namespace kith::test
