#include "bench/report.h"

#include <doctest/doctest.h>

#include <limits>

#include "bench/report_text.h"
#include "tests/bench/report_line.h"
#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

TEST_CASE("the JSON line holds what was measured, under the names that people rely on") {
  Line line(sample_report());
  CHECK_FALSE(contains(line.whole(), "\n"));
  CHECK(line.text("/scenario") == "rooms");
  CHECK(line.text("/setting/command_line") == "kith-bench rooms --rate 100");
  CHECK(line.text("/setting/server") == "kith 0.1.0");
  CHECK(line.number("/connections") == 40);
  CHECK(line.number("/threads") == 3);
  CHECK(line.number("/cores") == 2);
  CHECK(line.number("/connects_per_s") == doctest::Approx(80));
  CHECK(line.number("/sent") == 300);
  CHECK(line.number("/delivered") == 5701);
  CHECK(line.number("/delivered_per_s") == doctest::Approx(1900));
  CHECK(line.number("/ack_ms/p50") == doctest::Approx(0.5).epsilon(0.01));
  CHECK(line.number("/delivery_ms/p90") == doctest::Approx(9).epsilon(0.01));
  CHECK(line.number("/delivery_ms/p999") == doctest::Approx(10).epsilon(0.01));
  CHECK(line.number("/delivery_ms/max") == doctest::Approx(10));
  CHECK(line.number("/figures/caught_up_s") == doctest::Approx(1.25));
  CHECK(line.number("/late_sends") == 0);
  CHECK(line.flag("/ok"));
}

TEST_CASE("the server's CPU per delivery leaves its store out") {
  Line line(sample_report());
  CHECK(line.number("/server/cpu_us_per_delivery") == doctest::Approx(100));
  CHECK(line.number("/server/deliveries_per_core_s") == doctest::Approx(10'000));
  CHECK(line.number("/server/cpu_percent") == doctest::Approx(19));
  CHECK(line.number("/server/store_cpu_us_per_message") == doctest::Approx(100));
  CHECK(line.number("/server/store_cpu_percent") == doctest::Approx(1));
  CHECK(line.number("/server/rss_bytes_per_connection") == doctest::Approx(2000));
}

TEST_CASE("what could not be measured is null, not 0") {
  Report report = sample_report();
  report.delivery.clear();
  report.server->deliveries = 0;
  report.server->rss_idle_bytes = 0;
  report.figures = {{.key = "share", .value = std::numeric_limits<double>::quiet_NaN()}};
  Line line(report);
  CHECK(line.null("/delivery_ms/p99"));
  CHECK(line.null("/server/cpu_us_per_delivery"));
  CHECK(line.null("/server/deliveries_per_core_s"));
  CHECK(line.null("/server/rss_bytes_per_connection"));
  CHECK(line.null("/figures/share"));
  CHECK(line.text("/server/rss_bytes_per_connection_missing") == kNoRssPerConnection);
  report.figures = {{.key = "share"}};
  CHECK(Line(report).null("/figures/share"));
  CHECK(contains(summary(report), "not measured"));
  report.server_asked = false;
  CHECK_FALSE(Line(report).has("/server"));
}

TEST_CASE("memory per connection is that of a fresh server, or none") {
  const auto each = [](std::uint64_t grown, std::uint64_t connections) {
    return server_figures({.rss_idle_bytes = 20'000'000, .rss_connected_bytes = 20'000'000 + grown},
                          connections)
        .rss_bytes_per_connection;
  };
  CHECK(each(2'000'000, 1000) == 2000);
  CHECK_FALSE(each(0, 1000));
  CHECK_FALSE(each(100'000, 1000));  // took what it had already
  CHECK_FALSE(each(563'000, 1000));  // and a part of it
  CHECK_FALSE(each(50'000, 10));     // may be anything
  CHECK_FALSE(server_figures({.rss_idle_bytes = 30'000'000, .rss_connected_bytes = 20'000'000}, 10)
                  .rss_bytes_per_connection);
}

TEST_CASE("text of others stays text in the JSON line") {
  Report report = sample_report();
  report.setting.command_line = "kith-bench --url \"x\\y\"\n";
  report.failure = "a \"quoted\" failure";
  Line line(report);
  CHECK_FALSE(contains(line.whole(), "\n"));
  CHECK(line.text("/setting/command_line") == report.setting.command_line);
  CHECK(line.text("/failure") == report.failure);
}

TEST_CASE("the summary says what a person asks first") {
  Report report = sample_report();
  const std::string good = summary(report);
  CHECK(contains(good, "rooms: 40 connections in 2 chats at ws://127.0.0.1:8080/ws"));
  CHECK(contains(good, "lost 0  doubled 0  reordered 0"));
  CHECK(contains(good, "100.00 us per delivery"));
  CHECK(contains(good, "its store  CPU 0.03 s (1.0 % of a core)"));
  CHECK(contains(good, "caught_up_s"));
  CHECK(good.ends_with("  ok\n"));
  report.failed_asserts = {"p99_ms<1: delivery_ms.p99 is 9.9"};
  CHECK(contains(summary(report), "assert failed: p99_ms<1: delivery_ms.p99 is 9.9"));
  report.scenario = "idle";
  CHECK(contains(summary(report), "3.0 s of silence, then a message in each chat"));
  report.began = false;
  CHECK(contains(summary(report), "the load never began"));
}

TEST_CASE("the live line shows the second, and latency only where there was any") {
  const Report report = sample_report();
  const std::string line = live_line(report.intervals[1]);
  CHECK(line.starts_with("   2.0 s  40/40 ready"));
  CHECK(contains(line, "delivery p99 9.9"));
  CHECK_FALSE(contains(line, "error"));
  const std::string quiet = live_line(Interval{.elapsed_s = 12.04, .errors = 3});
  CHECK(quiet.starts_with("  12.0 s  0/0 ready"));
  CHECK_FALSE(contains(quiet, "p99"));
  CHECK(contains(quiet, "3 errors"));
}

TEST_CASE("numbers for people") {
  CHECK(grouped(std::uint64_t{0}) == "0");
  CHECK(grouped(std::uint64_t{999}) == "999");
  CHECK(grouped(std::uint64_t{1000}) == "1,000");
  CHECK(grouped(std::uint64_t{1234567}) == "1,234,567");
  CHECK(grouped(-1234.4) == "-1,234");
  CHECK(grouped(-0.4) == "0");
  CHECK(short_number(1.23456) == "1.235");
  CHECK(short_number(12345.6) == "12,346");
  CHECK(binary_bytes(512) == "512 bytes");
  CHECK(binary_bytes(2560) == "2.5 KiB");
  CHECK(binary_bytes(3.0 * 1024 * 1024) == "3.0 MiB");
  CHECK(plural(1, "send") == "1 send");
  CHECK(plural(0, "send") == "0 sends");
  CHECK_FALSE(ratio(1, 0).has_value());
}

}  // namespace
}  // namespace kith::bench
