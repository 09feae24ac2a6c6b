// What kith-bench writes down of a run against the real kithd, judged by kith-check.
#include <doctest/doctest.h>

#include <algorithm>

#include "bench/history_tap.h"
#include "tests/history/history_file.h"
#include "tests/support/bench_run.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

Output kith_check(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), KITH_CHECK);
  return run(std::move(arguments));
}

// A run of `rooms`, and the history that it wrote.
struct Rooms {
  explicit Rooms(Population population, const std::vector<std::string>& more)
      : server(seeded(directory.path() / "seed.json", population,
                      {"shards=2", "limits.messages_per_minute=0"})),
        history(directory.path() / "history.jsonl"),
        command(bench_command(server, directory.path() / "seed.json", "rooms", more)) {
    command.insert(command.end(), {"--history", history.string()});
  }

  TemporaryDirectory directory;
  TestServer server;
  fs::path history;
  std::vector<std::string> command;
};

void check_whole(const fs::path& history) {
  const Output output = kith_check({history.string()});
  INFO(output.out, output.err);
  CHECK(output.status == 0);
  CHECK(output.out.find("whole: no promise was broken") != std::string::npos);
}

std::size_t count(const History& history, Kind kind) {
  return static_cast<std::size_t>(std::count_if(
      history.begin(), history.end(), [&](const Record& record) { return record.kind == kind; }));
}

TEST_CASE("rooms, while connections break: the history is whole, and has all that happened") {
  Rooms rooms({.users = 100, .rooms = 10, .members = 10},
              {"--rate", "300", "--duration", "3", "--breaks", "30", "--mix",
               "send=70,edit=10,typing=5,read=5,react=10"});
  const Output output = run(rooms.command);
  check_clean(output);
  check_whole(rooms.history);

  const Json result = last_line(output.out);
  const History history = read_history(rooms.history);
  CHECK(count(history, Kind::Connect) ==
        100 + static_cast<std::size_t>(result["reconnects"].number()));
  CHECK(count(history, Kind::Deliver) >= static_cast<std::size_t>(result["delivered"].number()));
  CHECK(count(history, Kind::Begin) >= 10);
  const Verdict verdict = check(history);
  CHECK(verdict.ok());
  CHECK(verdict.acked > 500);
  CHECK(verdict.finals > 500);
}

TEST_CASE("and also when the server is killed in the middle and started again") {
  Rooms rooms({.users = 100, .rooms = 10, .members = 10},
              {"--rate", "300", "--duration", "4", "--mix", "send=80,edit=10,react=10"});
  BenchRun bench(rooms.command);
  bench.await_second(1);
  rooms.server.kill();
  rooms.server.start();
  const Output output = bench.finish();
  check_clean(output);
  check_whole(rooms.history);
  CHECK(last_line(output.out)["reconnects"].number() == 100);

  // A second run on the same data begins where the first one ended.
  auto again = rooms.command;
  again.back() = (rooms.directory.path() / "second.jsonl").string();
  check_clean(run(again));
  check_whole(again.back());
}

TEST_CASE("kith-check finds what was taken out of a history, and says in which line") {
  Rooms rooms({.users = 20, .rooms = 2, .members = 10}, {"--rate", "100", "--duration", "1"});
  check_clean(run(rooms.command));
  History history = read_history(rooms.history);
  const fs::path forged = rooms.directory.path() / "forged.jsonl";
  const auto verdict_on = [&](const History& records) {
    write_history(forged, records);
    return kith_check({forged.string()});
  };

  SUBCASE("a message at the end") {
    const auto final = std::find_if(history.begin(), history.end(), [](const Record& record) {
      return record.kind == Kind::Final && !record.entries.empty();
    });
    REQUIRE(final != history.end());
    final->entries.pop_back();
    const Output output = verdict_on(history);
    INFO(output.out);
    CHECK(output.status == 1);
    CHECK(output.out.find("\nC1  message ") != std::string::npos);
    CHECK(output.out.find("[forged.jsonl:") != std::string::npos);
    CHECK(output.out.find("BROKEN: 1 violations") != std::string::npos);
  }
  SUBCASE("a delivery") {
    const auto delivery = std::find_if(history.begin(), history.end(), [](const Record& record) {
      return record.kind == Kind::Deliver;
    });
    REQUIRE(delivery != history.end());
    history.erase(delivery);
    const Output output = verdict_on(history);
    INFO(output.out);
    CHECK(output.status == 1);
    CHECK(output.out.find("\nC4  client ") != std::string::npos);
  }
  SUBCASE("nothing: it comes back from its lines as it was") {
    CHECK(verdict_on(history).status == 0);
  }
  SUBCASE("half a line") {
    write_file(forged, "{\"t\":1,");
    const Output output = kith_check({rooms.history.string(), forged.string()});
    CHECK(output.status == 2);
    CHECK(output.err.find("forged.jsonl:1: ") != std::string::npos);
  }
}

