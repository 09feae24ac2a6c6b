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
#include "tests/chaos/torn_disk.h"
#include "tests/history/checker.h"
#include "tests/storage/store_fixture.h"

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

struct Scene {
  ChatId chat;
  UserRecord user;
  std::uint64_t begin = 0;
  std::uint64_t sent = 0;
  std::mt19937_64 random{1};
};

std::string text_of(const std::string& client_message_id) {
  std::mt19937 length(static_cast<unsigned>(std::hash<std::string>{}(client_message_id)));
  return client_message_id + std::string(length() % 5000, '.');
}

Append append_of(Scene& scene, const std::string& client_message_id) {
  UuidGenerator ids([&scene] { return scene.random(); });
  Append append{.chat = scene.chat, .sender_key = scene.user.key, .sender = scene.user.id};
  append.message = MessageId{ids.next(WallTime{})};
  append.client_message_id = client_message_id;
  append.content = text_content(text_of(client_message_id));
  return append;
}

// Sends these in one batch; `note` is told of all that happens.
template <typename Note>
void send(TestShard& shard, Scene& scene, const std::set<std::string>& ids, Note note) {
  static std::uint64_t operations = 0;
  std::map<std::string, std::string> op_ids;
  for (const std::string& id : ids) {
    const std::string op_id = op_ids[id] = std::to_string(++operations);
    Append append = append_of(scene, id);
    Record invoke{.kind = Kind::Invoke, .client = "writer", .op = "send", .op_id = op_id};
    invoke.channel = scene.chat.text();
    invoke.client_message_id = id;
    invoke.digest = content_digest(append.content.json);
    note(std::move(invoke));
    shard.append_later(std::move(append));
  }
  for (const AppendOutcome& outcome : shard.flush()) {
    const std::string& id = outcome.append.client_message_id;
    Record answer{.kind = Kind::Unknown, .client = "writer", .op = "send", .op_id = op_ids[id]};
    answer.channel = scene.chat.text();
    answer.client_message_id = id;
    if (outcome.result) {
      answer.kind = Kind::Ok;
      answer.seq = outcome.result->seq;
      answer.message_id = outcome.result->message.text();
      answer.duplicate = outcome.result->duplicate;
    } else {
      answer.code = to_string(outcome.result.error().code);
    }
    note(std::move(answer));
  }
}

StorageOptions options_for(const TemporaryDirectory& directory) {
  return {.url = "sqlite:" + directory.path().string(),
          .checkpoint_pages = 150,
          .on_fatal = [](const std::string&) {}};
}

enum class End { cut, fsync_refused };

// A run on what `recording.shown` is: batches of new messages, what is unknown first.
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
    if (record.kind == Kind::Invoke) recording.unknown.insert(record.client_message_id);
    if (record.kind == Kind::Ok) recording.unknown.erase(record.client_message_id);
    recording.happenings.push_back({std::move(record), recorder.size()});
  };
  for (int batch = 0; batch < batches; ++batch) {
    if (end == End::fsync_refused && batch + 1 == batches) faults.fsync_fails = true;
    std::set<std::string> ids = recording.unknown;
    const std::size_t wanted = 1 + scene.random() % 20;
    for (std::size_t i = 0; i < wanted; ++i) ids.insert("m" + std::to_string(++scene.sent));
    send(shard, scene, ids, note);
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

// The log to its end, into `history`.
void read_back(TestShard& shard, const Scene& scene, History& history) {
  Record log{.kind = Kind::Final, .channel = scene.chat.text(), .whole = true};
  Seq position = scene.begin;
  for (;;) {
    const auto page =
        shard.read({.channel = scene.chat, .reader = std::nullopt, .after = position});
    REQUIRE_MESSAGE(page.ok(), (page.ok() ? "" : page.error().message));
    for (const DurableEvent& event : page->events) {
      position = event.seq;
      log.entries.push_back({.seq = event.seq,
                             .message_id = event.message->text(),
                             .client_message_id = event.client_message_id,
                             .user = {},
                             .digest = content_digest(event.content)});
    }
    log.from = scene.begin + 1;
    log.to = page->head;
    if (position >= page->head || page->events.empty()) break;
  }
  history.push_back(std::move(log));
}

// Starts the store on what is left, sends again what is unknown and some of what is not, and asks
// the checker.
Verdict verdict_on(Scene& scene, const DiskImage& disk, History history) {
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
    if (record.kind == Kind::Invoke && scene.random() % 8 == 0) {
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
  const Verdict verdict = verdict_on(scene, cut(recording, at, Fsync::honoured, scene.random),
                                     prefix(recording, at, before));
  CHECK_MESSAGE(verdict.ok(), "cut after operation ", at, ": ", to_text(verdict));
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
    const Verdict verdict = verdict_on(scene, cut(recording, at, Fsync::ignored, scene.random),
                                       prefix(recording, at, beginning_of(scene)));
    lost += verdict.broke("C1");
  }
  CHECK(lost > 0);
}

}  // namespace
}  // namespace kith::test
