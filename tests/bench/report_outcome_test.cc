// When a run is not ok and why, and what shaped its figures.
#include <doctest/doctest.h>

#include <functional>

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
  CHECK(contains(client_faults(late)[0], "1,200 sends left late, by up to 31.2 ms"));

  Report full = sample_report();
  full.full_sockets = 1;
  REQUIRE(client_faults(full).size() == 1);
  CHECK(contains(client_faults(full)[0], "1 write waited for 10 ms or longer in a full socket"));
  // A fault of the client is no failure of the server.
  CHECK(full.ok());

  full.late_sends = 1;
  full.client_cpu_percent = 200;
  CHECK(client_faults(full).size() == 3);
  for (const std::string& fault : client_faults(full)) CHECK(contains(summary(full), fault));
  CHECK(Line(full).has("/client_faults/2"));
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