TEST_CASE("kith-check says what it checks, and what it needs") {
  const Output help = kith_check({"--help"});
  CHECK(help.status == 0);
  for (const char* check : {"C1 ", "C7 ", "C10", "C16", "Exit status"}) {
    INFO(check);
    CHECK(help.out.find(check) != std::string::npos);
  }
  CHECK(kith_check({}).status != 0);
  CHECK(kith_check({"/nowhere/at-all.jsonl"}).status == 2);
}

// What the tap makes of what one client hears that a good run seldom brings.
TEST_CASE("the bench writes down gaps, refusals and what it never learned") {
  TemporaryDirectory directory;
  const fs::path path = directory.path() / "history.jsonl";
  simdjson::dom::parser parser;
  {
    bench::HistoryFile file(path.string());
    bench::HistoryTap tap(file, "client 1", "usr_1");
    const auto heard = [&](const std::string& frame) {
      tap.heard(parser.parse(frame), bench::HistoryTap::Clock::now());
    };
    tap.said(R"({"type":"connection.init","token":"x","resume":{"chat_1":4}})");
    heard(R"({"type":"subscribed","channel":"chat_1","seq":9,"recovered":false,)"
          R"("gap":{"from":5,"to":9}})");
    for (const char* id : {"1", "2", "3"}) {
      tap.said(std::string(R"({"type":"message.new","id":")") + id +
               R"(","chat_id":"chat_1","client_message_id":"m)" + id +
               R"(","content":{"type":"text","text":"a"}})");
    }
    heard(R"({"type":"error","id":"1","code":"forbidden"})");
    heard(R"({"type":"error","id":"2","code":"unavailable"})");
    tap.said(R"({"type":"history","id":"h","chat_id":"chat_1","after_seq":9,"limit":2})");
    heard(R"({"type":"history","id":"h","chat_id":"chat_1","messages":[{"seq":10,)"
          R"("content":{"type":"tombstone"}},{"seq":12,"content":{"type":"text","text":"a"}}]})");
    heard(R"({"type":"unsubscribed","channel":"chat_1","code":"forbidden"})");
    tap.disconnected();
    file.close();
  }
  History history = read_history(path);
  std::vector<std::string> kinds;
  for (const Record& record : history) kinds.emplace_back(name_of(record.kind));
  CHECK(kinds == std::vector<std::string>{"connect", "begin", "gap", "attach", "invoke", "invoke",
                                          "invoke", "fail", "unknown", "invoke", "ok", "detach",
                                          "disconnect"});
  CHECK(history.at(1).seq == 4);
  CHECK(history.at(2).from == 5);
  CHECK(history.at(2).to == 9);
  CHECK(history.at(3).from == 4);
  CHECK_FALSE(history.at(3).recovered);
  CHECK(history.at(4).digest == content_digest("a"));
  const Record& page = history.at(10);
  CHECK(page.from == 10);
  CHECK(page.to == 12);
  REQUIRE(page.entries.size() == 2);
  CHECK(page.entries[0].deleted);
  CHECK(page.entries[1].digest == content_digest("a"));
}

}  // namespace
}  // namespace kith::test
