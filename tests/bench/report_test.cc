#include "bench/report.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <functional>
#include <limits>

#include "bench/report_text.h"
#include "tests/bench/sample_report.h"

namespace kith::bench {
namespace {

// The JSON line as somebody else's program reads it.
class Line {
 public:
  explicit Line(const Report& report) : text_(json(report)), root_(parser_.parse(text_)) {}

  double number(std::string_view pointer) { return double(root_.at_pointer(pointer)); }
  std::string_view text(std::string_view pointer) { return root_.at_pointer(pointer); }
  bool flag(std::string_view pointer) { return root_.at_pointer(pointer); }
  bool null(std::string_view pointer) { return root_.at_pointer(pointer).is_null(); }
  bool has(std::string_view pointer) {
    return root_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  const std::string& whole() const { return text_; }

 private:
  simdjson::dom::parser parser_;
  std::string text_;
  simdjson::dom::element root_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

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
  report.server.reset();
  CHECK_FALSE(Line(report).has("/server"));
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

TEST_CASE("each thing that is wrong makes a run fail, alone") {
  REQUIRE(sample_report().ok());
  const std::vector<std::function<void(Report&)>> wrongs = {
      [](Report& report) { report.verdict.lost = 1; },
      [](Report& report) { report.verdict.doubled = 1; },
      [](Report& report) { report.verdict.reordered = 1; },
      [](Report& report) { report.verdict.altered = 1; },
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
  }
  Report acks_only = sample_report();
  acks_only.delivered = 0;
  acks_only.deliveries_expected = false;
  CHECK(acks_only.ok());
}

TEST_CASE("a saturated client says so, in a sentence per reason") {
  CHECK(client_faults(sample_report()).empty());

  Report busy = sample_report();
  busy.client_cpu_percent = 179;  // of two cores
  CHECK(client_faults(busy).empty());
  busy.client_cpu_percent = 186;
  REQUIRE(client_faults(busy).size() == 1);
  CHECK(contains(client_faults(busy)[0], "was the limit: it used 93 % of its 2 cores"));

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
  report.seconds = 0;
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
