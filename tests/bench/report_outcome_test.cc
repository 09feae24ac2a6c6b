// When a run is not ok and why, and what shaped its figures.
#include <doctest/doctest.h>

#include <functional>

#include "bench/note_trouble.h"
#include "tests/bench/report_line.h"
#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

TEST_CASE("what had not come is told apart from what was lost") {
  Report report = sample_report();
  report.failure = "not everything had come when the drain was over";
  report.verdict.not_come = 44'892;
  CHECK(Line(report).number("/lost") == 0);
  CHECK(Line(report).number("/not_come") == 44'892);
  CHECK(contains(summary(report), "lost 0  doubled 0"));
  CHECK(contains(summary(report), "not come yet 44,892"));
  CHECK(contains(summary(report), "44,892 deliveries of acked messages had not come yet"));
  CHECK(contains(summary(report), "broke off: not everything had come"));
}

TEST_CASE("where nothing could be delivered the reason says so") {
  Report report = sample_report();
  report.delivered = 0;
  report.connections = 10;
  CHECK(failures(report).at(0) == "nothing was delivered");
  report.anybody_shares = false;
  CHECK(failures(report).at(0) ==
        "nothing was delivered: no two of the 10 connections share a chat");
  report.connections = 1;
  CHECK(failures(report).at(0) == "nothing was delivered: there is only one connection");
  // What never began has its own reason.
  report.began = false;
  report.failure = "usr_1: closed with 4500";
  REQUIRE(failures(report).size() == 1);
  CHECK(failures(report)[0] == "could not begin: usr_1: closed with 4500");
}

TEST_CASE("an idle run that was interrupted in its silence accuses no server") {
  Report report = sample_report();
  report.scenario = "idle";
  report.sent = report.acked = report.delivered = 0;
  report.failure = "interrupted";
  REQUIRE(failures(report).size() == 1);
  CHECK(failures(report)[0] == "broke off: interrupted");
  CHECK(contains(summary(report), " of silence;"));
  CHECK_FALSE(contains(summary(report), "then a message in each chat"));
  report.sent = 2;
  CHECK(failures(report).size() == 2);
}

TEST_CASE("limits that shaped a run are a caution, and no failure") {
  CHECK(cautions(sample_report()).empty());
  Report report = sample_report();
  report.rate_limited = 10'408;
  report.notes = {"The process is of another server."};
  REQUIRE(cautions(report).size() == 2);
  CHECK(contains(cautions(report)[1], "10,408 commands rate_limited"));
  CHECK(contains(cautions(report)[1], "limits.messages_per_minute=0"));
  for (const std::string& caution : cautions(report)) {
    CHECK(contains(summary(report), "warning: " + caution));
  }
  CHECK(Line(report).text("/cautions/0") == report.notes[0]);
  CHECK(report.ok());
}

TEST_CASE("what a mix was made of is counted apart") {
  Report report = sample_report();
  CHECK_FALSE(Line(report).has("/commands"));
  report.commands = {{.name = "send", .sent = 200, .acked = 199}, {.name = "edit"}};
  CHECK(Line(report).number("/commands/send/sent") == 200);
  CHECK(Line(report).number("/commands/send/acked") == 199);
  CHECK(Line(report).number("/commands/edit/sent") == 0);
  CHECK(contains(summary(report), "200 sent, 199 acked"));
}

TEST_CASE("sends are verified, not delivered") {
  Report report = sample_report();
  report.scenario = "sends";
  report.delivered = 0;
  report.delivery.clear();
  report.deliveries_expected = false;
  CHECK(Line(report).null("/verified"));
  report.verified = 300;
  CHECK(Line(report).number("/verified") == 300);
  CHECK(contains(summary(report), "300 of 300 acked: all of them"));
  CHECK_FALSE(contains(summary(report), "delivered"));
  CHECK(report.ok());
}

TEST_CASE("the blank report of a scenario names its figures, and has measured none") {
  for (const char* scenario : {"storm", "slow"}) {
    Line line(blank_report(scenario, ActionMix(), {}));
    CHECK(line.null(std::string("/figures/") +
                    (scenario == std::string("storm") ? "caught_up_s" : "slow_caught_up_s")));
    CHECK_FALSE(line.has("/server"));
  }
  CHECK(Line(blank_report("storm", ActionMix(), {.server_processes = 1}))
            .null("/figures/server_cpu_us_per_client"));
  CHECK(Line(blank_report("idle", ActionMix(), {.server_processes = 1})).null("/server/cpu_s"));
}

TEST_CASE("a saturated client says so, in a sentence per reason") {
  CHECK(client_faults(sample_report()).empty());

  Report busy = sample_report();
  busy.client_cpu_percent = 179;  // of two cores
  CHECK(client_faults(busy).empty());
  busy.client_cpu_percent = 186;
  REQUIRE(client_faults(busy).size() == 1);
  CHECK(contains(client_faults(busy)[0], "was the limit: it used 93 % of its 2 cores"));

  Report lopsided = sample_report();
  lopsided.client_cpu_percent = 105;  // of two cores
  lopsided.busiest_thread_percent = 89;
  CHECK(client_faults(lopsided).empty());
  lopsided.busiest_thread_percent = 99.6;
  REQUIRE(client_faults(lopsided).size() == 1);
  CHECK(contains(client_faults(lopsided)[0], "One thread of this client, not the server, was"));

  Report late = sample_report();
  late.late_sends = 1200;
  late.late_max_ms = 31.25;
  REQUIRE(client_faults(late).size() == 1);
  CHECK(contains(client_faults(late)[0], "1,200 sends (400 %) left late, by up to 31.2 ms"));

  Report full = sample_report();
  full.full_sockets = 1;
  REQUIRE(client_faults(full).size() == 1);
  CHECK(contains(client_faults(full)[0], "1 write waited for 10 ms or longer in a full socket"));
  // A fault of the client is no failure of the server.
  CHECK(full.ok());

  full.late_sends = 3;
  full.late_max_ms = 12;
  full.client_cpu_percent = 200;
  CHECK(client_faults(full).size() == 3);
  for (const std::string& fault : client_faults(full)) CHECK(contains(summary(full), fault));
  CHECK(Line(full).has("/client_faults/2"));
}

// 300 sends; p99 of delivery is 9.9 ms, p99.9 is 10 ms.
TEST_CASE("late sends are a fault where they can shape the latencies, and a remark elsewhere") {
  const auto late = [](std::uint64_t sends, double ms) {
    Report report = sample_report();
    report.sent = 10'000;
    report.late_sends = sends;
    report.late_max_ms = ms;
    CHECK(client_faults(report).size() + remarks(report).size() == 1);
    return !client_faults(report).empty();
  };
  CHECK(late(100, 1.1));
  CHECK_FALSE(late(100, 0.9));  // a percent of them, but too little
  CHECK_FALSE(late(99, 1.1));
  CHECK(late(10, 5.2));
  CHECK_FALSE(late(10, 4.8));
  CHECK_FALSE(late(9, 500));  // nine of ten thousand are in no percentile that is stated

  Report report = sample_report();
  report.sent = 10'000;
  report.late_sends = 9;
  report.late_max_ms = 11;
  CHECK(contains(summary(report), "  note: 9 sends (0.09 %) left late, by up to 11.0 ms: too few"));
  CHECK(Line(report).has("/remarks/0"));
  CHECK_FALSE(contains(summary(report), "warning: "));
}

TEST_CASE("a client that paused or waited for its core says so where it matters") {
  Report paused = sample_report();
  paused.longest_pause_ms = 49;
  CHECK(client_faults(paused).empty());
  paused.longest_pause_ms = 51;
  REQUIRE(client_faults(paused).size() == 1);
  CHECK(contains(client_faults(paused)[0], "stood still: a thread of it did nothing for 51 ms"));
  // Beside latencies of seconds that is nothing.
  for (int i = 0; i < 100; ++i) paused.delivery.record(std::chrono::seconds(3));
  CHECK(client_faults(paused).empty());

  Report starved = sample_report();
  starved.waited_percent = 9.5;
  CHECK(client_faults(starved).empty());
  starved.waited_percent = 37;
  REQUIRE(client_faults(starved).size() == 1);
  CHECK(contains(client_faults(starved)[0], "a thread of it for 37 % of the time"));
  CHECK(contains(summary(starved), "waited for a core 37 % of the time"));
  starved.client_threads = {{.cpu_percent = 12, .waited_percent = 37, .longest_pause_ms = 8}};
  Line line(starved);
  CHECK(line.number("/client_waited_percent") == 37);
  CHECK(line.number("/client_threads/0/waited_percent") == 37);
  CHECK(line.number("/client_threads/0/longest_pause_ms") == 8);
  CHECK(Line(sample_report()).null("/client_waited_percent"));
}

TEST_CASE("why connections broke, attempts failed and commands were answered with errors") {
  Report report = sample_report();
  CHECK_FALSE(contains(summary(report), "connections broke"));
  report.troubles.broke = {{"closed with 4001", 3}, {"End of file", 1}};
  report.troubles.attempts = {{"HTTP 503", 1200}};
  report.troubles.errors = {{"unavailable", 7}};
  for (int i = 1; i <= 4; ++i) {
    report.offline.record(std::chrono::milliseconds(1000 * i));
    report.waited.record(std::chrono::milliseconds(900 * i));
  }
  const std::string text = summary(report);
  CHECK(contains(text, "1 End of file, 3 closed with 4001"));
  CHECK(contains(text, "1,200 HTTP 503"));
  CHECK(contains(text, "7 unavailable"));
  CHECK(contains(text, "note: 4 connections broke and came back: away for "));
  CHECK(contains(text, "at most 4 s. Of that, this client waited by its own choice before it "));
  CHECK(contains(text, "at most 3.6 s. It is in the latencies"));
  Line line(report);
  CHECK(line.number("/troubles/broke/closed with 4001") == 3);
  CHECK(line.number("/troubles/attempts/HTTP 503") == 1200);
  CHECK(line.number("/troubles/errors/unavailable") == 7);
  CHECK(line.number("/offline_ms/max") == 4000);
  CHECK(line.number("/reconnect_wait_ms/max") == 3600);
  CHECK(Line(sample_report()).null("/offline_ms/max"));
  CHECK(report.ok());
}

TEST_CASE("what a server calls its errors is a short and printable name, and one of a few") {
  Troubles troubles;
  note_trouble(troubles.errors, "rate_limited");
  note_trouble(troubles.errors, "rate_limited");
  note_trouble(troubles.errors, "a\"b\\c\n\x80" + std::string(1000, 'x'));
  CHECK(troubles.errors.at("rate_limited") == 2);
  CHECK(troubles.errors.contains("a?b?c??" + std::string(57, 'x')));
  for (int i = 0; i < 1000; ++i) note_trouble(troubles.errors, std::to_string(i));
  CHECK(troubles.errors.size() == 65);
  CHECK(troubles.errors.at("others") == 938);
  Report report = sample_report();
  report.troubles.merge(troubles);
  report.troubles.merge(troubles);
  CHECK(Line(report).number("/troubles/errors/rate_limited") == 4);
}

TEST_CASE("each thing that is wrong makes a run fail, alone") {
  REQUIRE(sample_report().ok());
  const std::vector<std::function<void(Report&)>> wrongs = {
      [](Report& report) { report.verdict.lost = 1; },
      [](Report& report) { report.verdict.doubled = 1; },
      [](Report& report) { report.verdict.reordered = 1; },
      [](Report& report) { report.verdict.altered = 1; },
      [](Report& report) { report.verdict.not_come = 1; },
      [](Report& report) { report.verified = report.acked - 1; },
      [](Report& report) { report.unacked = 1; },
      [](Report& report) { report.refused = 1; },
      [](Report& report) { report.delivered = 0; },
      [](Report& report) { report.failure = "it broke"; },
      [](Report& report) { report.failed_asserts = {"p99_ms<1"}; }};
  for (std::size_t i = 0; i < wrongs.size(); ++i) {
    CAPTURE(i);
    Report report = sample_report();
    wrongs[i](report);
    CHECK_FALSE(report.ok());
    CHECK_FALSE(Line(report).flag("/ok"));
    CHECK(summary(report).ends_with("  FAILED\n"));
    // And says why, to everybody the same.
    REQUIRE(failures(report).size() == 1);
    CHECK(contains(summary(report), "\n  " + failures(report)[0] + "\n"));
    CHECK(Line(report).text("/reasons/0") == failures(report)[0]);
  }
  Report acks_only = sample_report();
  acks_only.delivered = 0;
  acks_only.deliveries_expected = false;
  CHECK(acks_only.ok());
}

TEST_CASE("a server whose process ended has no figures, and the run says so and is no failure") {
  Report report = sample_report();
  report.server.reset();
  report.server_missing = "process 12 of --server-pid ended; there are no figures of it";
  Line line(report);
  for (const char* name : {"cpu_s", "store_cpu_s", "seconds", "deliveries", "messages",
                           "cpu_percent", "rss_bytes", "rss_bytes_per_connection"}) {
    CAPTURE(name);
    CHECK(line.null("/server/" + std::string(name)));
  }
  CHECK(line.text("/server/missing") == report.server_missing);
  CHECK(contains(summary(report), report.server_missing));
  CHECK(report.ok());
}

}  // namespace
}  // namespace kith::bench
