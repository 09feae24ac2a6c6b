// Histories in files, and long ones.
#include <doctest/doctest.h>
#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/history/history_file.h"
#include "tests/history/names.h"
#include "tests/history/story.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

class Directory {
 public:
  Directory() {
    std::string path = (fs::temp_directory_path() / "kith-history-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string failure_of(const fs::path& path) {
  try {
    (void)read_history(path);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("several files are one history, in the order of time") {
  const Directory directory;
  Story story = ann_and_bob();
  story.send("ann", "one", 1).deliver("bob", 1, "ann", "one").send("bob", "two", 2);
  story.deliver("ann", 2, "bob", "two").final({Story::entry(1, "ann", "one")});
  History of_ann, of_others;
  for (const Record& record : story.records()) {
    (record.client == "ann" ? of_ann : of_others).push_back(record);
  }
  write_history(directory / "ann.jsonl", of_ann);
  write_history(directory / "others.jsonl", of_others);
  CHECK(read_history(directory / "ann.jsonl") == of_ann);
  const HistoryFiles files({directory / "ann.jsonl", directory / "others.jsonl"});
  History read;
  files.for_each([&](const Record& record, std::uint64_t) { read.push_back(record); });
  CHECK(read == story.records());
  const Verdict verdict = check(files);
  REQUIRE(verdict.broke_only("C1"));
  CHECK(files.name_of(verdict.violations[0].lines.at(0)) == "others.jsonl:5");
}

TEST_CASE("a history that cannot be read is no history") {
  const Directory directory;
  const auto with = [&](const std::string& text) {
    std::ofstream(directory / "bad.jsonl") << text;
    return failure_of(directory / "bad.jsonl");
  };
  const std::string good = to_json({.t = 1}) + '\n';
  CHECK(with(good) == "none");
  CHECK(with("") == "none");
  CHECK(with(good + "{}\n").ends_with("bad.jsonl:2: no t"));
  CHECK(with(good + "\n").ends_with("bad.jsonl:2: not a JSON object"));
  CHECK(with(good + good.substr(0, 10)).ends_with("bad.jsonl:2: the last line has no end"));
  CHECK(failure_of(directory / "nowhere").ends_with("nowhere: cannot be opened"));
}

// Everybody sees every message; at the end one client lacks one.
struct Crowd {
  int clients = 0;
  int messages = 0;
};

void play(Checker& checker, const Crowd& crowd, bool lose_one) {
  Line line = 0;
  const auto add = [&](Record record) {
    record.channel = "chat_1";
    record.t = static_cast<std::int64_t>(++line) * 1000;
    checker.add(record, line);
  };
  const auto name = [](int client) { return "client " + std::to_string(client); };
  for (int i = 0; i < crowd.clients; ++i) {
    add({.kind = Kind::Connect, .client = name(i), .conn = 1, .user = name(i)});
    add({.kind = Kind::Attach, .client = name(i), .conn = 1});
  }
  for (int i = 1; i <= crowd.messages; ++i) {
    const auto seq = static_cast<Seq>(i);
    const std::string text = "a message with a client id of its own " + std::to_string(i);
    Record send{.kind = Kind::Invoke,
                .client = name(0),
                .conn = 1,
                .user = name(0),
                .op = "send",
                .op_id = std::to_string(i),
                .client_message_id = text,
                .digest = seq};
    add(send);
    send.kind = Kind::Ok;
    send.seq = seq;
    send.message_id = "msg_" + text;
    add(send);
    for (int client = 1; client < crowd.clients; ++client) {
      if (lose_one && i == crowd.messages && client == crowd.clients - 1) continue;
      add({.kind = Kind::Deliver,
           .client = name(client),
           .conn = 1,
           .user = name(0),
           .seq = seq,
           .event = "message.new",
           .message_id = "msg_" + text,
           .client_message_id = text,
           .digest = seq});
    }
  }
}

std::size_t allocated() {
  return ::mallinfo2().uordblks;  // 0 under a sanitizer, which has an allocator of its own
}

TEST_CASE("a million deliveries are judged in seconds, and the one that is missing is found") {
  const auto began = std::chrono::steady_clock::now();
  Checker checker;
  play(checker, {.clients = 51, .messages = 20'000}, true);
  const Verdict verdict = checker.finish();
  const auto took = std::chrono::steady_clock::now() - began;
  CHECK(verdict.deliveries == 999'999);
  CHECK(verdict.broke_only("C1"));
  CHECK(verdict.violations_total == 1);
  MESSAGE("a million deliveries in "
          << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
  CHECK(took < std::chrono::seconds(60));  // a second or two, on a machine that is not loaded
}

TEST_CASE("deliveries cost no memory: ten times as many clients see the same messages") {
  const auto bytes_for = [](int clients) {
    const std::size_t before = allocated();
    Checker checker;
    play(checker, {.clients = clients, .messages = 2'000}, false);
    return allocated() - before;
  };
  const std::size_t few = bytes_for(11);
  const std::size_t many = bytes_for(101);
  CHECK(many <= few + 90 * std::size_t{2048});  // those of the clients
}

}  // namespace
}  // namespace kith::test
