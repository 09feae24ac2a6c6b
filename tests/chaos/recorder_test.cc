// A bad verdict says where its history is, and kith-check finds the same in it; a good one leaves
// nothing behind.
#include "tests/chaos/recorder.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "tests/support/process.h"

namespace kith::test {
namespace {

// A message was acked; the log is read at its end, with this in it.
void record_a_send(Recorder& recorder, std::vector<Entry> log) {
  recorder.add({.kind = Kind::Begin, .channel = "chat_1"});
  Record invoke{.kind = Kind::Invoke, .client = "ann", .user = "ann", .channel = "chat_1"};
  invoke.op = "send";
  invoke.op_id = "1";
  invoke.client_message_id = "m";
  invoke.digest = content_digest("text");
  Record ok = invoke;
  ok.kind = Kind::Ok;
  ok.digest = 0;
  ok.seq = 1;
  ok.message_id = "msg_1";
  recorder.add(std::move(invoke));
  recorder.add(std::move(ok));
  Record final{.kind = Kind::Final, .channel = "chat_1", .whole = true};
  final.from = 1;
  final.to = 1;
  final.entries = std::move(log);
  recorder.add(std::move(final));
}

std::size_t files_of(const std::string& name) {
  const std::string begin = name + '-' + std::to_string(::getpid()) + '-';
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
    count += entry.path().filename().string().starts_with(begin);
  }
  return count;
}

TEST_CASE("a bad verdict says where its history was kept") {
  Recorder recorder("recorder-bad");
  record_a_send(recorder, {});
  const Verdict verdict = recorder.finish();
  CHECK(verdict.broke("C1"));
  constexpr std::string_view kWords = "history: ";
  REQUIRE(recorder.kept().starts_with(kWords));
  const std::filesystem::path path = recorder.kept().substr(kWords.size());
  std::istringstream lines(read_file(path));
  History history;
  for (std::string line; std::getline(lines, line);) history.push_back(from_json(line));
  CHECK(history.size() == 4);
  CHECK(check(history).violations == verdict.violations);
  CHECK(std::filesystem::remove(path));
}

TEST_CASE("a good verdict keeps nothing that nobody has asked for") {
  Recorder recorder("recorder-good");
  record_a_send(recorder, {{.seq = 1,
                            .message_id = "msg_1",
                            .client_message_id = "m",
                            .user = "ann",
                            .digest = content_digest("text")}});
  const Verdict verdict = recorder.finish();
  INFO(to_text(verdict));
  CHECK(verdict.ok());
  CHECK(verdict.acked == 1);
  CHECK(files_of("recorder-good") == 0);
  CHECK(recorder.kept().empty() == (std::getenv("KITH_CHAOS_HISTORY") == nullptr));
}

}  // namespace
}  // namespace kith::test
