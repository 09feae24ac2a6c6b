#include <doctest/doctest.h>

#include "bench/figures/figures.h"
#include "bench/figures/neighbours.h"
#include "bench/figures/results.h"

namespace kith::figures {
namespace {

bool holds(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

Section section_named(const std::string& name, const std::string& title, double value) {
  return {.name = name,
          .title = title,
          .text = "How it is measured.",
          .limit_name = "bare TCP",
          .commands = {"kith-bench " + name},
          .measures = {{.what = "deliveries/s",
                        .kith = {value},
                        .limit = {100},
                        .target = Target{.value = 0.9}},
                       {.what = "only stated", .kith = {value}}},
          .conditions = "2024-04-20"};
}

TEST_CASE("medians and their spread") {
  CHECK_FALSE(spread_of({}));
  const auto odd = spread_of({5, 1, 3});
  REQUIRE(odd);
  CHECK(odd->median == 3);
  CHECK(odd->min == 1);
  CHECK(odd->max == 5);
  CHECK(spread_of({4, 1, 3, 2})->median == 2.5);
  CHECK(to_string(spread_of({5, 1, 3})) == "3 (1–5)");
  CHECK(to_string(spread_of({7})) == "7");
  CHECK(to_string(std::nullopt) == "–");
}

TEST_CASE("a ratio is that of the medians, with those of the rounds as its spread") {
  const Measure measure{.what = "x", .kith = {80, 90, 100}, .limit = {100, 100, 200}};
  const auto ratio = ratio_of(measure);
  REQUIRE(ratio);
  CHECK(ratio->median == doctest::Approx(0.9));
  CHECK(ratio->min == doctest::Approx(0.5));
  CHECK(ratio->max == doctest::Approx(0.9));
  CHECK_FALSE(ratio_of({.what = "x", .kith = {1}}));
  CHECK_FALSE(ratio_of({.what = "x", .kith = {1}, .limit = {0}}));
}

TEST_CASE("a target is met on its side of the bound, and never by what was not measured") {
  Measure measure{.what = "x", .kith = {90}, .limit = {100}, .target = Target{.value = 0.9}};
  CHECK(met(measure) == true);
  measure.kith = {89};
  CHECK(met(measure) == false);
  measure.target->bound = Target::Bound::most;
  CHECK(met(measure) == true);
  measure.target = Target{.of = Target::Of::kith, .bound = Target::Bound::most, .value = 88};
  CHECK(met(measure) == false);
  measure.kith.clear();
  CHECK_FALSE(met(measure));
  CHECK_FALSE(met({.what = "stated", .kith = {1}}));
}

TEST_CASE("the summary has every line with a target, the tables have all") {
  const std::string text = to_markdown(
      Page{.head = "# Figures\n",
           .names = {"a", "b"},
           .sections = {section_named("a", "First", 95), section_named("b", "Second", 50)},
           .before = {}});
  const std::string summary = text.substr(0, text.find("<!-- figure a"));
  CHECK(holds(summary, "| First: deliveries/s | 95 | 100 | 0.95 | ≥ 0.9 × | met |\n"));
  CHECK(holds(summary, "| Second: deliveries/s | 50 | 100 | 0.5 | ≥ 0.9 × | **missed** |\n"));
  CHECK_FALSE(holds(summary, "only stated"));
  CHECK(holds(text, "| only stated | 95 |"));
  CHECK(holds(text, "kith-bench a\n"));
  CHECK(text.ends_with("<!-- notes -->\n"));
}

TEST_CASE("what is not measured anew is taken over, and so are the notes") {
  Page page{.head = "# Figures\n",
            .names = {"a", "b"},
            .sections = {section_named("a", "First", 95), section_named("b", "Second", 50)},
            .before = {}};
  page.before = to_markdown(page) + "\n## Why b is missed\nBecause.\n";
  page.sections = {section_named("b", "Second", 97)};
  const std::string text = to_markdown(page);
  CHECK(holds(text, "| First: deliveries/s | 95 | 100 | 0.95 | ≥ 0.9 × | met |\n"));
  CHECK(holds(text, "| Second: deliveries/s | 97 | 100 | 0.97 | ≥ 0.9 × | met |\n"));
  CHECK_FALSE(holds(text, "missed**"));
  CHECK(text.ends_with("<!-- notes -->\n\n## Why b is missed\nBecause.\n"));
  page.before = text;
  CHECK(to_markdown(page) == text);  // and again
}

TEST_CASE("a figure that could not be measured says so where one looks first") {
  Section section = section_named("a", "First", 95);
  section.measures.front().kith.clear();
  section.problems = {"lost 3"};
  const std::string text =
      to_markdown(Page{.head = "", .names = {"a"}, .sections = {section}, .before = {}});
  CHECK(holds(text.substr(0, text.find("<!-- figure")), "| **not measured** |"));
  CHECK(holds(text, "**Wrong:** lost 3"));
}

TEST_CASE("a section says on what machine it was measured, and in how many rounds") {
  const std::string text = to_string(Conditions{.build = "kithd 1.0 (abc)",
                                                .machine = "Quick, 4 cores",
                                                .when = "2026-01-02T03:04:05Z",
                                                .rounds = 2,
                                                .fsync_ms = 0.5,
                                                .neighbours_percent = Spread{3, 1, 5},
                                                .client_runs = 6,
                                                .client_busy = 4,
                                                .client_late = 1});
  CHECK(text ==
        "kithd 1.0 (abc); 2026-01-02T03:04:05Z, 2 interleaved runs, on Quick, 4 cores. 4 KiB were "
        "synced in 0.50 ms. Meanwhile other processes had 3 (1–5) % of the machine's cores. Of 6 "
        "runs of kith-bench the client was the limit in 4 (it had 90 % of its cores or more, or a "
        "thread of it of one), and late with what it sent in 1.");
  CHECK(
      holds(to_string(Conditions{.rounds = 1, .quick = true}), ", 1 interleaved run, short, on "));
}

TEST_CASE("memory that grew while nothing happened counts, too") {
  const auto grown = [](std::string_view json) {
    return rss_grown_bytes(bench::flatten(json).value());
  };
  CHECK(grown(R"({"server":{"rss_idle_bytes":100,"rss_connected_bytes":180,"rss_bytes":250}})") ==
        150);
  CHECK(grown(R"({"server":{"rss_idle_bytes":100,"rss_connected_bytes":180,"rss_bytes":170}})") ==
        80);
}

TEST_CASE("what the machine's cores did, without their interrupts") {
  const auto times = machine_times("cpu  100 20 30 400 5 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1\n", 100);
  REQUIRE(times);
  CHECK(times->busy == doctest::Approx(1.5));
  CHECK(times->stolen == doctest::Approx(0.08));
  CHECK(times->total == doctest::Approx(5.76));
  CHECK_FALSE(machine_times("", 100));
  CHECK_FALSE(machine_times("intr 1 2 3 4 5 6 7 8", 100));
  CHECK_FALSE(machine_times("cpu 1 2 3", 100));
}

}  // namespace
}  // namespace kith::figures
